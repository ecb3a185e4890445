"""Maven versions. Source: Maven POM reference, "Version Order Specification", and ComparableVersion of Maven 3.8/3.9.

A version is a list of numbers and qualifiers; `-` and every change between digits and letters opens a list within the
list, always as its last item. Trailing "nulls" (0, "", final, ga, release) of each list are dropped, and a missing item
counts as null. At one place: qualifiers alpha < beta < milestone < rc = cr < snapshot < "" < sp < others by letter, then
lists, then numbers.

That comparison is no order: 1 is above 1.0.alpha.1, which is above 1-1, which is above 1; 1.sp.1 is above 1, which is
above 1-alpha, which is above 1.sp.1; 1.RC is above 1.x.2, as its last qualifier opens a list, which is above 1, which is above 1.RC. It
fails only where a qualifier joined by dots on both sides, or a list that starts with a null, meets a list at the same place. There the
key keeps what Maven says against the plain release (the end) and gives up the rest of the circle; all other pairs agree with Maven. (A
zero of ten digits or more is a zero here; Maven takes it for greater than any short number.)
"""

import re

from analyzers.versions.numbers import NUMBERS, ZERO

_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]+)*").fullmatch
_TRAILING_ZEROS = re.compile(r"(?:\A|\.)0+(?:\.0+)*\Z")
_PIECES = re.compile(r"[.-]|[0-9]+|[^.0-9-]+").findall

_QUALIFIERS = {"alpha": 1, "beta": 2, "milestone": 3, "rc": 4, "cr": 4, "snapshot": 5}
_SHORT = {"a": "alpha", "b": "beta", "m": "milestone"}  # only before a digit
_RELEASES = {"", "final", "ga", "release"}
_RELEASE_THEN_LESS = b"\x06"
_LIST_BELOW_END = b"\x07"
_ZERO_THEN_LESS = b"\x08"
_END = b"\x09"
_RELEASE_THEN_MORE = b"\x0a"
_SP = b"\x0b"
_OTHER = b"\x0c"
_LIST_ABOVE_END = b"\x0d"
# then ZERO (a zero that something greater than nothing follows) and the other numbers


class _Item:
    """One number or qualifier. sign: how it compares with nothing (-1, 0, 1); when 0, the key depends on what follows."""

    __slots__ = ("less", "more", "sign")

    def __init__(self, sign: int, less: bytes, more: bytes) -> None:
        self.sign, self.less, self.more = sign, less, more


_ZERO_ITEM = _Item(0, _ZERO_THEN_LESS, ZERO)
_RELEASE_ITEM = _Item(0, _RELEASE_THEN_LESS, _RELEASE_THEN_MORE)


def sort_key(version: str) -> bytes:
    """Key of a Maven version. Every text is one to Maven, so nothing is raised."""
    if _PLAIN(version):
        numbers = _TRAILING_ZEROS.sub("", version)
        return b"".join([NUMBERS[digits] for digits in numbers.split(".")]) + _END if numbers else _END
    return _encode(_lists(version.lower()))


def _lists(version: str) -> list[list[_Item]]:
    """The list and, one within the other, the lists at its end."""
    lists: list[list[_Item]] = [[]]
    pending = ""  # the run of digits or letters that has not been placed
    for piece in _PIECES(version):
        if piece in ".-":
            lists[-1].append(_item(pending) if pending else _ZERO_ITEM)
            pending = ""
            if piece == "-":
                lists.append([])
            continue
        if pending:
            if not pending.isdigit():
                if lists[-1]:
                    lists.append([])
                pending = _SHORT.get(pending, pending)
            lists[-1].append(_item(pending))
            lists.append([])
        pending = piece
    if pending:
        if not pending.isdigit() and lists[-1]:
            lists.append([])
        lists[-1].append(_item(pending))
    return lists


def _item(text: str) -> _Item:
    if text.isdigit():
        key = NUMBERS[text]
        return _ZERO_ITEM if key == ZERO else _Item(1, key, key)
    if text in _RELEASES:
        return _RELEASE_ITEM
    rank = _QUALIFIERS.get(text)
    if rank:
        key = bytes((rank,))
        return _Item(-1, key, key)
    key = _SP if text == "sp" else _OTHER + text.encode("ascii") + b"\x00"
    return _Item(1, key, key)


def _encode(lists: list[list[_Item]]) -> bytes:
    """From the innermost list's end to the start: the mark of a null and of a list depends on what follows it."""
    parts = [_END]  # from the last to the first
    sign = 0  # of all that has been encoded, against nothing
    for depth in range(len(lists) - 1, -1, -1):
        items = lists[depth]
        while items and not items[-1].sign:
            items.pop()
        for item in reversed(items):
            sign = item.sign or sign
            parts.append(item.less if sign < 0 else item.more)
        if sign and depth:
            parts.append(_LIST_BELOW_END if sign < 0 else _LIST_ABOVE_END)
    parts.reverse()
    return b"".join(parts)
