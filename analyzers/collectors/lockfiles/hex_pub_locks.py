"""Lock files of Mix (Elixir), Rebar (Erlang) and pub (Dart). Sources: Mix.SCM and Hex documentation; Rebar 3, "Lock files"; Dart, "The
pubspec.lock file"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from analyzers.collectors.application_files import LOCK_BYTES, LockCollector, declared, table_in, text_in, text_of
from analyzers.collectors.lockfiles.indented import mapping
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact

_HEX = re.compile(r"^(?:%\{)?[ \t]{0,80}\"[^\"\n]{1,200}\":\s*\{:hex,\s*:\"?([\w.-]+)\"?,\s*\"([^\"\n]{1,200})\"", re.MULTILINE)

_NEEDED = re.compile(r"\{:\"?[\w.-]{1,200}\"?, \"[^\"\n]{0,200}\", \[[^\]\n]{0,200}?hex: :\"?([\w.-]{1,200})")
_LINE = 10_000
_REBAR = re.compile(r"\{\s{0,9}pkg\s{0,9},\s{0,9}<<\"([\w.-]{1,200})\">>\s{0,9},\s{0,9}<<\"([^\"\n]{1,200})\">>")
_FETCHED = re.compile(r"(?:^|/)(?:deps|_build/[^/]+/lib)/[^/]+/[^/]+\.lock\Z")  # Mix and Rebar put dependencies there, with what they bring


class MixLock(LockCollector):
    """Facts: Package of type `hex`; dependencies on repositories and folders have no version."""

    name: ClassVar[str] = "mix-lock"
    version: ClassVar[int] = 3
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"mix.lock", "rebar.lock"}), max_bytes=LOCK_BYTES)

    def concerns(self, path: str) -> bool:
        return super().concerns(path) and _FETCHED.search(path) is None

    def read(self, file: FileView) -> Iterator[Fact]:
        text = text_of(file.data)
        for match in (_REBAR if file.path.endswith("rebar.lock") else _HEX).finditer(text):
            line = text[match.end() : match.end() + _LINE].partition("\n")[0]
            yield declared(file, "hex", match[1], match[2], depends=_NEEDED.findall(line))


class PubspecLock(LockCollector):
    """Facts: Package of type `pub` for what comes from a package server or a repository."""

    name: ClassVar[str] = "pubspec-lock"
    version: ClassVar[int] = 3
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"pubspec.lock"}), max_bytes=LOCK_BYTES)

    def read(self, file: FileView) -> Iterator[Fact]:
        packages = table_in(mapping(text_of(file.data)), "packages")
        for name in packages:
            entry = table_in(packages, name)
            if text_in(entry, "source") in ("hosted", "git") and text_in(entry, "version"):
                yield declared(file, "pub", name, text_in(entry, "version"), development=text_in(entry, "dependency") == "direct dev")
