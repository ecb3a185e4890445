"""What rules say, in other languages than English.

Each category has its own words in `texts/<language>.toml`, what several share stands beside this file: tables of English sentence to
translation. The English sentence is the key, so a sentence that changed, one that a user wrote, and one that is missing are all shown
in English, never with the translation of something else. `{name}` stands for any text that is kept as it is, `{text}` for one that is
a sentence of these tables itself: where it is not, the whole stays English.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from importlib.resources import files
from importlib.resources.abc import Traversable

LANGUAGES = ("en", "ja", "zh")
_BETWEEN = re.compile(r"(?<=[a-z]\.) (?=[A-Z])")
LONGEST = 1_000
"""Characters of a sentence that is looked for by its pattern; what has places is short."""
_PLACE = re.compile(r"\{([a-z_]+)\}")


class Texts:
    """The sentences of one language."""

    def __init__(self, entries: Mapping[str, str]) -> None:
        """entries: English sentence -> translation; both name the same places."""
        self.entries = entries
        with_places = sorted(filter(_PLACE.search, entries), key=len, reverse=True)  # what says more is tried first
        self._patterns = [(_pattern(english), entries[english]) for english in with_places]

    def __call__(self, english: str) -> str:
        """The translation; the English sentence itself where there is none."""
        if english in self.entries:
            return self.entries[english]
        for pattern, translation in self._patterns if len(english) <= LONGEST else ():
            if (found := pattern.fullmatch(english)) and (parts := self._parts(found.groupdict())):
                return _PLACE.sub(partial(_filled, parts), translation)
        return english

    def each(self, sentences: str) -> str:
        """Several sentences, each translated by itself; all of them in English where one has no translation."""
        known = [(one, self(one)) for one in _BETWEEN.split(sentences)]
        return sentences if any(one == translation for one, translation in known) else "".join(translation for _, translation in known)

    def _parts(self, parts: dict[str, str]) -> dict[str, str]:
        """What stands in the places of a translation; nothing if `text` is unknown. Inside a sentence it begins with a small letter."""
        text = parts.get("text", "")
        known = self.entries.get(text) or self.entries.get(text[:1].upper() + text[1:])
        if text and known is None:
            return {}
        return {**parts, "text": known or ""}


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
