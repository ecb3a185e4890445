"""Header blobs of `rpmdb.sqlite`, with what its write-ahead log has committed.

Source: sqlite.org/fileformat2.html: the database header, b-tree pages, the record format, the WAL format. Own reader, because the
database lies in memory, may be damaged, and its log comes as a second file: pages of the log stand in for those of the database.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from analyzers.collectors.rpmdb.corrupt import Corrupt

MAGIC = b"SQLite format 3\0"
MAX_DEPTH = 20
_TABLE_INTERIOR, _TABLE_LEAF = 5, 13


def headers(database: bytes, log: bytes = b"") -> Iterator[bytes]:
    """The blobs of table `Packages` in row order. Raises Corrupt, after what could be read, if any page or row could not."""
    pages = _Pages(database, log)
    root = next((found for record in pages.rows(1) if isinstance(found := _root_of_packages(record), int)), None)
    if root is None:
        raise Corrupt(next(iter(pages.damage), "no table Packages"))
    for row in pages.rows(root):
        try:
            blob = _columns(row, 2)[1]
        except Corrupt as error:
            pages.damage.append(str(error))
            continue
        if isinstance(blob, bytes):
            yield blob
    if pages.damage:
        raise Corrupt(pages.damage[0])


def _root_of_packages(record: bytes) -> bytes | int | None:
    """The root page, if a record of the schema is about table `Packages`."""
    try:
        columns = _columns(record, 5)
    except Corrupt:
        return None
    return columns[3] if columns[0] == b"table" and columns[1] == b"Packages" else None


def committed_frames(log: bytes, page_size: int) -> dict[int, bytes]:
    """Page number -> newest committed content. Frames count while salts and running checksums fit; those after the last commit do not."""
    if len(log) < 32:
        return {}
    magic, _, size = struct.unpack_from(">III", log)
    if magic & 0xFFFFFFFE != 0x377F0682 or size != page_size:
        return {}
    order = ">" if magic & 1 else "<"
    total = _checksum(log[:24], order, (0, 0))
    if total != struct.unpack_from(">II", log, 24):
        return {}
    found: dict[int, bytes] = {}
    pending: dict[int, bytes] = {}
    for start in range(32, len(log) - page_size - 23, page_size + 24):
        number, size_after, *salts = struct.unpack_from(">IIII", log, start)
        content = log[start + 24 : start + 24 + page_size]
        total = _checksum(content, order, _checksum(log[start : start + 8], order, total))
        if bytes(log[start + 8 : start + 16]) != log[16:24] or total != struct.unpack_from(">II", log, start + 16) or len(salts) != 2:
            break
        pending[number] = content
        if size_after:
            found.update(pending)
            pending = {}
    return found


def _checksum(data: bytes, order: str, total: tuple[int, int]) -> tuple[int, int]:
    first, second = total
    for one, other in struct.iter_unpack(f"{order}II", data):
        first = (first + one + second) & 0xFFFFFFFF
        second = (second + other + first) & 0xFFFFFFFF
    return first, second


class _Pages:
    """Pages of the database as a reader after recovery would see them. `damage`: what could not be read so far."""

    def __init__(self, database: bytes, log: bytes) -> None:
        if len(database) < 512 and len(log) < 512:
            raise Corrupt("shorter than a page")
        head = database if len(database) >= 512 else log[56:]  # a database that lies in its log as yet
        if head[:16] != MAGIC:
            raise Corrupt("no SQLite header")
        size = struct.unpack_from(">H", head, 16)[0]
        self.size = 65536 if size == 1 else size
        if self.size < 512 or self.size & (self.size - 1):
            raise Corrupt(f"page size {self.size}")
        self.usable = self.size - head[20]
        if self.usable < 480:
            raise Corrupt("no room on its pages")
        self._database = database
        self._log = committed_frames(log, self.size)
        self._left = len(database) + len(log)  # what honest records can add up to
        self.damage: list[str] = []

    def page(self, number: int) -> bytes:
        if number in self._log:
            return self._log[number]
        start = (number - 1) * self.size
        if number < 1 or start + self.size > len(self._database):
            raise Corrupt(f"page {number} lies behind the end")
        return self._database[start : start + self.size]

    def rows(self, root: int) -> Iterator[bytes]:
        """The records of a table, in order; pages and cells that cannot be read are left out and noted."""
        stack, seen = [(root, 0)], set()
        while stack:
            number, depth = stack.pop()
            if number in seen or depth > MAX_DEPTH:
                self.damage.append("a tree that goes round")
                continue
            seen.add(number)
            try:
                page = self.page(number)
                base = 100 if number == 1 else 0
                kind, places = self._places(page, base, number)
            except Corrupt as error:
                self.damage.append(str(error))
                continue
            if kind == _TABLE_INTERIOR:
                children = [struct.unpack_from(">I", page, place)[0] for place in places]
                children.append(struct.unpack_from(">I", page, base + 8)[0])
                stack.extend((child, depth + 1) for child in reversed(children))
                continue
            for place in places:
                try:
                    yield self._cell(page, place)
                except Corrupt as error:
                    self.damage.append(str(error))

    def _places(self, page: bytes, base: int, number: int) -> tuple[int, tuple[int, ...]]:
        """(kind of the page, where its cells begin)."""
        kind = page[base]
        cells = struct.unpack_from(">H", page, base + 3)[0]
        pointers = base + (12 if kind == _TABLE_INTERIOR else 8)
        if kind not in (_TABLE_INTERIOR, _TABLE_LEAF) or pointers + 2 * cells > self.usable:
            raise Corrupt(f"page {number} is no table page")
        places = struct.unpack_from(f">{cells}H", page, pointers)
        if any(place + 4 > self.usable for place in places):
            raise Corrupt(f"page {number} has a cell behind its end")
        return kind, places

    def _cell(self, page: bytes, place: int) -> bytes:
        length, place = _varint(page, place)
        _, place = _varint(page, place)  # the row id
        most = self.usable - 35
        self._left -= length
        if length <= most:
            return page[place : place + length]
        least = (self.usable - 12) * 32 // 255 - 23
        local = least + (length - least) % (self.usable - 4)
        local = local if local <= most else least
        parts, left = [page[place : place + local]], length - local
        if place + local + 4 > self.size or self._left < 0:
            raise Corrupt("records longer than the file")
        following = struct.unpack_from(">I", page, place + local)[0]
        while left > 0:
            overflow = self.page(following)
            parts.append(overflow[4 : 4 + min(left, self.usable - 4)])
            left -= len(parts[-1])
            following = struct.unpack_from(">I", overflow)[0]
        return b"".join(parts)


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """(value, place behind it): big-endian groups of seven bits, the ninth byte whole."""
    value = 0
    for index in range(9):
        if place + index >= len(data):
            raise Corrupt("a number behind the end")
        byte = data[place + index]
        if index == 8:
            return value << 8 | byte, place + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + index + 1
    raise AssertionError("unreachable")


def _columns(record: bytes, count: int) -> list[bytes | int | None]:
    """The first columns of a record: integers, blobs and texts (as bytes), None for NULL and everything else."""
    head, place = _varint(record, 0)
    if head > len(record):
        raise Corrupt("a record head longer than the record")
    columns: list[bytes | int | None] = []
    body = head
    while place < head and len(columns) < count:
        kind, place = _varint(record, place)
        size = (kind - 12) // 2 if kind >= 12 else (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)[kind]
        part = record[body : body + size]
        if len(part) < size:
            raise Corrupt("a column behind the end of its record")
        body += size
        if kind >= 12:
            columns.append(part)
        elif 1 <= kind <= 6:
            columns.append(int.from_bytes(part, "big", signed=True))
        else:
            columns.append({8: 0, 9: 1}.get(kind))
    return columns + [None] * (count - len(columns))
