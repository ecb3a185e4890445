"""Crates of Rust programs that were built with cargo-auditable: zlib-packed JSON in a section `.dep-v0` of the executable.

Source: cargo-auditable, PARSING.md and its JSON schema. The packed text is found by its beginning, in ELF, PE and Mach-O alike; the name
of the section has to be there as well.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Any, ClassVar

from analyzers.collectors.application_files import ApplicationCollector, Unreadable, json_object, text_in
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact, Package

SECTION = b".dep-v0\0"  # as tables of section names write it in all three formats
MAX_TEXT = 8 * 1024 * 1024
_ZLIB = re.compile(rb"x[\x01\x5e\x9c\xda]")
_BEGINNING = b'{"packages":['


class Rust(ApplicationCollector):
    """Facts: Package of type `cargo` per crate that went into a program; build-time crates are marked as development."""

    name: ClassVar[str] = "rust"
    version: ClassVar[int] = 3
    reads_windows: ClassVar[bool] = True
    wanted: ClassVar[Wanted] = Wanted(executables=True, windows=True, max_bytes=4 * 1024 * 1024)

    _seen: bool = False
    _text: bytes | None = None

    def read(self, file: FileView) -> Iterator[Fact]:
        if file.offset == 0:
            self._seen, self._text = False, None
        self._seen = self._seen or SECTION in file.data
        if self._text is None and (self._seen or not file.final):  # names of sections stand behind them
            self._text = _audit_text(file.data)
        if not (file.final and self._seen):
            return
        if self._text is None:
            raise Unreadable("a section .dep-v0 without readable content")
        listed = json_object(self._text).get("packages")
        entries = [one if isinstance(one, dict) else {} for one in listed] if isinstance(listed, list) else []
        names = [text_in(one, "name") for one in entries]
        for entry in entries:
            if entry and text_in(entry, "source") != "local":  # the program's own crates
                yield _crate(file.path, entry, names)


def _audit_text(data: bytes) -> bytes | None:
    for match in _ZLIB.finditer(data):
        head = zlib.decompressobj()
        try:
            if not head.decompress(data[match.start() : match.start() + 256], len(_BEGINNING) + 64).startswith(_BEGINNING):
                continue
            whole = zlib.decompressobj()
            text = whole.decompress(data[match.start() : match.start() + MAX_TEXT], MAX_TEXT)
        except zlib.error:
            continue
        if whole.eof:
            return text
    return None


def _crate(path: str, entry: dict[str, Any], names: list[str]) -> Package:
    """names: of all crates, in the order of the list: `dependencies` are places in it."""
    places = entry.get("dependencies")
    needs = (names[one] for one in (places if isinstance(places, list) else ()) if type(one) is int and 0 <= one < len(names))
    return Package(
        path=path, type="cargo", name=text_in(entry, "name"), version=text_in(entry, "version"),
        development=text_in(entry, "kind") == "build", depends=tuple(dict.fromkeys(filter(None, needs))),
        details={"source": text_in(entry, "source")[:200]} if entry.get("source") else {},
    )  # fmt: skip
