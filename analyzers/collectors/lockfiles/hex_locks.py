"""Lock files of Mix (Elixir) and Rebar (Erlang). Sources: Mix.SCM and Hex documentation; Rebar 3, "Lock files"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from analyzers.collectors.application_files import LOCK_BYTES, LockCollector, declared, text_of
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
