"""Packagist (Composer) versions. Source: composer/semver, VersionParser::normalize, and PHP's version_compare.

A version is first normalised to four numbers (or the numbers of a date), a stability with its numbers, and `dev`. Then
parts compare from the left; at one place the order is: dev, alpha, beta, RC, the end, a number, patch. A branch
("dev-main") has no place in the order, in Composer it only equals itself. A numeric branch ("2.x-dev") has 9999999 for each
open number, as in Composer.
"""

import re

from analyzers.versions.invalid import InvalidVersion
from analyzers.versions.numbers import NUMBERS

_MODIFIER = r"[._-]?(?:(stable|beta|b|rc|alpha|a|patch|pl|p)((?:[.-]?[0-9]+)*+)?)?([.-]?dev)?"
_CLASSIC = re.compile(rf"v?([0-9]{{1,5}})(\.[0-9]++)?(\.[0-9]++)?(\.[0-9]++)?{_MODIFIER}", re.IGNORECASE).fullmatch
_DATE = re.compile(rf"v?([0-9]{{4}}(?:[.:-]?[0-9]{{2}}){{1,6}}(?:[.:-]?[0-9]{{1,3}})?){_MODIFIER}", re.IGNORECASE).fullmatch
_OPEN = r"(\.(?:[0-9]++|[x*]))?"
_NUMERIC_BRANCH = re.compile(rf"v?([0-9]++){_OPEN * 3}[.-]?dev", re.IGNORECASE).fullmatch
_ALIAS = re.compile(r"([^,\s]++) ++as ++[^,\s]++").fullmatch
_STABILITY_FLAG = re.compile(r"@(?:stable|rc|beta|alpha|dev)\Z", re.IGNORECASE)
_BUILD = re.compile(r"([^,\s+]++)\+[^\s]++").fullmatch
_PARTS = re.compile(r"[0-9]+").findall

_END = b"\x08"
_STABILITIES = {
    "stable": b"\x01",  # only in an odd spelling such as "Stable": version_compare does not know the word
    "dev": b"\x02",
    "alpha": b"\x03",
    "a": b"\x03",
    "beta": b"\x04",
    "b": b"\x04",
    "rc": b"\x05",
    "patch": b"\xfe",
    "pl": b"\xfe",
    "p": b"\xfe",
}
_DEV = _STABILITIES["dev"]
_OPEN_NUMBER = "9999999"


def sort_key(version: str) -> bytes:
    """Key of a Composer version; raises InvalidVersion."""
    text = version.strip(" ")
    if alias := _ALIAS(text):
        text = alias[1]
    text = _STABILITY_FLAG.sub("", text)
    if text in {"master", "trunk", "default"} or text[:4].lower() == "dev-":
        raise InvalidVersion(version, "a branch has no place among versions")
    if build := _BUILD(text):
        text = build[1]
    if classic := _CLASSIC(text):
        *numbers, stability, stability_numbers, dev = classic.groups()
        return _encode([(one or "").lstrip(".") for one in numbers], stability, stability_numbers, dev)
    if date := _DATE(text):
        digits, stability, stability_numbers, dev = date.groups()
        return _encode(_PARTS(digits), stability, stability_numbers, dev)
    if branch := _NUMERIC_BRANCH(text):
        opened = [_OPEN_NUMBER if one is None or one[-1] in "xX*" else one.lstrip(".") for one in branch.groups()]
        return _encode(opened, None, None, "dev")
    raise InvalidVersion(version, "no Composer version and no branch")


def _encode(numbers: list[str], stability: str | None, stability_numbers: str | None, dev: str | None) -> bytes:
    parts = [NUMBERS[digits] for digits in numbers]
    if stability == "stable":
        dev = None
    elif stability:
        parts.append(_STABILITIES[stability.lower()])
        parts += [NUMBERS[digits] for digits in _PARTS(stability_numbers or "")]
    if dev:
        parts.append(_DEV)
    parts.append(_END)
    return b"".join(parts)
