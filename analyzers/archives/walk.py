"""One walk through the content of an archive: its bounds, its counters and what it had to leave out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from isal import isal_zlib

from schemas.vocabulary import Reason

SEPARATOR = "!/"
MIB = 1024 * 1024
_isal: Any = isal_zlib  # its stubs declare the exception as a value
IsalError: type[Exception] = _isal.error


class BadArchive(Exception):
    """The archive cannot be read to its end; the text says why. `reason`: unreadable where nobody could read on."""

    def __init__(self, text: str, reason: Reason = Reason.UNREADABLE) -> None:
        super().__init__(text)
        self.reason = reason


class Exceeded(Exception):
    """A bound of the walk was passed: the walk ends."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far to go. `depth`: archives in archives; `total`: bytes unpacked from one outermost file; `members`: of one outermost file;
    `member`: bytes of one member where members are given whole, larger ones are noted and left out; `ratio`: unpacked to packed bytes
    of one outermost file, held from `ratio_from` unpacked bytes on; `spooled`: bytes of a zip or 7z that is gathered."""

    depth: int = 8
    total: int = 4096 * MIB
    members: int = 200_000
    member: int = 16 * MIB
    ratio: int = 200
    ratio_from: int = 8 * MIB
    spooled: int = 1024 * MIB


class Budget:
    """What all archives of one layer may cost together, in unpacked bytes."""

    def __init__(self, unpacked: int = 8192 * MIB) -> None:
        self.left = unpacked


@dataclass(slots=True)
class Walk:
    """One walk through an outermost file. `notes` are (name, reason), the reason begins with a vocabulary.Reason; `packed`: bytes of the
    outermost file that were read so far."""

    bounds: Bounds = Bounds()
    notes: list[tuple[str, str]] = field(default_factory=list)
    packed: int = 0
    unpacked: int = 0
    seen: int = 0
    budget: Budget = field(default_factory=Budget)

    def note(self, name: str, reason: Reason, text: str) -> None:
        self.notes.append((name, f"{reason}: {text}"))

    def defect(self, name: str, error: Exception) -> None:
        """Tell why an archive or a member was not read to its end."""
        self.note(name, error.reason if isinstance(error, BadArchive) else Reason.UNREADABLE, " ".join(str(error).split())[:120])

    def counted(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The same chunks. Raises Exceeded."""
        for chunk in chunks:
            self.count(len(chunk))
            yield chunk

    def count(self, size: int) -> None:
        """Count unpacked bytes. Raises Exceeded when a bound is passed."""
        self.unpacked += size
        self.budget.left -= size
        bounds = self.bounds
        if self.unpacked > bounds.total:
            raise Exceeded(f"more than {bounds.total} bytes unpacked")
        if self.unpacked > bounds.ratio_from and self.unpacked > bounds.ratio * self.packed:
            raise Exceeded(f"unpacks to more than {bounds.ratio} times its size")
        if self.budget.left < 0:
            raise Exceeded("the archives of this layer unpack to more than is read of them")

    def enter(self) -> None:
        """Count a member. Raises Exceeded when there are too many."""
        self.seen += 1
        if self.seen > self.bounds.members:
            raise Exceeded(f"more than {self.bounds.members} members")


class Sink(Protocol):
    """Takes the content of one file: pieces in their order, then `close`, or `cut` where the rest cannot be read."""

    def feed(self, piece: bytes) -> None: ...

    def close(self) -> None: ...

    def cut(self) -> None: ...


Receiver = Callable[[str, int, bytes, bool], Sink | None]
"""(name, size or 0 where it is not known, first bytes, whether it is opened too) of a member -> who takes its content, None for nobody."""


def unpacking_memory(packed: int) -> int:
    """Bytes that one decompression may hold, `packed` others being around it."""
    return 16 * MIB if packed else 80 * MIB
