"""RPM versions: [epoch:]version[-release], compared as rpm does. Source: rpm-version(7), "Version comparison".

Version and release are read as segments of digits or of letters; everything else only separates. A numeric segment is
above a letter segment, `~` is below the end and `^` is above the end but below any further segment. A missing epoch is
0. A missing release counts as an empty one, so it is below 1-1: rpm leaves it out of the comparison, which is no order
(1-1 = 1 = 1-2).
"""

import re

from analyzers.versions.invalid import InvalidVersion
from analyzers.versions.numbers import NUMBERS

_SEGMENTS = re.compile(r"[0-9]+|[A-Za-z]+|[~^]").findall
_END = b"\x02"
_LETTERS = b"\x04"
_REMEMBERED = 8192


class _Segments(dict[str, bytes]):
    """A segment -> its key; the usual short ones are remembered."""

    def __missing__(self, segment: str) -> bytes:
        key = NUMBERS[segment] if segment.isdigit() else _LETTERS + segment.encode("ascii") + b"\x00"
        if len(segment) <= 8 and len(self) < _REMEMBERED:
            self[segment] = key
        return key


_KEYS = _Segments({"~": b"\x01", "^": b"\x03"})
_key_of = _KEYS.__getitem__


def sort_key(version: str) -> bytes:
    """Key of an RPM version; raises InvalidVersion."""
    epoch, colon, rest = version.rpartition(":")
    if colon and not (epoch.isdigit() or not epoch):
        raise InvalidVersion(version, "the epoch before ':' is no number")
    name, dash, release = rest.rpartition("-")
    if not dash:
        name, release = rest, ""
    if not name or " " in rest or (dash and not release):
        raise InvalidVersion(version, "no RPM version of the form [epoch:]version[-release]")
    return b"".join(
        (NUMBERS[epoch], *map(_key_of, _SEGMENTS(name)), _END, *map(_key_of, _SEGMENTS(release)), _END),
    )
