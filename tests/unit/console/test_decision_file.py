"""The file of decisions: what is written is read again, applied again nothing is asked for, bad files are named."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.decision_file import BadDecisionFile, difference, key_of, read_entries, standing, write_entries
from sinks.decisions import OPERATORS, SCOPES, STATUS_OF, SUBJECTS, Decision

NOW = 1_790_000_000_000
WORDS = st.text("ab/._-@ :#'\"é", min_size=1, max_size=8)


def made(number: int, action: str, subject: str, operator: str, value: str, scope: str, target: str, reason: str, days: int) -> Decision:
    about, ends = subject == "finding", NOW + days * 86_400_000 if days else 0
    return Decision(
        f"d{number}", action, value if about else "", "", "", scope, target, reason, "me", ends, NOW + number,
        subject, operator if subject == "path" else "equals", "" if about else value, "file",
    )  # fmt: skip


LOGS = st.lists(
    st.builds(
        made, st.integers(0, 10**6), st.sampled_from(sorted(STATUS_OF)), st.sampled_from(SUBJECTS), st.sampled_from(OPERATORS), WORDS,
        st.sampled_from(SCOPES), WORDS, WORDS, st.integers(0, 30),
    ), max_size=8,
)  # fmt: skip


@given(log=LOGS)
def test_what_is_exported_stands_already(tmp_path_factory: pytest.TempPathFactory, log: list[Decision]) -> None:
    file = tmp_path_factory.mktemp("decisions") / "decisions.yaml"
    file.write_text(write_entries(standing(log, NOW)), encoding="utf-8")
    assert difference(read_entries(file), log, NOW, "me", prune=True) == []


@given(LOGS)
def test_an_empty_file_takes_back_what_files_said(log: list[Decision]) -> None:
    asked = difference([], log, NOW, "me", prune=True)
    assert {(one.subject, one.finding_id or one.value, one.scope, one.target) for one in asked} == {
        (key_of(one)[0], key_of(one)[2], one.scope, one.target) for one in standing(log, NOW).values()
    }
    assert {one.action for one in asked} <= {"reopen"}
    assert difference([], log, NOW, "me", prune=False) == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("decisions: {}", "expected a list"), ("[", "no YAML"), ("decisions: [{action: explode, rule: x, reason: y}]", "explode"),
        ("decisions: [{action: ignore, rule: x, path: y, reason: y}]", "exactly one of"),
        ("decisions: [{action: ignore, rule: x}]", "reason"),
        ("decisions: [{action: ignore, rule: x, reason: y}, {action: whitelist, rule: x, reason: z}]", "decision 2"),
        ("decisions: [{action: ignore, rule: x, reason: y, scoop: global}]", "scoop"),
    ],
)  # fmt: skip
def test_bad_files(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "decisions.yaml"
    file.write_text(text)
    with pytest.raises(BadDecisionFile, match=named):
        read_entries(file)
