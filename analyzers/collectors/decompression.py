"""Streams of compressed content in memory: gzip, bzip2, xz and zstd, with all their members and frames, a chunk at a time."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from backports import zstd
from isal import isal_zlib

from analyzers.collectors.archive_walk import IsalError

CHUNK = 256 * 1024
XZ_MEMORY = 96 * 1024 * 1024
OPENERS: dict[str, Callable[[], Any]] = {
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(memlimit=XZ_MEMORY),
    "zstd": zstd.ZstdDecompressor,
}
ERRORS: tuple[type[Exception], ...] = (IsalError, zlib.error, lzma.LZMAError, zstd.ZstdError, OSError, EOFError, ValueError)


def open_compressed(form: str, data: bytes) -> Iterator[bytes]:
    """Unpacked chunks of at most CHUNK bytes. Raises OSError with the reason where the content is damaged or ends early.

    Padding and other bytes after the last member are left alone, as the command line tools do."""
    try:
        yield from _gzip(data) if form == "gzip" else _framed(form, data)
    except ERRORS as error:
        raise OSError(str(error) or "damaged") from error


def _gzip(data: bytes) -> Iterator[bytes]:
    rest = data
    while rest.startswith(b"\x1f\x8b"):
        inflater = isal_zlib.decompressobj(wbits=31)
        piece = inflater.decompress(rest, CHUNK)
        while not inflater.eof:
            if not piece and not inflater.unconsumed_tail:
                raise EOFError("ends early")
            yield piece
            piece = inflater.decompress(inflater.unconsumed_tail, CHUNK)
        yield piece
        rest = inflater.unused_data


def _framed(form: str, data: bytes) -> Iterator[bytes]:
    rest, magic = data, data[:3]
    while rest.startswith(magic):
        inflater = OPENERS[form]()
        piece = inflater.decompress(rest, CHUNK)
        while not inflater.eof:
            if not piece and inflater.needs_input:
                raise EOFError("ends early")
            yield piece
            piece = inflater.decompress(b"", CHUNK)
        yield piece
        rest = inflater.unused_data


class Inflated(io.RawIOBase):
    """A file of chunks that is read forward once. `count` is told of every unpacked byte and may raise to end it."""

    def __init__(self, chunks: Iterator[bytes], count: Callable[[int], None]) -> None:
        self._chunks, self._count, self._held = chunks, count, b""

    def peek(self, size: int) -> bytes:
        self._fill(size)
        return self._held[:size]

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; fewer only at the end."""
        self._fill(size)
        taken, self._held = self._held[:size], self._held[size:]
        return taken

    def _fill(self, size: int) -> None:
        parts, have = [self._held], len(self._held)
        while have < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            self._count(len(chunk))
            parts.append(chunk)
            have += len(chunk)
        self._held = b"".join(parts)
