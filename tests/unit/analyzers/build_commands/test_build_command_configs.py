"""Image configurations with known truth, and histories of well-known base images that must stay quiet."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

from schemas.findings import Finding
from tests.unit.analyzers.build_commands.builds import case_report, report

CODES = {
    "CIS-DI-0001": "root_user", "CIS-DI-0006": "no_healthcheck", "CIS-DI-0009": "add_instead_of_copy",
    "DKL-DI-0004": "package_cache_left", "DKL-DI-0005": "package_lists_left",
}  # fmt: skip
STOCK = tomllib.loads((Path(__file__).resolve().parents[3] / "cases" / "build_commands" / "stock.toml").read_text(encoding="utf-8"))


def truth(folder: Path) -> dict[str, list[str]]:
    answers = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    return {name: keys for name, keys in answers.items() if name.endswith(".json") and keys is not None}


def key_of(finding: Finding, known: Iterable[str]) -> str:
    """`rule`, or `rule:detail` where the truth has details: what stands in brackets, else the last part of the place."""
    _, bracket, rest = finding.path.partition("[")
    detail = rest.removesuffix("]") if bracket else finding.path.rpartition(".")[2].lower()
    return f"{finding.rule}:{detail}" if any(key.startswith(finding.rule + ":") for key in known) else finding.rule


def test_own_configurations(reference_data: Path) -> None:
    answers = truth(reference_data / "configs" / "own")
    known = [key for keys in answers.values() for key in keys]
    assert len(answers) >= 20
    for name, keys in answers.items():
        found = report((reference_data / "configs" / "own" / name).read_bytes())
        assert sorted(key_of(one, known) for one in found.findings) == sorted(keys), name
        assert found.state == ("partial" if name == "no_history.json" else "succeeded"), name
        assert len({one.id for one in found.findings}) == len(found.findings), name


def test_dockle_configurations(reference_data: Path) -> None:
    answers = truth(reference_data / "configs" / "dockle")
    assert len(answers) >= 5
    for name, codes in answers.items():
        found = report((reference_data / "configs" / "dockle" / name).read_bytes())
        rules = [one.rule for one in found.findings if one.rule in CODES.values()]
        assert sorted(rules) == sorted(CODES[code] for code in codes), name


def test_a_real_nginx_history_has_no_high_finding(reference_data: Path) -> None:
    found = report((reference_data / "configs" / "dockle" / "nginx.json").read_bytes(), "full")
    assert [one.rule for one in found.findings if one.severity == "high"] == []


@pytest.mark.parametrize("name", STOCK)
def test_stock_histories_are_quiet(name: str) -> None:
    """Only what the case names, of the default rules; nothing high with any rule."""
    case = STOCK[name]
    found = case_report(case, "default")
    assert sorted({one.rule for one in found.findings}) == sorted({"no_healthcheck", *case["expected"]})
    assert [one.rule for one in case_report(case).findings if one.severity == "high"] == []
