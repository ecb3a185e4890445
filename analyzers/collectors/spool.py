"""A large file that comes in windows, put together in an unnamed temporary file: an archive needs its end first, and memory is bounded."""

from __future__ import annotations

import mmap
import tempfile

from analyzers.contract import FileView


class Spool:
    """Gathers the windows of one file from its byte `start` on. Raises OSError where the disk is full."""

    def __init__(self, start: int) -> None:
        self._start = start
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (it is closed with the spool)

    def add(self, window: FileView) -> None:
        """Windows overlap: what came before is written again."""
        skipped = max(self._start - window.offset, 0)
        self._file.seek(window.offset + skipped - self._start)
        self._file.write(memoryview(window.data)[skipped:])

    def content(self) -> mmap.mmap:
        """The whole file; only what is looked at comes into memory."""
        self._file.flush()
        return mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
