"""Hashes of every regular file, kept so that a list of known files can be asked about layers that were read long ago.

Covered: files that are not empty, of any size, and members of the archives that were opened. Sparse files that are read in windows are
left out, as their holes are not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from analyzers.contract import BaseCollector, FileView, PassContext, Wanted
from schemas.facts import Fact, FileHashes

FILES_A_FACT = 4096


class FileHashCollector(BaseCollector):
    """Facts: FileHashes, of up to FILES_A_FACT files each."""

    name: ClassVar[str] = "file-hashes"
    version: ClassVar[int] = 2
    tells: ClassVar[tuple[type[Fact], ...]] = (FileHashes,)
    wanted: ClassVar[Wanted] = Wanted(everything=True, windows=True, inside=True, digests=True, max_bytes=32 * 1024 * 1024)

    def __init__(self, context: PassContext) -> None:
        super().__init__(context)
        self._rows: list[tuple[str, int, bytes, bytes]] = []

    def collect(self, file: FileView) -> Iterable[Fact]:
        size = file.offset + len(file.data)
        if size and size >= file.entry.size and (sha256 := file.sha256):
            self._rows.append((file.path, size, bytes.fromhex(sha256), bytes.fromhex(file.md5)))
        return self.finish() if len(self._rows) >= FILES_A_FACT else ()

    def finish(self) -> Iterator[Fact]:
        rows, self._rows = self._rows, []
        if rows:
            yield FileHashes.of(rows)
