"""Scores and priorities of vulnerabilities."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from analyzers.contract import ImagePackage, Match
from analyzers.fix_commands import fix_command
from analyzers.priority import newest_vector, priority_of, read_vector, real_risk, time_factor
from analyzers.system_vulnerabilities import is_kernel

TODAY = date(2026, 1, 1)
OPEN_DOOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"  # 9.8
LOCAL = "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:L"  # 3.3
MATCH = Match("p", "CVE-2024-1000", (), ("CVE-2024-1000",))


def with_vector(vector: str, **more: object) -> Match:
    return replace(MATCH, vectors=(("ghsa", vector),), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("days", "factor"), [(0, 0.6), (1, 0.7), (3, 0.9), (5, 0.8), (7, 0.7), (100, 1.0), (4000, 1.0), (-5, 0.6)])
def test_time(days: int, factor: float) -> None:
    assert time_factor((TODAY - timedelta(days)).isoformat(), TODAY) == pytest.approx(factor)


def test_unknown_date_and_exploits_do_not_lower_the_score() -> None:
    fresh = with_vector(OPEN_DOOR, published=TODAY.isoformat())
    assert priority_of(fresh, TODAY).score == pytest.approx(5.88)
    assert priority_of(replace(fresh, known_exploited=True), TODAY).time == 1.0
    assert time_factor("", TODAY) == 1.0


def test_vectors_newest_version_and_own_source_first() -> None:
    four = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"
    vector, source = newest_vector([("cvss", OPEN_DOOR), ("ghsa", LOCAL), ("a", "AV:N/AC:L/Au:N/C:P/I:N/A:N")])
    assert vector is not None and (vector.text, source) == (LOCAL, "ghsa")
    newest, _ = newest_vector([("ghsa", LOCAL), ("cvss", four)])
    assert newest is not None and (newest.version, newest.base, newest.open_door) == (4, 9.3, True)
    assert newest_vector([("x", "nonsense"), ("y", "CVSS:3.1/AV:N")]) == (None, "")


def test_scores_without_a_vector() -> None:
    assert priority_of(replace(MATCH, urgency="high"), TODAY).cvss == 8.0
    assert priority_of(replace(MATCH, urgency="unimportant"), TODAY).cvss == 3.0
    assert priority_of(MATCH, TODAY).cvss == 5.0
    assert priority_of(with_vector("score:3/7.5"), TODAY).score == 7.5


def test_environment_and_asset_count() -> None:
    found = priority_of(with_vector(OPEN_DOOR), TODAY, exposed=True, asset="important")
    assert (found.environment, found.asset, found.score, found.level) == (1.5, 1.2, 15.0, "high")
    assert priority_of(with_vector(OPEN_DOOR), TODAY).level == "medium"
    assert priority_of(with_vector(OPEN_DOOR), TODAY, exposed=True).score == pytest.approx(14.7)
    assert priority_of(with_vector(OPEN_DOOR), TODAY, asset="test").score == pytest.approx(7.84)


@pytest.mark.parametrize(
    ("match", "level", "rule"),
    [
        (with_vector(LOCAL, known_exploited=True), "high", "KEV"),
        (with_vector(OPEN_DOOR, public_exploit=True), "high", "a public exploit"),
        (with_vector(OPEN_DOOR, epss=0.5), "high", "EPSS 0.50"),
        (with_vector(OPEN_DOOR, epss=0.49), "medium", "score"),
        (with_vector(LOCAL, public_exploit=True, epss=0.9), "low", "score"),
        (
            with_vector("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", published=TODAY.isoformat(), epss=0.1),
            "medium",
            "EPSS 0.10 and CVSS 7.8",
        ),
        (replace(MATCH, malicious=True), "high", "malicious"),
    ],
)
def test_floors(match: Match, level: str, rule: str) -> None:
    found = priority_of(match, TODAY)
    assert found.level == level and rule in found.decided_by


def test_kernels_are_low_whatever_else_holds() -> None:
    assert priority_of(with_vector(OPEN_DOOR, known_exploited=True), TODAY, kernel=True).level == "low"


def test_real_risk() -> None:
    assert [real_risk(one) for one in (MATCH, replace(MATCH, epss=0.1), replace(MATCH, public_exploit=True))] == [False, True, True]


def test_cvss_2_open_door() -> None:
    vector = read_vector("AV:N/AC:L/Au:N/C:C/I:C/A:C")
    assert vector is not None and (vector.version, vector.base, vector.open_door) == (2, 10.0, True)


def package(kind: str, name: str, version: str = "1.0", match_name: str = "", match_version: str = "") -> ImagePackage:
    return ImagePackage("i", "Debian:12", kind, name, version, "", match_name or name, match_version or version)


KERNELS = ("linux", "linux-signed-amd64", "linux-aws-6.8", "linux-lts", "linux-6.1")
NO_KERNELS = ("linux-pam", "linux-firmware", "linux-base", "curl")


@pytest.mark.parametrize(("source", "kernel"), [*((one, True) for one in KERNELS), *((one, False) for one in NO_KERNELS)])
def test_kernel_packages(source: str, kernel: bool) -> None:
    assert is_kernel(package("deb", "anything", match_name=source)) is kernel
    assert is_kernel(package("rpm", "kernel-core"))


def test_fix_commands() -> None:
    assert fix_command(package("deb", "curl"), "1.1") == "apt-get update && apt-get install --only-upgrade curl=1.1"
    assert fix_command(package("deb", "libfoo", "1.0+b1", "foo", "1.0"), "1.1").endswith("--only-upgrade libfoo")
    assert fix_command(package("apk", "musl"), "1.1-r0") == "apk add --upgrade 'musl>=1.1-r0'"
    assert fix_command(package("rpm", "curl"), "1-2.el9", "almalinux") == "dnf upgrade curl-1-2.el9"
    assert (
        fix_command(package("rpm", "perl-Errno", "1.30-1.el8", "perl", "4:5.32-1.el8"), "4:5.32-2.el8", "rocky") == "dnf upgrade perl-Errno"
    )
    assert fix_command(package("rpm", "curl"), "1-2", "azurelinux") == "tdnf upgrade curl"
    assert fix_command(package("rpm", "curl"), "1-2", "sles").startswith("zypper ")
    assert fix_command(package("pypi", "requests"), "2.20.0") == "pip install requests==2.20.0"
    assert fix_command(package("maven", "a:b"), "1.2") == "set a:b to version 1.2 in pom.xml or build.gradle"
    assert fix_command(package("golang", "golang.org/x/net"), "0.23.0") == "go get golang.org/x/net@v0.23.0"
    assert fix_command(package("npm", "x; rm -rf /"), "1") == "npm install 'x; rm -rf /@1'"
    assert fix_command(package("npm", "x"), "") == ""
