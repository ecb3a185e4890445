"""Members of a zip file, read through its central directory (PKWARE APPNOTE 6.3, sections 4.3 to 4.5), a chunk at a time."""

from __future__ import annotations

import bz2
import lzma
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from isal import isal_zlib

from analyzers.archives.source import BLOCK, FIRST_BLOCK, Source, blocks
from analyzers.archives.walk import BadArchive, IsalError, Walk
from schemas.vocabulary import Reason

END = struct.Struct("<4s4H2LH")
END_64 = struct.Struct("<4sQ2H2L4Q")
LOCATOR_64 = struct.Struct("<4sLQL")
ENTRY = struct.Struct("<4s6H3L5H2L")
LOCAL_NAMES = struct.Struct("<2H")
LOCAL_SIZE = 30
LONGEST_COMMENT = 65535
STORED, DEFLATED, BZIP2, LZMA = 0, 8, 12, 14
ENCRYPTED, UTF8 = 0x1, 0x800
LZMA_DICTIONARY = 64 * 1024 * 1024
FULL_16, FULL_32 = 0xFFFF, 0xFFFFFFFF
DAMAGE: tuple[type[Exception], ...] = (IsalError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, struct.error)


class ZipMember(NamedTuple):
    """One entry of the central directory; sizes in bytes as it says them, `offset` of its local header."""

    name: str
    flags: int
    method: int
    packed: int
    size: int
    offset: int

    @property
    def encrypted(self) -> bool:
        return bool(self.flags & ENCRYPTED)


def zip_members(source: Source) -> Iterator[ZipMember]:
    """Entries in the order of the central directory, folders left out. Raises BadArchive where it cannot be read on."""
    place, end, count, shift = _directory(source)
    block, begin = b"", place
    for _ in range(count):
        if place + ENTRY.size + 3 * FULL_16 > begin + len(block) and begin + len(block) < end:
            block, begin = source.read(place, max(BLOCK, ENTRY.size + 3 * FULL_16)), place
        at = place - begin
        if len(block) < at + ENTRY.size or block[at : at + 4] != b"PK\x01\x02":
            raise BadArchive("central directory is damaged")
        fields = ENTRY.unpack_from(block, at)
        names, extra, comment = fields[10:13]
        name, more = block[at + ENTRY.size :][:names], block[at + ENTRY.size + names :][:extra]
        place += ENTRY.size + names + extra + comment
        full, packed, local = _long_sizes(fields[9], fields[8], fields[16], more)
        text = name.decode("utf-8" if fields[3] & UTF8 else "cp437", "replace")
        if not text.endswith("/"):
            yield ZipMember(text, fields[3], fields[4], packed, full, local + shift)


def _directory(source: Source) -> tuple[int, int, int, int]:
    """(first byte, end, entries) of the central directory, and how many bytes stand before the archive (self-extracting files)."""
    tail_at = max(0, source.size - END.size - LONGEST_COMMENT - LOCATOR_64.size)
    tail = source.read(tail_at, source.size - tail_at)
    found = tail.rfind(b"PK\x05\x06")
    if found < 0 or found + END.size > len(tail):
        raise BadArchive("no central directory")
    _, disk, _, _, count, size, offset, _ = END.unpack_from(tail, found)
    end = tail_at + found
    if FULL_16 in (count, disk) or FULL_32 in (size, offset):
        locator = tail[max(0, found - LOCATOR_64.size) : found]
        if locator.startswith(b"PK\x06\x07"):
            record = source.read(LOCATOR_64.unpack(locator)[2], END_64.size)
            if len(record) < END_64.size or not record.startswith(b"PK\x06\x06"):
                raise BadArchive("zip64 directory is damaged")
            _, _, _, _, disk, _, _, count, size, offset = END_64.unpack(record)
            end = LOCATOR_64.unpack(locator)[2]
    if disk:
        raise BadArchive("a part of several disks")
    shift = end - size - offset
    if shift < 0:
        raise BadArchive("central directory is damaged")
    return offset + shift, end, count, shift


def _long_sizes(full: int, packed: int, local: int, extra: bytes) -> tuple[int, int, int]:
    """Sizes and offset with those that stand in the zip64 field (4.5.3). Raises BadArchive where it lacks one."""
    if FULL_32 not in (full, packed, local):
        return full, packed, local
    while len(extra) >= 4:
        kind, length = LOCAL_NAMES.unpack_from(extra)
        if kind == 1:
            numbers = iter(struct.unpack_from(f"<{min(length, len(extra) - 4) // 8}Q", extra, 4))
            values = [next(numbers, -1) if value == FULL_32 else value for value in (full, packed, local)]
            if -1 not in values:
                return values[0], values[1], values[2]
        extra = extra[4 + length :]
    raise BadArchive("zip64 entry without its sizes")


def zip_contents(source: Source, walk: Walk, depth: int, memory: int) -> Iterator[tuple[str, Iterator[bytes]]]:
    """(name, chunks) of each file that is not empty. Chunks raise BadArchive and Exceeded."""
    for member in zip_members(source):
        if member.packed:
            yield member.name, walk.counted(content(source, member))


def content(source: Source, member: ZipMember) -> Iterator[bytes]:
    """Chunks of a member, the first of at least 512 bytes if it has as many. The sizes in the directory are not believed: the caller bounds
    what it takes. Raises BadArchive."""
    try:
        yield from _chunks(source, member)
    except DAMAGE as error:
        raise BadArchive(str(error)[:100] or "damaged") from error


def _chunks(source: Source, member: ZipMember) -> Iterator[bytes]:
    if member.encrypted:
        raise BadArchive("encrypted")
    head = source.read(member.offset, LOCAL_SIZE)
    if len(head) < LOCAL_SIZE or not head.startswith(b"PK\x03\x04"):
        raise BadArchive("no local header")
    names, extra = LOCAL_NAMES.unpack_from(head, 26)
    packed = blocks(source, member.offset + LOCAL_SIZE + names + extra, member.packed)
    if member.method == STORED:
        yield from packed
    elif member.method == DEFLATED:
        yield from _inflated(packed)
    elif member.method == BZIP2:
        yield from _framed(packed, bz2.BZ2Decompressor())
    elif member.method == LZMA:
        yield from _lzma(packed)
    else:
        raise BadArchive(f"compression method {member.method}", Reason.UNSUPPORTED_ARCHIVE)


def _inflated(packed: Iterator[bytes]) -> Iterator[bytes]:
    inflater = isal_zlib.decompressobj(wbits=-15)
    limit = FIRST_BLOCK
    for block in packed:
        piece = inflater.decompress(block, limit)
        while piece:
            yield piece
            limit = BLOCK
            piece = inflater.decompress(inflater.unconsumed_tail, limit) if not inflater.eof else b""
        if inflater.eof:
            return
    raise EOFError("ends early")


def _framed(packed: Iterator[bytes], inflater: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> Iterator[bytes]:
    for block in packed:
        piece = inflater.decompress(block, BLOCK)
        while piece:
            yield piece
            piece = b"" if inflater.eof or inflater.needs_input else inflater.decompress(b"", BLOCK)
        if inflater.eof:
            return


def _lzma(packed: Iterator[bytes]) -> Iterator[bytes]:
    """LZMA as in APPNOTE 5.8: version, size of the properties, properties, raw stream."""
    first = next(packed, b"")
    (size,) = struct.unpack_from("<H", first, 2)
    properties = lzma._decode_filter_properties(lzma.FILTER_LZMA1, first[4 : 4 + size])  # type: ignore[attr-defined]
    if properties["dict_size"] > LZMA_DICTIONARY:
        raise BadArchive(f"needs a dictionary of {properties['dict_size']} bytes", Reason.FILE_TOO_LARGE)
    inflater = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[properties])
    yield from _framed(_chained(first[4 + size :], packed), inflater)


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
