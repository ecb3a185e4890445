"""Lock files as their tools write them: names, versions, what is for development, what is the project's own."""

from __future__ import annotations

import json

import pytest

from analyzers.collectors.application_files import ApplicationCollector
from analyzers.collectors.lockfiles.bun_lock import BunLock
from analyzers.collectors.lockfiles.cargo_lock import CargoLock
from analyzers.collectors.lockfiles.conan_lock import ConanLock
from analyzers.collectors.lockfiles.gemfile_lock import GemfileLock
from analyzers.collectors.lockfiles.go_mod import GoMod
from analyzers.collectors.lockfiles.gradle_lock import GradleLock
from analyzers.collectors.lockfiles.hex_locks import MixLock
from analyzers.collectors.lockfiles.maven_pom import MavenPom
from analyzers.collectors.lockfiles.pnpm_lock import PnpmLock
from analyzers.collectors.lockfiles.pub_locks import PubLocks
from analyzers.collectors.lockfiles.python_locks import PythonLocks
from analyzers.collectors.lockfiles.swift_locks import PodfileLock, SwiftResolved
from analyzers.collectors.lockfiles.yarn_lock import YarnLock
from tests.unit.analyzers.collectors.collecting import collected, names, packages, reasons

REQUIREMENTS = """# comment
requests==2.19.1 --hash=sha256:aa
Flask[async] == 2.0.1 ; python_version > "3"
idna===2.8 \\
    --hash=sha256:bb
django>=3
wild==1.*
-r other.txt
git+https://example.com/x.git#egg=x
"""
POETRY = """[[package]]
name = "a"
version = "1.0"
category = "main"
[[package]]
name = "b"
version = "2.0"
category = "dev"
[[package]]
name = "c"
version = "3.0"
groups = ["dev", "main"]
[[package]]
name = "d"
version = "4.0"
groups = ["test"]
[metadata]
lock-version = "2.0"
"""
UV = """version = 1
[[package]]
name = "app"
version = "0.1.0"
source = { virtual = "." }
dependencies = [{ name = "a" }]
[package.dev-dependencies]
dev = [{ name = "t" }]
[[package]]
name = "a"
version = "1.0"
source = { registry = "https://example.com/simple" }
dependencies = [{ name = "b" }]
[[package]]
name = "b"
version = "2.0"
[[package]]
name = "t"
version = "3.0"
dependencies = [{ name = "b" }, { name = "u" }]
[[package]]
name = "u"
version = "4.0"
"""
PIPFILE = {"default": {"a": {"version": "==1.0"}, "e": {"editable": True, "path": "."}}, "develop": {"b": {"version": "==2.0"}}}
YARN = """# yarn lockfile v1


"@s/a@^1.0.0", "@s/a@^1.1.0":
  version "1.1.2"
  resolved "https://example.com/a.tgz#1"
  dependencies:
    version "^9"

b@~2:
  version "2.0.1"

alias@npm:real@^3:
  version "3.0.0"
"""
BERRY = """__metadata:
  version: 6

"@s/a@npm:^1.0.0, @s/a@npm:^1.1.0":
  version: 1.1.2
  resolution: "@s/a@npm:1.1.2"
  dependencies:
    b: ~2

"alias@npm:real@^3":
  version: 3.0.0
  resolution: "real@npm:3.0.0"

"app@workspace:.":
  version: 0.0.0-use.local
  resolution: "app@workspace:."

"t@patch:t@npm%3A4.9.5#x":
  version: 4.9.5
  resolution: "t@patch:t@npm%3A4.9.5#x::version=4.9.5"
"""
PNPM5 = """lockfileVersion: 5.4
packages:

  /@s/a/1.1.2_peer@1.0.0:
    resolution: {integrity: sha512-x}
    dev: false

  /b/2.0.1:
    resolution: {integrity: sha512-y}
    dev: true
"""
PNPM6 = """lockfileVersion: '6.0'

packages:

  /@s/a@1.1.2(peer@1.0.0):
    resolution: {integrity: sha512-x}
    dev: false

  /b@2.0.1:
    dev: true

  github.com/x/y/abcdef:
    name: y
    version: 1.0.0
"""
PNPM9 = """lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      '@s/a':
        specifier: ^1.0.0
        version: 1.1.2(peer@1.0.0)
    devDependencies:
      b:
        specifier: ^2
        version: 2.0.1

packages:

  '@s/a@1.1.2':
    resolution: {integrity: sha512-x}
  b@2.0.1:
    resolution: {integrity: sha512-y}
  c@3.0.0:
    resolution: {integrity: sha512-z}
  d@4.0.0:
    resolution: {integrity: sha512-z}

snapshots:

  '@s/a@1.1.2(peer@1.0.0)':
    dependencies:
      c: 3.0.0
  b@2.0.1:
    dependencies:
      alias: d@4.0.0
  c@3.0.0: {}
  d@4.0.0: {}
"""
BUN = """{
  "lockfileVersion": 1,
  "workspaces": {"": {"name": "app", "dependencies": {"@s/a": "^1"}, "devDependencies": {"t": "1",},},},
  // comment
  "packages": {
    "@s/a": ["@s/a@1.1.2", "", {"dependencies": {"b": "2"}}, "sha512-,]"],
    "b": ["b@2.0.1", "", {}, "sha512-x"],
    "t": ["t@1.0.0", "", {}, "sha512-x"],
    "own": ["own@workspace:packages/own"],
  },
}
"""
GO_MOD = """module example.com/app // a comment
go 1.21
require golang.org/x/net v0.7.0
require (
\tgithub.com/b/c v1.1.0 // indirect
\texample.com/local v1.0.0
)
replace github.com/b/c => github.com/d/c v1.1.1
replace example.com/local v1.0.0 => ../local
exclude golang.org/x/text v0.3.0
"""
CARGO = """version = 3
[[package]]
name = "app"
version = "0.1.0"
[[package]]
name = "time"
version = "0.1.44"
source = "registry+https://example.com/index"
"""
GEMFILE = """GIT
  remote: https://example.com/r.git
  revision: abc
  specs:
    r (1.0.0)
PATH
  remote: .
  specs:
    own (0.1.0)
GEM
  remote: https://example.com/
  specs:
    nokogiri (1.13.3-x86_64-linux)
      racc (~> 1.4)
    rack (3.1.4)

PLATFORMS
  ruby

DEPENDENCIES
  rack
"""
POM = """<?xml version="1.0"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <parent><groupId>org.p</groupId><artifactId>p</artifactId><version>7</version></parent>
  <artifactId>app</artifactId>
  <properties><log.version>2.14.1</log.version><again>${log.version}</again></properties>
  <dependencyManagement><dependencies>
    <dependency><groupId>org.m</groupId><artifactId>m</artifactId><version>5</version></dependency>
  </dependencies></dependencyManagement>
  <dependencies>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-core</artifactId><version>${again}</version></dependency>
    <dependency><groupId>org.m</groupId><artifactId>m</artifactId></dependency>
    <dependency><groupId>${project.groupId}</groupId><artifactId>own</artifactId><version>${project.version}</version></dependency>
    <dependency><groupId>junit</groupId><artifactId>junit</artifactId><version>4.12</version><scope>test</scope></dependency>
  </dependencies>
</project>
"""
GRADLE = """# This is a Gradle generated file
org.a:b:1.0=compileClasspath,runtimeClasspath
org.t:t:2.0=testCompileClasspath,testRuntimeClasspath
empty=annotationProcessor
"""
MIX = """%{
  "cowboy": {:hex, :cowboy, "2.9.0", "865dd8b6", [:make, :rebar3], [{:ranch, "1.8.0", [hex: :ranch]}], "hexpm", "2c72"},
  "forked": {:git, "https://example.com/f.git", "abc", []},
}
"""
PUBSPEC = """packages:
  http:
    dependency: "direct main"
    description:
      name: http
      url: "https://example.com"
    source: hosted
    version: "0.13.3"
  lints:
    dependency: "direct dev"
    source: hosted
    version: "2.0.0"
  flutter:
    dependency: "direct main"
    source: sdk
    version: "0.0.0"
"""
CONAN1 = {"graph_lock": {"nodes": {"1": {"ref": "zlib/1.2.11#rev"}, "2": {"ref": "cmake/3.20@u/c", "context": "build"}}}}
CONAN0 = {"profile": "[settings]", "graph_lock": {"nodes": {
    "8e12bfbc": {"pref": "zlib/1.2.11@conan/stable:d50a#0", "options": "shared=False"},
    "8e12c354": {"pref": "OpenSSL/1.1.1c@conan/stable#0:b781#0", "requires": {"zlib/1.2.11@conan/stable#0": "8e12bfbc"}},
    "8e12e870": {"pref": "portaudio/v190600.20161030:d50a", "requires": {}},
    "8e12f720": {"pref": None, "options": "x", "requires": {"OpenSSL/1.1.1c@conan/stable#0": "8e12c354"}},
}}}  # fmt: skip
CONAN2 = {"version": "0.5", "requires": ["zlib/1.2.11#rev%1650"], "build_requires": ["cmake/3.20"]}
SWIFT1 = {"object": {"pins": [{"package": "A", "repositoryURL": "https://github.com/o/swift-a.git", "state": {"version": "1.2.3"}}]}}
SWIFT2 = {
    "pins": [{"location": "git@github.com:o/b", "state": {"version": "2.0.0"}}, {"location": "https://h/o/c", "state": {"branch": "x"}}]
}
PODS = """PODS:
  - AFNetworking (3.0.0):
    - AFNetworking/Security (= 3.0.0)
  - AFNetworking/Security (3.0.0)
  - "Own+X (1.0)"

DEPENDENCIES:
  - AFNetworking (~> 3.0)
"""


WHEELS = """urllib3 @ https://files.example.org/aa/urllib3-1.26.4-py2.py3-none-any.whl ; python_version > "3"
torch[all]@https://files.example.org/whl/cpu-2/torch-2.1.0%2Bcpu-cp311-cp311-linux_x86_64.whl#sha256=aa
./wheels/foo_bar-1.0.post1-1-py3-none-any.whl
file:///opt/markupsafe-2.0-cp39-cp39-manylinux_2_17_x86_64.manylinux2014_x86_64.whl
certifi @ file:///croot/certifi_1671487769961/work/certifi
# https://files.example.org/comment-1.0-py3-none-any.whl
--find-links https://files.example.org/option-1.0-py3-none-any.whl
https://files.example.org/no_wheel-1.0.tar.gz
"""


@pytest.mark.parametrize(
    ("collector", "path", "content", "wanted"),
    [
        (PythonLocks, "app/requirements.txt", REQUIREMENTS, ["requests@2.19.1", "Flask@2.0.1", "idna@2.8"]),
        (PythonLocks, "app/requirements-dev.txt", "a==1\n", ["a@1 dev"]),
        (PythonLocks, "app/requirements/test.txt", "a==1\n", ["a@1 dev"]),
        (PythonLocks, "app/docs/requirements.txt", "a==1\n", ["a@1 dev"]),
        (PythonLocks, "app/docs/api/requirements.txt", "a==1\n", ["a@1"]),
        (PythonLocks, "app/notes.txt", "a==1\n", []),
        (PythonLocks, "requirements.txt", WHEELS, ["urllib3@1.26.4", "torch@2.1.0+cpu", "foo_bar@1.0.post1", "markupsafe@2.0"]),
        (PythonLocks, "poetry.lock", POETRY, ["a@1.0", "b@2.0 dev", "c@3.0", "d@4.0 dev"]),
        (PythonLocks, "pdm.lock", '[[package]]\nname = "a"\nversion = "1"\ngroups = ["default"]\n', ["a@1"]),
        (PythonLocks, "pylock.toml", '[[packages]]\nname = "a"\nversion = "1"\n', ["a@1"]),
        (PythonLocks, "uv.lock", UV, ["a@1.0", "b@2.0", "t@3.0 dev", "u@4.0 dev"]),
        (PythonLocks, "Pipfile.lock", json.dumps(PIPFILE), ["a@1.0", "b@2.0 dev"]),
        (YarnLock, "yarn.lock", YARN, ["@s/a@1.1.2", "b@2.0.1", "real@3.0.0"]),
        (YarnLock, "yarn.lock", BERRY, ["@s/a@1.1.2", "real@3.0.0", "t@4.9.5"]),
        (PnpmLock, "pnpm-lock.yaml", PNPM5, ["@s/a@1.1.2", "b@2.0.1 dev"]),
        (PnpmLock, "pnpm-lock.yaml", PNPM6, ["@s/a@1.1.2", "b@2.0.1 dev", "y@1.0.0"]),
        (PnpmLock, "pnpm-lock.yaml", PNPM9, ["@s/a@1.1.2", "b@2.0.1 dev", "c@3.0.0", "d@4.0.0 dev"]),
        (BunLock, "bun.lock", BUN, ["@s/a@1.1.2", "b@2.0.1", "t@1.0.0 dev"]),
        (GoMod, "src/go.mod", GO_MOD, ["golang.org/x/net@v0.7.0", "github.com/d/c@v1.1.1"]),
        (CargoLock, "Cargo.lock", CARGO, ["time@0.1.44"]),
        (GemfileLock, "Gemfile.lock", GEMFILE, ["r@1.0.0", "nokogiri@1.13.3", "rack@3.1.4"]),
        (MavenPom, "pom.xml", POM, ["org.apache.logging.log4j/log4j-core@2.14.1", "org.m/m@5", "org.p/own@7", "junit/junit@4.12 dev"]),
        (GradleLock, "gradle.lockfile", GRADLE, ["org.a/b@1.0", "org.t/t@2.0 dev"]),
        (GradleLock, "buildscript-gradle.lockfile", "org.a:b:1.0=classpath\n", ["org.a/b@1.0 dev"]),
        (MixLock, "mix.lock", MIX, ["cowboy@2.9.0"]),
        (PubLocks, "pubspec.lock", PUBSPEC, ["http@0.13.3", "lints@2.0.0 dev"]),
        (ConanLock, "conan.lock", json.dumps(CONAN1), ["zlib@1.2.11", "cmake@3.20 dev"]),
        (ConanLock, "conan.lock", json.dumps(CONAN0), ["zlib@1.2.11", "OpenSSL@1.1.1c", "portaudio@v190600.20161030"]),
        (ConanLock, "conan.lock", json.dumps(CONAN2), ["zlib@1.2.11", "cmake@3.20 dev"]),
        (SwiftResolved, "Package.resolved", json.dumps(SWIFT1), ["github.com/o/swift-a@1.2.3"]),
        (SwiftResolved, "Package.resolved", json.dumps(SWIFT2), ["github.com/o/b@2.0.0"]),
        (PodfileLock, "Podfile.lock", PODS, ["AFNetworking@3.0.0", "Own+X@1.0"]),
    ],
)  # fmt: skip
def test_lock_files(collector: type[ApplicationCollector], path: str, content: str, wanted: list[str]) -> None:
    found = packages(collector, {path: content})
    assert names(collector, {path: content}) == wanted
    assert {fact.evidence for fact in found} <= {"declared"}


def test_versions_that_a_pom_does_not_set_are_counted() -> None:
    text = POM.replace("<version>4.12</version>", "<version>[4,5)</version>").replace("${log.version}</again>", "${nowhere}</again>")
    assert reasons(MavenPom, {"pom.xml": text}) == ["unreadable: 2 dependencies whose version is not set in this file"]


def test_documents_that_would_unfold_without_bound() -> None:
    bomb = '<!DOCTYPE p [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;">]><project>&b;</project>'
    assert reasons(MavenPom, {"pom.xml": bomb})[0].startswith("unreadable: XML with a document type")
    assert reasons(MavenPom, {"pom.xml": bomb.encode("utf-16")})[0].startswith("unreadable")
    assert reasons(CargoLock, {"Cargo.lock": "a." * 100_000 + "a = 1"})[0].startswith("unreadable: TOML with a line")
    assert reasons(CargoLock, {"Cargo.lock": "a = " + "[" * 100_000})[0].startswith("unreadable: no TOML")
    assert collected(PnpmLock, {"pnpm-lock.yaml": "".join(" " * depth + "a:\n" for depth in range(2000))}) == []
    assert reasons(BunLock, {"bun.lock": '"\\' * 500_000})[0].startswith("unreadable: no JSON")
    lines = "".join(f"p{number}==1\n" for number in range(60_000))
    assert reasons(PythonLocks, {"requirements.txt": lines}) == ["expansion_limit: more than 50,000 packages in one file"]
