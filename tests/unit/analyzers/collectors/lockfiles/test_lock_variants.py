"""Forms of lock files that tools wrote at other times, and what only the files beside them tell."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from analyzers.collectors.application_files import ApplicationCollector
from analyzers.collectors.dotnet import Dotnet
from analyzers.collectors.lockfiles.bun_lock import BunLock
from analyzers.collectors.lockfiles.cargo_lock import CargoLock
from analyzers.collectors.lockfiles.gemfile_lock import GemfileLock
from analyzers.collectors.lockfiles.go_mod import GoMod
from analyzers.collectors.lockfiles.gradle_lock import GradleLock
from analyzers.collectors.lockfiles.hex_locks import MixLock
from analyzers.collectors.lockfiles.maven_pom import MavenPom
from analyzers.collectors.lockfiles.npm_lock import NpmLock
from analyzers.collectors.lockfiles.pnpm_lock import PnpmLock
from analyzers.collectors.lockfiles.pub_locks import PubLocks
from analyzers.collectors.lockfiles.python_locks import PythonLocks
from analyzers.collectors.lockfiles.swift_locks import SwiftResolved
from analyzers.collectors.lockfiles.yarn_lock import YarnLock
from analyzers.collectors.php import Php
from analyzers.collectors.r_language import RLanguage
from tests.unit.analyzers.collectors.collecting import names, reasons

YARN = """a@^1.0.0:
  version "1.0.1"
  dependencies:
    b "~2"
    "@s/c" "^3"
  optionalDependencies:
    o "1"

b@~2, b@~2.0:
  version "2.0.9"

"@s/c@^3", "@s/c@^3.1":
  version "3.2.0"

o@1:
  version "1.0.0"

t@^4:
  version "4.0.0"
  dependencies:
    b "~2.0"
    u "*"

u@*:
  version "5.0.0"

forced@6.0.1:
  version "6.0.1"

"x@npm:real@^7":
  version "7.0.0"
"""
PROJECT = {
    "name": "app",
    "dependencies": {"a": "^1.0.0", "forced": "^6.0.0", "x": "npm:real@^7"},
    "devDependencies": {"t": "^4"},
}
BERRY = """__metadata:
  version: 8

"a@npm:^1.0.0":
  version: 1.0.1
  resolution: "a@npm:1.0.1"
  dependencies:
    b: "npm:~2"
  peerDependencies:
    p: "*"

"b@npm:~2":
  version: 2.0.9
  resolution: "b@npm:2.0.9"

"app@workspace:.":
  version: 0.0.0-use.local
  resolution: "app@workspace:."
  dependencies:
    a: "npm:^1.0.0"
    own: "workspace:*"
    t: "npm:^4"

"own@workspace:*, own@workspace:packages/own":
  version: 0.0.0-use.local
  resolution: "own@workspace:packages/own"
  dependencies:
    c: "npm:^3"
    u: "npm:*"

"c@npm:^3":
  version: 3.2.0
  resolution: "c@npm:3.2.0"

"t@npm:^4":
  version: 4.0.0
  resolution: "t@npm:4.0.0"

"u@npm:*":
  version: 5.0.0
  resolution: "u@npm:5.0.0"
"""
BERRY_FILES = {
    "app/package.json": json.dumps({"name": "app", "dependencies": {"a": "^1.0.0", "own": "workspace:*"}, "devDependencies": {"t": "^4"}}),
    "app/packages/own/package.json": json.dumps({"name": "own", "dependencies": {"c": "^3"}, "devDependencies": {"u": "*"}}),
    "app/yarn.lock": BERRY,
}
BUN = {
    "workspaces": {"": {"name": "app", "dependencies": {"a": "1"}, "devDependencies": {"t": "1"}},
                   "p/own": {"name": "own", "dependencies": {"b": "3"}}},
    "packages": {
        "a": ["a@1.0.0", "", {"dependencies": {"b": "2"}}, "sha512-x"],
        "a/b": ["b@2.0.0", "", {}, "sha512-x"],
        "b": ["b@1.0.0", "", {}, "sha512-x"],
        "own": ["own@workspace:p/own"],
        "own/b": ["b@3.0.0", "", {"dependencies": {"@s/d": "1"}}, "sha512-x"],
        "@s/d": ["@s/d@1.0.0", "", {}, "sha512-x"],
        "t": ["t@1.0.0", "", {"dependencies": {"b": "1", "@s/e": "1"}}, "sha512-x"],
        "t/@s/e": ["@s/e@1.0.0", "", {}, "sha512-x"],
        "g": ["g@github:o/g#abc", {}, "o-g-abc"],
    },
}  # fmt: skip
GO_SUM = """example.com/direct v1.2.0 h1:a=
example.com/direct v1.2.0/go.mod h1:b=
example.com/deep v1.9.0 h1:c=
example.com/deep v1.9.0/go.mod h1:c=
example.com/deep v1.10.0 h1:d=
example.com/looked v0.1.0/go.mod h1:e=
example.com/old/v2 v2.0.0+incompatible h1:f=
garbage
"""
UV = """version = 1
[manifest.dependency-groups]
lint = [{ name = "l" }]
[[package]]
name = "app"
version = "0.1.0"
source = { editable = "." }
dependencies = [{ name = "n", version = "1.0", marker = "python_full_version < '3.9'" }, { name = "n", version = "2.0" }]
[package.optional-dependencies]
web = [{ name = "w" }]
[[package]]
name = "n"
version = "1.0"
dependencies = [{ name = "old" }]
[[package]]
name = "n"
version = "2.0"
[[package]]
name = "old"
version = "3.0"
[[package]]
name = "w"
version = "4.0"
[[package]]
name = "l"
version = "5.0"
"""
POETRY = """[[package]]
name = "Req_uests"
version = "1.0"
optional = false
[package.dependencies]
idna = { version = ">=2", extras = ["x"] }
[[package]]
name = "idna"
version = "2.0"
[[package]]
name = "pytest"
version = "3.0"
[package.dependencies]
idna = "*"
pluggy = "*"
[[package]]
name = "pluggy"
version = "4.0"
[[package]]
name = "lib"
version = "0.1.0"
[package.source]
type = "directory"
url = "../lib"
[[package]]
name = "from-git"
version = "5.0"
[package.source]
type = "git"
url = "https://example.org/x.git"
"""
POETRY_PROJECT = (
    '[tool.poetry.dependencies]\npython = "^3.9"\nreq-uests = "1"\nfrom_git = "*"\n[tool.poetry.group.dev.dependencies]\npytest = "3"\n'
)
PDM = '[[package]]\nname = "a"\nversion = "1"\ndependencies = ["b<2,>=1; x", "c[y]"]\n' + "".join(
    f'[[package]]\nname = "{name}"\nversion = "1"\n' for name in "bcd"
)
PYLOCK = """lock-version = "1.0"
default-groups = ["main"]
[[packages]]
name = "a"
version = "1"
[[packages]]
name = "b"
version = "2"
marker = "'dev' in dependency_groups"
[[packages]]
name = "c"
version = "3"
marker = "'dev' in dependency_groups or 'main' in dependency_groups"
[[packages]]
name = "d"
version = "4"
marker = "'web' in extras or 'dev' in dependency_groups"
[[packages]]
name = "own"
version = "5"
[packages.directory]
path = "."
"""
PIPFILE = {
    "_meta": {"x": {"version": "==9"}},
    "default": {"a": {"version": "==1"}},
    "docs": {"b": {"version": "==2"}},
    "worker": {"c": {"version": "==3"}},
}
POM = """<project><dependencyManagement><dependencies>
  <dependency><groupId>g</groupId><artifactId>t</artifactId><version>1</version><scope>test</scope></dependency>
</dependencies></dependencyManagement><dependencies>
  <dependency><groupId>g</groupId><artifactId>exact</artifactId><version>[2.0]</version></dependency>
  <dependency><groupId>g</groupId><artifactId>t</artifactId></dependency>
  <dependency><groupId>g</groupId><artifactId>servlet</artifactId><version>3</version><scope>provided</scope></dependency>
  <dependency><groupId>g</groupId><artifactId>late</artifactId><version>4</version><scope>runtime</scope></dependency>
</dependencies><build><plugins><plugin><dependencies>
  <dependency><groupId>g</groupId><artifactId>plugin</artifactId><version>5</version></dependency>
</dependencies></plugin></plugins></build></project>"""
PARENT = """<project><groupId>org.p</groupId><artifactId>p</artifactId><version>7</version>
<properties><log>2.14.1</log><own>1</own></properties>
<dependencyManagement><dependencies>
  <dependency><groupId>g</groupId><artifactId>log</artifactId><version>${log}</version></dependency>
  <dependency><groupId>g</groupId><artifactId>same</artifactId><version>${project.version}</version></dependency>
  <dependency><groupId>g</groupId><artifactId>mock</artifactId><version>3</version><scope>test</scope></dependency>
</dependencies></dependencyManagement>
<dependencies><dependency><groupId>g</groupId><artifactId>all</artifactId><version>${own}</version></dependency></dependencies></project>"""
CHILD = """<project><parent><groupId>org.p</groupId><artifactId>p</artifactId><version>7</version></parent>
<artifactId>c</artifactId><properties><own>2</own></properties><dependencies>
  <dependency><groupId>g</groupId><artifactId>log</artifactId></dependency>
  <dependency><groupId>g</groupId><artifactId>same</artifactId></dependency>
  <dependency><groupId>g</groupId><artifactId>mock</artifactId></dependency>
</dependencies></project>"""
STRANGER = CHILD.replace("<artifactId>p</artifactId>", "<artifactId>q</artifactId>", 1)
CIRCLE = CHILD.replace("</version></parent>", "</version><relativePath>../c</relativePath></parent>").replace(">c<", ">p<")
GRADLE = """g:main:1=debugRuntimeClasspath,debugUnitTestRuntimeClasspath
g:unit:2=debugUnitTestRuntimeClasspath,testImplementationDependenciesMetadata
g:fixture:3=testFixturesCompileClasspath
g:tool:4=checkstyle,jacocoAgent
g:processor:5=annotationProcessor,kaptRelease
g:lint:5=androidLintTool
g:compiler:5=kotlinCompilerClasspath,_internal-unified-test
g:reload:5=developmentOnly
g:contest:6=contestClasspath
g:all:7=
"""
PNPM = """lockfileVersion: '9.0'

importers:
  .:
    dependencies:
      g:
        specifier: github:o/g
        version: https://codeload.example.org/o/g/tar.gz/0a
      own:
        specifier: file:own
        version: file:own
    devDependencies:
      '@s/h':
        specifier: github:o/h
        version: '@s/h@git+https://example.org/o/h.git#0a'

packages:
  g@https://codeload.example.org/o/g/tar.gz/0a:
    resolution: {tarball: https://codeload.example.org/o/g/tar.gz/0a}
    version: 1.0.0
  '@s/h@git+https://example.org/o/h.git#0a':
    version: 2.0.0
  own@file:own:
    version: 3.0.0

snapshots:
  g@https://codeload.example.org/o/g/tar.gz/0a: {}
  '@s/h@git+https://example.org/o/h.git#0a': {}
  own@file:own: {}
"""
PNPM_REGISTRY = """lockfileVersion: '6.0'

packages:
  registry.example.org/@s/a@1.0.0(x@1.0.0):
    dev: false
  registry.example.org/b@2.0.0:
    dev: true
  file:own:
    name: own
    version: 3.0.0
"""
REBAR = """{"1.2.0",
[{<<"cowboy">>,{pkg,<<"cowboy">>,<<"2.9.0">>},0},
 {<<"renamed">>,{pkg,<<"real_name">>,<<"1.0.0">>,<<"0a">>},1},
 {<<"ranch">>,{git,"https://example.org/ranch.git",{ref,"0a"}},1}]}.
[{pkg_hash,[{<<"cowboy">>, <<"865D">>}]}].
"""
OLD_MIX = """%{"bunt": {:hex, :bunt, "0.2.0", "951", [:mix], []},
  "git_one": {:git, "https://example.org/x.git", "abc", []},
  "renamed": {:hex, :real_name, "1.0.0-rc.1", "0a", [:mix], [{:bunt, "~> 0.2", [hex: :bunt, optional: false]}], "hexpm", "0b"}}
"""
SWIFT3 = {
    "originHash": "0a", "version": 3, "pins": [
        {"identity": "a", "kind": "remoteSourceControl", "location": "https://user@github.com:443/O/A.swift.git/",
         "state": {"version": "1.0.0"}},
        {"identity": "local", "kind": "localSourceControl", "location": "/home/x/local", "state": {"version": "1.0.0"}},
        {"identity": "mona.list", "kind": "registry", "location": "", "state": {"version": "1.0.0"}},
    ],
}  # fmt: skip
PACKAGES_CONFIG = """<?xml version="1.0"?>
<packages>
  <package id="A.B" version="1.0.0" targetFramework="net472" />
  <package id='C' version='2.0.0-beta' developmentDependency='true'/>
  <!-- <package id='D' version='3.0.0' /> -->
</packages>
"""
INSTALLED_PHP = """<?php return array(
    'root' => array(
        'name' => 'acme/app',
        'pretty_version' => 'dev-main',
        'aliases' => array(),
        'dev' => true,
    ),
    'versions' => array(
        'acme/app' => array(
            'pretty_version' => 'dev-main',
            'dev_requirement' => false,
        ),
        'acme/lib' => array(
            'pretty_version' => 'dev-main',
            'version' => 'dev-main',
            'aliases' => array(
                0 => '2.x-dev',
            ),
            'dev_requirement' => false,
        ),
        'phpunit/phpunit' => array(
            'pretty_version' => '9.6.0',
            'dev_requirement' => true,
        ),
        'psr/log-implementation' => array(
            'dev_requirement' => false,
            'provided' => array(
                0 => '1.0|2.0',
            ),
        ),
    ),
);
"""
INLINE = {"packages": [{"name": "a/b", "version": "dev-fix"}], "aliases": [{"package": "a/b", "version": "dev-fix", "alias": "1.4.2"}]}


@pytest.mark.parametrize(
    ("collector", "files", "wanted"),
    [
        (YarnLock, {"yarn.lock": YARN, "package.json": json.dumps(PROJECT)},
         ["a@1.0.1", "b@2.0.9", "@s/c@3.2.0", "o@1.0.0", "t@4.0.0 dev", "u@5.0.0 dev", "forced@6.0.1", "real@7.0.0"]),
        (YarnLock, {"yarn.lock": YARN, "other/package.json": "{}"},
         ["a@1.0.1", "b@2.0.9", "@s/c@3.2.0", "o@1.0.0", "t@4.0.0", "u@5.0.0", "forced@6.0.1", "real@7.0.0"]),
        (YarnLock, {"yarn.lock": YARN, "package.json": "damaged"},
         ["a@1.0.1", "b@2.0.9", "@s/c@3.2.0", "o@1.0.0", "t@4.0.0", "u@5.0.0", "forced@6.0.1", "real@7.0.0"]),
        (YarnLock, BERRY_FILES, ["a@1.0.1", "b@2.0.9", "c@3.2.0", "t@4.0.0 dev", "u@5.0.0 dev"]),
        (BunLock, {"bun.lock": json.dumps(BUN)},
         ["a@1.0.0", "b@2.0.0", "b@1.0.0 dev", "b@3.0.0", "@s/d@1.0.0", "t@1.0.0 dev", "@s/e@1.0.0 dev"]),
        (GoMod, {"go.mod": "module m\nrequire example.com/direct v1.2.0\n", "go.sum": GO_SUM},
         ["example.com/direct@v1.2.0", "example.com/deep@v1.10.0", "example.com/old/v2@v2.0.0+incompatible"]),
        (GoMod, {"go.sum": GO_SUM, "go.mod": "module m\ngo 1.17\nrequire example.com/direct v1.2.0\n"}, ["example.com/direct@v1.2.0"]),
        (GoMod, {"go.mod": "module m\ngo 1.16\nreplace example.com/deep => ./deep\n", "go.sum": "example.com/deep v1.0.0 h1:a=\n"}, []),
        (GoMod, {"go.sum": GO_SUM}, []),
        (PythonLocks, {"uv.lock": UV}, ["n@1.0", "n@2.0", "old@3.0", "w@4.0", "l@5.0 dev"]),
        (PythonLocks, {"poetry.lock": POETRY, "pyproject.toml": POETRY_PROJECT},
         ["Req_uests@1.0", "idna@2.0", "pytest@3.0 dev", "pluggy@4.0 dev", "from-git@5.0"]),
        (PythonLocks, {"poetry.lock": POETRY}, ["Req_uests@1.0", "idna@2.0", "pytest@3.0", "pluggy@4.0", "from-git@5.0"]),
        (PythonLocks, {"pdm.lock": PDM, "pyproject.toml": '[project]\ndependencies = ["A ~= 1.0"]\n'}, ["a@1", "b@1", "c@1", "d@1 dev"]),
        (PythonLocks, {"pylock.toml": PYLOCK}, ["a@1", "b@2 dev", "c@3", "d@4"]),
        (PythonLocks, {"Pipfile.lock": json.dumps(PIPFILE)}, ["a@1", "b@2 dev", "c@3"]),
        (PythonLocks, {"requirements.txt": "a==1\nB[x]==1!2.0.post1+cu1 # c\n".encode("utf-16")}, ["a@1", "B@1!2.0.post1+cu1"]),
        (MavenPom, {"pom.xml": POM}, ["g/exact@2.0", "g/t@1 dev", "g/servlet@3 dev", "g/late@4"]),
        (MavenPom, {"src/pom.xml": PARENT, "src/c/pom.xml": CHILD},
         ["g/all@1", "g/log@2.14.1", "g/same@7", "g/mock@3 dev", "g/all@2"]),
        (GradleLock, {"gradle.lockfile": GRADLE},
         ["g/main@1", "g/unit@2 dev", "g/fixture@3 dev", "g/tool@4 dev", "g/processor@5 dev", "g/lint@5 dev",
          "g/compiler@5 dev", "g/reload@5 dev", "g/contest@6", "g/all@7"]),
        (GradleLock, {"gradle/dependency-locks/runtimeClasspath.lockfile": "# x\ng:a:1\n",
                      "gradle/dependency-locks/testRuntimeClasspath.lockfile": "g:t:2\n", "x/other.lockfile": "g:o:3\n"},
         ["g/a@1", "g/t@2 dev"]),
        (GradleLock, {"gradle/dependency-locks/test-suite.lockfile": "g:a:1=runtimeClasspath\ng:t:2=testRuntimeClasspath\nempty=\n"},
         ["g/a@1", "g/t@2 dev"]),
        (PnpmLock, {"pnpm-lock.yaml": PNPM}, ["g@1.0.0", "@s/h@2.0.0 dev"]),
        (PnpmLock, {"pnpm-lock.yaml": PNPM_REGISTRY}, ["@s/a@1.0.0", "b@2.0.0 dev"]),
        (MixLock, {"rebar.lock": REBAR}, ["cowboy@2.9.0", "real_name@1.0.0"]),
        (MixLock, {"mix.lock": OLD_MIX}, ["bunt@0.2.0", "real_name@1.0.0-rc.1"]),
        (SwiftResolved, {"Package.resolved": json.dumps(SWIFT3)}, ["github.com/o/a.swift@1.0.0"]),
        (Php, {"vendor/composer/installed.php": INSTALLED_PHP}, ["acme/lib@2.x-dev", "phpunit/phpunit@9.6.0 dev"]),
        (Php, {"composer.lock": json.dumps(INLINE)}, ["a/b@1.4.2"]),
        (Php, {"composer/installed.php": "<?php return array();"}, []),
        (Dotnet, {"src/packages.App.Web.lock.json": '{"dependencies": {"net8.0": {"A": {"resolved": "1.0.0"}}}}'}, ["A@1.0.0"]),
        (Dotnet, {"src/packages.config": PACKAGES_CONFIG},
         ["A.B@1.0.0", "C@2.0.0-beta dev"]),
        (RLanguage, {"l/stats/DESCRIPTION": "Package: stats\nVersion: 4.3.1\nPriority: base\nBuilt: R 4.3.1\n"}, []),
        (NpmLock, {"package-lock.json": json.dumps({"packages": {"node_modules/a": {"version": "1.0.0", "devOptional": True}}})},
         ["a@1.0.0"]),
    ],
)  # fmt: skip
def test_variants(collector: type[ApplicationCollector], files: Mapping[str, str | bytes], wanted: list[str]) -> None:
    assert names(collector, files) == wanted


@pytest.mark.parametrize(
    ("collector", "path", "content"),
    [
        (CargoLock, "usr/local/cargo/registry/src/index-0a/time-0.1.44/Cargo.lock", '[[package]]\nname="a"\nversion="1"\nsource="x"\n'),
        (CargoLock, "srv/vendor/time/Cargo.lock", '[[package]]\nname="a"\nversion="1"\nsource="x"\n'),
        (GemfileLock, "usr/local/bundle/gems/rack-2.0.1/Gemfile.lock", "GEM\n  specs:\n    a (1)\n"),
        (PythonLocks, "usr/lib/python3/dist-packages/x/requirements.txt", "a==1\n"),
        (PubLocks, "root/.pub-cache/hosted/x/a-1.0.0/pubspec.lock", "packages:\n  a:\n    source: hosted\n    version: \"1\"\n"),
        (MixLock, "srv/deps/plug/mix.lock", OLD_MIX),
        (MavenPom, "srv/WEB-INF/classes/META-INF/maven/g/a/pom.xml", POM),
        (GoMod, "root/go/pkg/mod/example.com/a@v1.0.0/go.mod", "require a.b/c v1.0.0\n"),
        (SwiftResolved, "srv/.build/checkouts/x/Package.resolved", json.dumps(SWIFT3)),
        (YarnLock, "srv/node_modules/a/yarn.lock", YARN),
        (PnpmLock, "srv/vendor/x/pnpm-lock.yaml", "packages:\n  a@1.0.0:\n"),
        (Php, "srv/vendor/acme/lib/composer.lock", json.dumps(INLINE)),
    ],
)  # fmt: skip
def test_lock_files_of_fetched_packages_say_nothing(collector: type[ApplicationCollector], path: str, content: str) -> None:
    assert names(collector, {path: content}) == []
    assert names(collector, {"srv/" + path.rpartition("/")[2]: content}) != []


@pytest.mark.parametrize("files", [
    {"c/pom.xml": CHILD}, {"pom.xml": PARENT, "c/pom.xml": STRANGER}, {"x/pom.xml": PARENT, "c/pom.xml": CHILD}, {"c/pom.xml": CIRCLE},
])  # fmt: skip
def test_parents_elsewhere_are_no_parents(files: Mapping[str, str]) -> None:
    assert reasons(MavenPom, files) == ["unreadable: 3 dependencies whose version is not set in this file"]


def test_a_vendors_folder_is_no_vendor_folder() -> None:
    assert names(PythonLocks, {"opt/vendor/product/requirements.txt": "a==1\n"}) == ["a@1"]


def test_keys_and_texts_over_several_lines() -> None:
    text = """lockfileVersion: 5.4
packages:
  ? /a/1.0.0_very+long
  : resolution: {integrity: x}
    dev: true
  /b/2.0.0:
    deprecated: |-
      No longer maintained.
      version: 9.9.9
    dev: false
"""
    assert names(PnpmLock, {"pnpm-lock.yaml": text}) == ["a@1.0.0 dev", "b@2.0.0"]


def test_an_unfinished_merge_is_told() -> None:
    text = 'a@1:\n<<<<<<< HEAD\n  version "1.0.0"\n=======\n  version "1.0.1"\n>>>>>>> other\n'
    assert reasons(YarnLock, {"yarn.lock": text}) == ["unreadable: an unfinished merge: what could be read of both sides counts"]


def test_json_in_utf_16() -> None:
    text = json.dumps({"packages": {"node_modules/a": {"version": "1.0.0"}}})
    assert names(NpmLock, {"package-lock.json": text.encode("utf-16")}) == ["a@1.0.0"]


def test_extras_of_pdm_are_no_development() -> None:
    lock = "".join(
        f'[[package]]\nname = "{name}"\nversion = "1"\ngroups = ["{group}"]\n'
        for name, group in (("a", "default"), ("b", "cli"), ("c", "try"))
    )
    project = '[project]\ndependencies = ["a"]\n[project.optional-dependencies]\ncli = ["b"]\n[dependency-groups]\ntry = ["c"]\n'
    assert names(PythonLocks, {"pdm.lock": lock, "pyproject.toml": project}) == ["a@1", "b@1", "c@1 dev"]
    assert names(PythonLocks, {"pdm.lock": lock}) == ["a@1", "b@1 dev", "c@1 dev"]


def test_requirements_of_rye_and_addresses_of_archives() -> None:
    text = "a==1\nb-x @ https://host/b_x-2.0.tar.gz#sha256=0\nc @ https://host/archive/other-3.0.zip\n"
    assert names(PythonLocks, {"requirements.lock": text}) == ["a@1", "b-x@2.0"]
    assert names(PythonLocks, {"requirements-dev.lock": "a==1\n"}) == ["a@1 dev"]


def test_modules_and_old_properties_of_maven() -> None:
    def pom(artifact: str, parent: bool, wants: str) -> str:
        above = "<parent><groupId>g</groupId><artifactId>top</artifactId><version>1.0</version></parent>" if parent else ""
        own = "" if parent else "<groupId>g</groupId><version>1.0</version>"
        return f"<project>{above}{own}<artifactId>{artifact}</artifactId><dependencies>{wants}</dependencies></project>"

    def want(group: str, artifact: str, version: str) -> str:
        return f"<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version></dependency>"

    poms = {
        "pom.xml": pom("top", False, ""),
        "a/pom.xml": pom("a", True, want("g", "b", "${project.version}") + want("o", "x", "${pom.version}") + want("o", "y", "${version}")),
        "b/pom.xml": pom("b", True, ""),
    }
    assert names(MavenPom, poms) == ["o/x@1.0", "o/y@1.0"]


def test_files_that_requirements_take_in() -> None:
    files = {
        "app/deps/base.txt": "-r more.txt\na==1\n",
        "app/requirements.txt": "-r deps/base.txt\nb==2\n",
        "app/requirements-dev.txt": "--requirement=lint/tools.txt\n-r deps/base.txt\n",
        "app/lint/tools.txt": "c==3\n",
        "app/deps/more.txt": "-r base.txt\nd==4\n",
        "app/notes.txt": "e==5\n",
    }
    assert names(PythonLocks, files) == ["b@2", "a@1", "d@4", "c@3 dev"]
