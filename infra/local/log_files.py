"""Logs of the processes: written with a bound on their size, read from the end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

BLOCK_BYTES = 1 << 16


class RotatingLog:
    """Append to `path`; at `limit_bytes` it becomes `path.1`, `path.1` becomes `path.2`, and so on up to `kept` old files."""

    def __init__(self, path: Path, limit_bytes: int, kept: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self.limit, self.kept = path, limit_bytes, kept
        self.file = path.open("ab", buffering=0)
        self.size = self.file.tell()
        if self.size >= limit_bytes:
            self._rotate()

    def write(self, data: bytes) -> None:
        """Append; a full disk or a folder that is gone loses these bytes, never the process."""
        try:
            if self.size and self.size + len(data) > self.limit:
                self._rotate()
            self.size += self.file.write(data)
        except OSError:
            return

    def _rotate(self) -> None:
        for number in range(self.kept, 0, -1):
            older = self._old(number)
            if older.exists():
                older.unlink() if number == self.kept else older.rename(self._old(number + 1))
        self.path.rename(self._old(1))
        fresh = self.path.open("ab", buffering=0)
        self.file.close()
        self.file, self.size = fresh, 0

    def _old(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def last_lines(path: Path, count: int) -> list[bytes]:
    """The last `count` lines, without reading more of the file than that takes; none if it is absent."""
    try:
        with path.open("rb") as file:
            place, data = file.seek(0, 2), b""
            while place and data.count(b"\n") <= count:
                step = min(BLOCK_BYTES, place)
                place -= step
                file.seek(place)
                data = file.read(step) + data
    except FileNotFoundError:
        return []
    return data.splitlines()[-count:] if count else []


def follow(paths: list[Path], poll_s: float = 0.2) -> Iterator[tuple[Path, bytes]]:
    """New lines of all files from now on, across rotation, for ever."""
    places = {path: path.stat().st_size if path.exists() else 0 for path in paths}
    inodes = {path: path.stat().st_ino if path.exists() else 0 for path in paths}
    while True:
        for path in paths:
            if not path.exists():
                continue
            with path.open("rb") as file:
                inode = path.stat().st_ino
                if inode != inodes[path]:
                    yield from _rest(path.with_name(f"{path.name}.1"), path, places[path], inodes[path])
                    inodes[path], places[path] = inode, 0
                file.seek(places[path])
                while (line := file.readline()).endswith(b"\n"):
                    places[path] += len(line)
                    yield path, line.rstrip(b"\n")
        time.sleep(poll_s)


def _rest(rotated: Path, path: Path, place: int, inode: int) -> Iterator[tuple[Path, bytes]]:
    """What was written to the old file after the last look."""
    if rotated.exists() and rotated.stat().st_ino == inode:
        with rotated.open("rb") as file:
            file.seek(place)
            for line in file:
                yield path, line.rstrip(b"\n")
