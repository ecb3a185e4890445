"""Names and paths with `*` as users write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_PART = re.compile(r"\*\*/?|\*|[^*]+")


@lru_cache(maxsize=1024)
def path_matcher(patterns: Sequence[str]) -> re.Pattern[str]:
    """Whole paths without a leading slash: `*` stands for anything but a slash, `**` for anything, `**/` for any folders or none."""
    return re.compile("|".join("".join(map(_path_part, _PART.findall(one.strip("/")))) for one in patterns), re.DOTALL)


@lru_cache(maxsize=1024)
def name_matcher(patterns: Sequence[str]) -> re.Pattern[str]:
    """Whole names, `*` stands for anything."""
    return re.compile("|".join(re.escape(one).replace(r"\*", ".*") for one in patterns), re.DOTALL)


def _path_part(part: str) -> str:
    return {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}.get(part) or re.escape(part)
