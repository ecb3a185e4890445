"""NuGet versions. Source: NuGet documentation, "Package versioning", "Normalized version numbers" and SemVer 2.

One to four numbers, missing ones 0, then a SemVer 2 pre-release compared without regard to case; build metadata has no
part in the order. Labels are read as 32-bit integers where they can be (VersionComparer): `-5` is a number, a time stamp of 14 digits a
text, so that 9999999999 is above 20240101123456.
"""

import re

from analyzers.versions.invalid import InvalidVersion
from analyzers.versions.numbers import NUMBERS
from analyzers.versions.semver import IDENTIFIERS, PRE_RELEASE, RELEASE, signed_identifiers

_NUMBER = r"(?:\.([0-9]+))?"
_SHAPE = re.compile(rf" *([0-9]+){_NUMBER * 3}(?:-({IDENTIFIERS}))?(?:\+{IDENTIFIERS})? *").fullmatch
_MOST = (1 << 31) - 1


def sort_key(version: str) -> bytes:
    """Key of a NuGet version; raises InvalidVersion."""
    match = _SHAPE(version)
    if match is None:
        raise InvalidVersion(version, "no NuGet version of the form 1.2.3.4[-pre-release][+build]")
    *numbers, pre = match.groups()
    key = b"".join([NUMBERS[digits or ""] for digits in numbers])
    return key + (PRE_RELEASE + signed_identifiers(pre.lower(), _MOST) if pre else RELEASE)
