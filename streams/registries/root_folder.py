"""A root file system on disk as one layer: packed in a fixed order into a temporary file without a name."""

from __future__ import annotations

import hashlib
import os
import stat
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from schemas.vocabulary import Reason

CHUNK_BYTES = 1 << 20
BLOCK = 512


@dataclass(frozen=True)
class PackedRoot:
    """The layer: digest and size of its tar; `files` counts what is no folder; `skipped` are (path, reason) of what could not be packed."""

    digest: str
    size: int
    files: int
    file: IO[bytes]
    skipped: tuple[tuple[str, str], ...]

    def chunks(self) -> Iterator[bytes]:
        position = 0
        while chunk := os.pread(self.file.fileno(), CHUNK_BYTES, position):
            yield chunk
            position += len(chunk)


@contextmanager
def pack_root(folder: Path, spool: Path | None = None) -> Iterator[PackedRoot]:
    """The folder as a tar without times and names of users, so that equal content gives an equal digest. Other file systems that are
    mounted below it are skipped by name, as are sockets and what cannot be read."""
    with tempfile.TemporaryFile(dir=spool) as file:
        packer = _Packer(folder, file)
        packer.pack()
        yield PackedRoot(f"sha256:{packer.digest.hexdigest()}", packer.size, packer.files, file, tuple(packer.skipped))


class _Packer:
    def __init__(self, folder: Path, file: IO[bytes]) -> None:
        self.digest, self.size, self.files = hashlib.sha256(), 0, 0
        self.skipped: list[tuple[str, str]] = []
        self._folder, self._file = folder, file
        self._inodes: dict[tuple[int, int], str] = {}

    def pack(self) -> None:
        device = self._folder.stat().st_dev
        pending = [""]
        while pending:
            folder = pending.pop()
            below: list[str] = []
            for name in self._names(folder):
                path = f"{folder}/{name}" if folder else name
                try:
                    status = (self._folder / path).lstat()
                    self._member(path, status)
                except OSError as error:
                    self._skip(path, error.strerror or str(error))
                    continue
                self.files += not stat.S_ISDIR(status.st_mode)
                if stat.S_ISDIR(status.st_mode):
                    if status.st_dev == device:
                        below.append(path)
                    else:
                        self._skip(path, "another file system is mounted here")
            pending += reversed(below)
        self._write(bytes(2 * BLOCK))
        self._file.flush()

    def _names(self, folder: str) -> list[str]:
        try:
            return sorted(os.listdir(self._folder / folder))  # noqa: PTH208 - names alone, in bytes order
        except OSError as error:
            self._skip(folder, error.strerror or str(error))
            return []

    def _member(self, path: str, status: os.stat_result) -> None:
        info = tarfile.TarInfo(path)
        info.mode, info.uid, info.gid = stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid
        info.pax_headers = self._attributes(path)
        kind = stat.S_IFMT(status.st_mode)
        if kind == stat.S_IFREG:
            self._regular(path, status, info)
        elif kind == stat.S_IFSOCK:
            self._skip(path, "a socket")
        else:
            info.type = {stat.S_IFDIR: tarfile.DIRTYPE, stat.S_IFLNK: tarfile.SYMTYPE, stat.S_IFIFO: tarfile.FIFOTYPE,
                         stat.S_IFCHR: tarfile.CHRTYPE, stat.S_IFBLK: tarfile.BLKTYPE}[kind]  # fmt: skip
            info.linkname = os.fsdecode((self._folder / path).readlink()) if kind == stat.S_IFLNK else ""
            self._header(info)

    def _regular(self, path: str, status: os.stat_result, info: tarfile.TarInfo) -> None:
        inode = status.st_dev, status.st_ino
        if status.st_nlink > 1 and inode in self._inodes:
            info.type, info.linkname = tarfile.LNKTYPE, self._inodes[inode]
            self._header(info)
            return
        descriptor = os.open(self._folder / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, "rb") as source:  # noqa: PTH123 - a descriptor that was opened without following links
            info.size = status.st_size
            self._header(info)
            left = info.size
            while left and (chunk := source.read(min(left, CHUNK_BYTES))):
                self._write(chunk)
                left -= len(chunk)
        if left:
            self._skip(path, "it became shorter while it was read")
        self._write(bytes(left + -info.size % BLOCK))
        if status.st_nlink > 1:
            self._inodes[inode] = path

    def _attributes(self, path: str) -> dict[str, str]:
        full = self._folder / path
        try:
            names = os.listxattr(full, follow_symlinks=False)
            values = {name: os.getxattr(full, name, follow_symlinks=False) for name in names}
        except OSError:  # a file system without attributes
            return {}
        return {f"SCHILY.xattr.{name}": value.decode("utf-8", "surrogateescape") for name, value in values.items()}

    def _header(self, info: tarfile.TarInfo) -> None:
        self._write(info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape"))

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self.digest.update(data)
        self.size += len(data)

    def _skip(self, path: str, text: str) -> None:
        self.skipped.append((path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"), f"{Reason.UNREADABLE}: {text}"))
