"""What the import of one feed found and changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from streams.advisories.feeds import Feed

T = TypeVar("T")
MAX_PROBLEMS = 100
Progress = Callable[[Feed, int], None]
"""Told of each feed how many more of its records were read."""


@dataclass(slots=True)
class FeedOutcome:
    """What one delivery held. `problems` names the first MAX_PROBLEMS of the `skipped` records and entries."""

    feed: Feed
    records: int = 0
    changed: int = 0
    vanished: int = 0
    skipped: int = 0
    passed_over: int = 0
    problems: list[str] = field(default_factory=list)

    def problem(self, text: str, count: int = 1) -> None:
        self.skipped += count
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(text[:500])


def version_now() -> int:
    """The version of rows that are written now: milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def chunks(source: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of `size`, the last one shorter."""
    iterator = iter(source)
    while chunk := list(islice(iterator, size)):
        yield chunk
