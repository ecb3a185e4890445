"""The loaded segments of an ELF file, from its program headers (System V gABI, chapter 5)."""

from __future__ import annotations

import struct

LOAD, EXECUTE = 1, 1
MAX_HEADERS = 256


def loaded_segments(data: bytes) -> list[tuple[int, int, bool]]:
    """(file offset, size in the file, executable) of each PT_LOAD segment; empty for anything that is no ELF or is damaged."""
    return [(offset, size, executable) for offset, size, _, executable in _loaded(data)]


def loaded_addresses(data: bytes) -> list[tuple[int, int, int]]:
    """(file offset, size in the file, virtual address) of each PT_LOAD segment, likewise."""
    return [(offset, size, address) for offset, size, address, _ in _loaded(data)]


def _loaded(data: bytes) -> list[tuple[int, int, int, bool]]:
    if len(data) < 64 or data[:4] != b"\x7fELF" or data[4] not in (1, 2) or data[5] not in (1, 2):
        return []
    order = "<" if data[5] == 1 else ">"
    wide = data[4] == 2
    place, entry, count = _headers(data, order, wide)
    form = struct.Struct(order + ("IIQQQQQQ" if wide else "IIIIIIII"))
    if entry < form.size or count > MAX_HEADERS:
        return []
    segments = []
    for index in range(count):
        start = place + index * entry
        if start + form.size > len(data):
            break
        fields = form.unpack_from(data, start)
        flags, offset, size = (fields[1], fields[2], fields[5]) if wide else (fields[6], fields[1], fields[4])
        if fields[0] == LOAD:
            segments.append((offset, size, fields[3] if wide else fields[2], bool(flags & EXECUTE)))
    return segments


def _headers(data: bytes, order: str, wide: bool) -> tuple[int, int, int]:
    """(offset, size of one, number) of the program headers."""
    (place,) = struct.unpack_from(order + ("Q" if wide else "I"), data, 32 if wide else 28)
    entry, count = struct.unpack_from(order + "HH", data, 54 if wide else 42)
    return place, entry, count
