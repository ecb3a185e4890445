"""Forms of lock files of other languages that tools wrote at other times."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from analyzers.collectors.application_files import ApplicationCollector
from analyzers.collectors.dotnet import Dotnet
from analyzers.collectors.lockfiles.go_mod import GoMod
from analyzers.collectors.lockfiles.hex_locks import MixLock
from analyzers.collectors.lockfiles.swift_locks import SwiftResolved
from analyzers.collectors.php import Php
from analyzers.collectors.r_language import RLanguage
from tests.unit.analyzers.collectors.collecting import names, packages

GO_SUM = """example.com/direct v1.2.0 h1:a=
example.com/direct v1.2.0/go.mod h1:b=
example.com/deep v1.9.0 h1:c=
example.com/deep v1.9.0/go.mod h1:c=
example.com/deep v1.10.0 h1:d=
example.com/looked v0.1.0/go.mod h1:e=
example.com/old/v2 v2.0.0+incompatible h1:f=
garbage
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
PACKRAT = """PackratFormat: 1.4
RVersion: 3.5.2
Repos: CRAN=https://cran.example.org/

Package: knitr
Source: CRAN
Version: 1.0
Hash: 0a
Requires: BH, R (>= 3), dplyr,
    evaluate

Package: BH
Source: Bioconductor
Version: 1.75.0-0

Package: none
Source: CRAN

Package: dplyr
Source: github
Version: 0.4.3.9001
GithubRepo: dplyr
"""


@pytest.mark.parametrize(
    ("collector", "files", "wanted"),
    [
        (GoMod, {"go.mod": "module m\nrequire example.com/direct v1.2.0\n", "go.sum": GO_SUM},
         ["example.com/direct@v1.2.0", "example.com/deep@v1.10.0", "example.com/old/v2@v2.0.0+incompatible"]),
        (GoMod, {"go.sum": GO_SUM, "go.mod": "module m\ngo 1.17\nrequire example.com/direct v1.2.0\n"}, ["example.com/direct@v1.2.0"]),
        (GoMod, {"go.mod": "module m\ngo 1.16\nreplace example.com/deep => ./deep\n", "go.sum": "example.com/deep v1.0.0 h1:a=\n"}, []),
        (GoMod, {"go.sum": GO_SUM}, []),
        (MixLock, {"rebar.lock": REBAR}, ["cowboy@2.9.0", "real_name@1.0.0"]),
        (MixLock, {"mix.lock": OLD_MIX}, ["bunt@0.2.0", "real_name@1.0.0-rc.1"]),
        (SwiftResolved, {"Package.resolved": json.dumps(SWIFT3)}, ["github.com/o/a.swift@1.0.0"]),
        (Php, {"vendor/composer/installed.php": INSTALLED_PHP}, ["acme/lib@2.x-dev", "phpunit/phpunit@9.6.0 dev"]),
        (Php, {"composer.lock": json.dumps(INLINE)}, ["a/b@1.4.2"]),
        (Php, {"composer/installed.php": "<?php return array();"}, []),
        (Dotnet, {"src/packages.App.Web.lock.json": '{"dependencies": {"net8.0": {"A": {"resolved": "1.0.0"}}}}'}, ["A@1.0.0"]),
        (Dotnet, {"src/packages.config": PACKAGES_CONFIG},
         ["A.B@1.0.0", "C@2.0.0-beta dev"]),
        (RLanguage, {"packrat/packrat.lock": PACKRAT}, ["knitr@1.0", "BH@1.75.0-0", "dplyr@0.4.3.9001"]),
        (RLanguage, {"packrat/packrat.lock": PACKRAT.replace("\n", "\r\n")}, ["knitr@1.0", "BH@1.75.0-0", "dplyr@0.4.3.9001"]),
        (RLanguage, {"l/stats/DESCRIPTION": "Package: stats\nVersion: 4.3.1\nPriority: base\nBuilt: R 4.3.1\n"}, []),
    ],
)  # fmt: skip
def test_variants(collector: type[ApplicationCollector], files: Mapping[str, str | bytes], wanted: list[str]) -> None:
    assert names(collector, files) == wanted


def test_what_packrat_says() -> None:
    found = packages(RLanguage, {"packrat/packrat.lock": PACKRAT})
    assert [(one.type, one.evidence) for one in found] == [("cran", "declared"), ("bioconductor", "declared"), ("cran", "declared")]
    assert found[0].depends == ("BH", "dplyr", "evaluate")
