"""Header blobs of `Packages`, a Berkeley DB hash file of either byte order.

Source: Berkeley DB 5, db_page.h: metadata page (magic at 12, page size at 20, last page at 32), page head of 26 bytes (number at 8,
next page at 16, entries at 20, data length of an overflow page at 22, type at 25), hash items by their first byte.
All hash pages are read in file order: buckets only serve to find a key.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from analyzers.collectors.rpmdb.corrupt import Corrupt

_MAGIC = 0x00061561
_HEAD = 26
_HASH_UNSORTED, _OVERFLOW, _HASH_META, _HASH = 2, 7, 8, 13
_KEY_DATA, _OFF_PAGE = 1, 3


def headers(database: bytes) -> Iterator[bytes]:
    """The value of every record but key 0, which holds the next number. Raises Corrupt, after what could be read."""
    return _Hash(database).values()


def is_berkeley(database: bytes) -> bool:
    return len(database) >= 16 and any(struct.unpack_from(f"{order}I", database, 12)[0] == _MAGIC for order in "<>")


class _Hash:
    def __init__(self, database: bytes) -> None:
        if len(database) < 512 or not is_berkeley(database):
            raise Corrupt("no Berkeley DB hash header")
        self._order = "<" if struct.unpack_from("<I", database, 12)[0] == _MAGIC else ">"
        self._size: int = struct.unpack_from(f"{self._order}I", database, 20)[0]
        if not 512 <= self._size <= 65536 or self._size & (self._size - 1):
            raise Corrupt(f"page size {self._size}")
        if database[24] or database[26] & 1:
            raise Corrupt("encrypted or with checksums, which rpm never writes")
        self._database = database
        self._count = len(database) // self._size
        self._last: int = struct.unpack_from(f"{self._order}I", database, 32)[0]

    def values(self) -> Iterator[bytes]:
        bad = self._count <= self._last
        left = len(self._database)  # what honest values can add up to
        for number in range(1, self._count):
            page = self._database[number * self._size : (number + 1) * self._size]
            if page[25] not in (_HASH, _HASH_UNSORTED):
                continue
            for value in self._pairs(page):
                if value is None or len(value) > left:
                    bad = True
                    continue
                left -= len(value)
                yield value
        if bad:
            raise Corrupt("a page or a value is damaged or missing")

    def _pairs(self, page: bytes) -> Iterator[bytes | None]:
        """Values of one page, None for one that cannot be read. Items lie from the end of the page downward."""
        entries: int = struct.unpack_from(f"{self._order}H", page, 20)[0]
        if _HEAD + 2 * entries > self._size or entries % 2:
            yield None
            return
        places = struct.unpack_from(f"{self._order}{entries}H", page, _HEAD)
        ends = (self._size, *places)
        for index in range(0, entries, 2):
            key, data = page[places[index] : ends[index]], page[places[index + 1] : ends[index + 1]]
            if key[:1] == bytes([_KEY_DATA]) and not any(key[1:]):
                continue
            yield self._value(data)

    def _value(self, item: bytes) -> bytes | None:
        if item[:1] == bytes([_KEY_DATA]):
            return item[1:]
        if item[:1] != bytes([_OFF_PAGE]) or len(item) < 12:
            return None
        number, length = struct.unpack_from(f"{self._order}II", item, 4)
        if length > len(self._database):
            return None
        parts: list[bytes] = []
        have = 0
        while have < length:
            start = number * self._size
            if not 0 < number < self._count or self._database[start + 25] != _OVERFLOW:
                return None
            used: int = struct.unpack_from(f"{self._order}H", self._database, start + 22)[0]
            if not 0 < used <= self._size - _HEAD:
                return None
            parts.append(self._database[start + _HEAD : start + _HEAD + used])
            have += used
            number = struct.unpack_from(f"{self._order}I", self._database, start + 16)[0]
        return b"".join(parts)[:length]
