"""Members of a 7z archive, which were packed together in folders. Source: 7zFormat.txt of the LZMA SDK (18.06)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from analyzers.archives.formats import HEAD
from analyzers.archives.sevenzip_coders import unpacked
from analyzers.archives.sevenzip_header import ENCODED, HEADER, Fields, Folder, Streams, Substream, files, packed_streams
from analyzers.archives.source import Source, blocks
from analyzers.archives.walk import MIB, BadArchive, Walk
from analyzers.decompress import DecompressionError
from schemas.vocabulary import Reason

START = struct.Struct("<6sBBLQQL")
LARGEST_HEADER = 32 * MIB
THINGS = 4  # that a header tells of for each member: packed streams, folders, coders, files
HEADERS = 4  # packed headers in packed headers


def sevenzip_contents(source: Source, walk: Walk, depth: int, memory: int) -> Iterator[tuple[str, Iterator[bytes]]]:
    """(name, chunks) of each file that is not empty, the first chunk of at least HEAD bytes if it has as many. What is left of one is
    passed over when the next is asked for. Raises BadArchive and Exceeded; chunks raise DecompressionError too. `depth`: archives around it
    and this one; an archive in an archive may tell of half as much, so that all headers that are held together are bounded."""
    header = _header(source, walk, THINGS * walk.bounds.members >> depth - 1, memory)
    if header is None:
        return
    streams, names = files(header)
    if sum(map(len, streams.substreams)) != len(names):
        raise BadArchive("damaged header")
    told = iter(names)
    for folder, substreams in zip(streams.folders, streams.substreams, strict=True):
        block = _Block(_folder(source, streams, folder, walk, memory))
        for number, (one, name) in enumerate(zip(substreams, told, strict=False)):
            if one.size:
                yield name or f"{number}", block.file(one)


def _header(source: Source, walk: Walk, most: int, memory: int) -> Fields | None:
    """What tells of the files, unpacked where it is packed; None where there are none."""
    start = source.read(0, START.size)
    if len(start) < START.size:
        raise BadArchive("ends early")
    _, major, _, start_crc, place, size, crc = START.unpack(start)
    if zlib.crc32(start[12:]) != start_crc:
        raise BadArchive("checksum of the header differs")
    if major:
        raise BadArchive(f"version {major} of 7z", Reason.UNSUPPORTED_ARCHIVE)
    if not size:
        return None
    chunks = blocks(source, START.size + place, size)
    for _ in range(HEADERS):
        if size > LARGEST_HEADER:
            raise BadArchive(f"a header of more than {LARGEST_HEADER} bytes", Reason.EXPANSION_LIMIT)
        data = b"".join(chunks)
        if crc is not None and zlib.crc32(data) != crc:
            raise BadArchive("checksum of the header differs")
        fields = Fields(data, most)
        kind = fields.byte()
        if kind == HEADER:
            return fields
        streams = packed_streams(fields) if kind == ENCODED else Streams()
        if len(streams.folders) != 1:
            raise BadArchive("damaged header")
        (folder,) = streams.folders
        size, crc, chunks = folder.size, folder.crc, _folder(source, streams, folder, walk, memory)
    raise BadArchive("headers in headers")


def _folder(source: Source, streams: Streams, folder: Folder, walk: Walk, memory: int) -> Iterator[bytes]:
    def packed(number: int) -> Iterator[bytes]:
        place, size = streams.packed[folder.place + number]
        return blocks(source, START.size + place, size)

    return unpacked(folder, packed, walk, memory)


class _Block:
    """The files of a folder, one after the other. After a defect each of the others has the same."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._held, self._place, self._unread = b"", 0, 0
        self._defect: Exception | None = None

    def file(self, one: Substream) -> Iterator[bytes]:
        while self._unread:
            self._take(1)
        self._unread, crc, least = one.size, 0, HEAD
        while self._unread:
            piece = self._take(min(least, self._unread))
            crc, least = zlib.crc32(piece, crc), 1
            yield piece
        if one.crc not in (None, crc):
            raise BadArchive("checksum differs")

    def _take(self, least: int) -> bytes:
        """At least so much, where there is as much before the end or a defect."""
        while len(self._held) - self._place < least and (more := self._more()):
            self._held, self._place = self._held[self._place :] + more, 0
        piece = self._held[self._place : self._place + self._unread]
        if not piece and self._defect is not None:
            raise self._defect
        self._place += len(piece)
        self._unread -= len(piece)
        return piece

    def _more(self) -> bytes:
        """Empty after the end, which comes too early, or after a defect."""
        if self._defect is None:
            try:
                for chunk in self._chunks:
                    return chunk
                self._defect = BadArchive("ends early")
            except (BadArchive, DecompressionError) as error:
                self._defect = error
        return b""
