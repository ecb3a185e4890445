"""A forward-only reader of tar archives that is pushed bytes: v7, ustar, star, PAX and GNU, sparse files of all four kinds.

It accepts what GNU tar and container runtimes accept (no end marker, no last padding) and stops with TarError at what they refuse.
Nothing is buffered except headers, the records before them and the first block of a member.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Protocol

from analyzers.contract import Entry, EntryType
from analyzers.tar_headers import BLOCK, TarError, checksum_fits, clean, decimal, number, pax_records, text, too_long, until_nul
from analyzers.tar_sparse import Segment, check_sparse, map_before_content, old_sparse, pairs

Take = Literal["skip", "whole", "stored"]
ZEROS = bytes(BLOCK)
HOLE = bytes(1024 * 1024)
HEADER_LIMIT = 1024 * 1024  # bytes of one PAX header, long name or sparse map, as in Go's archive/tar
XATTR = "SCHILY.xattr."
SPARSE = ord("S")
EXTENSIONS = b"xgXLK"
TYPES: dict[int, EntryType] = {
    ord("1"): "hardlink", ord("2"): "symlink", ord("3"): "character", ord("4"): "block", ord("5"): "folder", ord("6"): "fifo",
}  # fmt: skip


class Consumer(Protocol):
    """Who the members go to. `begin` gets the first block of the content and says what it wants of it: nothing (`skip`), all (`whole`),
    or of a sparse file only what is stored, without the holes (`stored`). `end` follows unless nothing was wanted."""

    def begin(self, entry: Entry, head: bytes, sparse: bool) -> Take: ...

    def content(self, piece: bytes) -> None: ...

    def end(self) -> None: ...

    def refused(self, entry: Entry, reason: str) -> None:
        """A member that no file system could hold; its content is not read."""


class More(Exception):
    """That many bytes, counted from the header's first, are needed to go on."""

    def __init__(self, needed: int) -> None:
        self.needed = needed


class TarReader:
    """Feed it the archive in pieces of any size, then `close`. `trailing`: more than zeros followed the end marker. `content_at`: where
    the content of the member that `begin` was called for last lies in the archive."""

    def __init__(self, consumer: Consumer) -> None:
        self.members = 0
        self.ended = False
        self.trailing = False
        self.content_at = 0
        self._base = 0  # where the data in hand begins
        self._consumer = consumer
        self._rest = bytearray()  # an incomplete header with what must be seen together with it
        self._need = 0
        self._final = False
        self._left = self._skip = self._padding = 0  # bytes of wanted content, of unwanted content and padding, of padding alone
        self._segments: Iterator[tuple[bool, int]] | None = None
        self._segment_left = 0
        self._global: dict[str, bytes] = {}
        self._local: dict[str, bytes] = {}
        self._sparse_pairs: list[int] = []
        self._small: dict[bytes, int] = {}

    def feed(self, data: bytes) -> None:
        """Raises TarError where the archive cannot be read on, and whatever the consumer raises."""
        if self._rest:
            self._rest += data
            if len(self._rest) < self._need:
                return
            data = bytes(self._rest)
            self._rest = bytearray()
        position, end = 0, len(data)
        while position < end and not self.ended:
            if self._skip:
                step = min(self._skip, end - position)
                self._skip -= step
                position += step
            elif self._left:
                position = self._content(data, position, end)
            else:
                try:
                    position = self._header(data, position, end)
                except More as more:
                    self._need = more.needed
                    self._rest += data[position:]
                    self._base += position
                    return
        self._base += end
        if self.ended and not self.trailing and position < end:
            self.trailing = data.count(0, position) != end - position

    def pass_over(self) -> int:
        """For an archive that can be sought in: how many bytes from here need not be fed at all."""
        ahead, self._skip = self._skip, 0
        self._base += ahead
        return ahead

    def close(self) -> str:
        """To be called at the end of the data. Returns a remark (`no end marker`) or nothing. Raises TarError for a cut member."""
        self._final, self._need = True, 0
        if self._rest.strip(b"\0"):
            self.feed(b"")
        if self._left or self._skip > self._padding:
            raise TarError("cut inside a member")
        if self._local:
            raise TarError("cut after an extended header")
        return "" if self.ended else "no end marker"

    def _content(self, data: bytes, position: int, end: int) -> int:
        step = min(self._left, end - position)
        if self._segments is not None:
            if not self._segment_left:
                self._fill_holes()
            step = min(step, self._segment_left)
            self._segment_left -= step
        self._consumer.content(data[position : position + step])
        self._left -= step
        if not self._left:
            self._end_member()
        return position + step

    def _fill_holes(self) -> None:
        """Give out zeros up to the next stored segment, or to the end of the file."""
        for stored, length in self._segments or ():
            if stored:
                self._segment_left = length
                return
            for start in range(0, length, len(HOLE)):
                self._consumer.content(HOLE[: length - start])

    def _end_member(self) -> None:
        if self._segments is not None:
            self._fill_holes()
            self._segments = None
        self._consumer.end()
        self._skip = self._padding

    def _require(self, available: int, needed: int, offset: int = 0) -> None:
        """`offset` bytes after the header's first, `needed` must be at hand. Raises More, or TarError at the end of the data."""
        if available < needed:
            if self._final:
                raise TarError("cut inside a header")
            raise More(offset + needed)

    def _header(self, data: bytes, position: int, end: int) -> int:
        """Read the header at `position`; returns where reading goes on. Raises More when that needs further bytes."""
        self._require(end - position, BLOCK)
        header = data[position : position + BLOCK]
        start = position + BLOCK
        if not header[0] and header == ZEROS:
            return self._end_marker(data, start, end)
        if not checksum_fits(header):
            raise TarError("bad header checksum" if self.members else "this is no tar archive")
        kind = header[156]
        size = number(header[124:136])
        if size < 0:
            raise TarError("negative size")
        if kind in EXTENSIONS:
            return self._extension(kind, data, start, size, end)
        if kind in TYPES:
            size = 0
        elif self._local or self._global:
            value = self._local.get("size") or self._global.get("size")
            size = decimal(value) if value else size
            if self._is_sparse():
                return self._pax_sparse(header, data, start, size, end)
        if kind == SPARSE:
            return self._old_sparse(header, data, start, size, end)
        return self._member(header, data, start, end, size, size, None)

    def _end_marker(self, data: bytes, start: int, end: int) -> int:
        if end - start < BLOCK and not self._final:
            raise More(2 * BLOCK)
        if data[start : start + BLOCK].strip(b"\0"):
            raise TarError("a block of zeros between members")
        self.ended = True
        return min(start + BLOCK, end)

    def _extension(self, kind: int, data: bytes, start: int, size: int, end: int) -> int:
        if size > HEADER_LIMIT:
            raise TarError(f"extended header of {size} bytes")
        padded = size + -size % BLOCK
        self._require(end - start, size if self._final else padded, BLOCK)
        payload = data[start : start + size]
        if kind == ord("L"):
            self._local.setdefault("path", until_nul(payload))
        elif kind == ord("K"):
            self._local.setdefault("linkpath", until_nul(payload))
        else:
            self._records(payload, self._global if kind == ord("g") else self._local)
        return min(start + padded, end)

    def _records(self, payload: bytes, into: dict[str, bytes]) -> None:
        for key, value in pax_records(payload):
            if key in ("GNU.sparse.offset", "GNU.sparse.numbytes"):
                self._sparse_pairs.append(decimal(value))
            elif key in ("path", "linkpath", "size", "uid", "gid") or key.startswith((XATTR, "GNU.sparse.")):
                into[key] = value
        if sum(map(len, into.values())) > 4 * HEADER_LIMIT:
            raise TarError("extended headers without end")

    def _is_sparse(self) -> bool:
        return bool(self._sparse_pairs) or "GNU.sparse.map" in self._local or self._local.get("GNU.sparse.major") == b"1"

    def _old_sparse(self, header: bytes, data: bytes, start: int, size: int, end: int) -> int:
        segments, extended = old_sparse(header, 386, 4), header[482]
        after = start
        while extended:
            self._require(end - after, BLOCK, BLOCK + after - start)
            block = data[after : after + BLOCK]
            segments += old_sparse(block, 0, 21)
            extended, after = block[504], after + BLOCK
            if after - start > HEADER_LIMIT:
                raise TarError("sparse map without end")
        return self._member(header, data, after, end, size, number(header[483:495]), segments, after - start)

    def _pax_sparse(self, header: bytes, data: bytes, start: int, size: int, end: int) -> int:
        local, used = self._local, 0
        real = decimal(local.get("GNU.sparse.realsize") or local.get("GNU.sparse.size") or b"0")
        if local.get("GNU.sparse.major") == b"1":
            found = map_before_content(data[start : start + min(size, HEADER_LIMIT)])
            if found is None:
                if size <= end - start or end - start >= HEADER_LIMIT:
                    raise TarError("malformed sparse map")
                self._require(0, 2 * (end - start) + BLOCK, BLOCK)
                raise TarError("malformed sparse map")
            segments, used = found
            self._require(end - start, used, BLOCK)
        elif self._sparse_pairs:
            segments = pairs(self._sparse_pairs)
        else:
            segments = pairs([decimal(value) for value in local["GNU.sparse.map"].split(b",") if value])
        return self._member(header, data, start + used, end, size - used, real, segments, used)

    def _member(
        self, header: bytes, data: bytes, start: int, end: int, stored: int, size: int, segments: list[Segment] | None, before: int = 0
    ) -> int:
        """Hand out one member: its content begins at `start`, `before` bytes after its header's end; `stored` bytes follow."""
        if end - start < stored and end - start < BLOCK and not self._final:
            raise More(BLOCK + before + min(stored, BLOCK))
        head = data[start : start + min(stored, BLOCK)]
        if segments is not None:
            check_sparse(segments, stored, size)
            head = head[: segments[0][1]] if segments and segments[0][0] == 0 else ZEROS[:size]
        entry = self._entry(header, size)
        self.members += 1
        self.content_at = self._base + start
        self._padding = -stored % BLOCK
        take: Take = "skip"
        if too_long(entry.path):
            self._consumer.refused(entry, "path too long or too deep")
        else:
            take = self._consumer.begin(entry, head, segments is not None)
        if take == "skip":
            self._skip = stored + self._padding
            return start
        self._left = stored
        self._segments = _steps(segments, size) if segments is not None and take == "whole" else None
        self._segment_left = 0
        if not stored:
            self._end_member()
        return start

    def _entry(self, header: bytes, size: int) -> Entry:
        kind = header[156]
        raw = until_nul(header[:100])
        if header[345] and header[257:263] == b"ustar\0":
            raw = until_nul(header[345:476] if header[508:512] == b"tar\0" else header[345:500]) + b"/" + raw
        mode, uid, gid = self._number(header[100:108]), self._number(header[108:116]), self._number(header[116:124])
        target = until_nul(header[157:257]) if kind in b"12" else b""
        xattrs: dict[str, bytes] = {}
        if self._local or self._global:
            records = {**self._global, **self._local}
            raw = records.get("GNU.sparse.name") or records.get("path") or raw
            target = (records.get("linkpath") or target) if kind in b"12" else b""
            uid, gid = _identity(records.get("uid"), uid), _identity(records.get("gid"), gid)
            xattrs = {key.removeprefix(XATTR): value for key, value in records.items() if key.startswith(XATTR)}
            self._local, self._sparse_pairs = {}, []
        folder = not kind and raw.endswith(b"/")  # v7 has no type for folders
        return Entry(clean(text(raw)), "folder" if folder else TYPES.get(kind, "file"), mode & 0o7777, uid, gid, size, text(target), xattrs)

    def _number(self, field: bytes) -> int:
        known = self._small.get(field)
        if known is None:
            if len(self._small) > 4096:
                self._small.clear()
            known = self._small[field] = number(field)
        return known


def _identity(value: bytes | None, otherwise: int) -> int:
    return int(value) if value and value.isdigit() and len(value) < 20 else otherwise


def _steps(segments: list[Segment], size: int) -> Iterator[tuple[bool, int]]:
    """(stored?, length) from the file's start to its end, without empty steps."""
    position = 0
    for offset, length in segments:
        if offset > position:
            yield False, offset - position
        if length:
            yield True, length
        position = offset + length
    if size > position:
        yield False, size - position
