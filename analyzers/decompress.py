"""Streaming decompression of layers and archives: bounded pieces, every member or frame, and no end taken for granted.

Sources: RFC 1952 section 2.2 (a gzip file is a series of members), RFC 8878 section 3.1 (Zstandard and skippable frames).
"""

from __future__ import annotations

import bz2
import lzma
import sys
from collections.abc import Callable, Iterator
from typing import Literal, Protocol, cast

from isal import isal_zlib

if sys.version_info >= (3, 14):  # pragma: no cover
    from compression import zstd
else:
    from backports import zstd

Compression = Literal["none", "gzip", "zstd", "bzip2", "xz"]
PIECE = 1024 * 1024
MAGICS: tuple[tuple[bytes, Compression], ...] = (
    (b"\x1f\x8b\x08", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
)
LONGEST_MAGIC = 6
GZIP_BROKEN = cast("type[Exception]", isal_zlib.error)  # its stub calls the class an instance
BROKEN: tuple[type[Exception], ...] = (zstd.ZstdError, lzma.LZMAError, OSError, EOFError, ValueError, MemoryError)
MEMORY = 128 * 1024 * 1024  # a window of zstd of that size is what the zstd tool itself accepts without being told


class DecompressionError(Exception):
    """The stream is not what its magic promised."""


class Stream(Protocol):
    """One way of unpacking. `feed` yields pieces of at most about PIECE bytes; `complete` tells whether the data may end here."""

    def feed(self, chunk: bytes) -> Iterator[bytes]: ...

    @property
    def complete(self) -> bool: ...


class Frame(Protocol):
    """One member or frame, in the manner of bz2.BZ2Decompressor."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, /, max_length: int = -1) -> bytes: ...


def detect(head: bytes) -> Compression:
    """The compression of a blob by its first LONGEST_MAGIC bytes. Skippable zstd frames (0x184D2A50 to ..5F) count as zstd."""
    if head[1:4] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50:
        return "zstd"
    for magic, name in MAGICS:
        if head.startswith(magic):
            return name
    return "none"


def decompressor(kind: Compression, memory: int = MEMORY) -> Stream:
    """A fresh stream of that kind. What needs more than `memory` bytes to unpack raises DecompressionError when it is fed."""
    if kind == "none":
        return Plain()
    return Gzip() if kind == "gzip" else Frames(lambda: FRAMES[kind](memory))


class Plain:
    """No compression at all."""

    complete = True

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        if len(chunk) <= PIECE:
            yield chunk
            return
        for start in range(0, len(chunk), PIECE):
            yield chunk[start : start + PIECE]


class Gzip:
    """Members of gzip, one after the other; zeros after the last one are padding, anything else raises DecompressionError."""

    def __init__(self) -> None:
        self._member = isal_zlib.decompressobj(wbits=31)
        self._between = False

    @property
    def complete(self) -> bool:
        return self._between

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        while chunk:
            if self._between:
                chunk = chunk.lstrip(b"\0")
                if not chunk:
                    return
                self._member = isal_zlib.decompressobj(wbits=31)
                self._between = False
            yield from self._member_pieces(chunk)
            chunk = self._member.unused_data if self._member.eof else b""
            self._between = self._member.eof

    def _member_pieces(self, chunk: bytes) -> Iterator[bytes]:
        member = self._member
        while not member.eof:
            try:
                piece = member.decompress(chunk, PIECE)
            except GZIP_BROKEN as error:
                raise DecompressionError(f"gzip: {error}") from error
            if piece:
                yield piece
            chunk = member.unconsumed_tail
            if not chunk and len(piece) < PIECE:
                return


class Frames:
    """Frames of zstd, streams of bzip2 or xz, one after the other."""

    def __init__(self, make: Callable[[], Frame]) -> None:
        self._make = make
        self._frame = make()
        self._between = False

    @property
    def complete(self) -> bool:
        return self._between

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        while chunk:
            if self._between:
                self._frame, self._between = self._make(), False
            yield from self._frame_pieces(chunk)
            frame = self._frame
            chunk = frame.unused_data if frame.eof else b""
            self._between = frame.eof

    def _frame_pieces(self, chunk: bytes) -> Iterator[bytes]:
        frame = self._frame
        while not frame.eof:
            try:
                piece = frame.decompress(chunk, PIECE)
            except BROKEN as error:
                raise DecompressionError(str(error)) from error
            if piece:
                yield piece
            chunk = b""
            if frame.needs_input:
                return


def _zstd_frame(memory: int) -> Frame:
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: memory.bit_length() - 1})


def _xz_stream(memory: int) -> Frame:
    return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=memory)


FRAMES: dict[Compression, Callable[[int], Frame]] = {"zstd": _zstd_frame, "bzip2": lambda _: bz2.BZ2Decompressor(), "xz": _xz_stream}
