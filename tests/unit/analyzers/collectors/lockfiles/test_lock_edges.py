"""What lock files say that their packages need, by the names that databases use."""

from __future__ import annotations

import json

import pytest

from analyzers.collectors.application_files import ApplicationCollector
from analyzers.collectors.dotnet import Dotnet
from analyzers.collectors.lockfiles.bun_lock import BunLock
from analyzers.collectors.lockfiles.cargo_lock import CargoLock
from analyzers.collectors.lockfiles.conan_lock import ConanLock
from analyzers.collectors.lockfiles.gemfile_lock import GemfileLock
from analyzers.collectors.lockfiles.hex_locks import MixLock
from analyzers.collectors.lockfiles.npm_lock import NpmLock
from analyzers.collectors.lockfiles.pnpm_lock import PnpmLock
from analyzers.collectors.lockfiles.python_locks import PythonLocks
from analyzers.collectors.lockfiles.swift_locks import PodfileLock
from analyzers.collectors.lockfiles.yarn_lock import YarnLock
from tests.unit.analyzers.collectors.collecting import packages

_NPM1 = {"dependencies": {"a": {"version": "1.0.0", "requires": {"b": "^1", "alias": "npm:@s/c@2"}}}}
_NPM3 = {"packages": {"node_modules/a": {"version": "1.0.0", "dependencies": {"b": "^1"}, "optionalDependencies": {"alias": "npm:@s/c@2"}}}}
_YARN = 'a@^1:\n  version "1.0.0"\n  dependencies:\n    b "^1"\n    alias "npm:@s/c@2"\n'
_BERRY = '"a@npm:^1":\n  version: 1.0.0\n  resolution: "a@npm:1.0.0"\n  dependencies:\n    b: "npm:^1"\n    alias: "npm:@s/c@2"\n'
_PNPM5 = "lockfileVersion: 5.4\npackages:\n  /a/1.0.0_b@1.0.0:\n    dependencies:\n      b: 1.0.0_x@2.0.0\n      alias: /@s/c/2.0.0\n"
_PNPM6 = "lockfileVersion: '6.0'\npackages:\n  /a@1.0.0(b@1.0.0):\n    dependencies:\n      b: 1.0.0(x@2.0.0)\n      alias: /@s/c@2.0.0\n"
_PNPM9 = """lockfileVersion: '9.0'
packages:
  a@1.0.0:
    resolution: {integrity: x}
snapshots:
  a@1.0.0(b@1.0.0):
    dependencies:
      b: 1.0.0(x@2.0.0)
    optionalDependencies:
      alias: '@s/c@2.0.0'
"""
_BUN = {"packages": {"a": ["a@1.0.0", "", {"dependencies": {"b": "^1", "alias": "npm:@s/c@2"}}, "sha512-x"]}}
_CARGO = '[[package]]\nname = "a"\nversion = "1.0.0"\nsource = "registry"\ndependencies = ["b", "c 1.0.0 (registry+x)"]\n'
_GEMS = "GEM\n  specs:\n    a (1.0.0)\n      b (>= 1)\n      c\n\nPLATFORMS\n  ruby\n"
_POETRY = '[[package]]\nname = "A"\nversion = "1.0.0"\ngroups = ["main"]\n[package.dependencies]\nB_x = "*"\nc = {version = "1"}\n'
_UV = '[[package]]\nname = "a"\nversion = "1.0.0"\nsource = { registry = "x" }\ndependencies = [{ name = "b-x" }, { name = "c" }]\n'
_NUGET = {"dependencies": {"net8.0": {"A": {"type": "Direct", "resolved": "1.0.0", "dependencies": {"B": "1.0", "C": "2.0"}}}}}
_MIX = """%{
  "a": {:hex, :a, "1.0.0", "x", [:mix], [{:b, "~> 1.0", [hex: :b, repo: "hexpm", optional: false]}, {:k, ">= 0.0.0", [hex: :c]}], "hexpm"},
}
"""
_PODS = 'PODS:\n  - a (1.0.0):\n    - a/Core (= 1.0.0)\n    - b\n  - a/Core (1.0.0):\n    - "c/Part (~> 1)"\n\nDEPENDENCIES:\n  - a\n'
_CONAN = {"graph_lock": {"nodes": {
    "0": {"ref": "own/1.0", "path": "conanfile.py", "requires": ["1"]},
    "1": {"ref": "a/1.0.0", "requires": ["2", "3"]}, "2": {"ref": "b/1#x"}, "3": {"ref": "c/1"},
}}}  # fmt: skip


@pytest.mark.parametrize(
    ("collector", "path", "content", "wanted"),
    [
        (NpmLock, "package-lock.json", json.dumps(_NPM1), ("b", "@s/c")),
        (NpmLock, "package-lock.json", json.dumps(_NPM3), ("b", "@s/c")),
        (YarnLock, "yarn.lock", _YARN, ("b", "@s/c")),
        (YarnLock, "yarn.lock", _BERRY, ("b", "@s/c")),
        (PnpmLock, "pnpm-lock.yaml", _PNPM5, ("b", "@s/c")),
        (PnpmLock, "pnpm-lock.yaml", _PNPM6, ("b", "@s/c")),
        (PnpmLock, "pnpm-lock.yaml", _PNPM9, ("b", "@s/c")),
        (BunLock, "bun.lock", json.dumps(_BUN), ("b", "@s/c")),
        (CargoLock, "Cargo.lock", _CARGO, ("b", "c")),
        (GemfileLock, "Gemfile.lock", _GEMS, ("b", "c")),
        (PythonLocks, "poetry.lock", _POETRY, ("b-x", "c")),
        (PythonLocks, "uv.lock", _UV, ("b-x", "c")),
        (Dotnet, "packages.lock.json", json.dumps(_NUGET), ("b", "c")),
        (MixLock, "mix.lock", _MIX, ("b", "c")),
        (PodfileLock, "Podfile.lock", _PODS, ("b", "c")),
        (ConanLock, "conan.lock", json.dumps(_CONAN), ("b", "c")),
    ],
)
def test_what_a_package_needs(collector: type[ApplicationCollector], path: str, content: str, wanted: tuple[str, ...]) -> None:
    assert packages(collector, {path: content})[0].depends == wanted
