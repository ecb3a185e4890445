"""Expressions that users write: RE2 syntax over bytes, so that none takes more than linear time. What would be a bomb is refused."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import re2

from analyzers.collectors.patterns.database import refusal
from analyzers.collectors.patterns.engine import compile_expression

MAX_LENGTH = 10_000
MAX_PROGRAM = 20_000
_PROBES = (b"", b"a", b"a\n b")
_CLASS = r"\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]"
_PART = re.compile(rf"(?s)\\Q.*?(?:\\E|$)|\\[pPx]\{{[^}}]*\}}|\\.|{_CLASS}|\((?:\?(?:P?<\w+>|[\w-]*[:)]))?|[*+?]|\{{\d+(?:,\d*)?\}}|.")
_UNBOUNDED = re.compile(r"[*+]|\{\d+,\}")


class Refused(ValueError):
    """An expression that cannot be used; the text says why."""


@lru_cache(maxsize=8192)
def compiled(expression: str) -> Any:
    """What `searched` finds with. Raises Refused."""
    if not expression:
        raise Refused("it is empty")
    if len(expression) > MAX_LENGTH:
        raise Refused(f"it has {len(expression)} characters, more than {MAX_LENGTH}")
    if nested := nested_repetition(expression):
        raise Refused(f"{nested[:60]} repeats a repetition: that says no more than one of them and takes exponential time in many engines")
    try:
        made = compile_expression(for_bytes(expression).encode("latin-1"))
    except re2.error as error:
        reason = error.args[0] if error.args else error
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        bound = " (repetitions within each other may come to 1000 at most)" if "repetition size" in text else ""
        raise Refused(f"RE2 does not take it: {text}{bound}") from error
    if made.programsize > MAX_PROGRAM:
        raise Refused(f"it is too large: {made.programsize} steps when compiled, more than {MAX_PROGRAM}")
    return made


def checked(expression: str) -> str:
    """The expression, if it can be used and matches no empty text. Raises Refused."""
    made = compiled(expression)
    for probe in _PROBES:
        if any(match.start() == match.end() for match in made.finditer(probe)):
            raise Refused("it matches the empty text, so it would match everywhere")
    return expression


def checked_name(expression: str) -> str:
    """The same for an expression over names and paths, which may match everything."""
    compiled(expression)
    return expression


@lru_cache(maxsize=8192)
def check_scan(expression: str) -> None:
    """Raises Refused where an expression is too much for the database that looks for all patterns at once."""
    if reason := refusal(for_bytes(expression)):
        raise Refused(f"it cannot be looked for without keywords: {reason}")


def searched(expression: str, text: str) -> bool:
    """Whether an expression occurs in a text."""
    return compiled(expression).search(text.encode("utf-8", "surrogateescape")) is not None


def for_bytes(expression: str) -> str:
    """The expression over the UTF-8 bytes of a text, one character a byte, in a group of its own: `.` does not match a line end.

    Raises Refused for a character beyond ASCII inside a class, which would be several bytes."""
    out = []
    for part in _PART.findall(expression):
        if part.isascii():
            out.append(part)
        elif part.startswith("["):
            raise Refused(f"the class {part[:40]} holds a character beyond ASCII: write the choices as (?:a|b) instead")
        else:
            out.append(f"(?:{part.encode().decode('latin-1')})")
    return f"(?-s:{''.join(out)})"


def nested_repetition(expression: str) -> str:
    """The first group that holds nothing but a repetition without an end and is itself repeated so, as in `(a+)+`; empty without one."""
    parts = _PART.findall(expression)
    opened: list[int] = []
    begun = [0]  # where the current alternative of each open group begins
    bare: list[bool] = [False]  # whether an alternative of each open group is a single unbounded repetition
    for index, part in enumerate(parts):
        following = parts[index + 1] if index + 1 < len(parts) else ""
        if part.startswith("(") and not part.endswith(")"):
            opened.append(index)
            begun.append(index + 1)
            bare.append(False)
        elif part == "|":
            bare[-1] = bare[-1] or _is_repetition(parts[begun[-1] : index])
            begun[-1] = index + 1
        elif part == ")" and opened:
            start, first = opened.pop(), begun.pop()
            if (bare.pop() or _is_repetition(parts[first:index])) and _UNBOUNDED.fullmatch(following):
                return "".join(parts[start : index + 2])
    return ""


def _is_repetition(parts: list[str]) -> bool:
    """Whether the parts are one item, repeated without an end."""
    while parts and parts[-1] == "?":
        parts = parts[:-1]
    if len(parts) < 2 or not _UNBOUNDED.fullmatch(parts[-1]):
        return False
    if len(parts) == 2:
        return True
    depth = 0
    for index, part in enumerate(parts[:-1]):
        depth += part.startswith("(") and not part.endswith(")")
        depth -= part == ")"
        if depth == 0:
            return index == len(parts) - 2
    return False
