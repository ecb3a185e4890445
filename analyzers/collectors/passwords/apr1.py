"""Apache's variant of the MD5 crypt scheme, which libcrypt does not know. Source: apr_md5.c, apr_md5_encode."""

from __future__ import annotations

import hashlib

from analyzers.collectors.passwords.schemes import ITOA64

_ORDER = ((0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5))


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def apr1(word: str, salt: str) -> str:
    """The whole hash `$apr1$SALT$...` of a word; `salt` has up to 8 characters."""
    key, seed = word.encode(), salt.encode()
    inner = _md5(key + seed + key)
    text = key + b"$apr1$" + seed + (inner * (len(key) // 16 + 1))[: len(key)]
    length = len(key)
    while length:
        text += b"\0" if length & 1 else key[:1]
        length >>= 1
    digest = _md5(text)
    for turn in range(1000):
        text = key if turn & 1 else digest
        text += (seed if turn % 3 else b"") + (key if turn % 7 else b"") + (digest if turn & 1 else key)
        digest = _md5(text)
    out = ""
    for first, second, third in _ORDER:
        out += _sixes(digest[first] << 16 | digest[second] << 8 | digest[third], 4)
    return f"$apr1${salt}${out}{_sixes(digest[11], 2)}"


def _sixes(value: int, count: int) -> str:
    return "".join(ITOA64[value >> 6 * place & 63] for place in range(count))
