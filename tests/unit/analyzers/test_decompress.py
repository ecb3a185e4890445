"""Streaming decompression: members and frames in a row, any chunking, cut and damaged data."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import struct
from collections.abc import Callable

import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.decompress import LONGEST_MAGIC, PIECE, DecompressionError, Stream, decompressor, detect

SKIPPABLE = struct.pack("<II", 0x184D2A55, 7) + b"skipped"
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": lambda data: SKIPPABLE + zstd.compress(data) + SKIPPABLE,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "none": bytes,
}


def unpack(stream: Stream, blob: bytes, step: int) -> bytes:
    return b"".join(piece for start in range(0, len(blob), step) for piece in stream.feed(blob[start : start + step]))


@pytest.mark.parametrize("kind", PACKERS)
@settings(deadline=None, max_examples=30)
@given(parts=st.lists(st.binary(min_size=8, max_size=3000), min_size=1, max_size=3), step=st.integers(1, 4000))
def test_members_in_a_row_in_any_chunks(kind: str, parts: list[bytes], step: int) -> None:
    blob = b"".join(map(PACKERS[kind], parts))
    if kind != "none":
        assert detect(blob[:LONGEST_MAGIC]) == kind
    stream = decompressor(kind)  # type: ignore[arg-type]
    assert unpack(stream, blob, step) == b"".join(parts)
    assert stream.complete


@pytest.mark.parametrize("kind", PACKERS)
def test_pieces_are_bounded(kind: str) -> None:
    stream = decompressor(kind)  # type: ignore[arg-type]
    pieces = list(stream.feed(PACKERS[kind](bytes(20 * PIECE + 5))))
    assert max(map(len, pieces)) <= PIECE
    assert sum(map(len, pieces)) == 20 * PIECE + 5


@pytest.mark.parametrize("kind", [kind for kind in PACKERS if kind != "none"])
def test_cut_data_is_not_complete(kind: str) -> None:
    blob = PACKERS[kind](os.urandom(9000))
    stream = decompressor(kind)  # type: ignore[arg-type]
    unpack(stream, blob[: len(blob) // 2], 1000)
    assert not stream.complete


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "xz"])
def test_damaged_data_is_noticed(kind: str) -> None:
    blob = bytearray(PACKERS[kind](b"abc" * 5000 + os.urandom(5000)))
    blob[len(blob) // 2] ^= 0xFF
    with pytest.raises(DecompressionError):
        unpack(decompressor(kind), bytes(blob), 1000)  # type: ignore[arg-type]


def test_gzip_may_be_padded_with_zeros_but_not_with_garbage() -> None:
    blob = gzip.compress(b"content")
    padded = decompressor("gzip")
    assert unpack(padded, blob + bytes(700), 64) == b"content"
    assert padded.complete
    with pytest.raises(DecompressionError):
        unpack(decompressor("gzip"), blob + b"garbage that is no member", 1000)
