"""What packages need, as installers and lock files write it, and which of them only development needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from analyzers.collectors.application_files import ApplicationCollector
from analyzers.collectors.conda import Conda
from analyzers.collectors.dotnet import Dotnet
from analyzers.collectors.lockfiles.bun_lock import BunLock
from analyzers.collectors.lockfiles.cargo_lock import CargoLock
from analyzers.collectors.lockfiles.conan_lock import ConanLock
from analyzers.collectors.lockfiles.pnpm_lock import PnpmLock
from analyzers.collectors.lockfiles.pub_locks import PubLocks
from analyzers.collectors.r_language import RLanguage
from analyzers.collectors.ruby import Ruby
from tests.unit.analyzers.collectors.collecting import names, packages

GEMSPEC_FOR_OLDER = """# stub: t 1.0 ruby lib
Gem::Specification.new do |s|
  s.name = "t"
  if s.respond_to? :specification_version then
    s.specification_version = 4
  end

  if s.respond_to? :add_runtime_dependency then
    s.add_runtime_dependency(%q<used>.freeze, [">= 1"])
    s.add_development_dependency(%q<tried>.freeze, [">= 0"])
  else
    s.add_dependency(%q<used>.freeze, [">= 1"])
    s.add_dependency(%q<tried>.freeze, [">= 0"])
  end
end
"""
DESCRIPTION = """Package: s
Version: 1.0
Built: R 4.2.2; ; x; unix
License: GPL-2 |
    GPL-3
Depends: R (>= 3.3), m.a
Imports: c (>= 3.4.0),
    d,
    e
LinkingTo: d, f
Suggests: never
"""
RENV = {
    "old": {"Package": "old", "Version": "1", "Requirements": ["R", "a", "b"]},
    "new": {"Package": "new", "Version": "1", "Depends": ["R (>= 4.1)", "a"], "Imports": ["b (>= 1.2)", "utils"], "LinkingTo": "none"},
}
RUNTIME_DEPS = {
    "targets": {
        ".NETCoreApp,Version=v8.0": {},
        ".NETCoreApp,Version=v8.0/linux-x64": {
            "app/1.0.0": {"dependencies": {"A": "1.0.0", "runtimepack.R.linux-x64": "8.0.1"}},
            "A/1.0.0": {"dependencies": {"B.C": "2.0.0"}},
            "B.C/2.0.0": {"runtime": {"lib/B.C.dll": {}}},
        },
    },
    "libraries": {"app/1.0.0": {"type": "project"}, "A/1.0.0": {"type": "package"}, "B.C/2.0.0": {"type": "package"}},
}
PNPM_5 = """lockfileVersion: 5.4
packages:
  /string_d/1.0.0:
    dev: false
  /with_p/1.0.0-beta:
    dependencies:
      always: 1.0.0
    dev: false
  /with_p/1.0.0-beta_peer@2.0.0:
    dependencies:
      always: 1.0.0
      peer: 2.0.0
    dev: false
"""


@pytest.mark.parametrize(
    ("collector", "files", "needs"),
    [
        (Ruby, {"specifications/t-1.0.gemspec": GEMSPEC_FOR_OLDER}, {"t": ("used",)}),
        (RLanguage, {"lib/s/DESCRIPTION": DESCRIPTION}, {"s": ("m.a", "c", "d", "e", "f")}),
        (RLanguage, {"renv.lock": json.dumps({"Packages": RENV})}, {"old": ("a", "b"), "new": ("a", "b", "utils")}),
        (Conda, {"conda-meta/n-1.json": json.dumps({"name": "n", "version": "1", "depends": ["python >=3.8,<4", "x::_b_c", "__glibc", 1]})},
         {"n": ("python", "_b_c")}),
        (Dotnet, {"a.deps.json": json.dumps(RUNTIME_DEPS)}, {"A": ("b.c",), "B.C": ()}),
        (PnpmLock, {"pnpm-lock.yaml": PNPM_5}, {"string_d": (), "with_p": ("always", "peer")}),
    ],
)  # fmt: skip
def test_needs(collector: type[ApplicationCollector], files: Mapping[str, str], needs: Mapping[str, tuple[str, ...]]) -> None:
    assert {one.name: one.depends for one in packages(collector, files)} == needs


def test_a_licence_over_two_lines() -> None:
    assert packages(RLanguage, {"lib/s/DESCRIPTION": DESCRIPTION})[0].licences == ("GPL-2 | GPL-3",)


def crate(name: str, version: str = "1.0.0", needs: tuple[str, ...] = (), own: bool = False) -> str:
    source = "" if own else 'source = "registry+https://index.example"\n'
    return f'[[package]]\nname = "{name}"\nversion = "{version}"\n{source}dependencies = {json.dumps(needs)}\n'


CARGO_LOCK = "version = 3\n" + "".join((
    crate("app", needs=("ser", "member", "twice 1.0.0 (registry+https://x.example)", "rnd", "tried", "built", "on-unix", "both"), own=True),
    crate("member", needs=("bench", "both"), own=True), crate("unknown", needs=("far",), own=True),
    crate("ser", needs=("ser-derive",)), crate("ser-derive"), crate("twice"), crate("twice", "2.0.0"), crate("rnd", needs=("twice 2.0.0",)),
    crate("tried", needs=("ser",)), crate("built"), crate("on-unix"), crate("both"), crate("bench"), crate("far"),
))  # fmt: skip
CARGO_ROOT = """[package]
name = "app"
[workspace]
members = ["member"]
[workspace.dependencies]
r = { package = "rnd", version = "1" }
[dependencies]
s = { package = "ser", version = "1" }
member = { path = "member" }
twice = "1"
both = { version = "1", optional = true }
[build-dependencies]
built = "1"
[dev-dependencies]
r = { workspace = true }
tried = "1"
both = "1"
[target.'cfg(unix)'.dev-dependencies]
on-unix = "1"
"""
CARGO_MEMBER = '[package]\nname = "member"\n[dependencies]\nboth = "1"\n[dev-dependencies]\nbench = "1"\n'
CARGO_DEVELOPMENT = ["twice@2.0.0", "rnd@1.0.0", "tried@1.0.0", "on-unix@1.0.0", "bench@1.0.0"]


def test_manifests_say_what_only_development_needs() -> None:
    files = {"s/Cargo.lock": CARGO_LOCK, "s/Cargo.toml": CARGO_ROOT, "s/member/Cargo.toml": CARGO_MEMBER, "other/Cargo.toml": CARGO_MEMBER}
    found = names(CargoLock, files)
    assert [one.removesuffix(" dev") for one in found if one.endswith(" dev")] == CARGO_DEVELOPMENT
    assert len(found) == 11 and "far@1.0.0" in found  # a package whose manifest is not there needs all that it names


def test_what_conan_builds_with() -> None:
    nodes: dict[str, dict[str, Any]] = {
        "0": {"path": "conanfile.py", "requires": ["1"], "build_requires": ["3"], "python_requires": ["base/1.0#0"], "context": "host"},
        "1": {"ref": "ssl/3.0", "requires": ["2"], "context": "host"}, "2": {"ref": "z/1.2", "context": "host"},
        "3": {"ref": "cmake/3.25", "requires": ["4"], "context": "host"}, "4": {"ref": "curl/8", "context": "host"},
        "5": {"ref": "ninja/1", "context": "build"},
    }  # fmt: skip
    found = names(ConanLock, {"conan.lock": json.dumps({"graph_lock": {"nodes": nodes}})})
    assert found == ["base@1.0 dev", "ssl@3.0", "z@1.2", "cmake@3.25 dev", "curl@8 dev", "ninja@1 dev"]
    del nodes["0"]  # made from a reference: what nothing wants is where it begins
    nodes["1"]["build_requires"] = ["3"]
    found = names(ConanLock, {"conan.lock": json.dumps({"graph_lock": {"nodes": nodes}})})
    assert found == ["ssl@3.0", "z@1.2", "cmake@3.25 dev", "curl@8 dev", "ninja@1 dev"]


def test_without_manifests_everything_counts() -> None:
    for files in ({"Cargo.lock": CARGO_LOCK}, {"Cargo.lock": CARGO_LOCK, "Cargo.toml": "[broken"}):
        assert not [one for one in names(CargoLock, files) if one.endswith(" dev")]
    assert ("twice", "1.0.0", ()) in {(one.name, one.version, one.depends) for one in packages(CargoLock, {"Cargo.lock": CARGO_LOCK})}


def test_an_optional_peer_is_not_needed() -> None:
    lock = {
        "workspaces": {"": {"name": "app", "dependencies": {"a": "1"}, "devDependencies": {"colour": "1"}}},
        "packages": {
            "a": ["a@1.0.0", "", {"peerDependencies": {"colour": "*", "must": "*"}, "optionalPeers": ["colour"]}, "sha512-x"],
            "colour": ["colour@1.0.0", "", {}, "sha512-x"],
            "must": ["must@1.0.0", "", {}, "sha512-x"],
        },
    }
    assert names(BunLock, {"bun.lock": json.dumps(lock)}) == ["a@1.0.0", "colour@1.0.0 dev", "must@1.0.0"]


PUB_LOCK = """packages:
  a:
    dependency: "direct main"
    source: hosted
    version: "1.0.0"
  b:
    dependency: transitive
    source: hosted
    version: "2.0.0"
  deep:
    dependency: transitive
    source: hosted
    version: "3.0.0"
  t:
    dependency: "direct dev"
    source: hosted
    version: "4.0.0"
  flutter:
    dependency: "direct main"
    source: sdk
    version: "0.0.0"
"""
PUB_GRAPH = json.dumps({"roots": ["app", "own"], "packages": [
    {"name": "app", "version": "0.1.0", "dependencies": ["own", "flutter"], "devDependencies": ["t"]},
    {"name": "own", "version": "0.1.0", "dependencies": ["a"]}, {"name": "a", "version": "1.0.0", "dependencies": ["b"]},
    {"name": "b", "version": "2.0.0", "dependencies": []}, {"name": "t", "version": "4.0.0", "dependencies": ["b", "deep"]},
    {"name": "deep", "version": "3.0.0", "dependencies": []}, {"name": "flutter", "version": "0.0.0", "dependencies": []},
]})  # fmt: skip
PUB_CONFIG = json.dumps({"configVersion": 2, "packages": [
    {"name": "a", "rootUri": "file:///root/.pub-cache/hosted/pub.dev/a-1.0.0", "packageUri": "lib/"},
    {"name": "deep", "rootUri": "file:///C:/Pub/Cache/hosted/pub.example%2547x/deep-3.0.0-dev.1+2/"},
    {"name": "flutter", "rootUri": "file:///opt/flutter/packages/flutter"}, {"name": "app", "rootUri": "../"},
    {"name": "g", "rootUri": "file:///root/.pub-cache/git/g-0123456789"},
]})  # fmt: skip


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        ({"s/pubspec.lock": PUB_LOCK}, ["a@1.0.0", "b@2.0.0", "deep@3.0.0", "t@4.0.0 dev"]),
        ({"s/pubspec.lock": PUB_LOCK, "s/.dart_tool/package_graph.json": PUB_GRAPH, "s/.dart_tool/package_config.json": PUB_CONFIG},
         ["a@1.0.0", "b@2.0.0", "deep@3.0.0 dev", "t@4.0.0 dev"]),
        ({"pubspec.lock": PUB_LOCK, ".dart_tool/package_graph.json": PUB_GRAPH}, ["a@1.0.0", "b@2.0.0", "deep@3.0.0 dev", "t@4.0.0 dev"]),
        ({".dart_tool/package_config.json": PUB_CONFIG}, ["a@1.0.0", "deep@3.0.0-dev.1+2"]),
        ({".dart_tool/package_config.json": PUB_CONFIG, ".dart_tool/package_graph.json": PUB_GRAPH}, ["a@1.0.0", "deep@3.0.0-dev.1+2 dev"]),
        ({"src/package_config.json": PUB_CONFIG, "src/package_graph.json": "no JSON"}, []),
    ],
)  # fmt: skip
def test_what_pub_resolved(files: Mapping[str, str], wanted: list[str]) -> None:
    assert names(PubLocks, files) == wanted


def test_needs_of_pub() -> None:
    files = {"pubspec.lock": PUB_LOCK, ".dart_tool/package_graph.json": PUB_GRAPH}
    assert {one.name: one.depends for one in packages(PubLocks, files)} == {"a": ("b",), "b": (), "deep": (), "t": ("b", "deep")}
