"""Alpine package versions, as apk-tools 3 compares them. Source: apk-package(5), "Package version", and `apk version`.

number{.number}[letter]{_suffix[number]}[~hash][-rN]. What follows an equal beginning decides: a pre-release suffix is
below the end of the version; then, upwards, come the end, a revision, a commit hash, a suffix number, another suffix, a
letter, one more number. All numbers but the first compare digit by digit when either has a leading zero (1.02 < 1.1).
apk-tools 2 differs where a number behind a dot begins with zero: its 1.00 is below 1.0 and its 1.0_rc above 1.0; it agrees
about all versions that advisories name. Numbers have no limit here (64 bits in apk-tools).
"""

import re

from analyzers.versions.invalid import InvalidVersion
from analyzers.versions.numbers import NUMBERS

_SUFFIXES = ("alpha", "beta", "pre", "rc", "cvs", "svn", "git", "hg", "p")
_SHAPE = re.compile(r"([0-9]+)((?:\.[0-9]+)*)([a-z]?)((?:_(?:" + "|".join(_SUFFIXES) + r")[0-9]*)*)(?:~([0-9a-f]+))?(?:-r([0-9]+))?")
_SUFFIX = re.compile(r"_([a-z]+)([0-9]*)")
_RANKS = {name: bytes((rank if rank < 5 else rank + 4,)) for rank, name in enumerate(_SUFFIXES, start=1)}
_END, _REVISION, _HASH, _SUFFIX_NUMBER = b"\x05", b"\x06", b"\x07", b"\x08"  # the suffixes cvs to p: 0x09 to 0x0d
_LETTER, _LEADING_ZERO = b"\x0e", b"\x0f"  # any other number starts at 0x11


def sort_key(version: str) -> bytes:
    """Key of an Alpine version; raises InvalidVersion."""
    match = _SHAPE.fullmatch(version)
    if match is None:
        raise InvalidVersion(version, "no Alpine version of the form number{.number}[letter]{_suffix}[~hash][-rN]")
    first, others, letter, suffixes, commit, revision = match.groups()
    parts = [NUMBERS[first]]
    if others:
        parts += [_fraction(digits) for digits in others[1:].split(".")]
    if letter:
        parts += (_LETTER, letter.encode("ascii"))
    if suffixes:
        parts += [_suffix(name, digits) for name, digits in _SUFFIX.findall(suffixes)]
    if commit:
        parts += (_HASH, commit.encode("ascii"), b"\x00")
    if revision:
        parts += (_REVISION, NUMBERS[revision])
    parts.append(_END)
    return b"".join(parts)


def _fraction(digits: str) -> bytes:
    if digits[0] == "0":
        return _LEADING_ZERO + digits.encode("ascii") + b"\x00"
    return NUMBERS[digits]


def _suffix(name: str, digits: str) -> bytes:
    return _RANKS[name] + (_SUFFIX_NUMBER + NUMBERS[digits] if digits else b"")
