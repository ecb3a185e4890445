"""Ruby, PHP, .NET, conda, R, Erlang, Lua and WordPress: files as their tools write them."""

from __future__ import annotations

import json

import pytest

from analyzers.collectors.application_files import ApplicationCollector
from analyzers.collectors.applications import APPLICATION_COLLECTORS
from analyzers.collectors.conda import Conda
from analyzers.collectors.dotnet import Dotnet
from analyzers.collectors.erlang import Erlang
from analyzers.collectors.lua import Lua
from analyzers.collectors.php import Php
from analyzers.collectors.r_language import RLanguage
from analyzers.collectors.ruby import Ruby
from analyzers.collectors.wordpress import WordPress
from tests.unit.analyzers.collectors.collecting import collected, names, packages, reasons

GEMSPEC = (
    "# -*- encoding: utf-8 -*-\n# stub: nokogiri 1.13.3 x86_64-linux lib\n\nGem::Specification.new do |s|\n"
    '  s.name = "nokogiri".freeze\n  s.version = "1.13.3"\n  s.licenses = ["MIT".freeze]\n'
    '  s.add_runtime_dependency(%q<racc>.freeze, ["~> 1.4"])\nend\n'
)
PSR7 = {"name": "guzzlehttp/psr7", "version": "2.4.4", "license": ["MIT"], "require": {"php": "^7.2", "psr/http-message": "^1"}}
UNIT = {"name": "phpunit/phpunit", "version": "v9.6.0"}
DEPS = {"libraries": {
    "app/1.0.0": {"type": "project"}, "Newtonsoft.Json/12.0.3": {"type": "package"},
    "runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/6.0.1": {"type": "runtimepack"},
}}  # fmt: skip
NUGET = {"version": 1, "dependencies": {"net6.0": {"A": {"type": "Direct", "resolved": "1.0.0"}, "own": {"type": "Project"}}}}


@pytest.mark.parametrize(
    ("collector", "path", "content", "wanted"),
    [
        (Ruby, "usr/lib/ruby/gems/3.0.0/specifications/nokogiri-1.13.3-x86_64-linux.gemspec", GEMSPEC, ["nokogiri@1.13.3"]),
        (Ruby, "gems/specifications/default/json-2.6.1.gemspec", "Gem::Specification.new do |s|\n  s.name = 'json'\n  s.version = "
         "Gem::Version.new(\"2.6.1\")\nend", ["json@2.6.1"]),
        (Ruby, "usr/src/app/own.gemspec", GEMSPEC, []),
        (Ruby, "bundle/ruby/3.0.0/bundler/gems/n-0123456789ab/sub/n.gemspec", GEMSPEC, ["nokogiri@1.13.3"]),
        (Ruby, "bundle/ruby/3.0.0/bundler/gems/n-0123456789ab/n.gemspec", GEMSPEC.replace("# stub", "#"), []),
        (Php, "vendor/composer/installed.json", json.dumps({"packages": [PSR7, UNIT], "dev-package-names": ["phpunit/phpunit"]}),
         ["guzzlehttp/psr7@2.4.4", "phpunit/phpunit@v9.6.0 dev"]),
        (Php, "vendor/composer/installed.json", json.dumps([PSR7]), ["guzzlehttp/psr7@2.4.4"]),
        (Php, "other/installed.json", json.dumps([PSR7]), []),
        (Php, "composer.lock", json.dumps({"packages": [PSR7], "packages-dev": [UNIT]}),
         ["guzzlehttp/psr7@2.4.4", "phpunit/phpunit@v9.6.0 dev"]),
        (Dotnet, "app/app.deps.json", json.dumps(DEPS), ["Newtonsoft.Json@12.0.3", "Microsoft.NETCore.App.Runtime.linux-x64@6.0.1"]),
        (Dotnet, "src/packages.lock.json", json.dumps(NUGET), ["A@1.0.0"]),
        (Dotnet, "app/appsettings.json", "no JSON", []),
        (Conda, "opt/conda/conda-meta/numpy-1.26.0-py311_0.json", json.dumps({"name": "numpy", "version": "1.26.0"}), ["numpy@1.26.0"]),
        (Conda, "opt/x.json", json.dumps({"name": "numpy", "version": "1.26.0"}), []),
        (RLanguage, "usr/lib/R/library/jsonlite/DESCRIPTION", "Package: jsonlite\nVersion: 1.8.4\nBuilt: R 4.2.2; ; x; unix\n",
         ["jsonlite@1.8.4"]),
        (RLanguage, "src/own/DESCRIPTION", "Package: own\nVersion: 1\n", []),
        (RLanguage, "renv.lock", json.dumps({"Packages": {"x": {"Package": "x", "Version": "1.2-3"}}}), ["x@1.2-3"]),
        (Erlang, "lib/cowboy-2.9.0/ebin/cowboy.app", '{application, \'cowboy\', [\n {description, "x"},\n {vsn, "2.9.0"}]}.',
         ["cowboy@2.9.0"]),
        (Lua, "usr/local/lib/luarocks/rocks-5.1/lua-cjson/2.1.0-1/lua-cjson-2.1.0-1.rockspec", "", ["lua-cjson@2.1.0-1"]),
        (WordPress, "var/www/wp-includes/version.php", "<?php\n$wp_version = '6.4.2';\n$wp_db_version = 1;\n", ["wordpress@6.4.2"]),
        (WordPress, "var/www/wp-content/plugins/akismet/akismet.php", "<?php\n/**\n * Plugin Name: Akismet\n * Version: 5.0.1\n */",
         ["wordpress-plugin/akismet@5.0.1"]),
        (WordPress, "wp-content/plugins/one.php", "<?php /*\rplugin name: One\rVERSION: v2.0\r*/", ["wordpress-plugin/one@2.0"]),
        (WordPress, "wp-content/plugins/two/two.php", "<?php // Plugin Name: Two\n# version:3.1-beta\n", ["wordpress-plugin/two@3.1-beta"]),
        (WordPress, "wp-content/plugins/index.php", "<?php\n// Silence is golden.\n", []),
        (WordPress, "wp-content/plugins/akismet/class.php", "<?php\n// Version: 9\n", []),
        (WordPress, "wp-content/themes/one/style.css", "/*\nTheme Name: One\nVersion: 1.9\n*/", ["wordpress-theme/one@1.9"]),
    ],
)  # fmt: skip
def test_files(collector: type[ApplicationCollector], path: str, content: str, wanted: list[str]) -> None:
    assert names(collector, {path: content}) == wanted


def test_gem_details() -> None:
    (fact,) = packages(Ruby, {"specifications/n.gemspec": GEMSPEC})
    assert fact.details == {"platform": "x86_64-linux"} and fact.licences == ("MIT",) and fact.depends == ("racc",)


def test_evidence() -> None:
    installed, declared = packages(
        Php, {"vendor/composer/installed.json": json.dumps([PSR7]), "composer.lock": json.dumps({"packages": [PSR7]})}
    )
    assert (installed.evidence, declared.evidence, installed.depends) == ("installed", "declared", ("psr/http-message",))


def test_platform_applications_are_no_hex_packages() -> None:
    (fact,) = packages(Erlang, {"lib/ssl-10/ebin/ssl.app": '{application, ssl, [{vsn,"10.0"}]}.'})
    assert fact.type == "otp"


def test_damage_is_told() -> None:
    assert reasons(Ruby, {"specifications/a.gemspec": "x"})[0].startswith("unreadable")
    assert reasons(Erlang, {"ebin/a.app": "x"})[0].startswith("unreadable")
    assert reasons(Dotnet, {"a.deps.json": '{"a":' * 100_000})[0].startswith("unreadable: no JSON")


def test_names_are_unique() -> None:
    every = [one.name for one in APPLICATION_COLLECTORS]
    assert len(set(every)) == len(every) and collected(Conda, {}) == []


def test_specifications_made_to_keep_a_pattern_busy() -> None:
    for content in ((" " * 1000 + "\n") * 1500, "s.version = Gem::Version.new" + " " * 1_000_000, "# stub: " * 100_000 + "\n"):
        collected(Ruby, {"specifications/a.gemspec": content})
