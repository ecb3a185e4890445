"""Semantic versions: npm, Rust crates, Hex, Swift and others. Source: semver.org 2.0.0, sections 9 to 11.

major.minor.patch[-pre-release][+build]. Build metadata has no part in the order, except where the ecosystem says so:
Julia and pub (Dart, `pub.py`) order by it, absent below present, identifiers compared as those of a pre-release.

Read leniently, as node-semver's loose mode does, because published packages and advisories are written that way: a
leading `v` or `=`, leading zeros, missing minor and patch (0), a pre-release without its hyphen (3.5.0PR1).
"""

import re

from analyzers.versions.invalid import InvalidVersion
from analyzers.versions.numbers import NUMBERS

IDENTIFIERS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_TAIL = rf"(?:-({IDENTIFIERS})|([A-Za-z][0-9A-Za-z-]*(?:\.[0-9A-Za-z-]+)*))?(?:\+({IDENTIFIERS}))? *"
_SHAPE = re.compile(rf" *[v=]* *([0-9]+)(?:\.([0-9]+)(?:\.([0-9]+))?)?{_TAIL}").fullmatch
_LIKE_SHAPE = re.compile(rf" *[vV=]* *([0-9]+(?:\.[0-9]+)*){_TAIL}").fullmatch
_COMMIT = re.compile(r"[0-9a-f]{40}").fullmatch
_TRAILING_ZEROS = re.compile(r"(?:\.0+)+\Z")

_END, _NEGATIVE = b"\x00", b"\x01"
_TEXT_IDENTIFIER = b"\xff"  # with a letter or hyphen: above every number
PRE_RELEASE, RELEASE = b"\x01", b"\x02"


def sort_key(version: str) -> bytes:
    """Key of a semantic version, build metadata ignored; raises InvalidVersion."""
    match = _SHAPE(version)
    if match is None:
        raise InvalidVersion(version, "no semantic version of the form major.minor.patch[-pre-release][+build]")
    major, minor, patch, pre, loose, _ = match.groups()
    numbers = NUMBERS[major] + NUMBERS[minor or ""] + NUMBERS[patch or ""]
    pre = pre or loose
    return numbers + (PRE_RELEASE + identifiers(pre) if pre else RELEASE)


def build_sort_key(version: str) -> bytes:
    """Key of a semantic version whose build metadata counts (Julia); raises InvalidVersion."""
    build = version.partition("+")[2].strip(" ")
    return sort_key(version) + (RELEASE + identifiers(build) if build else PRE_RELEASE)


def like_sort_key(version: str) -> bytes:
    """Key of a version with any count of numbers and a semantic version's tail; raises InvalidVersion.

    For tags and vendor versions that follow semver.org in everything but the count (v4, 5.10.0.1); missing numbers are 0. A commit,
    though it may begin with digits, is none.
    """
    match = _LIKE_SHAPE(version)
    if match is None or _COMMIT(version):
        raise InvalidVersion(version, "no version of the form number{.number}[-pre-release][+build]")
    numbers, pre, loose, _ = match.groups()
    key = b"".join([NUMBERS[digits] for digits in _TRAILING_ZEROS.sub("", numbers).split(".")])
    pre = pre or loose
    return key + _END + (PRE_RELEASE + identifiers(pre) if pre else RELEASE)


def identifiers(text: str) -> bytes:
    """Key of dot-separated identifiers: numbers below texts, numbers by value, texts by ASCII, a longer list later."""
    parts = [NUMBERS[one] if one.isdigit() else _TEXT_IDENTIFIER + one.encode("ascii") + _END for one in text.split(".")]
    parts.append(_END)
    return b"".join(parts)


def signed_identifiers(text: str, most: int) -> bytes:
    """The same where the program parses integers of a fixed width: `-5` is a number below 0, what is above `most` is a text."""
    return b"".join([_signed(one, most) for one in text.split(".")]) + _END


def _signed(text: str, most: int) -> bytes:
    if text.isdigit() and int(text) <= most:
        return NUMBERS[text]
    if text[0] == "-" and text[1:].isdigit() and int(text) + most >= -1:
        return _NEGATIVE + (int(text) + most + 1).to_bytes(8, "big") if text.strip("-0") else NUMBERS["0"]
    return _TEXT_IDENTIFIER + text.encode("ascii") + _END
