"""Bytes that are read in any order: in memory, or in an unnamed temporary file when they are many."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Protocol

from analyzers.archives.walk import BadArchive

IN_MEMORY = 1024 * 1024
BLOCK, FIRST_BLOCK = 256 * 1024, 16 * 1024


class Source(Protocol):
    """Random access. Raises OSError where the disk fails."""

    @property
    def size(self) -> int: ...

    def read(self, place: int, length: int) -> bytes:
        """The bytes [place, place + length), fewer at the end."""


class InMemory:
    """Bytes that are at hand."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read(self, place: int, length: int) -> bytes:
        return self._data[place : place + length] if place >= 0 else b""


class Gathered:
    """Bytes that come in pieces; beyond IN_MEMORY they lie on disk, because memory is bounded and a zip has its directory at its end."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (it is closed with its owner)
        self.size = 0

    def add(self, piece: bytes | memoryview, place: int | None = None) -> None:
        """Append, or write at a place."""
        place = self.size if place is None else place
        self._file.seek(place)
        self._file.write(piece)
        self.size = max(self.size, place + len(piece))

    def read(self, place: int, length: int) -> bytes:
        if not 0 <= place < self.size:
            return b""
        self._file.seek(place)
        return self._file.read(length)


def blocks(source: Source, place: int, length: int) -> Iterator[bytes]:
    """The bytes [place, place + length) a block at a time, a small one first. Raises BadArchive where there are fewer."""
    end, step = place + length, FIRST_BLOCK
    while place < end:
        block = source.read(place, min(step, end - place))
        if not block:
            raise BadArchive("ends early")
        yield block
        place, step = place + len(block), BLOCK
