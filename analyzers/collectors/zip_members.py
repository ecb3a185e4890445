"""Members of a zip file in memory, read through its central directory (PKWARE APPNOTE 6.3, sections 4.3 to 4.5)."""

from __future__ import annotations

import bz2
import io
import lzma
import mmap
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from isal import isal_zlib

from analyzers.collectors.archive_walk import SEPARATOR, BadArchive, IsalError, Walk
from schemas.vocabulary import Reason

Content = bytes | mmap.mmap
END = struct.Struct("<4s4H2LH")
ENTRY = struct.Struct("<4s6H3L5H2L")
LOCAL_NAMES = struct.Struct("<2H")
LOCAL_SIZE = 30
STORED, DEFLATED = 0, 8
ENCRYPTED, UTF8 = 0x1, 0x800
READERS: tuple[type[Exception], ...] = (
    IsalError,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    struct.error,
)


class Member(NamedTuple):
    """One entry of the central directory; sizes in bytes, `offset` of its local header."""

    name: str
    flags: int
    method: int
    packed: int
    size: int
    offset: int


def zip_members(data: Content, name: str, walk: Walk) -> Iterator[tuple[str, bytes]]:
    """(name, content) of the regular files in a zip. Raises BadArchive when its directory cannot be read; single defects are noted."""
    for member in _directory(data):
        if member.name.endswith("/"):
            continue
        walk.enter()
        inner = name + SEPARATOR + member.name
        if member.flags & ENCRYPTED:
            walk.note(inner, Reason.UNREADABLE, "encrypted")
        elif member.size > walk.bounds.member:
            walk.note(inner, Reason.FILE_TOO_LARGE, f"{member.size} bytes")
        elif walk.want(inner, member.size):
            content = _content(data, member, inner, walk)
            if content is not None:
                yield inner, content


def _directory(data: Content) -> Iterator[Member]:
    """Entries in the order of the central directory; zip64 and odd cases are left to the standard library."""
    place = data.rfind(b"PK\x05\x06", max(0, len(data) - 65557))
    if place < 0 or place + END.size > len(data):
        raise BadArchive("no central directory")
    _, disk, _, _, count, size, offset, _ = END.unpack_from(data, place)
    if count == 0xFFFF or 0xFFFFFFFF in (size, offset) or disk:
        yield from _standard_directory(data)
        return
    shift = place - size - offset  # bytes before the archive, as in self-extracting files
    place = offset + shift
    for _ in range(count):
        if place < 0 or place + ENTRY.size > len(data) or data[place : place + 4] != b"PK\x01\x02":
            raise BadArchive("central directory is damaged")
        fields = ENTRY.unpack_from(data, place)
        flags, method, packed, full = fields[3], fields[4], fields[8], fields[9]
        names, extra, comment, local = fields[10], fields[11], fields[12], fields[16]
        raw = data[place + ENTRY.size : place + ENTRY.size + names]
        place += ENTRY.size + names + extra + comment
        if 0xFFFFFFFF in (packed, full, local):
            raise BadArchive("zip64 entry without zip64 directory")
        yield Member(raw.decode("utf-8" if flags & UTF8 else "cp437", "replace"), flags, method, packed, full, local + shift)


def _standard_directory(data: Content) -> Iterator[Member]:
    source: Any = io.BytesIO(data) if isinstance(data, bytes) else data
    try:
        with zipfile.ZipFile(source) as archive:
            infos = archive.infolist()
    except READERS as error:
        raise BadArchive(str(error)) from error
    for info in infos:
        yield Member(info.filename, info.flag_bits, info.compress_type, info.compress_size, info.file_size, info.header_offset)


def _content(data: Content, member: Member, inner: str, walk: Walk) -> bytes | None:
    """Content of one member, or None with a note. The size in the directory is not believed: the bound holds while unpacking."""
    place = member.offset
    if place < 0 or data[place : place + 4] != b"PK\x03\x04" or place + LOCAL_SIZE > len(data):
        walk.note(inner, Reason.UNREADABLE, "no local header")
        return None
    names, extra = LOCAL_NAMES.unpack_from(data, place + 26)
    start = place + LOCAL_SIZE + names + extra
    packed = memoryview(data)[start : start + member.packed]
    try:
        content = _unpacked(packed, member.method, walk.bounds.member)
    except READERS as error:
        walk.note(inner, Reason.UNREADABLE, str(error)[:100] or "damaged")
        return None
    if not isinstance(data, bytes):
        data.madvise(mmap.MADV_DONTNEED)  # pages that were looked at would stay in memory
    walk.count(len(content))
    if len(content) > walk.bounds.member:
        walk.note(inner, Reason.FILE_TOO_LARGE, f"more than {walk.bounds.member} bytes")
        return None
    return content


def _unpacked(packed: memoryview, method: int, limit: int) -> bytes:
    """At most limit + 1 bytes. Raises one of READERS."""
    if method == STORED:
        return bytes(packed[: limit + 1])
    if method == DEFLATED:
        return bytes(isal_zlib.decompressobj(wbits=-15).decompress(packed, limit + 1))
    if method == zipfile.ZIP_BZIP2:
        return bz2.BZ2Decompressor().decompress(bytes(packed), limit + 1)
    if method == zipfile.ZIP_LZMA:
        return _lzma(bytes(packed), limit)
    raise NotImplementedError(f"compression method {method}")


def _lzma(packed: bytes, limit: int) -> bytes:
    """LZMA as in APPNOTE 5.8: version, size of the properties, properties, raw stream."""
    (size,) = struct.unpack_from("<H", packed, 2)
    properties = lzma._decode_filter_properties(lzma.FILTER_LZMA1, packed[4 : 4 + size])  # type: ignore[attr-defined]
    reader = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[properties])
    return reader.decompress(packed[4 + size :], limit + 1)
