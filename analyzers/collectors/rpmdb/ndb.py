"""Header blobs of rpm's own `Packages.db` (NDB, SUSE). Source: rpm, lib/backend/ndb/rpmpkg.c; everything is little-endian.

Page 0 begins with a header that says how many 4096-byte pages hold slots; a slot is (magic, package, block offset, block count),
blocks have 16 bytes; a blob is framed by a head (magic, package, generation, length) and a tail (checksum, length, magic). The checksum
is Adler-32 over everything before the tail. What is deleted is overwritten with zeros: a blob to which no slot leads has lost its own.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from itertools import pairwise

from analyzers.collectors.rpmdb.corrupt import Corrupt

MAGIC = b"RpmP"
_PAGE, _SLOT, _BLOCK = 4096, 16, 16
_HEAD, _TAIL = 16, 12
_BLOB_HEAD, _BLOB_TAIL = b"BlbS", b"BlbE"
_MAX_SLOTS = 100_000
_Place = tuple[int, int, int]  # start of the blob, package, size


def headers(database: bytes) -> Iterator[bytes]:
    """The blobs in the order of their package numbers. Raises Corrupt, after what could be read, if there is any damage."""
    if len(database) < _PAGE or database[:4] != MAGIC:
        raise Corrupt("no NDB header")
    version, _, slot_pages = struct.unpack_from("<III", database, 4)
    if version != 0:
        raise Corrupt(f"NDB version {version}")
    end = slot_pages * _PAGE
    bad = not 0 < end <= len(database)
    while end <= len(database) and database[end : end + 4] == b"Slot":  # there are more pages than their number says
        bad, end = True, end + _PAGE
    slots: set[_Place] = set()
    for magic, package, offset, blocks in struct.iter_unpack("<4sIII", memoryview(database)[2 * _SLOT : min(end, len(database) & -_SLOT)]):
        if magic != b"Slot" or len(slots) > _MAX_SLOTS:
            bad = True
        elif offset:
            slots.add((offset * _BLOCK, package, blocks * _BLOCK))
    known = list(_whole(database, slots))
    lost = list(_without_slot(database, [(end, 0, 0), *known, (len(database), 0, 0)]))
    for start, _, size in sorted((*known, *lost), key=lambda place: place[1]):
        length, checksum = struct.unpack_from("<I", database, start + 12)[0], struct.unpack_from("<I", database, start + size - _TAIL)[0]
        bad |= checksum != zlib.adler32(memoryview(database)[start : start + size - _TAIL])
        yield database[start + _HEAD : start + _HEAD + length]
    if bad or lost or len(known) < len(slots):
        raise Corrupt("a slot or blob of a package is damaged")


def _whole(database: bytes, slots: Iterable[_Place]) -> Iterator[_Place]:
    """The slots that lead to a blob, in the order of the file; of those that overlap the first."""
    behind = 0
    for start, package, size in sorted(slots):
        if start >= behind and _is_blob(database, start, package, size):
            behind = start + size
            yield start, package, size


def _without_slot(database: bytes, known: list[_Place]) -> Iterator[_Place]:
    """Blobs between those that slots lead to."""
    tries = _MAX_SLOTS
    for (before, _, size), (end, _, _) in pairwise(known):
        start = database.find(_BLOB_HEAD, before + size, end)
        while start >= 0 and tries > 0:
            tries -= 1
            behind = start + 4
            if start % _BLOCK == 0 and start + _HEAD <= end:
                package, _, length = struct.unpack_from("<III", database, start + 4)
                size = (_HEAD + length + _TAIL + _BLOCK - 1) & -_BLOCK
                if start + size <= end and _is_blob(database, start, package, size):
                    behind = start + size
                    yield start, package, size
            start = database.find(_BLOB_HEAD, behind, end)


def _is_blob(database: bytes, start: int, package: int, size: int) -> bool:
    if start + size > len(database) or size < _HEAD + _TAIL:
        return False
    magic, number, _, length = struct.unpack_from("<4sIII", database, start)
    _, again, tail = struct.unpack_from("<II4s", database, start + size - _TAIL)
    fits: bool = magic == _BLOB_HEAD and tail == _BLOB_TAIL and number == package and length == again <= size - _HEAD - _TAIL
    return fits
