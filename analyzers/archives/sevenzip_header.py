"""What stands in a 7z archive and how it was packed. Source: 7zFormat.txt of the LZMA SDK (18.06); names as there.

Every number in it may lie: a loop takes at least a byte of the header for each turn, and nothing is made in the size that a number says.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import NamedTuple

from analyzers.archives.walk import BadArchive
from schemas.vocabulary import Reason

(
    END, HEADER, PROPERTIES, ADDITIONAL, MAIN, FILES, PACK_INFO, UNPACK_INFO, SUBSTREAMS, SIZE, CRC, FOLDER, UNPACK_SIZE, STREAMS,
    EMPTY_STREAM,
) = range(15)  # fmt: skip
NAMES, ENCODED = 0x11, 0x17
MOST_CODERS = 32  # of one folder, and inputs of one coder: as many as 7-Zip takes


class Coder(NamedTuple):
    """One step of unpacking: it makes one stream of `inputs` packed ones."""

    method: bytes
    inputs: int
    properties: bytes


class Substream(NamedTuple):
    """One file in what a folder unpacks to, in bytes; `crc` is None where the archive does not tell it."""

    size: int
    crc: int | None


@dataclass(slots=True)
class Folder:
    """Files that were packed together. `bound`: input -> coder whose output it is; `packed`: the inputs that are packed streams, in their
    order; `sizes`: bytes that each coder makes; `place`: the first of its streams in `Streams.packed`."""

    coders: list[Coder]
    bound: dict[int, int]
    packed: list[int]
    sizes: list[int]
    place: int = 0
    crc: int | None = None

    @property
    def last(self) -> int:
        """The coder whose output the files stand in."""
        return next((one for one in range(len(self.coders)) if one not in self.bound.values()), -1)

    @property
    def size(self) -> int:
        return self.sizes[self.last]


@dataclass(slots=True)
class Streams:
    """`packed`: (first byte, length) of each packed stream, counted from the end of the signature header; `substreams`: for each folder."""

    packed: list[tuple[int, int]] = field(default_factory=list)
    folders: list[Folder] = field(default_factory=list)
    substreams: list[list[Substream]] = field(default_factory=list)


class Fields:
    """Reads the header from its beginning. Whatever reaches beyond its end raises BadArchive, and so do more than `most` things."""

    def __init__(self, data: bytes, most: int) -> None:
        self._data, self._place, self._left = data, 0, most

    def take(self, size: int) -> bytes:
        piece = self._data[self._place : self._place + size]
        if len(piece) < size:
            raise BadArchive("damaged header")
        self._place += size
        return piece

    def byte(self) -> int:
        return self.take(1)[0]

    def number(self) -> int:
        """UINT64: as many leading ones in the first byte as bytes follow it."""
        first = self.byte()
        more = 8 - (first ^ 0xFF).bit_length()
        return int.from_bytes(self.take(more), "little") | (first & (0x7F >> more)) << 8 * more

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._place)

    def count(self) -> int:
        """A number of things that are kept."""
        many = self.number()
        self._left -= many
        if self._left < 0:
            raise BadArchive("its header tells of more than is read", Reason.EXPANSION_LIMIT)
        return many

    def bits(self, many: int) -> list[bool]:
        """A bit for each, the highest first."""
        data = self.take((many + 7) // 8)
        return [bool(data[at >> 3] & 0x80 >> (at & 7)) for at in range(many)]

    def crcs(self, many: int) -> list[int | None]:
        """Digests."""
        defined = [True] * many if self.byte() else self.bits(many)
        values = iter(struct.unpack(f"<{sum(defined)}L", self.take(4 * sum(defined))))
        return [next(values) if one else None for one in defined]

    def expect(self, kind: int) -> None:
        if self.byte() != kind:
            raise BadArchive("damaged header")


def files(fields: Fields) -> tuple[Streams, list[str]]:
    """What follows HEADER: the streams, and the name of each file that has content, in the order of the substreams."""
    streams, names = Streams(), list[str]()
    while (kind := fields.byte()) != END:
        if kind == PROPERTIES:
            while fields.byte() != END:
                fields.take(fields.number())
        elif kind == ADDITIONAL:
            packed_streams(fields)
        elif kind == MAIN:
            streams = packed_streams(fields)
        elif kind == FILES:
            names = _names(fields)
        else:
            raise BadArchive("damaged header")
    return streams, names


def packed_streams(fields: Fields) -> Streams:
    """Streams Info."""
    streams, told = Streams(), False
    while (kind := fields.byte()) != END:
        if kind == PACK_INFO:
            streams.packed = _packed(fields)
        elif kind == UNPACK_INFO:
            streams.folders = _folders(fields)
        elif kind == SUBSTREAMS:
            streams.substreams, told = _substreams(fields, streams.folders), True
        else:
            raise BadArchive("damaged header")
    if not told:
        streams.substreams = [[Substream(one.size, one.crc)] for one in streams.folders]
    if sum(len(one.packed) for one in streams.folders) > len(streams.packed):
        raise BadArchive("damaged header")
    return streams


def _packed(fields: Fields) -> list[tuple[int, int]]:
    place, many, found = fields.number(), fields.count(), list[tuple[int, int]]()
    while (kind := fields.byte()) != END:
        if kind == SIZE:
            for _ in range(many):
                found.append((place, fields.number()))
                place += found[-1][1]
        elif kind == CRC:
            fields.crcs(many)
        else:
            raise BadArchive("damaged header")
    return found


def _folders(fields: Fields) -> list[Folder]:
    fields.expect(FOLDER)
    many = fields.count()
    fields.expect(0)  # external: kept in another stream, which nobody writes
    folders, place = list[Folder](), 0
    for _ in range(many):
        folders.append(_folder(fields))
        folders[-1].place = place
        place += len(folders[-1].packed)
    fields.expect(UNPACK_SIZE)
    for folder in folders:
        folder.sizes = [fields.number() for _ in folder.coders]
    while (kind := fields.byte()) != END:
        if kind != CRC:
            raise BadArchive("damaged header")
        for folder, crc in zip(folders, fields.crcs(many), strict=True):
            folder.crc = crc
    return folders


def _folder(fields: Fields) -> Folder:
    many = fields.count()
    if not 0 < many <= MOST_CODERS:
        raise BadArchive("damaged header")
    coders = [_coder(fields) for _ in range(many)]
    inputs = sum(one.inputs for one in coders)
    bound = {fields.number(): fields.number() for _ in range(many - 1)}
    free = [one for one in range(inputs) if one not in bound]
    packed = [fields.number() for _ in free] if len(free) > 1 else free
    if sorted(packed) != free or len(set(bound.values())) != many - 1 or max((*bound.values(), 0)) >= many or max((*bound, 0)) >= inputs:
        raise BadArchive("damaged header")
    return Folder(coders, bound, packed, [])


def _coder(fields: Fields) -> Coder:
    flags = fields.byte()
    method = fields.take(flags & 0xF)
    inputs, outputs = (fields.number(), fields.number()) if flags & 0x10 else (1, 1)
    if outputs != 1 or not 0 < inputs <= MOST_CODERS or flags & 0xC0:
        raise BadArchive("damaged header")
    return Coder(method, inputs, fields.take(fields.number()) if flags & 0x20 else b"")


def _substreams(fields: Fields, folders: list[Folder]) -> list[list[Substream]]:
    counts = [1] * len(folders)
    kind = fields.byte()
    if kind == STREAMS:
        counts = [fields.count() for _ in folders]
        kind = fields.byte()
    sizes = [_sizes(fields, folder.size, many, kind == SIZE) for folder, many in zip(folders, counts, strict=True)]
    if kind == SIZE:
        kind = fields.byte()
    known: list[list[int | None] | None] = [
        [folder.crc] if many == 1 and folder.crc is not None else None for folder, many in zip(folders, counts, strict=True)
    ]
    untold = sum(many for one, many in zip(known, counts, strict=True) if one is None)
    crcs: list[int | None] = [None] * untold
    while kind != END:
        if kind != CRC:
            raise BadArchive("damaged header")
        crcs = fields.crcs(untold)
        kind = fields.byte()
    told = iter(crcs)
    return [
        [Substream(size, crc) for size, crc in zip(some, one or [next(told) for _ in some], strict=True)]
        for some, one in zip(sizes, known, strict=True)
    ]


def _sizes(fields: Fields, whole: int, many: int, told: bool) -> list[int]:
    """Sizes of the files of a folder: of the last one it is what is left."""
    if not many:
        return []
    if many > 1 and not told:
        raise BadArchive("damaged header")
    sizes = [fields.number() for _ in range(many - 1)]
    if sum(sizes) > whole:
        raise BadArchive("damaged header")
    return [*sizes, whole - sum(sizes)]


def _names(fields: Fields) -> list[str]:
    many = fields.count()
    names, empty = [""] * many, [False] * many
    while (kind := fields.byte()) != END:
        data = Fields(fields.take(fields.number()), many)
        if kind == EMPTY_STREAM:
            empty = data.bits(many)
        elif kind == NAMES:
            data.expect(0)  # external
            names = data.rest().decode("utf-16-le", "replace").split("\0")[:-1]
            if len(names) != many:
                raise BadArchive("damaged header")
    return [name for name, none in zip(names, empty, strict=True) if not none]
