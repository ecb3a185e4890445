"""Debian package versions, as dpkg compares them. Source: Debian Policy 5.6.12 and deb-version(7).

A version is [epoch:]upstream[-revision]. Each part is read as turns of non-digits and digits. Non-digits compare letter
by letter with `~` before the end of the part, then letters, then all other signs; digits compare as numbers. What is
missing counts as empty or 0, so that 1.0 equals 1.0-0, 0:1.0 and 1.00.

A version that does not start with a digit or has a `_` is ordered too, as dpkg does after a warning: such packages get
installed.
opam orders its versions the same way, without epoch and revision (opam manual, section "Version ordering").
"""

import re

from analyzers.versions.invalid import InvalidVersion
from analyzers.versions.numbers import NUMBERS

_UPSTREAM = re.compile(r"[A-Za-z0-9.+~:_-]+").fullmatch
_REVISION = re.compile(r"[A-Za-z0-9.+~_]+").fullmatch
_OPAM = re.compile(r"[A-Za-z0-9.+~_-]+").fullmatch
_TURNS = re.compile(r"([0-9]+)").split  # non-digits, digits, non-digits, ...
_RANK = {ord("~"): 1} | {ord(sign): ord(sign) + 0x80 for sign in "+-.:_"}
_END = b"\x02"  # above `~`, below every other sign
_REMEMBERED = 8192


class _Turns(dict[str, bytes]):
    """A run of digits or of non-digits (perhaps empty) -> its key; the usual short ones are remembered."""

    def __missing__(self, text: str) -> bytes:
        key = NUMBERS[text] if text.isdigit() else text.translate(_RANK).encode("latin-1") + _END
        if len(text) <= 8 and len(self) < _REMEMBERED:
            self[text] = key
        return key


_key_of = _Turns().__getitem__


def sort_key(version: str) -> bytes:
    """Key of a Debian version; raises InvalidVersion."""
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "", version
    elif not epoch.isdigit():
        raise InvalidVersion(version, "the epoch before ':' is no number")
    upstream, dash, revision = rest.rpartition("-")
    if not dash:
        upstream, revision = rest, "0"
    if _UPSTREAM(upstream) is None or _REVISION(revision) is None:
        raise InvalidVersion(version, "no Debian version of the form [epoch:]upstream[-revision]")
    return NUMBERS[epoch] + _part(upstream) + _part(revision)


def opam_sort_key(version: str) -> bytes:
    """Key of an opam version: one part, compared as dpkg compares an upstream version; raises InvalidVersion."""
    if _OPAM(version) is None:
        raise InvalidVersion(version, "no opam version: letters, digits and .+~_- only")
    return _part(version)


def _part(text: str) -> bytes:
    """Key of the upstream version or the revision; ends with empty non-digits, which is what decides against `~`."""
    if not text[-1].isdigit():
        text += "0"
    return b"".join(map(_key_of, _TURNS(text)))
