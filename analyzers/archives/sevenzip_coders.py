"""What the coders of a 7z archive make of packed bytes, pulled a piece at a time. Source: Methods.txt of the LZMA SDK (24.02).

Branch filters and delta are those of liblzma. As it takes no filter without a compression behind it, their input is framed as chunks of
LZMA2 that are not compressed.
"""

from __future__ import annotations

import bz2
import lzma
from collections.abc import Callable, Iterator
from typing import Any

from isal import isal_zlib

from analyzers.archives.branches import Take, arm64_branches, bcj2
from analyzers.archives.sevenzip_header import Coder, Folder
from analyzers.archives.walk import BadArchive, IsalError, Walk
from analyzers.decompress import DecompressionError, Frame, Frames, decompressor
from schemas.vocabulary import Reason

BRANCH_COST = 100  # unpacked bytes that a branch counts for
CHUNK = 64 * 1024  # of LZMA2, at most
COPY, DEFLATE, BZIP2, BCJ2 = b"\0", b"\4\1\x08", b"\4\2\2", b"\3\3\1\x1b"
ZSTD = (b"\4\xf7\x11\1", b"\4\1\x5d")
AES = b"\6\xf1\7\1"
LZMA = {b"\3\1\1": lzma.FILTER_LZMA1, b"\x21": lzma.FILTER_LZMA2}
ARM64 = b"\x0a"
FILTERS = {
    b"\4": lzma.FILTER_X86, b"\3\3\1\3": lzma.FILTER_X86, b"\5": lzma.FILTER_POWERPC, b"\3\3\2\5": lzma.FILTER_POWERPC,
    b"\6": lzma.FILTER_IA64, b"\3\3\4\1": lzma.FILTER_IA64, b"\7": lzma.FILTER_ARM, b"\3\3\5\1": lzma.FILTER_ARM,
    b"\x08": lzma.FILTER_ARMTHUMB, b"\3\3\7\1": lzma.FILTER_ARMTHUMB, b"\x09": lzma.FILTER_SPARC, b"\3\3\x08\5": lzma.FILTER_SPARC,
    b"\3": lzma.FILTER_DELTA,
}  # fmt: skip
NAMES = {
    b"\3\4\1": "PPMd", b"\4\1\x09": "Deflate64", b"\x0b": "RISC-V filter", b"\2\3\2": "Swap2", b"\2\3\4": "Swap4",
    b"\4\xf7\x11\2": "Brotli", b"\4\xf7\x11\4": "LZ4", b"\4\xf7\x11\5": "LZ5", b"\4\xf7\x11\6": "Lizard",
}  # fmt: skip
READ = {COPY, DEFLATE, BZIP2, *ZSTD, *LZMA, ARM64, *FILTERS}


def unpacked(folder: Folder, packed: Callable[[int], Iterator[bytes]], walk: Walk, memory: int) -> Iterator[bytes]:
    """What a folder holds, as much as it says. `packed(n)` gives its nth packed stream; what compressions make is counted by `walk`, their
    dictionaries take at most `memory` bytes. Raises BadArchive, DecompressionError, Exceeded."""
    _readable(folder)
    needed = sum(
        _properties(coder, size)["dict_size"] for coder, size in zip(folder.coders, folder.sizes, strict=True) if coder.method in LZMA
    )
    if needed > memory:
        raise BadArchive(f"needs {needed} bytes of dictionaries", Reason.FILE_TOO_LARGE)
    yield from _Unpacking(folder, packed, walk).output(folder.last)


def _readable(folder: Folder) -> None:
    """Raises BadArchive with the coder that nobody here reads."""
    for coder in folder.coders:
        if coder.method == AES:
            raise BadArchive("encrypted")
    for coder in folder.coders:
        if coder.inputs != (4 if coder.method == BCJ2 else 1):
            raise BadArchive("damaged header")
        if coder.method not in READ and coder.method != BCJ2:
            raise BadArchive(f"no reader for {NAMES.get(coder.method) or 'coder ' + coder.method.hex()}", Reason.UNSUPPORTED_ARCHIVE)


def _properties(coder: Coder, size: int) -> dict[str, Any]:
    """Of LZMA. Nothing lies farther back than the beginning, so the dictionary need not be larger than what is made."""
    try:
        found: dict[str, Any] = lzma._decode_filter_properties(LZMA[coder.method], coder.properties)  # type: ignore[attr-defined]
    except lzma.LZMAError as error:
        raise BadArchive(str(error)) from error
    return {**found, "dict_size": min(found["dict_size"], max(size, 4096))}


class _Unpacking:
    """Coders as a tree: each pulls what it needs from those below it."""

    def __init__(self, folder: Folder, packed: Callable[[int], Iterator[bytes]], walk: Walk) -> None:
        self._folder, self._packed, self._walk = folder, packed, walk
        self._first = [sum(one.inputs for one in folder.coders[:at]) for at in range(len(folder.coders))]

    def output(self, number: int) -> Iterator[bytes]:
        coder, size = self._folder.coders[number], self._folder.sizes[number]
        inputs = [self._input(self._first[number] + at) for at in range(coder.inputs)]
        if coder.method == BCJ2:
            calls, jumps, guesses = map(taking, inputs[1:])
            made = bcj2(inputs[0], calls, jumps, guesses, size, self._spend)
        else:
            made = self._made(coder, inputs[0], size)
        return limited(made, size)

    def _input(self, number: int) -> Iterator[bytes]:
        below = self._folder.bound.get(number)
        return self.output(below) if below is not None else self._packed(self._folder.packed.index(number))

    def _made(self, coder: Coder, data: Iterator[bytes], size: int) -> Iterator[bytes]:
        start = int.from_bytes(coder.properties, "little")
        if coder.method == ARM64:
            return arm64_branches(data, start, self._spend)
        if coder.method in FILTERS:
            kind = FILTERS[coder.method]
            return filtered(data, {"id": kind, **({"dist": start + 1} if kind == lzma.FILTER_DELTA else {"start_offset": start})})
        return self._walk.counted(decompressed(coder, data, size))

    def _spend(self, branches: int) -> None:
        self._walk.count(BRANCH_COST * branches)


def decompressed(coder: Coder, data: Iterator[bytes], size: int) -> Iterator[bytes]:
    """What a compression was made from, `size` bytes or more of it."""
    if coder.method == COPY:
        return data
    if coder.method == DEFLATE:
        return _inflated(data)
    if coder.method in ZSTD:
        stream = decompressor("zstd")
    elif coder.method == BZIP2:
        stream = Frames(bz2.BZ2Decompressor)
    else:
        stream = Frames(lambda: raw_lzma([_properties(coder, size)]))
    return (piece for chunk in data for piece in stream.feed(chunk))


def raw_lzma(filters: list[dict[str, Any]]) -> Frame:
    """Raises BadArchive where liblzma does not take the options."""
    try:
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)
    except (lzma.LZMAError, ValueError) as error:
        raise BadArchive(str(error), Reason.UNSUPPORTED_ARCHIVE) from error


def _inflated(data: Iterator[bytes]) -> Iterator[bytes]:
    inflater = isal_zlib.decompressobj(wbits=-15)
    for chunk in data:
        full = True
        while (chunk or full) and not inflater.eof:
            try:
                piece = inflater.decompress(chunk, CHUNK)
            except IsalError as error:
                raise DecompressionError(str(error)) from error
            chunk, full = inflater.unconsumed_tail, len(piece) == CHUNK
            yield piece


def filtered(chunks: Iterator[bytes], how: dict[str, Any]) -> Iterator[bytes]:
    """After a filter of liblzma."""
    stage = raw_lzma([how, {"id": lzma.FILTER_LZMA2, "dict_size": 4096}])
    control = b"\1"  # the first chunk begins a dictionary
    for chunk in chunks:
        for place in range(0, len(chunk), CHUNK):
            piece = chunk[place : place + CHUNK]
            yield stage.decompress(control + (len(piece) - 1).to_bytes(2) + piece)
            control = b"\2"
    yield stage.decompress(b"\0")


def limited(chunks: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Exactly the first `size` bytes, in pieces that are not empty. Raises BadArchive where there are fewer."""
    for chunk in chunks:
        if chunk[:size]:
            yield chunk[:size]
        size -= len(chunk)
        if size <= 0:
            return
    if size > 0:
        raise BadArchive("ends early")


def taking(chunks: Iterator[bytes]) -> Take:
    """Bytes as they are asked for."""
    held = bytearray()

    def take(size: int) -> bytes:
        while len(held) < size:
            held.extend(_more(chunks))
        piece = bytes(held[:size])
        del held[:size]
        return piece

    return take


def _more(chunks: Iterator[bytes]) -> bytes:
    for chunk in chunks:
        return chunk
    raise BadArchive("ends early")
