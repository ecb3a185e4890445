"""Lock files as their tools write them: Rust, Ruby, Java, Elixir, Dart, C++ and Swift; and such that would cost too much."""

from __future__ import annotations

import json

import pytest

from analyzers.collectors.application_files import ApplicationCollector
from analyzers.collectors.lockfiles.bun_lock import BunLock
from analyzers.collectors.lockfiles.cargo_lock import CargoLock
from analyzers.collectors.lockfiles.conan_lock import ConanLock
from analyzers.collectors.lockfiles.gemfile_lock import GemfileLock
from analyzers.collectors.lockfiles.gradle_lock import GradleLock
from analyzers.collectors.lockfiles.hex_locks import MixLock
from analyzers.collectors.lockfiles.maven_pom import MavenPom
from analyzers.collectors.lockfiles.pnpm_lock import PnpmLock
from analyzers.collectors.lockfiles.pub_locks import PubLocks
from analyzers.collectors.lockfiles.python_locks import PythonLocks
from analyzers.collectors.lockfiles.swift_locks import PodfileLock, SwiftResolved
from tests.unit.analyzers.collectors.collecting import collected, names, packages, reasons

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


@pytest.mark.parametrize(
    ("collector", "path", "content", "wanted"),
    [
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
