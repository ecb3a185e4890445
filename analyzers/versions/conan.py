"""Conan recipe versions. Source: Conan 2 documentation, "Version ranges", and the class Version of its recipe tools.

Parts joined by `.`, then `-` and a pre-release, `+` and build metadata, each again such parts. Trailing zero parts do
not count; a version with a pre-release is below the one without; build metadata counts, absent below present. Numbers
compare by value and texts by letter. Conan compares a number with a text as texts, which is no order (2 < 10 < 1a < 2);
here a number is below every text.
"""

import re

from analyzers.versions.invalid import InvalidVersion
from analyzers.versions.numbers import NUMBERS

_SHAPE = re.compile(r"[0-9a-z_.-]+(?:\+[0-9a-z_.+-]+)?").fullmatch
_TEXT = b"\xff"
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
    return b"".join([NUMBERS[one] if one.isdigit() else _TEXT + one.encode("ascii") + _END for one in parts]) + _END
