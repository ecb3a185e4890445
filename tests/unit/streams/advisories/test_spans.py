"""Ranges to spans, against the evaluation algorithm of the OSV schema."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.versions import sort_key
from streams.advisories.record import BEFORE, NEVER, WITH, Spans
from streams.advisories.spans import read_spans, version_key, within


def spans_of(*events: dict[str, str], ecosystem: str = "npm", versions: tuple[str, ...] = ()) -> Spans:
    found, problems = read_spans(ecosystem, [{"type": "ECOSYSTEM", "events": list(events)}] if events else [], versions)
    assert problems == []
    return found


def affected(spans: Spans, version: str, ecosystem: str = "npm") -> bool:
    key = sort_key(ecosystem, version)
    return key in spans.exact or within(key, zip(spans.lows, spans.highs, spans.ends, spans.texts, strict=True))


@pytest.mark.parametrize(
    ("events", "inside", "outside"),
    [
        ([{"introduced": "0"}, {"fixed": "1.2.0"}], ["0.0.0-0", "1.1.9"], ["1.2.0", "2.0.0"]),
        ([{"fixed": "1.2.0"}, {"introduced": "1.0.0"}], ["1.0.0", "1.1.0"], ["0.9.0", "1.2.0"]),
        ([{"introduced": "1.0.0"}, {"last_affected": "1.5.0"}], ["1.0.0", "1.5.0"], ["1.5.1", "0.1.0"]),
        ([{"introduced": "1.0.0"}], ["1.0.0", "99.0.0"], ["0.9.9"]),
        ([{"introduced": "2.0.0"}, {"fixed": "2.1.0"}, {"introduced": "0"}, {"fixed": "1.1.0"}], ["1.0.0", "2.0.5"], ["1.1.0", "2.1.0"]),
        ([{"introduced": "0"}, {"fixed": "1.1.0"}, {"fixed": "1.3.0"}], ["1.0.0"], ["1.1.0", "1.2.0"]),
        ([{"introduced": "1.0.0"}, {"fixed": "1.0.0"}], [], ["0.9.0", "1.0.0", "2.0.0"]),
        ([{"introduced": "0"}, {"fixed": "0"}], [], ["0.1.0", "1.0.0"]),
        ([{"introduced": "0"}, {"limit": "2.0.0"}], ["1.9.9"], ["2.0.0", "3.0.0"]),
        ([{"introduced": "0"}, {"fixed": "1.0.0"}, {"introduced": "1.0.0"}, {"fixed": "1.1.0"}], ["0.5.0", "1.0.0"], ["1.1.0"]),
        ([{"introduced": "1.0.0"}, {"last_affected": "1.0.0"}], ["1.0.0"], ["1.0.1", "0.9.9"]),
    ],
)
def test_evaluation(events: list[dict[str, str]], inside: list[str], outside: list[str]) -> None:
    spans = spans_of(*events)
    assert [one for one in inside if not affected(spans, one)] == []
    assert [one for one in outside if affected(spans, one)] == []


def osv_says(events: list[tuple[int, str]], version: int) -> bool:
    """OSV schema, "Evaluation": events in order of version; introduced turns on, fixed turns off, the last that applies counts."""
    vulnerable = False
    for number, kind in sorted(events, key=lambda one: (one[0], one[1] == "fixed")):
        if kind == "introduced" and version >= number:
            vulnerable = True
        elif kind == "fixed" and version >= number:
            vulnerable = False
    return vulnerable


@given(st.dictionaries(st.integers(1, 30), st.sampled_from(["introduced", "fixed"]), min_size=1, max_size=8), st.integers(0, 31))
def test_any_order_of_any_events(table: dict[int, str], version: int) -> None:
    events = list(table.items())
    if not any(kind == "introduced" for _, kind in events):
        return
    spans = spans_of(*({kind: f"{number}.0.0"} for number, kind in events))
    assert affected(spans, f"{version}.0.0") == osv_says(events, version)


def test_versions_only_where_ranges_do_not_cover_them() -> None:
    spans = spans_of({"introduced": "1.0.0"}, {"fixed": "2.0.0"}, versions=("1.5.0", "3.0.0"))
    assert spans.exact == (sort_key("npm", "3.0.0"),)
    assert affected(spans, "3.0.0") and not affected(spans, "3.0.1")


def test_a_version_without_order_can_only_be_equal() -> None:
    spans = spans_of(versions=("not a version",))
    key, comparable = version_key("npm", "not a version")
    assert not comparable and spans.exact == (key,)


def test_git_ranges_say_nothing_about_packages() -> None:
    found, problems = read_spans("PyPI", [{"type": "GIT", "events": [{"introduced": "0"}, {"fixed": "abc"}]}], ["1.0"])
    assert (found.lows, problems) == ((), []) and len(found.exact) == 1


@pytest.mark.parametrize("event", [{"fixed": "x:1"}, {"introduced": "not a version"}, {"invented": "1.0.0"}])
def test_a_bad_bound_is_named_and_the_rest_counts(event: dict[str, str]) -> None:
    good: dict[str, Any] = {"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.0.0"}]}
    bad: dict[str, Any] = {"type": "SEMVER", "events": [{"introduced": "0"}, event]}
    spans, problems = read_spans("npm", [bad, good], ())
    assert len(problems) == 1 and affected(spans, "0.5.0") and not affected(spans, "1.0.0")


def test_how_spans_end_and_what_fixes() -> None:
    spans = spans_of({"introduced": "0"}, {"fixed": "1.0.0"}, {"introduced": "2.0.0"}, {"last_affected": "2.5.0"}, {"introduced": "3.0.0"})
    assert spans.ends == (BEFORE, WITH, NEVER)
    assert spans.fixes == ("1.0.0",)
    assert spans.texts == ("< 1.0.0", ">= 2.0.0, <= 2.5.0", ">= 3.0.0")
