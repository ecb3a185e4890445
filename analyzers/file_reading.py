"""One file that is being read, of the layer or of an archive in it: who gets it whole and who in windows, and what is inside it."""

from __future__ import annotations

from io import BytesIO
from typing import Literal

from analyzers.archives.gate import idle, worth_opening
from analyzers.archives.inside import Inside
from analyzers.archives.walk import Sink, Walk
from analyzers.contract import HASHES, OVERLAP, WINDOW, Collector, Entry, FileView
from analyzers.offering import Offering

WHOLE_MEMBER = 16 * 1024 * 1024
"""Members of archives up to this size come whole, whatever a header says of their size."""


class RunningDigests:
    """sha256 and md5 of a file that passes by in pieces."""

    def __init__(self) -> None:
        self._hashes = {name: begin() for name, begin in HASHES.items()}

    def update(self, piece: bytes) -> None:
        for one in self._hashes.values():
            one.update(piece)

    def hexdigest(self, algorithm: Literal["sha256", "md5"]) -> str:
        return self._hashes[algorithm].hexdigest()


class FileReading:
    """A Sink for the content of a file. `inside` hears it too: members of an archive are shown before the archive's last window, and the
    windows of an archive come between those of its members."""

    def __init__(
        self, offering: Offering, entry: Entry, whole: list[Collector], windowed: list[Collector], *, inside: Inside | None = None,
        opened: bool = False, hashed: bool = True, limit: int | None = None,
    ) -> None:  # fmt: skip
        self._offering, self._entry = offering, entry
        self._whole, self._windowed = whole, windowed
        self._inside, self._opened, self._limit = inside, opened or (inside is not None and inside.opened), limit
        self._digests = RunningDigests() if hashed and any(one.wanted.digests for one in windowed) else None
        self._buffer = BytesIO()
        self._start = 0

    def feed(self, piece: bytes) -> None:
        self._buffer.write(piece)
        if self._digests is not None:
            self._digests.update(piece)
        if self._whole:
            if self._limit is not None and self._buffer.tell() > self._limit:
                self._into_windows()
            return
        if self._inside is not None:
            self._inside.feed(piece)
        self._show_windows()

    def close(self) -> None:
        data, self._buffer = self._buffer.getvalue(), BytesIO()
        if self._inside is not None:
            if self._whole:
                self._inside.whole(data)
            else:
                self._inside.close()
            told(self._offering, self._inside)
        self._offering.count(len(data))
        if not self._whole:
            self._windowed = self._offering.show(self._windowed, self._view(data, self._start, True))
            return
        self._offering.show_soon(self._whole, self._view(data, 0, True))
        for start in range(0, max(len(data) - OVERLAP, 1), WINDOW - OVERLAP) if self._windowed else ():
            self._windowed = self._offering.show(
                self._windowed, self._view(data[start : start + WINDOW], start, start + WINDOW >= len(data))
            )

    def cut(self) -> None:
        """The file has no end. Those who read windows see what there is of it."""
        if self._inside is not None:
            self._inside.cut()
            told(self._offering, self._inside)
        windowed = [one for one in (*self._whole, *self._windowed) if one.wanted.windows]
        if self._buffer.tell():
            self._offering.show(windowed, self._view(self._buffer.getvalue(), self._start, False))

    def _view(self, data: bytes, offset: int, final: bool) -> FileView:
        return FileView(self._entry, data, offset, final, self._digests, self._opened)

    def _show_windows(self) -> None:
        """All windows that are full. What is held is not copied for that: it may be much."""
        if self._buffer.tell() <= WINDOW:
            return
        data, self._buffer = self._buffer.getvalue(), BytesIO()
        shown = 0
        while len(data) - shown > WINDOW:
            self._offering.count(WINDOW - OVERLAP)
            self._windowed = self._offering.show(self._windowed, self._view(data[shown : shown + WINDOW], self._start + shown, False))
            shown += WINDOW - OVERLAP
        self._buffer.write(memoryview(data)[shown:])
        self._start += shown

    def _into_windows(self) -> None:
        """It is larger than is held in memory: from here on everybody sees windows."""
        self._windowed, self._whole = [*self._whole, *self._windowed], []
        self._digests = RunningDigests()
        self._digests.update(self._buffer.getvalue())
        self._show_windows()


def inside_of(offering: Offering, entry: Entry, form: str) -> Inside | None:
    """Who opens an archive of the layer for the collectors that see members; None where nobody does, with a note where one should."""
    if not offering.inside or not worth_opening(entry.path):
        return None

    def receive(name: str, size: int, first: bytes, opened: bool) -> Sink | None:
        if idle(name, first):
            return None
        member = Entry(name, "file", 0o644, 0, 0, size, archive=entry.path)
        some = list(offering.inside)
        if opened:
            return FileReading(offering, member, [], some, opened=True)
        return FileReading(offering, member, some, [], limit=WHOLE_MEMBER)

    one = Inside(entry.path, form, receive, Walk(budget=offering.budget))
    if one.opened:
        return one
    told(offering, one)
    return None


def told(offering: Offering, inside: Inside) -> None:
    """What could not be read of a file's inside is told in the name of each collector that sees members."""
    for name, reason in inside.walk.notes:
        for collector in offering.inside:
            offering.skip(name[:1024], collector.name, reason)
    inside.walk.notes.clear()
