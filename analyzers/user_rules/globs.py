"""Names and paths with `*` as users write them. RE2 matches them: a path out of an image cannot make several stars take long."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from analyzers.collectors.patterns.engine import compile_expression

_PART = re.compile(r"\*\*/?|\*|[^*]+")


class Matcher:
    """Whether one of some patterns is the whole of a text."""

    def __init__(self, expressions: Sequence[str]) -> None:
        self._compiled: Any = compile_expression("|".join(expressions).encode("utf-8", "surrogateescape"))

    def fullmatch(self, text: str) -> bool:
        return self._compiled.fullmatch(text.encode("utf-8", "surrogateescape")) is not None


@lru_cache(maxsize=1024)
def path_matcher(patterns: Sequence[str]) -> Matcher:
    """Whole paths without a leading slash: `*` stands for anything but a slash, `**` for anything, `**/` for any folders or none."""
    return Matcher(["".join(map(_path_part, _PART.findall(one.strip("/")))) for one in patterns])


@lru_cache(maxsize=1024)
def name_matcher(patterns: Sequence[str]) -> Matcher:
    """Whole names, `*` stands for anything."""
    return Matcher([re.escape(one).replace(r"\*", ".*") for one in patterns])


def _path_part(part: str) -> str:
    return {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}.get(part) or re.escape(part)
