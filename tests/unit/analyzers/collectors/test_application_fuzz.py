"""Whatever the bytes, every collector of language packages answers with facts that can be stored, and never raises."""

from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.collectors.application_files import ApplicationCollector
from analyzers.collectors.applications import APPLICATION_COLLECTORS
from analyzers.collectors.sbom import Sbom
from analyzers.collectors.vex_files import VexFiles
from analyzers.contract import Entry, FileView, PassContext
from analyzers.layer import inspect_layer
from schemas.facts import Package, Skipped, decode_fact

PATHS = (
    "a/x.dist-info/METADATA", "x.egg", "x.egg-info", "node_modules/a/package.json", "package-lock.json", "a-1.jar", "bin/program",
    "specifications/a.gemspec", "composer/installed.json", "composer.lock", "a.deps.json", "packages.lock.json", "conda-meta/a.json",
    "DESCRIPTION", "renv.lock", "ebin/a.app", "rocks-5.1/a/1-1/a.rockspec", "wp-includes/version.php", "requirements.txt", "poetry.lock",
    "uv.lock", "Pipfile.lock", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "go.mod", "Cargo.lock", "Gemfile.lock", "pom.xml",
    "gradle.lockfile", "mix.lock", "pubspec.lock", "conan.lock", "Package.resolved", "Podfile.lock",
    "go.sum", "composer/installed.php", "bun.lockb", "rebar.lock", "pyproject.toml", "package.json", "dependency-locks/a.lockfile",
    "pylock.toml", "pdm.lock", "renv.lock",
    "deno.lock", "Manifest.toml", "cabal.project.freeze", "stack.yaml.lock",
    "Cargo.toml", ".dart_tool/package_graph.json", ".dart_tool/package_config.json",
)  # fmt: skip
WORDS = st.sampled_from(
    [
        b"{", b"}", b"[", b"]", b'"packages"', b'"dependencies"', b'"libraries"', b'"version"', b'"name"', b":", b",", b'"a"', b'"1.0"',
        b"\n", b"  ", b"[[package]]\n", b'name = "a"\n', b'version = "1"\n', b"Name: a\n", b"Version: 1\n", b"<project>", b"</project>",
        b"<dependencies>", b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"\x7fELF", b"\xff Go buildinf:", b"\x08\x02", b".dep-v0\0",
        b"x\x9c", b"null", b"1e999", b"\xff", b"\0", b"require (\n", b"GEM\n", b"    a (1)\n", b"a@^1:\n", b"packages:\n",
        b"  /a@1.0.0:\n", b"    dev: true\n", b"-1", b"\xed\xa0\x80",
    ]
)  # fmt: skip
DOCUMENTS = st.one_of(st.binary(max_size=300), st.lists(WORDS, max_size=40).map(b"".join))


@pytest.mark.parametrize("collector", APPLICATION_COLLECTORS, ids=lambda one: one.name)
@settings(max_examples=60, deadline=None)
@given(files=st.lists(st.tuples(st.sampled_from(PATHS), DOCUMENTS), min_size=1, max_size=3))
def test_any_bytes(collector: type[ApplicationCollector], files: list[tuple[str, bytes]]) -> None:
    one = collector(PassContext(secret_key=b"key"))
    read = [fact for path, data in files for fact in one.collect(FileView(Entry(path, "file", 0o644, 0, 0, len(data)), data))]
    for fact in (*read, *one.finish()):
        assert isinstance(fact, Package | Skipped)
        assert decode_fact(fact.kind, fact.model_dump_json()) == fact


def test_files_too_large_are_told_where_they_matter() -> None:
    """Of files that a collector takes by their ending alone, only those that it would have read."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path in (
            "app/package-lock.json",
            "app/data.json",
            "app/big.deps.json",
            "notes.txt",
            "app/requirements.txt",
            "app/small.vex.json",
            "app/big.cdx.json",
        ):
            member = tarfile.TarInfo(path)
            member.size = 3 * 1024 * 1024 if "small" in path else 33 * 1024 * 1024
            archive.addfile(member, io.BytesIO(bytes(member.size)))
    result = inspect_layer([buffer.getvalue()], (*APPLICATION_COLLECTORS, Sbom, VexFiles), PassContext(secret_key=b"key"))
    told = {(fact.path, fact.collector) for fact in result.facts if isinstance(fact, Skipped)}
    assert told == {
        ("app/package-lock.json", "npm-lock"), ("app/big.deps.json", "dotnet"), ("app/requirements.txt", "python-locks"),
        ("app/big.cdx.json", "sbom"), ("app/small.vex.json", "vex-files"),
    }  # fmt: skip
