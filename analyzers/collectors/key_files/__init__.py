"""Readers of private keys and key stores: what kind, what size, protected or not. Bytes in, plain data out."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class KeyFound:
    """A private key at [start, end). `rule` is a key of the class `private_key`; `body` identifies the key (normalised, so that the
    same key in another wrapping is the same); `protected`: a pass phrase guards it; `details`: kind and size in bits."""

    rule: str
    body: bytes
    start: int
    end: int
    protected: bool = False
    details: dict[str, str] = field(default_factory=dict)
