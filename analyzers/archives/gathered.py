"""Archives whose directory says where everything is: they are gathered, and read once they are complete."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from analyzers.archives.formats import HEAD
from analyzers.archives.sevenzip import sevenzip_contents
from analyzers.archives.source import Gathered, Source
from analyzers.archives.walk import SEPARATOR, BadArchive, Sink, Walk, unpacking_memory
from analyzers.archives.zip import zip_contents
from analyzers.decompress import DecompressionError
from analyzers.tar_headers import clean, text
from schemas.vocabulary import Reason

if TYPE_CHECKING:
    from analyzers.archives.inside import Inside

Contents = Callable[[Source, Walk, int, int], Iterator[tuple[str, Iterator[bytes]]]]
"""(archive, walk, depth of the archive, memory for unpacking in bytes) -> (name, chunks, the first of HEAD bytes if it has as many)."""
CONTENTS: dict[str, Contents] = {"zip": zip_contents, "7z": sevenzip_contents}


class GatheredArchive:
    """The files of such an archive. `source` may be given instead of feeding it. `packed`: compressions around it."""

    def __init__(self, inside: Inside, form: str, name: str, depth: int, packed: int) -> None:
        self._inside, self._form, self._name, self._depth, self._packed = inside, form, name, depth, packed
        self._gathered = Gathered()
        self.source: Source = self._gathered
        self._member: Sink | None = None

    def feed(self, piece: bytes) -> None:
        most = self._inside.walk.bounds.spooled
        if self._gathered.size + len(piece) > most:
            raise BadArchive(f"a {self._form} of more than {most} bytes", Reason.FILE_TOO_LARGE)
        try:
            self._gathered.add(piece)
        except OSError as error:
            raise BadArchive(f"no room to gather it: {error.strerror}", Reason.FILE_TOO_LARGE) from error

    def close(self) -> None:
        for name, chunks in CONTENTS[self._form](self.source, self._inside.walk, self._depth, unpacking_memory(self._packed)):
            self._open(self._name + SEPARATOR + clean(text(name.encode("utf-8", "backslashreplace"))), chunks)

    def cut(self) -> None:
        if self._member is not None:
            self._member.cut()
            self._member = None

    def _open(self, name: str, chunks: Iterator[bytes]) -> None:
        """A defect ends this member only."""
        try:
            self._feed(name, chunks)
        except (BadArchive, DecompressionError) as error:
            self._inside.walk.defect(name, error)
            if self._member is None:
                self._inside.walk.enter()
            self.cut()
        else:
            if self._member is not None:
                self._member.close()
                self._member = None

    def _feed(self, name: str, chunks: Iterator[bytes]) -> None:
        first = next(chunks, b"")
        if not first:
            return
        packed = self._packed + 1 if self._form == "7z" else 0  # dictionaries are held while a member is read
        self._member = self._inside.member(name, 0, first[:HEAD], self._depth, packed)  # its size is only what the directory says
        if self._member is None:
            return
        self._member.feed(first)
        for chunk in chunks:
            self._member.feed(chunk)
