"""Header blobs of `rpmdb.sqlite`, with what its write-ahead log has committed.

Source: sqlite.org/fileformat2.html: the database header, b-tree pages, the record format, the WAL format. Own reader, because the
database lies in memory, may be damaged, and its log comes as a second file: pages of the log stand in for those of the database.

Where the tree is damaged, the leaves to which it should lead are looked for among all pages but the free ones, whose rows were deleted.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator
from itertools import chain

from analyzers.collectors.rpmdb.corrupt import Corrupt
from analyzers.collectors.rpmdb.header import NAME, Header
from analyzers.collectors.rpmdb.sqlite_log import committed_frames

MAGIC = b"SQLite format 3\0"
MAX_DEPTH = 20
MAX_CELLS = 400_000  # rows of table `Packages`, or of all tables where they are looked for; an installation has some thousands
_TABLE_INTERIOR, _TABLE_LEAF = 5, 13
Row = tuple[int, bytes]
"""(row id, record)."""


def headers(database: bytes, log: bytes = b"") -> Iterator[bytes]:
    """The blobs of table `Packages` in row order. Raises Corrupt, after what could be read, if any page or row could not."""
    pages = _Pages(database, log)
    root = next((found for _, record in pages.rows(1) if isinstance(found := _root_of_packages(record), int)), None)
    if root is None:
        pages.damage = pages.damage or "no table Packages"
    else:
        yield from filter(None, map(pages.blob, pages.rows(root)))
    if pages.damage:
        yield from filter(_is_header, map(pages.blob, pages.lost_rows()))
        raise Corrupt(pages.damage)


def _is_header(blob: bytes | None) -> bool:
    try:
        return bool(blob and Header(blob).text(NAME))
    except Corrupt:
        return False


def _root_of_packages(record: bytes) -> bytes | int | None:
    """The root page, if a record of the schema is about table `Packages`."""
    try:
        columns = _columns(record, 5)
    except Corrupt:
        return None
    return columns[3] if columns[0] == b"table" and columns[1] == b"Packages" else None


class _Pages:
    """Pages of the database as a reader after recovery would see them. `damage`: the first thing that could not be read, so far."""

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
        self._log, self.damage = committed_frames(log, self.size)
        self._left = len(database) + len(log)  # what honest records can add up to
        self._vain = 4 * self._left  # what is read of records that come to nothing
        self._cells = MAX_CELLS
        self._visited: set[int] = set()
        self._rows: set[int] = set()

    def page(self, number: int) -> bytes:
        if number in self._log:
            return self._log[number]
        start = (number - 1) * self.size
        if number < 1 or start + self.size > len(self._database):
            raise Corrupt(f"page {number} lies behind the end")
        return self._database[start : start + self.size]

    def rows(self, root: int) -> Iterator[Row]:
        """The records of a table, in order; pages and cells that cannot be read are left out and noted."""
        stack = [(root, 0)]
        while stack:
            number, depth = stack.pop()
            if number in self._visited or depth > MAX_DEPTH:
                self._note("a tree that goes round")
                continue
            self._visited.add(number)
            try:
                page = self.page(number)
                base = 100 if number == 1 else 0
                kind, places = self._places(page, base, number)
                if kind == _TABLE_INTERIOR:
                    self._account(page, base, sum(_varint(page, place + 4)[1] - place for place in places))
            except Corrupt as error:
                self._note(str(error))
                continue
            if kind == _TABLE_INTERIOR:
                children = dict.fromkeys(struct.unpack_from(">I", page, place)[0] for place in (*places, base + 8))
                stack.extend((child, depth + 1) for child in reversed(children))
            else:
                yield from self._records(page, base, places)

    def lost_rows(self) -> Iterator[Row]:
        """The records on leaves that no tree has led to, of whichever table."""
        free = self._free()
        behind = len(self._database) // self.size + 1
        for number in chain(range(2, behind), (one for one in sorted(self._log) if one >= behind)):
            if number in self._visited or number in free:
                continue
            try:
                page = self.page(number)
                if page[0] == _TABLE_LEAF:
                    yield from self._records(page, 0, self._places(page, 0, number)[1])
            except Corrupt:
                continue

    def blob(self, row: Row) -> bytes | None:
        """The second column, None where there is none or the row has been read."""
        try:
            found = _columns(row[1], 2)[1]
        except Corrupt as error:
            self._note(str(error))
            return None
        if not isinstance(found, bytes) or row[0] in self._rows:
            return None
        self._rows.add(row[0])
        return found

    def _note(self, damage: str) -> None:
        self.damage = self.damage or damage

    def _free(self) -> set[int]:
        """The pages on the free list."""
        found: set[int] = set()
        try:
            (trunk,) = struct.unpack_from(">I", self.page(1), 32)
            while trunk and trunk not in found:
                following, count = struct.unpack_from(">II", page := self.page(trunk))
                found.update((trunk, *struct.unpack_from(f">{min(count, self.usable // 4 - 2)}I", page, 8)))
                trunk = following
        except Corrupt as error:
            self._note(str(error))
        return found

    def _records(self, page: bytes, base: int, places: Collection[int]) -> Iterator[Row]:
        taken = 0
        for place in places:
            self._cells -= 1
            if self._cells < 0:
                self._note(f"more than {MAX_CELLS} rows")
                return
            try:
                row, record, size = self._cell(page, place)
            except Corrupt as error:
                self._note(str(error))
                continue
            taken += max(size, 4)
            yield row, record
        if not self._account(page, base, taken):
            yield from self._uncounted(page, base, places)

    def _account(self, page: bytes, base: int, taken: int) -> bool:
        """Whether cells, free blocks and fragments fill the room of a page: else it holds cells that its head does not count."""
        free, _, start, fragments = struct.unpack_from(">HHHB", page, base + 1)
        taken += fragments
        last = 0
        while last < free <= self.usable - 4:
            last = free
            free, size = struct.unpack_from(">HH", page, free)
            taken += size
        whole = taken >= self.usable - (start or 65536)
        if not whole:
            self._note("a page has more rows than it counts")
        return whole

    def _uncounted(self, page: bytes, base: int, places: Collection[int]) -> Iterator[Row]:
        """Rows to which pointers behind the counted ones lead."""
        start = struct.unpack_from(">H", page, base + 5)[0]
        room = max(min(start, self.usable) - base - 8, 0) // 2
        for place in dict.fromkeys(struct.unpack_from(f">{room}H", page, base + 8)).keys() - set(places):
            self._cells -= 1
            if not start <= place <= self.usable - 4 or self._cells < 0:
                continue
            try:
                row, record, _ = self._cell(page, place)
            except Corrupt:
                continue
            yield row, record

    def _places(self, page: bytes, base: int, number: int) -> tuple[int, list[int]]:
        """(kind of the page, where its cells begin). Those that cannot be are left out and noted."""
        kind = page[base]
        if kind not in (_TABLE_INTERIOR, _TABLE_LEAF):
            raise Corrupt(f"page {number} is no table page")
        told = struct.unpack_from(">H", page, base + 3)[0]
        pointers = base + (12 if kind == _TABLE_INTERIOR else 8)
        cells = min(told, (self.usable - pointers) // 2)
        places = dict.fromkeys(struct.unpack_from(f">{cells}H", page, pointers))
        good = [place for place in places if pointers <= place <= self.usable - 4]
        if len(good) < told:
            self._note(f"page {number} has a cell behind its end")
        return kind, good

    def _cell(self, page: bytes, place: int) -> tuple[int, bytes, int]:
        """(row id, record, bytes on the page)."""
        begin = place
        length, place = _varint(page, place)
        row, place = _varint(page, place)
        most = self.usable - 35
        if length > self._left:
            raise Corrupt("records longer than the file")
        if length <= most:
            if place + length > self.usable:
                raise Corrupt("a cell behind the end of its page")
            self._left -= length
            return row, page[place : place + length], place + length - begin
        least = (self.usable - 12) * 32 // 255 - 23
        local = least + (length - least) % (self.usable - 4)
        local = local if local <= most else least
        if place + local + 4 > self.size:
            raise Corrupt("a cell behind the end of its page")
        rest = self._overflow(struct.unpack_from(">I", page, place + local)[0], length - local)
        self._left -= length
        return row, page[place : place + local] + rest, place + local + 4 - begin

    def _overflow(self, number: int, length: int) -> bytes:
        """So many bytes of a record from the pages on which it goes on."""
        parts: list[bytes] = []
        seen: set[int] = set()
        room = self.usable - 4
        try:
            while length > 0:
                if number in seen or self._vain < 0:
                    raise Corrupt("a record that goes round")
                seen.add(number)
                page = self.page(number)
                parts.append(page[4 : 4 + min(length, room)])
                length -= room
                (number,) = struct.unpack_from(">I", page)
        except Corrupt:
            self._vain -= len(parts) * room
            raise
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
