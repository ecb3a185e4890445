"""What rules say, in other languages than English.

Each category has its own words in `texts/<language>.toml`, what several share stands beside this file: tables of English sentence to
translation. The English sentence is the key, so a sentence that changed, one that a user wrote, and one that is missing are all shown
in English, never with the translation of something else. `{name}` stands for any text that is kept as it is, `{text}` for one that is
translated itself.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from importlib.resources import files
from importlib.resources.abc import Traversable

LANGUAGES = ("en", "ja", "zh")
_PLACE = re.compile(r"\{([a-z_]+)\}")


class Texts:
    """The sentences of one language."""

    def __init__(self, entries: Mapping[str, str]) -> None:
        """entries: English sentence -> translation; both name the same places."""
        self.entries = entries
        self._patterns = [(_pattern(english), translation) for english, translation in entries.items() if _PLACE.search(english)]

    def __call__(self, english: str) -> str:
        """The translation; the English sentence itself where there is none."""
        known = self.entries.get(english)
        if known is not None:
            return known
        for pattern, translation in self._patterns:
            if found := pattern.fullmatch(english):
                parts = {name: self._part(name, part) for name, part in found.groupdict().items()}
                return _PLACE.sub(partial(_filled, parts), translation)
        return english

    def _part(self, name: str, part: str) -> str:
        """A part as a sentence shows it; in the middle of an English sentence a title begins with a small letter."""
        if name != "text":
            return part
        return self.entries.get(part) or self.entries.get(part[:1].upper() + part[1:], part)


def _filled(parts: Mapping[str, str], place: re.Match[str]) -> str:
    return parts[place[1]]


def _pattern(english: str) -> re.Pattern[str]:
    pieces = _PLACE.split(english)
    return re.compile("".join(f"(?P<{piece}>.+?)" if odd % 2 else re.escape(piece) for odd, piece in enumerate(pieces)), re.DOTALL)


def read_texts(folders: Iterable[Traversable], language: str) -> Texts:
    """The sentences of a language from `texts/<language>.toml` of all folders that have one."""
    entries: dict[str, str] = {}
    for folder in folders:
        file = folder / "texts" / f"{language}.toml"
        if file.is_file():
            for table in tomllib.loads(file.read_text("utf-8")).values():
                entries |= table
    return Texts(entries)


@cache
def rule_texts(language: str) -> Texts:
    """What the rules of all categories say in one of LANGUAGES; for English there is nothing to translate."""
    return read_texts(_folders(), language)


def _folders() -> Iterator[Traversable]:
    root = files("analyzers")
    yield root
    yield from sorted((folder for folder in root.iterdir() if folder.is_dir()), key=lambda folder: folder.name)
