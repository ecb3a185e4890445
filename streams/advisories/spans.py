"""Version ranges to sortable spans. Source: OSV schema 1.7, section "affected[].ranges[]" and "Evaluation"."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from analyzers.versions import LOWEST, InvalidVersion, sort_key
from streams.advisories.record import BEFORE, NEVER, WITH, BadRecord, Spans

_KINDS = ("introduced", "fixed", "last_affected", "limit")
EQUAL_ONLY = b"\xff="
"""Begins the key of a version that its ecosystem cannot order; such a key can only be equal to another one."""

Span = tuple[bytes, bytes, int, str]
Event = tuple[bytes, str, str]


def version_key(ecosystem: str, version: str) -> tuple[bytes, bool]:
    """(key, whether it has a place in the order) of any text."""
    try:
        return sort_key(ecosystem, version), True
    except InvalidVersion:
        return EQUAL_ONLY + version.encode("utf-8", "backslashreplace"), False


def read_spans(
    ecosystem: str,
    ranges: Sequence[Mapping[str, Any]],
    versions: Iterable[str],
    more_fixes: Iterable[str] = (),
    fix_day: Callable[[str], str] = lambda _: "",
) -> tuple[Spans, list[str]]:
    """All ranges and versions of one affected entry, and why some of its ranges could not be used (a bound that is no version of the
    ecosystem). GIT ranges say nothing about packages and are left out. `more_fixes`: versions that are named as fixing outside of the
    ranges; `fix_day`: of a fixing version as written, the day on which it came out."""
    spans: list[Span] = []
    fixes: dict[bytes, str] = {}
    problems: list[str] = []
    for one in ranges:
        if one.get("type") == "GIT":
            continue
        try:
            spans += _walk(_events(ecosystem, one), fixes)
        except BadRecord as error:
            problems.append(str(error))
    for text in more_fixes:
        key, comparable = version_key(ecosystem, text)
        if comparable:
            fixes.setdefault(key, text)
    exact = {
        key for key, comparable in (version_key(ecosystem, str(text)) for text in versions) if not comparable or not within(key, spans)
    }
    spans = sorted(set(spans))
    order = sorted(fixes)
    lows, highs, ends, texts = zip(*spans, strict=True) if spans else ((), (), (), ())
    named = tuple(fixes[key] for key in order)
    return Spans(lows, highs, ends, texts, tuple(sorted(exact)), tuple(order), named, tuple(map(fix_day, named))), problems


def joined(first: Spans, second: Spans) -> Spans:
    """What either of them covers, with the fixes of both."""
    return Spans._make(a + b for a, b in zip(first, second, strict=True))


def within(key: bytes, spans: Iterable[Span]) -> bool:
    """Whether a key lies in one of the spans."""
    for low, high, end, _ in spans:  # noqa: SIM110 (`any` over a generator costs twice as much, and lists of versions are long)
        if low <= key and (end == NEVER or key < high or (end == WITH and key == high)):
            return True
    return False


def _events(ecosystem: str, one: Mapping[str, Any]) -> list[Event]:
    """(key, kind, text) of the events of a range, in any order."""
    found: list[Event] = []
    for event in one.get("events") or ():
        for kind, value in event.items():
            if kind not in _KINDS:
                raise BadRecord(f"unknown event {kind!r}")
            text = str(value).strip()
            if kind == "limit" and text == "*":
                continue
            if text == "0" and kind != "last_affected":
                found.append((LOWEST, kind, text))
                continue
            try:
                found.append((sort_key(ecosystem, text), kind, text))
            except InvalidVersion as error:
                raise BadRecord(f"{kind} {text!r}: {error}") from error
    if not any(kind == "introduced" for _, kind, _ in found):
        raise BadRecord("a range without an introduced event")
    return found


def _walk(events: list[Event], fixes: dict[bytes, str]) -> list[Span]:
    """Spans of one range. At one and the same version an open span ends before a new one begins; a span that would begin and be fixed
    at the same version is empty. Versions fixed here are added to `fixes`."""
    limits = [event for event in events if event[1] == "limit"]
    limit = max(limits) if limits else None
    points: dict[bytes, dict[str, str]] = {}
    for key, kind, text in events:
        if kind != "limit":
            points.setdefault(key, {})[kind] = text
    spans: list[Span] = []
    begin: tuple[bytes, str] | None = None
    for key in sorted(points):
        here = points[key]
        if "fixed" in here and key != LOWEST:
            fixes.setdefault(key, here["fixed"])
        if begin and "fixed" in here:
            spans.append((begin[0], key, BEFORE, f"{_from(begin[1])}< {here['fixed']}"))
            begin = (key, here["introduced"]) if "introduced" in here else None
        elif not begin and "introduced" in here and "fixed" not in here:
            begin = (key, here["introduced"])
        if begin and "last_affected" in here:
            spans.append((begin[0], key, WITH, f"{_from(begin[1])}<= {here['last_affected']}"))
            begin = None
    if begin:
        spans.append((begin[0], b"", NEVER, _from(begin[1]).rstrip(", ") or "all versions"))
    return [cut for span in spans if (cut := _cut(span, limit))]


def _cut(span: Span, limit: Event | None) -> Span | None:
    low, high, end, text = span
    if limit is None or (end != NEVER and (high < limit[0] or (end == BEFORE and high == limit[0]))):
        return span
    return (low, limit[0], BEFORE, f"{text}, below {limit[2]}") if low < limit[0] else None


def _from(text: str) -> str:
    return "" if text == "0" else f">= {text}, "
