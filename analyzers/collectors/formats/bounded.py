"""Bounds on what one file may give: what is beyond is counted as not looked at, never left out in silence."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from schemas.facts import Directive, Skipped
from schemas.vocabulary import Reason


def up_to(limit: int, settings: Iterable[Directive], path: str, collector: str) -> tuple[tuple[Directive, ...], list[Skipped]]:
    """The first settings of a file, and what says that there were more."""
    found = tuple(islice(settings, limit + 1))
    if len(found) <= limit:
        return found, []
    return found[:limit], [Skipped(path=path, collector=collector, reason=f"{Reason.EXPANSION_LIMIT}: more than {limit} settings")]
