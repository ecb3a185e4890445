"""One rpm header blob -> its tags. Source: rpm's documentation, "Package Format V4" (header structure, store) and its tag list.

A blob is u32 index count, u32 store length (both big-endian), index entries of 16 bytes (tag, type, offset, count), store.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from analyzers.collectors.rpmdb.corrupt import Corrupt

NAME, VERSION, RELEASE, EPOCH = 1000, 1001, 1002, 1003
SIZE, VENDOR, LICENSE, ARCH, SOURCERPM = 1009, 1011, 1014, 1022, 1044
FILEDIGESTS, PROVIDENAME, REQUIRENAME = 1035, 1047, 1049
OLDFILENAMES, DIRINDEXES, BASENAMES, DIRNAMES = 1027, 1116, 1117, 1118
FILEDIGESTALGO, MODULARITYLABEL = 5011, 5096
_TOLD = frozenset({
    NAME, VERSION, RELEASE, EPOCH, SIZE, VENDOR, LICENSE, ARCH, SOURCERPM, FILEDIGESTS, PROVIDENAME, REQUIRENAME, OLDFILENAMES, DIRINDEXES,
    BASENAMES, DIRNAMES, FILEDIGESTALGO, MODULARITYLABEL,
})  # fmt: skip

MAX_ENTRIES, MAX_STORE = 0xFFFF, 256 * 1024 * 1024  # rpm's own limits
MAX_STRINGS = 1 << 20
_INT16, _INT32, _STRING, _STRING_ARRAY, _I18N = 3, 4, 6, 8, 9

Tag = tuple[int, int, int]  # type, offset, count


class Header:
    """The tags of one package. Raises Corrupt when the frame does not fit the bytes; single bad tags read as absent."""

    __slots__ = ("_store", "_tags")

    def __init__(self, blob: bytes) -> None:
        if len(blob) < 8:
            raise Corrupt("a header shorter than its frame")
        count, length = struct.unpack_from(">II", blob)
        start = 8 + 16 * count
        if not 0 < count <= MAX_ENTRIES or length > MAX_STORE or start + length > len(blob):
            raise Corrupt("a header whose frame does not fit")
        self._store = memoryview(blob)[start : start + length]
        entries = struct.iter_unpack(">IIII", memoryview(blob)[8:start])
        self._tags: Mapping[int, Tag] = {tag: (kind, offset, n) for tag, kind, offset, n in entries if tag in _TOLD}

    def text(self, tag: int) -> str:
        """A string tag (of several the first), empty when absent."""
        return next(iter(self._strings(tag, 1)), "")

    def texts(self, tag: int) -> list[str]:
        """A string array tag."""
        return self._strings(tag, MAX_STRINGS)

    def numbers(self, tag: int) -> tuple[int, ...]:
        """A 16- or 32-bit integer tag."""
        kind, offset, count = self._tags.get(tag, (0, 0, 0))
        size = {_INT16: 2, _INT32: 4}.get(kind, 0)
        if not size or offset + size * count > len(self._store):
            return ()
        return struct.unpack_from(f">{count}{'H' if size == 2 else 'I'}", self._store, offset)

    def _strings(self, tag: int, limit: int) -> list[str]:
        kind, offset, count = self._tags.get(tag, (0, 0, 0))
        if kind not in (_STRING, _STRING_ARRAY, _I18N) or offset >= len(self._store):
            return []
        count = min(count, limit, len(self._store) - offset)  # each string takes a byte at least
        if count == 1:
            part = bytes(self._store[offset : offset + 4096])
            if b"\0" not in part:
                part = bytes(self._store[offset:])
            return [part.partition(b"\0")[0].decode("utf-8", "backslashreplace")]
        return [one.decode("utf-8", "backslashreplace") for one in bytes(self._store[offset:]).split(b"\0", count)[:count]]
