"""Sparse maps of tar members: old GNU headers, PAX formats 0.0, 0.1 and 1.0. Source: GNU tar manual, "Storing Sparse Files"."""

from __future__ import annotations

from analyzers.tar_headers import BLOCK, TarError, decimal, number

Segment = tuple[int, int]  # offset in the file, length in bytes
SEGMENT_LIMIT = 64 * 1024


def old_sparse(header: bytes, first: int, count: int) -> list[Segment]:
    """`count` pairs of 12-byte numbers from offset `first`; the list ends at the first empty pair. GNU tar, struct sparse."""
    segments: list[Segment] = []
    for start in range(first, first + 24 * count, 24):
        if not header[start : start + 12].strip(b" \0"):
            break
        segments.append((number(header[start : start + 12]), number(header[start + 12 : start + 24])))
    return segments


def pairs(numbers: list[int]) -> list[Segment]:
    """[offset, length, offset, length, ...] as segments. Raises TarError."""
    if len(numbers) % 2 or len(numbers) > 2 * SEGMENT_LIMIT:
        raise TarError("sparse map of odd or absurd length")
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def map_before_content(content: bytes) -> tuple[list[Segment], int] | None:
    """The map of format 1.0: decimal lines (count, then offset and length of each segment), filled up to a block.

    Returns it with the number of bytes it takes, or None when `content` is cut within it. Raises TarError."""
    lines = content.split(b"\n", 1)
    if len(lines) < 2:
        if len(content) > BLOCK:
            raise TarError("malformed sparse map")
        return None
    count = decimal(lines[0])
    if count > SEGMENT_LIMIT:
        raise TarError("sparse map without end")
    lines = content.split(b"\n", 1 + 2 * count)
    if len(lines) < 2 + 2 * count:
        return None
    used = len(content) - len(lines[-1])
    return pairs([decimal(line) for line in lines[1:-1]]), used + -used % BLOCK


def check_sparse(segments: list[Segment], stored: int, real: int) -> None:
    """Raises TarError unless the segments ascend, lie within `real` bytes and hold `stored` bytes in all."""
    position = total = 0
    for offset, length in segments:
        if offset < position or length < 0 or offset + length > real:
            raise TarError("sparse map out of order")
        position, total = offset + length, total + length
    if total != stored:
        raise TarError("sparse map does not fit the stored size")
