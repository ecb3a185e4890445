"""Conan recipe versions. Source: Conan 2 documentation, "Version ranges", and the class Version of its recipe tools.

Parts joined by `.`, then `-` and a pre-release, `+` and build metadata, each again such parts. Trailing zero parts do
not count; a version with a pre-release is below the one without; build metadata counts, absent below present. Numbers
compare by value and texts by letter. Conan compares a number with a text as texts, which is no order (2 < 10 < 1a < 2);
here a text that begins with digits (1.1.1k) follows its number, and a number is below every other text.
"""

import re

from analyzers.versions.invalid import InvalidVersion
from analyzers.versions.numbers import NUMBERS

_SHAPE = re.compile(r"[0-9a-z_.-]+(?:\+[0-9a-z_.+-]+)?").fullmatch
_LETTERS = re.compile(r"([0-9]+)(.*)").fullmatch
_TEXT, _AFTER_NUMBER = b"\xfe", b"\xff"  # both above every number that may follow
_END, _ABSENT, _PRESENT = b"\x00", b"\x01", b"\x02"


def sort_key(version: str) -> bytes:
    """Key of a Conan version; raises InvalidVersion."""
    lowered = version.lower()
    if _SHAPE(lowered) is None:
        raise InvalidVersion(version, "no Conan version: letters, digits and ._-+ only")
    before, _, build = lowered.rpartition("+") if "+" in lowered else (lowered, "", "")
    main, dash, pre = before.rpartition("-")
    if not dash:
        main, pre = before, ""
    return (
        _parts(main)
        + (_ABSENT + _parts(pre) if pre else _PRESENT)  # without a pre-release is later
        + (_PRESENT + _parts(build) if build else _ABSENT)
    )


def _parts(text: str) -> bytes:
    parts = text.split(".")
    while parts and not parts[-1].strip("0"):
        parts.pop()
    return b"".join(map(_part, parts)) + _END


def _part(text: str) -> bytes:
    if text.isdigit():
        return NUMBERS[text]
    match = _LETTERS(text)
    start, rest = (NUMBERS[match[1]] + _AFTER_NUMBER, match[2]) if match else (_TEXT, text)
    return start + rest.encode("ascii") + _END
