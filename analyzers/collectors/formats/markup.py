"""XML as far as configuration files need it: elements with attributes, by pattern, without entities and external references."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ELEMENT = re.compile(r"<([A-Za-z][\w.:-]*+)((?:\s++[\w.:-]++\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'))*+)\s*+/?>")  # no way back
_ATTRIBUTE = re.compile(r"([\w.:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


@dataclass(frozen=True, slots=True)
class Element:
    """A start tag: its line, name, attributes and the text up to the next tag."""

    line: int
    name: str
    attributes: dict[str, str]
    text: str


def uncommented(text: str) -> str:
    """Comments as blank lines, so that line numbers stay."""
    return re.sub(r"<!--.*?(?:-->|\Z)", lambda found: "\n" * found[0].count("\n"), text, flags=re.DOTALL)


def elements(text: str) -> Iterator[Element]:
    """Start tags in the order of the text."""
    plain = uncommented(text)
    line, place = 1, 0
    for found in _ELEMENT.finditer(plain):
        line += plain.count("\n", place, found.start())
        place = found.start()
        attributes = {one[1]: one[2] if one[2] is not None else one[3] for one in _ATTRIBUTE.finditer(found[2])}
        end = plain.find("<", found.end())
        yield Element(line, found[1], attributes, plain[found.end() : end if end >= 0 else None].strip()[:500])
