"""Packages of the apk database (Alpine, Wolfi, Chainguard) and the files that they own.

Source: apk-package(5) and the installed database of apk-tools: records of `letter:value` lines, an empty line between them.
`F:` opens a folder, `R:` names a file in it; checksums (`Z:`) are SHA-1 and therefore not kept as MD5.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar

from analyzers.collectors.package_details import kib, named
from analyzers.contract import BaseCollector, FileView, Wanted
from schemas.facts import Fact, OwnedFiles, Package, Skipped
from schemas.vocabulary import Reason

DATABASES = frozenset({"lib/apk/db/installed", "usr/lib/apk/db/installed"})
MAX_OWNED_CHARACTERS = 64 * 1024 * 1024  # of all paths; Alpine with a desktop has some 3 million
_BETWEEN = re.compile(r"\r?\n[ \t\r]*\n")
_BOUND = re.compile(r"[<>=~@]")


class Apk(BaseCollector):
    """Facts: Package and OwnedFiles per record; a record without name or version is Skipped."""

    name: ClassVar[str] = "apk"
    version: ClassVar[int] = 3
    tells: ClassVar[tuple[type[Fact], ...]] = (OwnedFiles, Package)
    wanted: ClassVar[Wanted] = Wanted(paths=DATABASES, max_bytes=64 * 1024 * 1024)

    def collect(self, file: FileView) -> Iterable[Fact]:
        text = file.data.decode("utf-8", "backslashreplace")
        records: list[_Record] = []
        room = MAX_OWNED_CHARACTERS
        for block in _BETWEEN.split(text):
            if block.strip():
                records.append(_Record(block, room))
                room = records[-1].room
        if room <= 0:
            reason = f"{Reason.EXPANSION_LIMIT}: file lists beyond {MAX_OWNED_CHARACTERS} characters"
            yield Skipped(path=file.path, collector=self.name, reason=reason)
        providers = _providers(records)
        for record in records:
            fields = record.fields
            name, version = fields.get("P", ""), fields.get("V", "")
            for other in record.others:
                yield Skipped(path=file.path, collector=self.name, reason=f"{Reason.UNREADABLE}: {other} runs into {name}")
            if not name or not version:
                what = f"{name or 'a record'} has no {'version' if name else 'name'}"
                yield Skipped(path=file.path, collector=self.name, reason=f"{Reason.UNREADABLE}: {what}")
                continue
            wanted = (_BOUND.split(word, maxsplit=1)[0] for word in fields.get("D", "").split() if not word.startswith("!"))
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


class _Record:
    """One package: its one-letter fields and the paths of its files."""

    __slots__ = ("fields", "files", "others", "room")

    def __init__(self, block: str, room: int) -> None:
        self.room = room
        self.fields: dict[str, str] = {}
        self.files: list[str] = []
        self.others: list[str] = []  # names of packages without an empty line before them
        folder = ""
        for line in block.split("\n"):
            letter, colon, value = line.partition(":")
            if not colon or len(letter) != 1:
                continue
            value = value.rstrip("\r")
            if letter == "F":
                folder = value.strip("/")
            elif letter == "R":
                self.room -= len(folder) + len(value) + 1
                if self.room > 0:
                    self.files.append(f"{folder}/{value}" if folder else value)
            elif letter == "P" and self.fields.get("P", value.strip()) != value.strip():
                self.others.append(value.strip())
            elif letter not in "aMZ":
                self.fields.setdefault(letter, value.strip())


def _providers(records: list[_Record]) -> dict[str, str]:
    """What a dependency may name -> installed package: its own name, then what it provides (`so:`, `cmd:`, `pc:`, virtual names)."""
    table = {record.fields["P"]: record.fields["P"] for record in records if record.fields.get("P")}
    for record in records:
        for word in _provided(record):
            table.setdefault(word, record.fields["P"])
    return table


def _provided(record: _Record) -> Iterator[str]:
    if record.fields.get("P"):
        for word in record.fields.get("p", "").split():
            yield _BOUND.split(word, maxsplit=1)[0]
