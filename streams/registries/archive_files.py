"""The files of a layout folder or of an archive, by name and in any order.

An archive's tar is read once for the places of its members; a compressed archive is unpacked into a temporary file without a name first.
"""

from __future__ import annotations

import os
import posixpath
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from analyzers.contract import Entry
from analyzers.decompress import LONGEST_MAGIC, DecompressionError, decompressor, detect
from analyzers.layer import Limits
from analyzers.tar import Take, TarReader
from analyzers.tar_headers import TarError
from schemas.vocabulary import Reason
from streams.registries.manifests import RegistryError

CHUNK_BYTES = 1 << 20
MEMBERS_LIMIT = 200_000
LINKS_LIMIT = 8


class NotAnImage(Exception):
    """A target that is no image; the text is a sentence for people."""


class Files(Protocol):
    """Random access to named files. `read` and `chunks` raise RegistryError(layer_missing) for a name that is not there."""

    def size(self, name: str) -> int | None:
        """None for a name that is not there."""

    def read(self, name: str, limit: int) -> bytes:
        """A whole file. Raises RegistryError(unsupported_manifest) when it is larger than `limit`."""

    def chunks(self, name: str) -> Iterator[bytes]: ...

    def close(self) -> None: ...


class FolderFiles:
    """A folder on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def size(self, name: str) -> int | None:
        path = self._folder / name
        return path.stat().st_size if path.is_file() else None

    def read(self, name: str, limit: int) -> bytes:
        return _bounded(self, name, limit)

    def chunks(self, name: str) -> Iterator[bytes]:
        try:
            with (self._folder / name).open("rb") as file:
                while chunk := file.read(CHUNK_BYTES):
                    yield chunk
        except OSError as error:
            raise RegistryError(Reason.LAYER_MISSING, f"{name}: {error.strerror or error}") from error

    def close(self) -> None:
        return


class TarFiles:
    """The members of a tar on disk. Raises NotAnImage when it is no tar."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        index = _Index()
        reader = TarReader(index)
        index.reader = reader
        try:
            while chunk := file.read(64 * 1024):
                reader.feed(chunk)
                file.seek(reader.pass_over(), os.SEEK_CUR)
            reader.close()
        except TarError as error:
            if not index.places:
                raise NotAnImage(f"{name} is no image archive: {error}.") from error
        self._places = index.places
        self._links = index.links
        self._end = file.seek(0, os.SEEK_END)

    def size(self, name: str) -> int | None:
        place = self._place(name)
        return place[1] if place else None

    def read(self, name: str, limit: int) -> bytes:
        return _bounded(self, name, limit)

    def chunks(self, name: str) -> Iterator[bytes]:
        place = self._place(name)
        if place is None:
            raise RegistryError(Reason.LAYER_MISSING, f"{name} is not in the archive")
        position, left = place
        while left:
            chunk = os.pread(self._file.fileno(), min(left, CHUNK_BYTES), position)
            if not chunk:
                raise RegistryError(Reason.TRUNCATED_LAYER, f"the archive ends within {name}")
            yield chunk
            position, left = position + len(chunk), left - len(chunk)

    def close(self) -> None:
        self._file.close()

    def _place(self, name: str) -> tuple[int, int] | None:
        for _ in range(LINKS_LIMIT):
            if name in self._places or name not in self._links:
                return self._places.get(name)
            name = self._links[name]
        return None


class _Index:
    """A tar.Consumer that only notes where members lie; the later of two with one name counts."""

    reader: TarReader

    def __init__(self) -> None:
        self.places: dict[str, tuple[int, int]] = {}
        self.links: dict[str, str] = {}

    def begin(self, entry: Entry, head: bytes, sparse: bool) -> Take:
        if self.reader.members > MEMBERS_LIMIT:
            raise NotAnImage(f"The archive has more than {MEMBERS_LIMIT:,} members: no image archive has.")
        path = entry.path
        self.places.pop(path, None)
        self.links.pop(path, None)
        if entry.type == "file" and not sparse:
            self.places[path] = self.reader.content_at, entry.size
        elif entry.type == "hardlink":
            self.links[path] = posixpath.normpath(entry.target).lstrip("/")
        elif entry.type == "symlink":
            self.links[path] = posixpath.normpath(posixpath.join("/", posixpath.dirname(path), entry.target)).lstrip("/")
        return "skip"

    def content(self, piece: bytes) -> None:
        raise AssertionError("nothing was asked for")

    def end(self) -> None:
        raise AssertionError("nothing was asked for")

    def refused(self, entry: Entry, reason: str) -> None:
        return


def open_archive(path: Path, spool: Path | None = None) -> TarFiles:
    """An archive, compressed or not; `spool` is the folder for the temporary file. Raises NotAnImage."""
    file = path.open("rb")
    try:
        kind = detect(file.read(LONGEST_MAGIC))
        file.seek(0)
        if kind == "none":
            return TarFiles(file, path.name)
        with file:
            return TarFiles(_unpacked(file, path.name, spool), path.name)
    except BaseException:
        file.close()
        raise


def _unpacked(file: BinaryIO, name: str, spool: Path | None) -> BinaryIO:
    limits = Limits()
    stream = decompressor(detect(file.read(LONGEST_MAGIC)))
    file.seek(0)
    target = tempfile.TemporaryFile(dir=spool)  # noqa: SIM115 - the caller closes it
    written = 0
    try:
        while chunk := file.read(CHUNK_BYTES):
            for piece in stream.feed(chunk):
                written += target.write(piece)
                if written > limits.tar_bytes or (written > limits.expansion_after and written > limits.expansion * file.tell()):
                    raise RegistryError(Reason.EXPANSION_LIMIT, f"{name} unpacks to more than {limits.expansion} times its size")
        if not stream.complete:
            raise RegistryError(Reason.TRUNCATED_LAYER, f"the compressed data of {name} is cut")
    except DecompressionError as error:
        target.close()
        raise NotAnImage(f"{name} cannot be unpacked: {error}.") from error
    except BaseException:
        target.close()
        raise
    target.seek(0)
    return target


def _bounded(files: Files, name: str, limit: int) -> bytes:
    size = files.size(name)
    if size is not None and size > limit:
        raise RegistryError(Reason.UNSUPPORTED_MANIFEST, f"{name} has {size} bytes, more than {limit}")
    body = bytearray()
    for chunk in files.chunks(name):
        body += chunk
        if len(body) > limit:
            raise RegistryError(Reason.UNSUPPORTED_MANIFEST, f"{name} has more than {limit} bytes")
    return bytes(body)
