"""Plain lists of numbers: CRAN, Bioconductor, Hackage, GHC.

Sources: R `package_version` (separators `.` and `-`); the Haskell package versioning policy (`.` only, read the same
way here). Numbers compare one by one and a longer list is later: 1.0 < 1.0.0.
"""

import re

from analyzers.versions.invalid import InvalidVersion
from analyzers.versions.numbers import NUMBERS

_SHAPE = re.compile(r"[0-9]+(?:[.-][0-9]+)*").fullmatch
_SEPARATOR = re.compile(r"[.-]").split
_END = b"\x00"


def sort_key(version: str) -> bytes:
    """Key of a list of numbers; raises InvalidVersion."""
    if _SHAPE(version) is None:
        raise InvalidVersion(version, "no numbers joined by '.' or '-'")
    return b"".join([NUMBERS[digits] for digits in _SEPARATOR(version)]) + _END
