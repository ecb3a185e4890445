"""Header blobs of rpm's own `Packages.db` (NDB, SUSE). Source: rpm, lib/backend/ndb/rpmpkg.c; everything is little-endian.

Page 0 begins with a header that says how many 4096-byte pages hold slots; a slot is (magic, package, block offset, block count),
blocks have 16 bytes; a blob is framed by a head (magic, package, generation, length) and a tail (checksum, length, magic). The checksum
is Adler-32 over everything before the tail.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from analyzers.collectors.rpmdb.corrupt import Corrupt

MAGIC = b"RpmP"
_PAGE, _SLOT, _BLOCK = 4096, 16, 16
_BLOB_HEAD, _BLOB_TAIL = b"BlbS", b"BlbE"


def headers(database: bytes) -> Iterator[bytes]:
    """The blobs in the order of their package numbers. Raises Corrupt, after what could be read, if any blob could not."""
    if len(database) < _PAGE or database[:4] != MAGIC:
        raise Corrupt("no NDB header")
    version, _, slot_pages = struct.unpack_from("<III", database, 4)
    if version != 0:
        raise Corrupt(f"NDB version {version}")
    end = slot_pages * _PAGE
    bad = end > len(database)
    slots = []
    for place in range(2 * _SLOT, min(end, len(database)) - _SLOT + 1, _SLOT):
        magic, package, offset, blocks = struct.unpack_from("<4sIII", database, place)
        if magic != b"Slot":
            bad = True
        elif offset:
            slots.append((package, offset * _BLOCK, blocks * _BLOCK))
    left = len(database)  # what honest blobs can add up to
    for package, start, size in sorted(slots):
        blob = _blob(database, package, start, size)
        if blob is None or len(blob) > left:
            bad = True
        else:
            left -= len(blob)
            yield blob
    if bad:
        raise Corrupt("a slot or blob of a package is damaged")


def _blob(database: bytes, package: int, start: int, size: int) -> bytes | None:
    if start + size > len(database) or size < 28:
        return None
    magic, number, _, length = struct.unpack_from("<4sIII", database, start)
    if magic != _BLOB_HEAD or number != package or length > size - 28:
        return None
    end = start + size - 12
    checksum, tail_length, tail = struct.unpack_from("<II4s", database, end)
    if tail != _BLOB_TAIL or tail_length != length or zlib.adler32(memoryview(database)[start:end]) != checksum:
        return None
    return database[start + 16 : start + 16 + length]
