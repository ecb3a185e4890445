"""What the write-ahead log of a SQLite database has committed. Source: sqlite.org/fileformat2.html, section 4."""

from __future__ import annotations

import struct


def committed_frames(log: bytes, page_size: int) -> tuple[dict[int, bytes], str]:
    """(page number -> newest committed content, what is damaged or nothing). Frames count while salts and running checksums fit; those
    after the last commit do not. A log is written over from its beginning, under new salts: older frames behind the newer are no damage."""
    if not log.strip(b"\0"):
        return {}, ""
    if len(log) < 32:
        return {}, "a write-ahead log shorter than its head"
    magic, _, size = struct.unpack_from(">III", log)
    order = ">" if magic & 1 else "<"
    total = _checksum(log[:24], order, (0, 0))
    if magic & 0xFFFFFFFE != 0x377F0682 or size != page_size or total != struct.unpack_from(">II", log, 24):
        return {}, "the head of the write-ahead log is damaged"
    found: dict[int, bytes] = {}
    pending: dict[int, bytes] = {}
    for start in range(32, len(log) - page_size - 23, page_size + 24):
        number, size_after = struct.unpack_from(">II", log, start)
        content = log[start + 24 : start + 24 + page_size]
        if log[start + 8 : start + 16] != log[16:24]:
            return found, "a write-ahead log of other salts than its head" if start == 32 else ""
        total = _checksum(content, order, _checksum(log[start : start + 8], order, total))
        if total != struct.unpack_from(">II", log, start + 16):
            return found, "a frame of the write-ahead log is damaged"
        pending[number] = content
        if size_after:
            found.update(pending)
            pending = {}
    return found, ""


def _checksum(data: bytes, order: str, total: tuple[int, int]) -> tuple[int, int]:
    first, second = total
    for one, other in struct.iter_unpack(f"{order}II", data):
        first = (first + one + second) & 0xFFFFFFFF
        second = (second + other + first) & 0xFFFFFFFF
    return first, second
