"""Odd and hostile forms of lists of packages: each ends as a list of what is sound, or with a reason."""

from __future__ import annotations

import itertools
import tarfile
from collections.abc import Iterator

import pytest

from analyzers.collectors import application_files
from analyzers.collectors.application_files import ApplicationCollector
from analyzers.collectors.applications import APPLICATION_COLLECTORS
from analyzers.collectors.conda import Conda
from analyzers.collectors.dotnet import Dotnet
from analyzers.collectors.lockfiles.conan_lock import ConanLock
from analyzers.collectors.lockfiles.conda_locks import CondaLocks
from analyzers.collectors.lockfiles.deno_lock import DenoLock
from analyzers.collectors.lockfiles.gemfile_lock import GemfileLock
from analyzers.collectors.lockfiles.go_mod import GoMod
from analyzers.collectors.lockfiles.gradle_lock import GradleLock
from analyzers.collectors.lockfiles.hex_locks import MixLock
from analyzers.collectors.lockfiles.npm_lock import NpmLock
from analyzers.collectors.lockfiles.pub_locks import PubLocks
from analyzers.collectors.lockfiles.sbt_lock import SbtLock
from analyzers.collectors.lockfiles.swift_locks import PodfileLock, SwiftResolved
from analyzers.collectors.php import Php
from analyzers.collectors.python import Python
from analyzers.collectors.r_language import RLanguage
from analyzers.contract import PassContext
from analyzers.layer import inspect_layer
from schemas.facts import Skipped
from tests.unit.analyzers.collectors.collecting import names, reasons

BOM = b"\xef\xbb\xbf"
GEMS = b"GEM\n  remote: https://x/\n  specs:\n    a (1.0-x86_64-linux)\n      b (>= 1, < 3)\n    a (1.0)\n    c-d_e.f (2.0.0.pre.1)\n"
MORE_GEMS = b"""PLUGIN SOURCE
  remote: https://x/
  type: t
  specs:
    plugged (1.0)

PATH
  remote: .
  specs:
    own (1.0)
      a

GIT
  remote: https://x/g.git
  revision: 0a
  tag: v1
  specs:
    git-one (1.0)

DEPENDENCIES
  a (= 1.0)!
  own!

CHECKSUMS
  a (1.0) sha256=0a
  own (1.0)

RUBY VERSION
   ruby 3.2.2p53

BUNDLED WITH
   2.5.3
"""
PODS = b"""PODS:
  - Alamofire (5.6.4)
  - "Google/X+y (7.11.5)":
    - "Google/Z (~> 7)"
    - GoogleUtilities/Environment
  - hermes-engine (0.72.6):
    - hermes-engine/Pre-built (= 0.72.6)
  - hermes-engine/Pre-built (0.72.6)
  - Pre (2.0.0-beta.1)

DEPENDENCIES:
  - Alamofire (~> 5)
  - Own (from `../own`)

EXTERNAL SOURCES:
  Own:
    :path: "../own"

SPEC CHECKSUMS:
  Alamofire: 0a
COCOAPODS: 1.12.1
"""
NUGET_LOCK = b'{"dependencies": {"t": {"A": {"resolved": "1.0"}}}}'


@pytest.mark.parametrize(
    ("collector", "path", "content", "wanted"),
    [
        (GemfileLock, "Gemfile.lock", GEMS, ["a@1.0", "c-d_e.f@2.0.0.pre.1"]),
        (GemfileLock, "Gemfile.lock", BOM + GEMS.replace(b"\n", b"\r\n"), ["a@1.0", "c-d_e.f@2.0.0.pre.1"]),
        (GemfileLock, "gems.locked", MORE_GEMS, ["plugged@1.0", "git-one@1.0"]),
        (GemfileLock, "Gemfile.lock", GEMS.replace(b"    ", b"\t"), []),
        (PodfileLock, "Podfile.lock", PODS, ["Alamofire@5.6.4", "Google@7.11.5", "hermes-engine@0.72.6", "Pre@2.0.0-beta.1"]),
        (PodfileLock, "Podfile.lock", BOM + PODS.replace(b"\n", b"\r\n"),
         ["Alamofire@5.6.4", "Google@7.11.5", "hermes-engine@0.72.6", "Pre@2.0.0-beta.1"]),
        (Dotnet, "packages.lock.json", BOM + NUGET_LOCK, ["A@1.0"]),
        (Dotnet, "packages.lock.json", NUGET_LOCK.decode().encode("utf-16"), ["A@1.0"]),
        (Dotnet, "packages.lock.json", b'{"dependencies": {"t": {"A": {"resolved": "1.0"}, "A": {"resolved": "2.0"}}}}', ["A@2.0"]),
        (Dotnet, "packages.config", BOM + b"<packages>\r\n<package version = '1.0'\r\n id=\"A\"/></packages>", ["A@1.0"]),
        (Dotnet, "packages.config", b"<packages><package id='A' id='B' version='1'/><PACKAGE/><package id=A version=1>", ["B@1"]),
        (ConanLock, "conan.lock", b'{"requires": ["a/1.0", "b/2.0@u/c#r%1", "c/[>1]", "d/cci.2020", "/1", "e/", 7, "f", "g/1:p"]}',
         ["a@1.0", "b@2.0", "c@[>1]", "d@cci.2020", "g@1"]),
        (DenoLock, "deno.lock", b'{"npm": {"a@1.0.0": {}, "a@1.0.0": {}, "@s@1": {}, "@s/b@": {}, "c@latest": {}, "d@1.0.0_": {}}}',
         ["a@1.0.0", "d@1.0.0"]),
        (GradleLock, "gradle.lockfile", b"a:b:1=\r\n:::=x\na:b=x\n=x\n#a:c:1=x\n  a:d:2=x\n", ["a/b@1", "a/d@2"]),
        (MixLock, "mix.lock", b'%{\r\n  "a": {:hex, :a, "1.0.0", "0", [:mix], [], "hexpm", "0"},\r\n  "b": nil,\r\n}\r\n', ["a@1.0.0"]),
        (PubLocks, "pubspec.lock",
         BOM + b"packages:\r\n  a:\r\n    source: hosted\r\n    version: \"1.0.0\"\r\n  b:\r\n  b:\r\n    source: sdk\r\n",
         ["a@1.0.0"]),
        (CondaLocks, "pixi.lock", BOM + b"packages:\r\n- kind: pypi\r\n  name: a\r\n  name: b\r\n  version: '1'\r\n- kind: ~\r\n", ["b@1"]),
        (RLanguage, "renv.lock", b'{"Packages": {"a": {"Version": "1.0"}, "b": {"Package": null, "Version": "2"}, "c": {"Version": null}}}',
         ["a@1.0", "b@2"]),
        (SwiftResolved, "Package.resolved",
         b'{"pins": null, "object": {"pins": [{"repositoryURL": "git@h:o/r", "state": {"version": "1.0.0"}}]}}',
         ["h/o/r@1.0.0"]),
        (Php, "composer.lock",
         b'{"packages": [{"name": "v/a", "version": "1.0"}], "packages": [{"name": "v/b", "version": "2.0"}]}', ["v/b@2.0"]),
        (Python, "a-1.0.egg-info/requires.txt", b"\xff\xfe\x00", []),
        (GoMod, "go.mod", BOM + b"module m\r\nrequire (\r\n\ta.b/c v1.0.0\r\n)\r\n", ["a.b/c@v1.0.0"]),
        (Conda, "conda-meta/history", b"no JSON", []),
        (Conda, "pkgs/a-1/info/index.json", b'{"name": "a", "version": "1"}', []),
    ],
)  # fmt: skip
def test_odd_but_sound(collector: type[ApplicationCollector], path: str, content: bytes, wanted: list[str]) -> None:
    assert names(collector, {path: content}) == wanted


@pytest.mark.parametrize(
    ("collector", "path", "content", "reason"),
    [
        (Dotnet, "packages.lock.json", b"", "unreadable: no JSON"),
        (Dotnet, "packages.lock.json", b"null", "unreadable: JSON, but no object"),
        (Dotnet, "a.deps.json", b'{"libraries": {"a/1": NaN}}', "unreadable: no JSON"),
        (Dotnet, "a.deps.json", b'{"libraries": {"a": {"type": "package"}, "/1": {"type": "package"}}}', "unreadable: 2 packages"),
        (Dotnet, "packages.config", b"<package id='a' version=''/><package/>", "unreadable: 2 packages"),
        (ConanLock, "conan.lock", b'{"requires": ["\xff/1"]}', "unreadable: no JSON"),
        (DenoLock, "deno.lock", b'{"npm": ' + b"[" * 2000, "unreadable: no JSON"),
        (Conda, "conda-meta/a.json", b'{"name": null, "version": 1}', "unreadable: 1 packages"),
        (Conda, "conda-meta/a.json", b'{"name": "a\\u0000b", "version": "1"}', "unreadable: 1 packages"),
        (SbtLock, "build.sbt.lock", b'{"dependencies": [{"org": "o", "name": "a"}]}', "unreadable: 1 packages"),
        (GemfileLock, "Gemfile.lock", b"GEM\n" + b"\n" * application_files.MAX_LINES, "unreadable: more than 1,000,000 lines"),
        (GradleLock, "gradle.lockfile", b"\n" * application_files.MAX_LINES, "unreadable: more than 1,000,000 lines"),
        (PodfileLock, "Podfile.lock", b"\n" * application_files.MAX_LINES, "unreadable: more than 1,000,000 lines"),
        (NpmLock, "package-lock.json", b'{"a":[' + b"{}," * 1_000_000 + b"1]}", "unreadable: JSON with more than 1,000,000 tables"),
    ],
)  # fmt: skip
def test_what_is_none_is_named(collector: type[ApplicationCollector], path: str, content: bytes, reason: str) -> None:
    assert reasons(collector, {path: content})[0].startswith(reason)


@pytest.mark.parametrize(
    ("collector", "path", "content"),
    [
        (
            CondaLocks,
            "pixi.lock",
            b"packages:\n- pypi: https://x/a.whl\n  name: a\n  version: 1\n  requires_dist:\n  - b;" + b"; extra " * 100_000,
        ),
        (Python, "x/a-1.egg-info/PKG-INFO", b"Name: a\nVersion: 1\n" + (b"Requires-Dist: b" + b";" * 1900 + b"\n") * 400),
        (Dotnet, "packages.config", b"<package id='a' version='1'" + b" a='b'" * 200_000 + b"/>"),
    ],
)
def test_long_texts_cost_no_more_than_their_length(collector: type[ApplicationCollector], path: str, content: bytes) -> None:
    """Patterns that went back over such texts took minutes, or a gigabyte."""
    assert names(collector, {path: content}) == ["a@1"]


@pytest.mark.parametrize(
    ("collector", "path", "content"),
    [(GradleLock, "gradle.lockfile", b"a:b:1=x\n"), (Dotnet, "packages.config", b"<package/>")],
)
def test_what_is_named_too_often(collector: type[ApplicationCollector], path: str, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application_files, "MAX_NAMED", 10)
    assert [one for one in reasons(collector, {path: content * 10}) if one.startswith("expansion")] == []
    assert reasons(collector, {path: content * 11})[0] == "expansion_limit: more than 10 times a package in one file"


LARGE = (
    "gradle.lockfile", "a.deps.json", "packages.lock.json", "obj/project.assets.json", "packages.config", "Gemfile.lock", "conan.lock",
    "Package.resolved", "Podfile.lock", "renv.lock", "packrat.lock", "mix.lock", "pubspec.lock", "composer.lock", "build.sbt.lock",
    "conda-lock.yml", "pixi.lock", "conda-linux-64.lock", "deno.lock", "conda-meta/a.json",
)  # fmt: skip


def test_too_large_files_are_named() -> None:
    def layer() -> Iterator[bytes]:
        for name in (*LARGE, "other.json", "other.lock"):
            member = tarfile.TarInfo(name)
            member.size = 17 << 20
            yield member.tobuf()
            yield from itertools.repeat(b"x" * (1 << 20), 17)
        yield bytes(1024)

    facts = inspect_layer(layer(), APPLICATION_COLLECTORS, PassContext(b"key")).facts
    told = {one.path: one.reason for one in facts if isinstance(one, Skipped)}
    assert told == dict.fromkeys(LARGE, f"file_too_large: {17 << 20} bytes")
