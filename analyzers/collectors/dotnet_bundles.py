""".NET programs of one file (`PublishSingleFile`): the `.deps.json` that is packed into them, never compressed.

Source: .NET runtime, designs "Single-file publish" and "Bundle manifest", apphost's bundle_marker: eight bytes with the place of the
manifest, zero in a host without a bundle, stand before a fixed mark. The text is found by its beginning, as the manifest stands at the end
of the file; the SDK indents it, so that its last brace is the first one at the beginning of a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from analyzers.collectors.application_files import LOCK_BYTES, ApplicationCollector, Unreadable
from analyzers.collectors.dotnet import host_packages
from analyzers.contract import OVERLAP, FileView, Wanted
from schemas.facts import Fact

_MARK = bytes.fromhex("8b1202b96a612038727b930214d7a03213f5b9e6efae3318ee3b2dce24b36aae")  # SHA-256 of ".net core bundle\n"
_PLACE = 8
_BEGINNING = re.compile(rb'\{\s{1,8}"runtimeTarget"\s{0,4}:')
_END = b"\n}"


class DotnetBundles(ApplicationCollector):
    """Facts: Package of type `nuget` per package that a program of one file carries, its runtime among them."""

    name: ClassVar[str] = "dotnet-bundles"
    version: ClassVar[int] = 1
    reads_windows: ClassVar[bool] = True
    wanted: ClassVar[Wanted] = Wanted(executables=True, windows=True, max_bytes=4 * 1024 * 1024)

    _bundled: bool = False
    _text: bytearray | None = None
    _whole: bool = False

    def read(self, file: FileView) -> Iterator[Fact]:
        if file.offset == 0:
            self._bundled, self._text, self._whole = False, None, False
        self._bundled = self._bundled or _is_bundled(file)
        if not self._bundled or self._whole:
            return
        if self._text is None:
            found = _BEGINNING.search(file.data)
            self._text = bytearray(file.data[found.start() :]) if found else None
        else:
            self._text += file.data[OVERLAP:]
        if self._text is None:
            if file.final:
                raise Unreadable("a .NET program of one file without a list of its packages")
            return
        end = self._text.find(_END)
        if end < 0 and len(self._text) <= LOCK_BYTES and not file.final:
            return
        text, self._text, self._whole = bytes(self._text[: end + 2 if end >= 0 else LOCK_BYTES]), None, True
        yield from host_packages(file.path, text)


def _is_bundled(file: FileView) -> bool:
    """Whether a mark is there whose manifest lies behind it in the file; other programs may hold the mark to look for it."""
    place = file.data.find(_MARK)
    if place < _PLACE:
        return False
    return file.offset + place < int.from_bytes(file.data[place - _PLACE : place], "little") < file.entry.size
