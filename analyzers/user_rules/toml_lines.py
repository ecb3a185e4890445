"""Where the tables and keys of a TOML document stand: tomllib gives values without lines, and people want to know the line."""

from __future__ import annotations

import re

Place = tuple[str | int, ...]
_HEADER = re.compile(r"[ \t]*(\[\[?)([^\[\]\n]+|(?:\"[^\"\n]*\"|'[^'\n]*'|[^\[\]\"'\n])+)\]")
_KEY = re.compile(r"[ \t]*((?:[\w-]+|\"[^\"\n]*\"|'[^'\n]*')(?:[ \t]*\.[ \t]*(?:[\w-]+|\"[^\"\n]*\"|'[^'\n]*'))*)[ \t]*=")
_PART = re.compile(r"[\w-]+|\"[^\"\n]*\"|'[^'\n]*'")
_SKIP = re.compile(
    r"\"\"\"(?:[^\\]|\\.)*?\"{3,5}|'''.*?'{3,5}|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|#[^\n]*|[\[\]{}\n]|[^\"'#\[\]{}\n]+|.", re.DOTALL
)


class TomlLines:
    """Line numbers of a valid document, by the path of a value: `("pattern", 0, "regex")`."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Place, int] = {}
        self._counts: dict[Place, int] = {}
        self._table: Place = ()
        position, line = 0, 1
        while position < len(text):
            end = self._statement(text, position, line)
            line += text.count("\n", position, end)
            position = end

    def at(self, place: Place) -> int:
        """The line of a value, or of the nearest thing around it that has one; 1 without any."""
        for length in range(len(place), 0, -1):
            if place[:length] in self._lines:
                return self._lines[place[:length]]
        return 1

    def _statement(self, text: str, position: int, line: int) -> int:
        """Note what the line at `position` begins, and give where the next statement begins."""
        if header := _HEADER.match(text, position):
            self._open(_parts(header[2]), header[1] == "[[", line)
        elif key := _KEY.match(text, position):
            self._lines.setdefault((*self._table, *_parts(key[1])), line)
        depth = 0
        for token in _SKIP.finditer(text, position):
            depth += token[0] in ("[", "{")
            depth -= token[0] in ("]", "}")
            if token[0] == "\n" and depth <= 0:
                return token.end()
        return len(text)

    def _open(self, parts: tuple[str, ...], array: bool, line: int) -> None:
        place: Place = ()
        for part in parts[:-1]:
            place = (*place, part)
            if place in self._counts:
                place = (*place, self._counts[place] - 1)
        place = (*place, parts[-1])
        if array:
            self._counts[place] = self._counts.get(place, 0) + 1
            place = (*place, self._counts[place] - 1)
        self._table = place
        self._lines.setdefault(place, line)


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(name))
