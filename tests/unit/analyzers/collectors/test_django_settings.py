"""Expressions for DEBUG are read, never run, and none of them stops a pass."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.collectors.django_settings import debug_is_on, debug_setting

PARTS = st.sampled_from((
    "os.environ.get(", "getenv(", "environ[", "env(", "env.bool(", "config(", "int(", "bool(", "strtobool(", "'A'", ",", ")", "]", "==",
    "in", "!=", "not", "True", "None", "1e999", "default=", "cast=bool", "{", "}", ".lower()", "lambda:", "if",
    "else", "or", "\0", "9in", "'", "(" * 99,
))  # fmt: skip


@given(st.lists(PARTS, max_size=12).map(" ".join))
def test_any_expression_is_true_false_or_unknown(expression: str) -> None:
    assert debug_is_on(expression, {"A": "1"}) in (True, False, None)


@pytest.mark.parametrize(
    "expression", ["__import__('os').system('id')", "open('/etc/passwd')", "(lambda: True)()", "x.lower()", "[1 for _ in y]"]
)
def test_nothing_is_run(expression: str) -> None:
    assert debug_is_on(expression, {}) is None
    assert debug_setting(f"INSTALLED_APPS = []\nDEBUG = {expression}\n") is None
