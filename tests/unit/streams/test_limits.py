"""Depth and rate of what the gateway takes in."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from streams.gateway.limits import Rate, too_deep


def test_depth_is_that_of_the_nesting_and_not_of_brackets_in_texts() -> None:
    assert too_deep(b"[" * 65 + b"]" * 65)
    assert not too_deep(b"[" * 64 + b"]" * 64)
    assert not too_deep(b'["' + b"[" * 1000 + b'"]')
    assert not too_deep(b'["\\"' + b"{" * 1000 + b'"]')
    assert not too_deep(b"[" + b"[]," * 1000 + b"[]]")


def depth(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max((depth(one) for one in inner), default=0)


@given(st.recursive(st.text(max_size=8), lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=3), one, max_size=3)))
def test_depth_agrees_with_a_parser(value: object) -> None:
    body = json.dumps(value).encode()
    for limit in (0, 1, 2, 3):
        assert too_deep(body, limit) == (depth(value) > limit)


def test_a_source_gets_its_burst_and_then_its_rate() -> None:
    rate = Rate(per_s=10, burst=3)
    assert [rate.allows("a", 100.0) for _ in range(4)] == [True, True, True, False]
    assert rate.allows("b", 100.0)
    assert rate.allows("a", 100.125)
    assert not rate.allows("a", 100.125)
