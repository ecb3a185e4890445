"""Versions of pub (Dart, Flutter). Source: pub_semver, the class Version (`parse` and `compareTo`).

Semantic versions whose build metadata counts: absent is below present. Identifiers are read as 64-bit integers where they can be, so
`-5` is a number and one of 20 digits a text.
"""

import re

from analyzers.versions.invalid import InvalidVersion
from analyzers.versions.numbers import NUMBERS
from analyzers.versions.semver import IDENTIFIERS, PRE_RELEASE, RELEASE, signed_identifiers

_SHAPE = re.compile(rf" *v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-({IDENTIFIERS}))?(?:\+({IDENTIFIERS}))? *").fullmatch
_MOST = (1 << 63) - 1


def sort_key(version: str) -> bytes:
    """Key of a pub version; raises InvalidVersion."""
    match = _SHAPE(version)
    if match is None:
        raise InvalidVersion(version, "no pub version of the form major.minor.patch[-pre-release][+build]")
    *numbers, pre, build = match.groups()
    key = b"".join([NUMBERS[digits or ""] for digits in numbers])
    key += PRE_RELEASE + signed_identifiers(pre, _MOST) if pre else RELEASE
    return key + (RELEASE + signed_identifiers(build, _MOST) if build else PRE_RELEASE)
