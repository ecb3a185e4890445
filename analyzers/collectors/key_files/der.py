"""Private keys in DER: PKCS#1 (RFC 8017), SEC 1 (RFC 5915), PKCS#8 (RFC 5958), DSA as OpenSSL writes it, PKCS#12 (RFC 7292)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_OIDS = {
    bytes.fromhex("2a864886f70d010101"): "RSA",
    bytes.fromhex("2a864886f70d01010a"): "RSA-PSS",
    bytes.fromhex("2a8648ce380401"): "DSA",
    bytes.fromhex("2a8648ce3d0201"): "EC",
    bytes.fromhex("2b6570"): "Ed25519",
    bytes.fromhex("2b6571"): "Ed448",
    bytes.fromhex("2b656e"): "X25519",
    bytes.fromhex("2b656f"): "X448",
    bytes.fromhex("2a864886f70d010301"): "DH",
}
_KEY_BAGS = (bytes.fromhex("060b2a864886f70d010c0a0101"), bytes.fromhex("060b2a864886f70d010c0a0102"))
_PFX_CONTENT = bytes.fromhex("06092a864886f70d0107")


@dataclass(frozen=True, slots=True)
class DerKey:
    """form: `pkcs1`, `sec1`, `pkcs8`, `pkcs8-encrypted`, `dsa`; bits: 0 when the form does not tell."""

    form: str
    kind: str
    bits: int = 0


def element(data: bytes, place: int = 0) -> tuple[int, bytes, int] | None:
    """(tag, content, end) of the element at `place`; None when it is cut or not definite-length DER."""
    if place + 2 > len(data):
        return None
    tag, size, at = data[place], data[place + 1], place + 2
    if size >= 128:
        count = size & 127
        if not 1 <= count <= 4 or at + count > len(data):
            return None
        size, at = int.from_bytes(data[at : at + count], "big"), at + count
    return (tag, data[at : at + size], at + size) if at + size <= len(data) else None


def elements(content: bytes, limit: int = 16) -> Iterator[tuple[int, bytes]]:
    """The elements of a content, at most `limit`."""
    place = 0
    for _ in range(limit):
        if (one := element(content, place)) is None:
            return
        yield one[0], one[1]
        place = one[2]


def private_key(data: bytes) -> DerKey | None:
    """What private key the bytes are; None for certificates, public keys and anything else."""
    outer = element(data)
    if outer is None or outer[0] != 0x30:
        return None
    parts = list(elements(outer[1]))
    tags = [tag for tag, _ in parts]
    if tags[:9] == [2] * 9 and len(parts[1][1]) >= 48:
        return DerKey("pkcs1", "RSA", _bits(parts[1][1]))
    if tags == [2] * 6 and len(parts[1][1]) >= 48:
        return DerKey("dsa", "DSA", _bits(parts[1][1]))
    if tags[:2] == [2, 4] and parts[0][1] == b"\1" and len(parts[1][1]) >= 16:
        return DerKey("sec1", "EC", 8 * len(parts[1][1]))
    if tags[:3] == [2, 0x30, 4] and len(parts[2][1]) >= 16:
        return _pkcs8(parts[1][1], parts[2][1])
    if tags == [0x30, 4] and len(parts[1][1]) >= 32:
        return DerKey("pkcs8-encrypted", "encrypted")
    return None


def _pkcs8(algorithm: bytes, inner: bytes) -> DerKey | None:
    first = element(algorithm)
    if first is None or first[0] != 6:
        return None
    kind = _OIDS.get(first[1], "other")
    nested = private_key(inner) if kind in ("RSA", "EC") else None
    return DerKey("pkcs8", kind, nested.bits if nested else 0)


def _bits(number: bytes) -> int:
    return int.from_bytes(number, "big").bit_length()


def holds_key_bag(data: bytes) -> bool:
    """Whether the bytes are a PKCS#12 store with a key in it: stores of certificates alone have no key bag."""
    outer = element(data)
    if outer is None or outer[0] != 0x30 or _PFX_CONTENT not in data[:64]:
        return False
    return any(bag in data for bag in _KEY_BAGS)
