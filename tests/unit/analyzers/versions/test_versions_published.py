"""Keys against published truth: tables from the specifications and answers recorded from the ecosystems' own programs."""

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from analyzers.versions import LOWEST, MAX_LENGTH, SORT_KEYS, InvalidVersion, family, sort_key

CASES = Path(__file__).parents[3] / "cases" / "versions"
PUBLISHED: dict[str, list[Any]] = json.loads((CASES / "published.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", PUBLISHED["ascending"], ids=lambda case: f"{case['ecosystem']} ({case['source']})")
def test_ascending(case: dict[str, Any]) -> None:
    keys = [sort_key(case["ecosystem"], version) for version in case["versions"]]
    named = zip(case["versions"], keys, strict=True)
    assert [(low[0], high[0]) for low, high in combinations(named, 2) if not LOWEST < low[1] < high[1]] == []


@pytest.mark.parametrize("case", PUBLISHED["equal"], ids=lambda case: " = ".join(case))
def test_equal(case: list[str]) -> None:
    ecosystem, *versions = case
    assert len({sort_key(ecosystem, version) for version in versions}) == 1


@pytest.mark.parametrize(("ecosystem", "version"), [(ecosystem, one) for ecosystem, versions in PUBLISHED["invalid"] for one in versions])
def test_invalid(ecosystem: str, version: str) -> None:
    with pytest.raises(InvalidVersion) as raised:
        sort_key(ecosystem, version)
    assert raised.value.reason
    assert isinstance(raised.value, ValueError)


RECORDED = {name: name for name in ("apk", "composer", "go", "nuget", "rpm", "rubygems")} | {"cargo": "semver", "hex": "semver"}


@pytest.mark.parametrize("name", RECORDED)
def test_recorded(name: str) -> None:
    lines = (CASES / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    facts = [line.split(" ") for line in lines if not line.startswith("#")]
    key = SORT_KEYS[RECORDED[name]]
    assert len(facts) > 250
    signs = {-1: "<", 0: "=", 1: ">"}
    found = [signs[(key(left) > key(right)) - (key(left) < key(right))] for left, _, right in facts]
    wrong = [(*fact, sign) for fact, sign in zip(facts, found, strict=True) if fact[1] != sign]
    assert wrong == []


@pytest.mark.parametrize("ecosystem", ["Debian", "npm", "Maven"])
@pytest.mark.parametrize("version", [None, 1, b"1.0", "1" * (MAX_LENGTH + 1)])
def test_no_version_at_all(ecosystem: str, version: Any) -> None:
    with pytest.raises(InvalidVersion):
        sort_key(ecosystem, version)


def test_longest_numbers() -> None:
    for ecosystem in ("Debian", "AlmaLinux", "Alpine", "PyPI", "Maven", "RubyGems", "CRAN"):
        low, high = "9" * (MAX_LENGTH - 1), "1" + "0" * (MAX_LENGTH - 1)
        assert sort_key(ecosystem, low) < sort_key(ecosystem, high)


@pytest.mark.parametrize(
    ("ecosystem", "expected"),
    [
        ("Debian:12", "dpkg"),
        ("Ubuntu:Pro:18.04:LTS", "dpkg"),
        ("Red Hat:rhel_aus:8.4::appstream", "rpm"),
        ("SUSE:Linux Enterprise Server 15 SP5", "rpm"),
        ("Azure Linux:3", "rpm"),
        ("BellSoft Hardened Containers:25", "apk"),
        ("Maven:https://maven.example.org", "maven"),
        ("Root:Alpine:3.18", "apk"),
        ("Root:PyPI", "pypi"),
        ("Julia", "semver-build"),
        (".".join(("crates", "io")), "semver"),
        ("GIT", None),
        ("debian", None),
        ("", None),
    ],
)
def test_family(ecosystem: str, expected: str | None) -> None:
    assert family(ecosystem) == expected
