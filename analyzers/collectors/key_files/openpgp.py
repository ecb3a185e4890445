"""Secret keys in OpenPGP packets. Source: RFC 4880, sections 4.2, 5.5.3; RFC 6637 for elliptic curves."""

from __future__ import annotations

from typing import Literal

_PUBLIC_NUMBERS = {1: 2, 2: 2, 3: 2, 16: 3, 17: 4}  # RSA, RSA, RSA, ElGamal, DSA


def secret_key_state(raw: bytes) -> Literal["", "plain", "protected"]:
    """Whether the first packet is a secret key with its private part, and whether a pass phrase guards it."""
    head = _packet(raw)
    if head is None:
        return ""
    tag, body = head
    if tag != 5 or len(body) < 20:
        return ""
    if body[0] not in (4, 5, 6):
        return "protected"
    usage = _after_public(body)
    if usage is None or usage >= len(body):
        return ""
    if body[usage] == 0:
        return "plain"
    stub = body[usage] in (254, 255) and body[usage + 2 : usage + 3] == b"\x65"  # GnuPG: the private part lies elsewhere
    return "" if stub else "protected"


def _packet(raw: bytes) -> tuple[int, bytes] | None:
    if len(raw) < 6 or not raw[0] & 0x80:
        return None
    if raw[0] & 0x40:
        tag, first = raw[0] & 0x3F, raw[1]
        if first < 192:
            return tag, raw[2 : 2 + first]
        if first < 224:
            size = (first - 192 << 8) + raw[2] + 192
            return tag, raw[3 : 3 + size]
        return tag, raw[6 : 6 + int.from_bytes(raw[2:6], "big")]
    width = (1, 2, 4, 0)[raw[0] & 3]
    size = int.from_bytes(raw[1 : 1 + width], "big") if width else len(raw)
    return (raw[0] >> 2) & 0x0F, raw[1 + width : 1 + width + size]


def _after_public(body: bytes) -> int | None:
    """Where the public numbers end."""
    algorithm, place = body[5], 6
    if algorithm in _PUBLIC_NUMBERS:
        for _ in range(_PUBLIC_NUMBERS[algorithm]):
            place = _number(body, place)
        return place
    if algorithm in (18, 19, 22):
        place = _number(body, place + 1 + body[place])
        return place + 1 + body[place] if algorithm == 18 and place < len(body) else place
    return None


def _number(body: bytes, place: int) -> int:
    bits = int.from_bytes(body[place : place + 2], "big")
    return place + 2 + (bits + 7) // 8
