"""Lock files made to cost much, and such with damaged parts: each is named, and what can be read still counts."""

from __future__ import annotations

import json

import pytest

from analyzers.collectors import application_files
from analyzers.collectors.application_files import ApplicationCollector
from analyzers.collectors.dotnet import Dotnet
from analyzers.collectors.lockfiles.bun_lock import BunLock
from analyzers.collectors.lockfiles.cargo_lock import CargoLock
from analyzers.collectors.lockfiles.conan_lock import ConanLock
from analyzers.collectors.lockfiles.gemfile_lock import GemfileLock
from analyzers.collectors.lockfiles.go_mod import GoMod
from analyzers.collectors.lockfiles.maven_pom import MavenPom
from analyzers.collectors.lockfiles.npm_lock import NpmLock
from analyzers.collectors.lockfiles.pnpm_lock import PnpmLock
from analyzers.collectors.lockfiles.pub_locks import PubLocks
from analyzers.collectors.lockfiles.python_locks import PythonLocks
from analyzers.collectors.lockfiles.swift_locks import SwiftResolved
from analyzers.collectors.lockfiles.yarn_lock import YarnLock
from analyzers.collectors.php import Php
from analyzers.collectors.r_language import RLanguage
from schemas.facts import Package, Skipped
from tests.unit.analyzers.collectors.collecting import collected, names, reasons

DEEP = 100_000
INDENTED = "".join(" " * min(depth, 200) + "a:\n" for depth in range(DEEP))


@pytest.mark.parametrize(
    ("collector", "path", "content"),
    [
        *((kind, path, opening * DEEP) for opening in ('{"packages":', "[") for kind, path in (
            (NpmLock, "package-lock.json"), (BunLock, "bun.lock"), (Php, "composer.lock"), (ConanLock, "conan.lock"),
            (PythonLocks, "Pipfile.lock"), (SwiftResolved, "Package.resolved"), (RLanguage, "renv.lock"), (Dotnet, "packages.lock.json"),
        )),
        *((kind, path, "a = " + opening * DEEP) for opening in ("[", "{a=") for kind, path in (
            (CargoLock, "Cargo.lock"), (PythonLocks, "poetry.lock"), (PythonLocks, "uv.lock"), (PythonLocks, "pylock.toml"),
        )),
        (MavenPom, "pom.xml", "<a>" * DEEP),
        (YarnLock, "yarn.lock", "a@1:\n" * 500_001),
        (PnpmLock, "pnpm-lock.yaml", "packages:\n" + "  a@1:\n" * 500_001),
    ],
)  # fmt: skip
def test_what_would_cost_too_much_is_named(collector: type[ApplicationCollector], path: str, content: str) -> None:
    (reason,) = reasons(collector, {path: content})
    assert reason.startswith("unreadable: ")


@pytest.mark.parametrize(("collector", "path"), [(PnpmLock, "pnpm-lock.yaml"), (YarnLock, "yarn.lock"), (PubLocks, "pubspec.lock")])
def test_deep_indentation_costs_no_more_than_its_size(collector: type[ApplicationCollector], path: str) -> None:
    assert collected(collector, {path: INDENTED}) == []


def test_deep_xml_that_closes_again() -> None:
    assert collected(MavenPom, {"pom.xml": "<a>" * DEEP + "</a>" * DEEP}) == []


def test_many_entries_of_one_name_lead_to_each_other_in_linear_time() -> None:
    entries = "".join(f'a@{number}:\n  version "1.0.{number}"\n  dependencies:\n    a "?"\n' for number in range(50_000))
    assert len(names(YarnLock, {"yarn.lock": entries, "package.json": '{"dependencies": {"a": "0"}}'})) == 50_000


@pytest.mark.parametrize(
    ("collector", "path", "content", "wanted"),
    [
        (CargoLock, "Cargo.lock", b'[[package]]\nname = "a"\nversion = "1.0.0"\nsource = "x\xff"\n', ["a@1.0.0"]),
        (PnpmLock, "pnpm-lock.yaml", b"packages:\n  a@1.0.0:\n    x: \xff\xfe\n", ["a@1.0.0"]),
        (YarnLock, "yarn.lock", b'a@^1:\n  version "1.0.0"\n  resolved "\xc3("\n', ["a@1.0.0"]),
        (GemfileLock, "Gemfile.lock", b"GEM\n  remote: \xff\n  specs:\n    a (1.0)\n", ["a@1.0"]),
        (GoMod, "go.mod", b"module \xff\nrequire a.b/c v1.0.0\n", ["a.b/c@v1.0.0"]),
        (PythonLocks, "requirements.txt", b"# \xe9t\xe9\na==1\n", ["a@1"]),
    ],
)
def test_bytes_that_are_no_text_spoil_nothing_else(
    collector: type[ApplicationCollector], path: str, content: bytes, wanted: list[str]
) -> None:
    assert names(collector, {path: content}) == wanted


@pytest.mark.parametrize(
    ("collector", "path", "content"),
    [
        (NpmLock, "package-lock.json", {"packages": {"node_modules/a b": {"version": "1.0.0"}, "node_modules/x": 7,
                                                     "node_modules/a": {"version": "1.0.0"}}}),
        (Php, "composer.lock", {"packages": [{"name": "v/none"}, None, {"name": "v/a", "version": "1.0.0"}]}),
        (RLanguage, "renv.lock", {"Packages": {"a\nb": {"Version": "1"}, "x": [], "a": {"Version": "1.0.0"}}}),
        (Dotnet, "packages.lock.json", {"dependencies": {"net8.0": {"a b": {"resolved": "1"}, "x": None, "a": {"resolved": "1.0.0"}}}}),
        (PythonLocks, "Pipfile.lock", {"default": {"a b": {"version": "==1"}, "x": "y", "a": {"version": "==1.0.0"}}}),
    ],
)  # fmt: skip
def test_damaged_entries_are_counted_and_the_others_stay(collector: type[ApplicationCollector], path: str, content: object) -> None:
    facts = collected(collector, {path: json.dumps(content)})
    assert [(fact.name, fact.version) for fact in facts if isinstance(fact, Package)] == [("a", "1.0.0")]
    assert [fact.reason for fact in facts if isinstance(fact, Skipped)] == ["unreadable: 1 packages whose name or version is none"]


def test_what_is_kept_until_the_end_of_a_layer_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application_files, "MAX_HELD", 3)
    lock = 'a@1:\n  version "1.0.0"\nt@1:\n  version "2.0.0"\n'
    project = '{"dependencies": {"a": "1"}}'
    files = {"x/yarn.lock": lock, "y/yarn.lock": lock, "x/package.json": project, "y/package.json": project}
    assert names(YarnLock, files) == ["a@1.0.0", "t@2.0.0", "a@1.0.0", "t@2.0.0"]
    sums = {f"{place}/go.sum": f"a.b/{place} v1.0.0 h1:x=\na.b/c v1.0.0 h1:x=\n" for place in "xy"}
    assert reasons(GoMod, sums) == ["expansion_limit: more go.sum files in one layer than are kept"]
