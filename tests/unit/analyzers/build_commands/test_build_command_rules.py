"""Every rule of the build commands on its hit and clean cases."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from analyzers.build_commands.rules import RULES
from tests.unit.analyzers.build_commands.builds import case_report

CASES: dict[str, dict[str, list[Any]]] = tomllib.loads(
    (Path(__file__).resolve().parents[3] / "cases" / "build_commands" / "commands.toml").read_text(encoding="utf-8")
)
FLAT = [(rule, kind, case) for rule, kinds in CASES.items() for kind, cases in kinds.items() for case in cases]


def test_every_rule_has_cases_and_every_case_a_rule() -> None:
    assert {rule.key for rule in RULES} == set(CASES)
    assert len({rule.key for rule in RULES}) == len(RULES)
    assert all(len(kinds["hit"]) >= 2 and len(kinds["clean"]) >= 2 for kinds in CASES.values())
    assert all(rule.title and rule.description and rule.advice for rule in RULES)


@pytest.mark.parametrize(("rule", "kind", "case"), FLAT, ids=lambda one: str(one)[:60])
def test_case(rule: str, kind: str, case: Any) -> None:
    found = case_report(case)
    assert not [item for item in found.skipped if "crashed" in item.reason]
    assert (rule in [one.rule for one in found.findings]) == (kind == "hit"), [(one.rule, one.path) for one in found.findings]
