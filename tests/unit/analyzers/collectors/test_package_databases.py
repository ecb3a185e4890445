"""Every package database of the reference data gives exactly what its expected.json says."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from analyzers.collectors.apk import Apk
from analyzers.collectors.dpkg import Dpkg
from analyzers.collectors.os_release import OsRelease
from analyzers.collectors.rpm import Rpm
from analyzers.contract import BaseCollector, Entry, FileView, PassContext
from analyzers.image import ImageView, Located
from analyzers.packages import image_packages
from analyzers.source_packages import source_rpm_name
from schemas.facts import Fact, Package, Skipped

PLACES = {
    "status": "var/lib/dpkg/status", "installed": "lib/apk/db/installed", "Packages": "var/lib/rpm/Packages",
    "rpmdb.sqlite": "var/lib/rpm/rpmdb.sqlite", "Packages.db": "usr/lib/sysimage/rpm/Packages.db", "os-release": "etc/os-release",
}  # fmt: skip
FOLDERS = (
    "rpm-sqlite-cbl-mariner-2.0", "rpm-sqlite-fc38-small", "rpm-ndb-sle15-bci", "rpm-bdb-libuuid-el8", "rpm-bdb-dive", "rpm-bdb-epoch",
    "rpm-bdb-fedora26", "dpkg-postgresql", "dpkg-debian-only", "dpkg-seven", "dpkg-deinstall", "dpkg-empty-first-entry",
    "dpkg-distroless", "dpkg-bookworm-updated", "apk-alpine-3.16", "apk-alpine-3.18", "apk-single", "apk-no-origin",
)  # fmt: skip
COLLECTORS: tuple[type[BaseCollector], ...] = (Dpkg, Apk, Rpm, OsRelease)


def read(collector: type[BaseCollector], files: dict[str, bytes]) -> list[Fact]:
    """The facts of one layer that holds the files, as a pass would give them."""
    instance = collector(PassContext(secret_key=b"key"))
    wanted = collector.wanted
    facts: list[Fact] = []
    for path, data in files.items():
        if path in wanted.paths or path.startswith(wanted.folders):
            facts.extend(instance.collect(FileView(Entry(path, "file", 0o644, 0, 0, len(data)), data)))
    facts.extend(instance.finish())
    return facts


def layer_files(folder: Path) -> dict[str, bytes]:
    files = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("expected"):
            data = lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()
            files[PLACES.get(path.name.removesuffix(".xz"), f"var/lib/dpkg/status.d/{path.name}")] = data
    return files


def expected(folder: Path) -> list[tuple[str, str, str, str]]:
    found = []
    for record in json.loads((folder / "expected.json").read_text()):
        if record.get("installed", True):
            version = record.get("full_version") or f"{record['version']}-{record['release']}"
            if "full_version" not in record and record["epoch"] is not None:
                version = f"{record['epoch']}:{version}"
            found.append((record["name"], version, record["arch"] or "", source_rpm_name(record["source"] or "")))
    return sorted(set(found))


@pytest.mark.parametrize("name", FOLDERS)
def test_every_database_reads_exactly(reference_data: Path, name: str) -> None:
    folder = reference_data / "databases" / name
    files = layer_files(folder)
    facts = [fact for collector in COLLECTORS for fact in read(collector, files)]
    assert [fact for fact in facts if isinstance(fact, Skipped)] == []
    view = ImageView(digest="sha256:0", layers=("sha256:1",), facts=tuple(Located(0, fact) for fact in facts))
    answer = image_packages(view)
    shown = sorted(
        (one.name, one.version, parse_qs(one.purl.partition("?")[2]).get("arch", [""])[0], source_rpm_name(one.source))
        for one in answer.packages
    )
    assert shown == expected(folder)
    assert {(one.layer, one.paths) for one in answer.packages} == {(0, (next(p for p in files if p != "etc/os-release"),))}
    assert answer.release.supported == ("etc/os-release" in files)
    assert all(one.matched for one in answer.packages) == ("etc/os-release" in files)


def test_all_folders_are_covered(reference_data: Path) -> None:
    assert {path.name for path in (reference_data / "databases").iterdir() if path.is_dir()} == set(FOLDERS)


@pytest.mark.parametrize("name", [name for name in FOLDERS if name.startswith("dpkg")])
def test_source_versions(reference_data: Path, name: str) -> None:
    folder = reference_data / "databases" / name
    facts = read(Dpkg, layer_files(folder))
    shown = {(fact.name, fact.arch): (fact.source, fact.source_version) for fact in facts if isinstance(fact, Package)}
    records = json.loads((folder / "expected.json").read_text())
    assert shown == {(one["name"], one["arch"]): (one["source"], one["source_version"]) for one in records if one["installed"]}
