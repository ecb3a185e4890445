"""Header blobs of `Packages`, a Berkeley DB hash file of either byte order.

Source: Berkeley DB 5, db_page.h: metadata page (magic at 12, page size at 20, last page at 32, number of records at 88), page head of 26
bytes (number at 8, page before at 12, next page at 16, entries at 20, data length of an overflow page at 22, type at 25), hash items by
their first byte. All hash pages are read in file order: buckets only serve to find a key. Where records are missing, values whose page of
the hash is damaged are still found by the first of their overflow pages.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from analyzers.collectors.rpmdb.corrupt import Corrupt

_MAGIC = 0x00061561
_HEAD = 26
_FREE, _HASH_UNSORTED, _OVERFLOW, _HASH_META, _HASH = 0, 2, 7, 8, 13
_KEY_DATA, _OFF_PAGE = 1, 3
_MAX_PAIRS = 400_000  # those that cannot be read among them


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
        self._size = self._number(database, 20)
        if not 512 <= self._size <= 65536 or self._size & (self._size - 1):
            raise Corrupt(f"page size {self._size}")
        if database[24] or database[26] & 1:
            raise Corrupt("encrypted or with checksums, which rpm never writes")
        self._database = database
        self._count = len(database) // self._size
        self._records, self._pairs_read, self._bad = 0, 0, 0
        self._used: set[int] = set()  # overflow pages of what was read
        self._steps = 4 * self._count  # along chains that lead nowhere

    def values(self) -> Iterator[bytes]:
        left = len(self._database)  # what honest values can add up to
        for value in self._found():
            if value is None or len(value) > left:
                self._bad += 1
                continue
            left -= len(value)
            yield value
        missing = self._number(self._database, 88) - self._records
        if missing > 0:
            for value in filter(None, map(self._lost, range(1, self._count))):
                if len(value) <= left:
                    left -= len(value)
                    yield value
        if self._bad or missing > 0 or self._count <= self._number(self._database, 32):
            raise Corrupt("a page or a value is damaged or missing")

    def _number(self, data: bytes, place: int) -> int:
        found: int = struct.unpack_from(f"{self._order}I", data, place)[0]
        return found

    def _found(self) -> Iterator[bytes | None]:
        """The values on hash pages, None for one that cannot be read."""
        for number in range(1, self._count):
            kind = self._database[number * self._size + 25]
            if kind in (_HASH, _HASH_UNSORTED):
                yield from self._pairs(self._database[number * self._size : (number + 1) * self._size])
            elif kind not in (_FREE, _OVERFLOW, _HASH_META):
                yield None
            if self._pairs_read > _MAX_PAIRS:
                yield None
                return

    def _pairs(self, page: bytes) -> Iterator[bytes | None]:
        """Items lie from the end of the page downward."""
        entries: int = struct.unpack_from(f"{self._order}H", page, 20)[0]
        if _HEAD + 2 * entries > self._size or entries % 2:
            yield None
            return
        places = struct.unpack_from(f"{self._order}{entries}H", page, _HEAD)
        ends = (self._size, *places)
        self._pairs_read += entries // 2
        for index in range(0, entries, 2):
            key, data = page[places[index] : ends[index]], page[places[index + 1] : ends[index + 1]]
            self._records += bool(data)
            if key[:1] == bytes([_KEY_DATA]) and not any(key[1:]):
                continue
            yield self._value(data)

    def _value(self, item: bytes) -> bytes | None:
        if item[:1] == bytes([_KEY_DATA]):
            return item[1:]
        if item[:1] != bytes([_OFF_PAGE]) or len(item) < 12:
            return None
        length = self._number(item, 8)
        value = self._chain(self._number(item, 4), length)
        return value[:length] if value is not None and len(value) >= length else None

    def _lost(self, number: int) -> bytes | None:
        """A value whose item cannot be found: it begins on a page that no other one leads to."""
        start = number * self._size
        first = self._database[start + 25] == _OVERFLOW and not self._number(self._database, start + 12)
        return self._chain(number, len(self._database)) if first and number not in self._used else None

    def _chain(self, number: int, length: int) -> bytes | None:
        """What lies on a row of overflow pages, up to its end or a length; None if it goes round, leaves the file, or goes over pages of
        another value. Where the way back says something else it may be one that was led astray: then its pages stay free for others."""
        parts: list[bytes] = []
        pages: set[int] = set()
        before, astray = 0, False
        while number and length > 0:
            start = number * self._size
            self._steps -= 1
            if number in pages or number in self._used or number >= self._count or self._steps < 0:
                return None
            used: int = struct.unpack_from(f"{self._order}H", self._database, start + 22)[0]
            if self._database[start + 25] != _OVERFLOW or not 0 < used <= self._size - _HEAD:
                return None
            astray |= self._number(self._database, start + 12) not in (before, 0)
            pages.add(number)
            parts.append(self._database[start + _HEAD : start + _HEAD + used])
            length -= used
            before, number = number, self._number(self._database, start + 16)
        self._bad += astray
        if not astray:
            self._used |= pages
            self._steps += len(pages)
        return b"".join(parts)
