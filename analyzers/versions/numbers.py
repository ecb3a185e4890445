"""Numbers of any length as bytes whose plain comparison is the numeric one.

Every kind of version has numbers in it, so this is the one encoding below all of them. The first byte is 0x10 plus the
number of digits without leading zeros (0xF0 and two length bytes above 200 digits), the digits follow in ASCII. No
encoded number starts below 0x10 or above 0xF0: the other bytes are free as marks for "end", "pre-release" and the like.
No encoded number is the beginning of another one.
"""

ZERO = b"\x10"
_LONG = 200
_REMEMBERED = 4  # digits: at most 11,111 entries


class _Numbers(dict[str, bytes]):
    """Decimal ASCII digits (leading zeros ignored, empty is zero) -> key; short ones are remembered."""

    def __missing__(self, digits: str) -> bytes:
        significant = digits.lstrip("0")
        length = len(significant)
        start = bytes((0x10 + length,)) if length <= _LONG else b"\xf0" + length.to_bytes(2, "big")
        key = start + significant.encode("ascii")
        if len(digits) <= _REMEMBERED:
            self[digits] = key
        return key


NUMBERS = _Numbers()
