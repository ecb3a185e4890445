"""What package databases say besides name and version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schemas.facts import Fact, Skipped
from schemas.vocabulary import Reason

_TOLD = 100


def named(**values: str) -> dict[str, str]:
    """The values that are there."""
    return {name: value for name, value in values.items() if value}


def kib(size: str, unit: int) -> str:
    """A size in KiB, rounded up, from a decimal number of `unit` = 1 KiB or 1024 parts of one; empty for anything else."""
    return str(-(-int(size) // unit)) if size.isascii() and size.isdecimal() and len(size) < 16 and int(size) else ""


def told_once(facts: Iterable[Fact], path: str, collector: str) -> Iterator[Fact]:
    """The facts of one database; of what was skipped the first hundred, and how many there were more."""
    skipped = 0
    for fact in facts:
        skipped += isinstance(fact, Skipped)
        if skipped <= _TOLD or not isinstance(fact, Skipped):
            yield fact
    if skipped > _TOLD:
        yield Skipped(path=path, collector=collector, reason=f"{Reason.UNREADABLE}: {skipped - _TOLD} more entries")
