"""Every item against its cases in tests/cases/baseline: images where it must speak and images where it must not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from analyzers.baseline import ITEMS
from schemas.vocabulary import ItemState
from tests.unit.analyzers.baseline.pictures import outcome_of

FOLDER = Path(__file__).resolve().parents[3] / "cases" / "baseline"
CASES: dict[str, dict[str, list[Any]]] = {}
for _file in sorted(FOLDER.glob("*.yaml")):
    for _rule, _case in yaml.safe_load(_file.read_text(encoding="utf-8")).items():
        assert _rule not in CASES, f"{_rule} has cases twice"
        CASES[_rule] = _case
HITS = [pytest.param(rule, files, id=f"{rule}-{number}") for rule, case in CASES.items() for number, files in enumerate(case["hit"])]
CLEAN = [pytest.param(rule, files, id=f"{rule}-{number}") for rule, case in CASES.items() for number, files in enumerate(case["clean"])]


@pytest.mark.parametrize(("rule", "files"), HITS)
def test_hit(rule: str, files: dict[str, Any]) -> None:
    outcome = outcome_of(rule, files)
    assert outcome.state is ItemState.FAILED, outcome.reason
    for hit in outcome.hits:
        assert hit.path.startswith(("config.", "var/lib/dpkg/")) or hit.path in files or f"{hit.path}/" in files


@pytest.mark.parametrize(("rule", "files"), CLEAN)
def test_clean(rule: str, files: dict[str, Any]) -> None:
    outcome = outcome_of(rule, files)
    assert outcome.hits == () and outcome.state in (ItemState.PASSED, ItemState.NOT_APPLICABLE), outcome.reason


def test_every_item_has_cases() -> None:
    """At least two images of each kind for each item, and no case for an item that is not there."""
    thin = {item.rule for item in ITEMS if any(len(CASES.get(item.rule, {}).get(kind, ())) < 2 for kind in ("hit", "clean"))}
    assert thin == set()
    assert set(CASES) == {item.rule for item in ITEMS}
