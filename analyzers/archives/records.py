"""Archives that are members one after the other, each behind a header: ar (deb(5), ar(5)) and cpio's new form (cpio(5)). Pushed bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from analyzers.archives.formats import HEAD
from analyzers.archives.walk import BadArchive, Sink

AR_MAGIC, AR_HEADER, AR_NAMES = b"!<arch>\n", 60, ("/", "//", "/SYM64/", "__.SYMDEF")
CPIO_HEADER, CPIO_LAST, CPIO_REGULAR = 110, "TRAILER!!!", 0o100000
LONGEST_NAME = 4096
Begin = Callable[[str, int, bytes], Sink | None]
"""(name, size, first bytes) of a member -> who takes it."""


class Record(NamedTuple):
    """One header: its own length, the member's name and size, the padding behind the content. An empty name is a member to pass over; None
    is the end of the archive."""

    length: int
    name: str | None
    size: int
    padding: int


class Records:
    """A Sink that reads such an archive. `header(data, place)` gives the Record there, None when it needs more bytes; raises BadArchive."""

    def __init__(self, header: Callable[[bytes, int], Record | None], magic: bytes, begin: Begin) -> None:
        self._header, self._begin = header, begin
        self._rest, self._skip, self._left, self._padding = b"", len(magic), 0, 0
        self._member: Sink | None = None
        self._ended = False

    def feed(self, piece: bytes) -> None:
        data, place = self._rest + piece, 0
        self._rest = b""
        while place < len(data) and not self._ended:
            if self._skip:
                place, self._skip = min(len(data), place + self._skip), max(0, self._skip - (len(data) - place))
            elif self._left:
                place = self._content(data, place)
            else:
                record = self._header(data, place)
                if record is None or len(data) - place - record.length < min(record.size, HEAD):
                    self._rest = data[place:]
                    return
                place += record.length
                self._open(record, data[place : place + HEAD])

    def close(self) -> None:
        """Raises BadArchive where the archive ends within a member."""
        if self._left or self._skip > self._padding or (self._rest and not self._ended):
            self.cut()
            raise BadArchive("ends early")

    def cut(self) -> None:
        if self._member is not None:
            self._member.cut()
            self._member = None

    def _open(self, record: Record, head: bytes) -> None:
        self._ended = record.name is None
        self._padding = record.padding
        self._member = self._begin(record.name, record.size, head[: record.size]) if record.name and record.size else None
        if self._member is None:
            self._skip = record.size + record.padding
        else:
            self._left = record.size

    def _content(self, data: bytes, place: int) -> int:
        assert self._member is not None
        step = min(self._left, len(data) - place)
        self._member.feed(data[place : place + step])
        self._left -= step
        if not self._left:
            self._skip = self._padding
            self._member.close()
            self._member = None
        return place + step


def ar_header(data: bytes, place: int) -> Record | None:
    """Long GNU names stay as written."""
    head = data[place : place + AR_HEADER]
    if len(head) < AR_HEADER:
        return None
    digits = head[48:58].strip()
    if head[58:60] != b"`\n" or not digits.isdigit():
        raise BadArchive("bad member header")
    name = head[:16].decode("latin-1").strip()
    size = int(digits)
    return Record(AR_HEADER, "" if name in AR_NAMES else name.rstrip("/"), size, size % 2)


def cpio_header(data: bytes, place: int) -> Record | None:
    """Hexadecimal numbers, the name, and zeros up to a multiple of four."""
    head = data[place : place + CPIO_HEADER]
    if len(head) < CPIO_HEADER:
        return None
    try:
        mode, size, names = (int(head[at : at + 8], 16) for at in (14, 54, 94))
    except ValueError as error:
        raise BadArchive("bad member header") from error
    if head[:6] not in (b"070701", b"070702") or not 0 < names <= LONGEST_NAME or min(mode, size) < 0:
        raise BadArchive("bad member header")
    length = CPIO_HEADER + names + -(CPIO_HEADER + names) % 4
    if len(data) - place < length:
        return None
    name = data[place + CPIO_HEADER : place + CPIO_HEADER + names - 1].decode("utf-8", "backslashreplace").removeprefix("./")
    if name == CPIO_LAST:
        return Record(length, None, 0, 0)
    return Record(length, name if mode & 0o170000 == CPIO_REGULAR else "", size, -size % 4)
