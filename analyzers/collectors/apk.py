"""Packages of the apk database (Alpine, Wolfi, Chainguard) and the files that they own.

Source: apk-package(5) and the installed database of apk-tools: records of `letter:value` lines, an empty line between them.
`F:` opens a folder, `R:` names a file in it; checksums (`Z:`) are SHA-1 and therefore not kept as MD5.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import ClassVar

from analyzers.collectors.package_details import kib, named, told_once
from analyzers.contract import BaseCollector, FileView, Wanted
from schemas.facts import Fact, OwnedFiles, Package, Skipped
from schemas.vocabulary import Reason

DATABASES = frozenset({"lib/apk/db/installed", "usr/lib/apk/db/installed"})
MAX_PACKAGES = 100_000
MAX_OWNED_CHARACTERS = 64 * 1024 * 1024  # of all paths, 32 more for each; Alpine with a desktop has some 5 million
MAX_CAPABILITIES = 1_000_000
_LONG = 1 << 20
_BETWEEN = re.compile(rb"\r?\n[ \t\r]*\n")
_LINE = re.compile(rb"[^\n]+")
_WORDS = re.compile(r"\S+").finditer
_BOUND = re.compile(r"[<>=~@]")


class Apk(BaseCollector):
    """Facts: Package and OwnedFiles per record; a record without name or version is Skipped."""

    name: ClassVar[str] = "apk"
    version: ClassVar[int] = 4
    tells: ClassVar[tuple[type[Fact], ...]] = (OwnedFiles, Package)
    wanted: ClassVar[Wanted] = Wanted(paths=DATABASES, max_bytes=64 * 1024 * 1024)

    def collect(self, file: FileView) -> Iterable[Fact]:
        return told_once(self._facts(file), file.path, self.name)

    def _facts(self, file: FileView) -> Iterator[Fact]:
        found = _records(file.data)
        records = list(islice(found, MAX_PACKAGES))
        if next(found, None):
            yield self._skipped(file.path, f"{Reason.UNREADABLE}: more than {MAX_PACKAGES} packages")
        if records and records[-1].room <= 0:
            yield self._skipped(file.path, f"{Reason.EXPANSION_LIMIT}: file lists beyond {MAX_OWNED_CHARACTERS} characters")
        providers = _providers(records)
        if len(providers) > MAX_CAPABILITIES:
            reason = f"{Reason.EXPANSION_LIMIT}: more than {MAX_CAPABILITIES} capabilities: what needs what is told in part"
            yield self._skipped(file.path, reason)
        for record in records:
            fields = record.fields
            name, version = fields.get("P", ""), fields.get("V", "")
            if record.runs_into:
                yield self._skipped(file.path, f"{Reason.UNREADABLE}: {name} runs into {record.runs_into}")
            if not name or not version:
                what = f"{name or 'a record'} has no {'version' if name else 'name'}"
                yield self._skipped(file.path, f"{Reason.UNREADABLE}: {what}")
                continue
            wanted = (_BOUND.split(word[0], maxsplit=1)[0] for word in _WORDS(fields.get("D", "")) if not word[0].startswith("!"))
            depends = dict.fromkeys(providers[word] for word in wanted if word in providers)
            yield Package(
                path=file.path,
                type="apk",
                name=name,
                version=version,
                arch=fields.get("A", ""),
                source=fields.get("o") or name,
                source_version=version,
                licences=(fields["L"],) if fields.get("L") else (),
                depends=tuple(other for other in depends if other != name),
                details=named(maintainer=fields.get("m", ""), installed_kib=kib(fields.get("I", ""), 1024)),
            )
            if record.files:
                yield OwnedFiles(path=file.path, package=name, arch=fields.get("A", ""), files=tuple(record.files))

    def _skipped(self, path: str, reason: str) -> Skipped:
        return Skipped(path=path, collector=self.name, reason=reason)


class _Record:
    """One package: its one-letter fields and the paths of its files. `runs_into`: the package before it, where no empty line parts them."""

    __slots__ = ("fields", "files", "room", "runs_into")

    def __init__(self, room: int, runs_into: str = "") -> None:
        self.room, self.runs_into = room, runs_into
        self.fields: dict[str, str] = {}
        self.files: list[str] = []


def _records(data: bytes) -> Iterator[_Record]:
    start, room = 0, MAX_OWNED_CHARACTERS
    for end, behind in chain(((one.start(), one.end()) for one in _BETWEEN.finditer(data)), ((len(data), 0),)):
        for record in _block(_lines(data, start, end), room):
            room = record.room
            yield record
        start = behind


def _lines(data: bytes, start: int, end: int) -> Iterable[str]:
    if end - start <= _LONG:
        return data[start:end].decode("utf-8", "backslashreplace").split("\n")
    return (one[0].decode("utf-8", "backslashreplace") for one in _LINE.finditer(data, start, end))


def _block(lines: Iterable[str], room: int) -> Iterator[_Record]:
    """The package of a block of lines; more of them where empty lines are missing."""
    record, folder = _Record(room), ""
    blank = True
    for line in lines:
        blank = blank and not line.strip()
        letter, colon, value = line.partition(":")
        if not colon or len(letter) != 1:
            continue
        value = value.rstrip("\r")
        if letter == "F":
            folder = value.strip("/")
        elif letter == "R":
            record.room -= len(folder) + len(value) + 33
            if record.room > 0:
                record.files.append(f"{folder}/{value}" if folder else value)
        elif letter == "P" and record.fields.get("P", value.strip()) != value.strip():
            yield record
            record, folder = _Record(record.room, record.fields["P"]), ""
            record.fields["P"] = value.strip()
        elif letter not in "aMZ":
            record.fields.setdefault(letter, value.strip())
    if not blank:
        yield record


def _providers(records: list[_Record]) -> dict[str, str]:
    """What a dependency may name -> installed package: its own name, then what it provides (`so:`, `cmd:`, `pc:`, virtual names)."""
    table = {record.fields["P"]: record.fields["P"] for record in records if record.fields.get("P")}
    for record in records:
        for word in _provided(record):
            table.setdefault(word, record.fields["P"])
            if len(table) > MAX_CAPABILITIES:
                return table
    return table


def _provided(record: _Record) -> Iterator[str]:
    if record.fields.get("P"):
        for word in _WORDS(record.fields.get("p", "")):
            yield _BOUND.split(word[0], maxsplit=1)[0]
