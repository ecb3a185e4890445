"""Ruby gem versions. Source: Gem::Version, section "Pre-Releases" and `<=>`.

Segments are runs of digits or of letters, wherever they touch (1.0.rc1 is 1.0.rc.1); `-` stands for `.pre.`. A missing
segment counts as 0 and a letter segment is below every number, so 1.0 = 1 and 1.a < 1. Zeros at the end and before the
first letter segment do not count.
"""

import re
from collections.abc import Sequence

from analyzers.versions.invalid import InvalidVersion
from analyzers.versions.numbers import NUMBERS, ZERO

_SHAPE = re.compile(r" *[0-9]+(?:\.[0-9A-Za-z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)? *").fullmatch
_SEGMENTS = re.compile(r"[0-9]+|[A-Za-z]+").findall
_LETTERS = b"\x01"
_ZERO_THEN_LESS = b"\x02"  # a 0 in a row of them that a letter segment follows: below the end, which is 0 for ever
_END = b"\x03"


def sort_key(version: str) -> bytes:
    """Key of a gem version; raises InvalidVersion."""
    if _SHAPE(version) is None:
        raise InvalidVersion(version, "no gem version: numbers and letters joined by '.', the first part a number")
    segments: list[str] = _SEGMENTS(version.replace("-", ".pre."))
    first_letters = next((place for place, one in enumerate(segments) if one.isalpha()), len(segments))
    numbers, rest = segments[:first_letters], segments[first_letters:]
    return _encode(_trimmed(numbers) + _trimmed(rest))


def _trimmed(segments: list[str]) -> list[str]:
    while segments and not segments[-1].strip("0"):
        segments.pop()
    return segments


def _encode(segments: Sequence[str]) -> bytes:
    """From the last segment to the first: a zero's mark depends on what follows it."""
    parts = [_END]
    less = False
    for segment in reversed(segments):
        if segment.isalpha():
            less = True
            parts.append(_LETTERS + segment.encode("ascii") + b"\x00")
        elif segment.strip("0"):
            less = False
            parts.append(NUMBERS[segment])
        else:
            parts.append(_ZERO_THEN_LESS if less else ZERO)
    parts.reverse()
    return b"".join(parts)
