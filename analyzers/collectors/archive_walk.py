"""One walk through the content of an archive: its bounds, its counters and what it had to leave out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from isal import isal_zlib

from schemas.vocabulary import Reason

SEPARATOR = "!/"
_isal: Any = isal_zlib  # its stubs declare the exception as a value
IsalError: type[Exception] = _isal.error


class BadArchive(Exception):
    """The archive cannot be read to its end; the text says why."""


class Exceeded(Exception):
    """A bound of the walk was passed: the walk ends."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far to go. `depth`: archives in archives; `total`: bytes unpacked from one outermost file; `member`: bytes of one member, larger
    ones are noted and left out; `ratio`: unpacked to packed bytes of one outermost file, held from `ratio_from` unpacked bytes on."""

    depth: int = 3
    total: int = 512 * 1024 * 1024
    members: int = 50_000
    member: int = 16 * 1024 * 1024
    ratio: int = 200
    ratio_from: int = 8 * 1024 * 1024


@dataclass(slots=True)
class Walk:
    """One walk through an outermost file. `want(name, size)` False leaves a member unread; `notes` are (name, reason), the reason begins
    with a vocabulary.Reason."""

    bounds: Bounds = Bounds()
    want: Callable[[str, int], bool] = lambda name, size: True
    notes: list[tuple[str, str]] = field(default_factory=list)
    packed: int = 0
    unpacked: int = 0
    seen: int = 0

    def note(self, name: str, reason: Reason, text: str) -> None:
        self.notes.append((name, f"{reason}: {text}"))

    def count(self, size: int) -> None:
        """Count unpacked bytes. Raises Exceeded when a bound is passed."""
        self.unpacked += size
        bounds = self.bounds
        if self.unpacked > bounds.total:
            raise Exceeded(f"more than {bounds.total} bytes unpacked")
        if self.unpacked > bounds.ratio_from and self.unpacked > bounds.ratio * self.packed:
            raise Exceeded(f"unpacks to more than {bounds.ratio} times its size")

    def enter(self) -> None:
        """Count a member. Raises Exceeded when there are too many."""
        self.seen += 1
        if self.seen > self.bounds.members:
            raise Exceeded(f"more than {self.bounds.members} members")
