"""What is told about a risk: its status, and its level when that changes."""

from __future__ import annotations

from dataclasses import replace

from sinks.risks import PRESENT, WITHDRAWN, RiskState
from streams.agents.merge import changes_between

RISK = RiskState("f", "sha256:1", "baseline", "rule", "low", 5 << 8 | PRESENT, 0, (0, ""))


def told(before: RiskState | None, after: RiskState) -> list[tuple[str, str, str]]:
    found = changes_between({"f": before} if before else {}, {"f": after}, 7, "push")
    return [(one.change, one.before, one.after) for one in found]


def test_kinds() -> None:
    assert told(None, RISK) == [("opened", "", "open")]
    assert told(RISK, RISK) == []
    assert told(RISK, replace(RISK, evidence=6 << 8 | WITHDRAWN)) == [("closed", "open", "withdrawn")]
    assert told(replace(RISK, evidence=4 << 8 | WITHDRAWN), RISK) == [("reopened", "withdrawn", "open")]


def test_a_changed_level_is_told_with_both_levels() -> None:
    assert told(RISK, replace(RISK, severity="high")) == [("priority", "low", "high")]
    assert told(RISK, replace(RISK, severity="high", evidence=6 << 8 | WITHDRAWN)) == [("closed", "open", "withdrawn")]
    back = replace(RISK, evidence=4 << 8 | WITHDRAWN)
    assert told(back, replace(RISK, severity="high")) == [("priority", "low", "high"), ("reopened", "withdrawn", "open")]


def test_the_same_change_has_the_same_id() -> None:
    [one], [other] = (changes_between({"f": RISK}, {"f": replace(RISK, severity="high")}, 7, "push") for _ in range(2))
    assert one.id == other.id
