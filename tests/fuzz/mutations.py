"""Broken input made from whole input: cut, flipped, spliced, repeated, sprinkled with what parsers trip over."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Sequence

_TOKENS = (
    b"\0", b"\xff\xfe", b"\xf0\x9f", b"\r\n", b"[" * 3000, b"{\"a\":" * 2000, b"<a>" * 2000, b"(" * 3000, b"-1", b"9" * 400,
    b"1e999", b"NaN", b"..", b"../" * 50, b"\\u0000", b"%s%n", b"${x:${x}}", b"&a [*a]", b"!!python/object:x", b"PK\x03\x04",
    b"\x1f\x8b\x08", b"\x7fELF\x02\x01", b"\xfd7zXZ\0", b"(\xb5/\xfd", b"'''", b'"""', b"=", b":", b",", b"\x80" * 9, b"\xff" * 16,
    b" " * 5000, b"\n" * 5000,
)  # fmt: skip
LONGEST = 4 << 20
Mutation = Callable[[random.Random, bytes, Sequence[bytes]], bytes]


def mutated(rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """`data` after one to six mutations, at most LONGEST bytes."""
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        data = rng.choice(MUTATIONS)(rng, data, others)[:LONGEST]
    return data


def checked(data: bytes) -> bytes:
    """A broken 7z with the checksums of what it became, without which nothing behind them is looked at."""
    place, size = (int.from_bytes(data[at : at + 8], "little") for at in (12, 20))
    if data[:2] != b"7z" or len(data) < 32:
        return data
    data = data[:28] + zlib.crc32(data[32 + place :][:size]).to_bytes(4, "little") + data[32:]
    return data[:8] + zlib.crc32(data[12:32]).to_bytes(4, "little") + data[12:]


def _place(rng: random.Random, data: bytes) -> int:
    return rng.randrange(len(data) + 1)


def cut(rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    return data[: _place(rng, data)]


def drop(rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    begin, end = sorted((_place(rng, data), _place(rng, data)))
    return data[:begin] + data[end:]


def flip(rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 2, 8, 64)) if data else 0):
        changed[rng.randrange(len(changed))] = rng.choice((rng.randrange(256), 0, 0x7F, 0xFF))
    return bytes(changed)


def number(rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """A wrong length or offset somewhere."""
    place, width = _place(rng, data), rng.choice((2, 4, 8))
    value: int = rng.choice((0, 1, 2**31 - 1, 2**32 - 1, 2**63, rng.randrange(2**16))) & ((1 << 8 * width) - 1)
    wrong = value.to_bytes(width, "little" if rng.random() < 0.5 else "big")
    return data[:place] + wrong + data[place + width :]


def splice(rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    other = rng.choice(others) if others else b""
    return data[: _place(rng, data)] + other[_place(rng, other) :]


def repeat(rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    begin = _place(rng, data)
    end = min(len(data), begin + rng.choice((1, 10, 200, 5000)))
    return data[:end] + data[begin:end] * rng.choice((1, 2, 50, 1000)) + data[end:]


def sprinkle(rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    place = _place(rng, data)
    return data[:place] + rng.choice(_TOKENS) + data[place:]


MUTATIONS: tuple[Mutation, ...] = (cut, drop, flip, flip, number, splice, repeat, sprinkle, sprinkle)
