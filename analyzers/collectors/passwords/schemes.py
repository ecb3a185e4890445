"""Which scheme a password hash is of, and what one guess against it costs.

Costs come from the parameters in the hash, not from a clock, so that the same bytes always give the same facts and no hash can make
a guess run for minutes. Source of the formats: crypt(5) of libxcrypt; of the figures: libxcrypt 4.4.33 on a busy 2.8 GHz x86_64 core.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ITOA64 = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
MAX_MEMORY = 256 * 1024 * 1024
UNUSABLE = 1e9

_DES = re.compile(r"[./0-9A-Za-z]{13}\Z")
_BSDI = re.compile(r"_[./0-9A-Za-z]{19}\Z")
_SHA = re.compile(r"\$(?=5.*\$.{43}\Z|6.*\$.{86}\Z)[56]\$(?:rounds=(\d{1,9})\$)?[^$:]*\$[./0-9A-Za-z]+\Z")
_BCRYPT = re.compile(r"\$2[abxy]\$(\d\d)\$[./0-9A-Za-z]{53}\Z")
_YESCRYPT = re.compile(r"\$g?y\$([./0-9A-Za-z]{2,})\$[./0-9A-Za-z]*\$[./0-9A-Za-z]{43}\Z")
_SCRYPT = re.compile(r"\$7\$([./0-9A-Za-z])([./0-9A-Za-z]{5})([./0-9A-Za-z]{5})[^$]*\$[./0-9A-Za-z]{43}\Z")
_MD5 = re.compile(r"\$1\$[^$:]{0,8}\$[./0-9A-Za-z]{22}\Z")
_APR1 = re.compile(r"\$apr1\$[^$:]{0,8}\$[./0-9A-Za-z]{22}\Z")
_KNOWN = re.compile(r"\$(?:1|apr1|[56]|2[abxy]|g?y|7|sha1)\$")
_SHA1 = re.compile(r"\$sha1\$(\d{1,10})\$[^$]*\$[./0-9A-Za-z]{28}\Z")


@dataclass(frozen=True, slots=True)
class Scheme:
    """`name` as facts write it; `cost_ms` of one guess; `weak` no longer fit for use."""

    name: str
    cost_ms: float
    weak: bool = False


def scheme_of(value: str) -> Scheme | None:
    """The scheme of a complete hash; None for anything that no password can match (`!`, `*`, `x`, a cut hash)."""
    if _MD5.match(value):
        return Scheme("md5", 0.15, weak=True)
    if _APR1.match(value):
        return Scheme("apr1", 1.5, weak=True)
    if found := _SHA.match(value):
        rounds = min(max(int(found[1] or 5000), 1000), 999_999_999)
        return Scheme("sha256" if value[1] == "5" else "sha512", rounds * 2.2 / 5000)
    if found := _BCRYPT.match(value):
        return Scheme("bcrypt", 1.5 * 2.0 ** (int(found[1]) - 5)) if 4 <= int(found[1]) <= 31 else None
    if found := _YESCRYPT.match(value):
        return _yescrypt("gost-yescrypt" if value.startswith("$g") else "yescrypt", found[1])
    if found := _SCRYPT.match(value):
        size = 2.0 ** ITOA64.index(found[1]) * max(_number(found[2]), 1)
        return _memory_hard("scrypt", size, size * max(_number(found[3]), 1) / 3000)
    if found := _SHA1.match(value):
        return Scheme("sha1", int(found[1]) / 2000)
    if _BSDI.match(value):
        return Scheme("bsdi-des", 0.1 + _number(value[1:5]) / 9000, weak=True)
    if _DES.match(value):
        return Scheme("des", 0.1, weak=True)
    return Scheme("unknown", UNUSABLE) if not _KNOWN.match(value) and re.match(r"\$[0-9a-z-]{1,12}[$,]\S{20,}\Z", value) else None


def _yescrypt(name: str, parameters: str) -> Scheme:
    """Flags, log2 N and r stand in front, one character each in all hashes that libxcrypt makes; anything else is not guessed."""
    if parameters[0] != "j" or len(parameters) != 3:
        return Scheme(name, UNUSABLE)
    blocks = 2.0 ** (ITOA64.index(parameters[1]) + 1) * (ITOA64.index(parameters[2]) + 1)
    return _memory_hard(name, blocks, blocks / 5000)


def _memory_hard(name: str, blocks: float, cost_ms: float) -> Scheme:
    return Scheme(name, UNUSABLE) if blocks * 128 > MAX_MEMORY else Scheme(name, cost_ms)


def _number(text: str) -> int:
    return sum(ITOA64.index(letter) << (6 * place) for place, letter in enumerate(text))
