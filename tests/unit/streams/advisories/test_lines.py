"""Lines of builds beside a release's own."""

from __future__ import annotations

import pytest

from analyzers.build_lines import extended, line_of
from streams.advisories.lines import by_line
from streams.advisories.record import Affected, Spans


@pytest.mark.parametrize(
    ("ecosystem", "version", "line"),
    [
        ("Ubuntu:16.04:LTS", "2.26.1-1ubuntu1~16.04.8+esm3", "esm"),
        ("Ubuntu:22.04:LTS", "6.1.11-1ubuntu0.1~esm1", "esm"),
        ("Ubuntu:22.04:LTS", "6.1.11-1ubuntu0.1", ""),
        ("Ubuntu:22.04:LTS", "3.0.2-0ubuntu1.10+Fips1", "fips"),
        ("Red Hat:enterprise_linux:9", "5.14.0-284.64.1.el9_2", "el9_2"),
        ("Red Hat:enterprise_linux:8", "4.18.0-553.el8_10", "el8_10"),
        ("Red Hat:enterprise_linux:9", "3.0.7-27.el9", ""),
        ("Red Hat:enterprise_linux:9", "8.2.13-1.module+el9.4.0+20748+b46899d2", "el9_4"),
        ("AlmaLinux:9", "7.76.1-29.el9_4", ""),
        ("Oracle Linux:8", "2:2.28-251.0.2.ksplice1.el8_10", "ksplice"),
        ("Oracle Linux:8", "10:3.6.16-8.el8_fips", "fips"),
        ("Oracle Linux:8", "3.6.16-8.el8", ""),
    ],
)
def test_line_of_a_version(ecosystem: str, version: str, line: str) -> None:
    assert line_of(ecosystem, version) == line


def test_line_of_an_ecosystem() -> None:
    names = ("Ubuntu:Pro:22.04:LTS", "Ubuntu:22.04:LTS", "Ubuntu:Pro:FIPS-updates:22.04:LTS", "Red Hat:rhel_eus:9.2::baseos")
    assert [extended(one) for one in names] == ["esm", "", "fips", ""]


def entry(ecosystem: str, module: str = "") -> Affected:
    return Affected(ecosystem, "thing", Spans(), module)


def modules(*entries: Affected) -> list[str]:
    return [one.module for one in by_line(entries)]


def test_a_release_is_not_about_the_lines_that_the_record_speaks_of() -> None:
    oracle = entry("Oracle Linux:8"), entry("Oracle Linux:8", "ksplice"), entry("Oracle Linux:8", "fips")
    assert modules(*oracle) == ["!fips,ksplice", "ksplice", "fips"]
    assert modules(*oracle, entry("Oracle Linux:9"))[3] == ""
    assert modules(entry("Ubuntu:Pro:FIPS:22.04:LTS"), entry("Ubuntu:22.04:LTS")) == ["fips", "!fips"]


def test_certified_builds_do_not_stand_against_those_with_updates() -> None:
    certified, updates = entry("Ubuntu:Pro:FIPS:22.04:LTS"), entry("Ubuntu:Pro:FIPS-updates:22.04:LTS")._replace(spans=Spans(fixes=("2",)))
    assert by_line([certified, updates]) == [updates._replace(module="fips")]
    assert by_line([certified, entry("Ubuntu:22.04:LTS")])[0] == certified._replace(module="fips")


def test_what_stands_under_pro_alone_is_about_everybody() -> None:
    assert modules(entry("Ubuntu:22.04:LTS"), entry("Ubuntu:Pro:22.04:LTS")) == ["!esm", "esm"]
    assert modules(entry("Ubuntu:Pro:22.04:LTS"), entry("Ubuntu:24.04:LTS")) == ["", ""]


def test_module_streams_stay() -> None:
    assert modules(entry("Oracle Linux:8", "nodejs:18"), entry("Oracle Linux:8", "ksplice")) == ["nodejs:18", "ksplice"]
