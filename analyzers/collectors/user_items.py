"""What baseline items of the user ask about files: which exist with which mode and owner, and in which a line matches.

File facts with `seen` = `user`; Configuration facts `user_line`, one directive for each item and matching line (name = the item), and one
with line 0 for an item that found none, so that "looked" is known. No text of the file is kept: a line may hold a secret.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import ClassVar

from analyzers.contract import BaseCollector, Entry, FileView, PassContext, Wanted
from analyzers.user_rules.expressions import compiled
from analyzers.user_rules.globs import path_matcher
from analyzers.user_rules.load import load_rules, sources
from analyzers.user_rules.records import BaselineItem, FileItem, LineItem
from schemas.facts import Configuration, Directive, Fact, File, Skipped
from schemas.vocabulary import Reason

MAX_FILES = 20_000
MAX_LINES = 200_000
MAX_MATCHES = 100
MAX_LINE_BYTES = 64 * 1024


class UserItems(BaseCollector):
    """Reads files for the items with `check = "file"` and `check = "line"`; it takes part only where there are any."""

    name: ClassVar[str] = "user_items"
    version: ClassVar[int] = 1
    tells: ClassVar[tuple[type[Fact], ...]] = (File, Configuration)
    wanted: ClassVar[Wanted] = Wanted(everything=True, windows=True, entries=True, max_bytes=4 * 1024 * 1024)

    def __init__(self, context: PassContext) -> None:
        super().__init__(context)
        self._take(load_rules(sources(context.rule_files)).baseline)

    def _take(self, records: Iterable[BaselineItem]) -> None:
        self._files, self._lines = _items(records)
        self._found = 0

    @classmethod
    def of(cls, records: Iterable[BaselineItem]) -> UserItems:
        """A reader for records that stand in no rule file."""
        reader = cls(PassContext(b""))
        reader._take(records)
        return reader

    @classmethod
    def rules_of(cls, context: PassContext) -> str:
        """Of the records only what decides the facts: a changed title reads nothing again."""
        files, lines = _items(load_rules(sources(context.rule_files)).baseline)
        told = [["file", sorted(path for one in files for path in one.path)]] if files else []
        told += [[one.id, sorted(one.path), one.regex] for one in lines]
        return hashlib.blake2b(json.dumps(told).encode(), digest_size=8).hexdigest() if told else ""

    def idle(self) -> bool:
        return not self._files and not self._lines

    def entry(self, entry: Entry) -> Iterable[Fact]:
        if not any(path_matcher(one.path).fullmatch(entry.path) for one in self._files):
            return
        self._found += 1
        if self._found <= MAX_FILES:
            yield File(
                path=entry.path, type=entry.type, mode=entry.mode & 0o7777, uid=entry.uid, gid=entry.gid, size=entry.size,
                target=entry.target, details={"seen": "user"},
            )  # fmt: skip

    def collect(self, file: FileView) -> Iterable[Fact]:
        wanted = [one for one in self._lines if path_matcher(one.path).fullmatch(file.path)]
        if not wanted or file.offset:
            return
        if not file.final:
            yield Skipped(path=file.path, collector=self.name, reason=f"{Reason.FILE_TOO_LARGE}: above {self.wanted.max_bytes} bytes")
            return
        lines = file.data.splitlines()
        if len(lines) > MAX_LINES:
            yield Skipped(path=file.path, collector=self.name, reason=f"{Reason.FILE_TOO_LARGE}: lines after {MAX_LINES}")
        directives = [one for item in wanted for one in _matches(item, lines[:MAX_LINES])]
        yield Configuration(path=file.path, software="user_line", directives=tuple(directives))

    def finish(self) -> Iterable[Fact]:
        if self._found > MAX_FILES:
            left = self._found - MAX_FILES
            yield Skipped(collector=self.name, reason=f"{Reason.TOO_MANY_FILES}: {left} files beyond {MAX_FILES} are not listed")


def _matches(item: LineItem, lines: list[bytes]) -> list[Directive]:
    search = compiled(item.regex).search
    numbers = (number for number, line in enumerate(lines, start=1) if search(line[:MAX_LINE_BYTES]))
    return [Directive(line=number, name=item.id) for number in islice(numbers, MAX_MATCHES)] or [Directive(line=0, name=item.id)]


def _items(records: Iterable[BaselineItem]) -> tuple[tuple[FileItem, ...], tuple[LineItem, ...]]:
    every = tuple(records)
    return tuple(one for one in every if isinstance(one, FileItem)), tuple(one for one in every if isinstance(one, LineItem))


def line_items_about(items: Iterable[object], path: str) -> Iterator[str]:
    """Ids of the items that ask about the lines of a file, or of all files where no path is given."""
    return (one.id for one in items if isinstance(one, LineItem) and (not path or path_matcher(one.path).fullmatch(path)))
