"""Which lines of builds an entry of a record is about, told in the place of a module stream.

An entry for a line (`fips`) is about its builds alone, and what the record says about the release itself (`!esm,fips`) is then not
about them. A line that the record does not speak of follows the release. An entry without a fix does not stand against one of the same line
that has one: certified builds for FIPS stay as they are, those with updates do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from analyzers.build_lines import extended
from streams.advisories.record import Affected

_MAJOR, _MONTH = re.compile(r"\d+"), re.compile(r"\d\d\.\d\d")
Place = tuple[str, str, str]


def by_line(found: Iterable[Affected]) -> list[Affected]:
    """The entries of one record, each with its line where there are several: the line that its ecosystem is about, or that stands in the
    place of the module already. Entries of module streams stay as they are."""
    entries = [(one, _line(one)) for one in found]
    if not any(line for _, line in entries):
        return [one for one, _ in entries]
    mended = {(_place(one), line) for one, line in entries if line and one.spans.fixes}
    entries = [(one, line) for one, line in entries if one.spans.fixes or (_place(one), line) not in mended]
    spoken: dict[Place, set[str]] = {}
    for one, line in entries:
        if line:
            spoken.setdefault(_place(one), set()).add(line)
    releases = {_place(one) for one, line in entries if not line}
    return [_marked(one, line, spoken.get(_place(one), set()), _place(one) in releases) for one, line in entries]


def _marked(one: Affected, line: str, others: set[str], beside_release: bool) -> Affected:
    if _is_stream(one):
        return one
    if not line:
        return one._replace(module="!" + ",".join(sorted(others))) if others else one
    # What is said about Pro only holds for everybody: the flaw is there, the fix is not to be had.
    return one._replace(module=line) if beside_release or line != "esm" else one


def _line(one: Affected) -> str:
    return "" if _is_stream(one) else one.module or extended(one.ecosystem)


def _is_stream(one: Affected) -> bool:
    return ":" in one.module


def _place(one: Affected) -> Place:
    """Distribution, release (Ubuntu's with its month) and package."""
    base, _, rest = one.ecosystem.partition(":")
    release = (_MONTH if base == "Ubuntu" else _MAJOR).search(rest)
    return base, release[0] if release else "", one.name
