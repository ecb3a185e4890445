"""Today's rules and readers: the folder of the user's rules is looked at again while the process runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from streams.inspection import InspectionSettings

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 1.0
Stamp = tuple[tuple[str, int, int], ...]


class Reading:
    """Call it for the settings of now. `make` reads them; it is asked again when a file below `folder` came, went or changed. Safe between
    threads."""

    def __init__(self, folder: Path, make: Callable[[], InspectionSettings]) -> None:
        self._folder, self._make = folder, make
        self._lock = threading.Lock()
        self._looked, self._stamp, self._settings = time.monotonic(), stamp(folder), make()

    def __call__(self) -> InspectionSettings:
        with self._lock:
            now = time.monotonic()
            if now - self._looked >= LOOK_EVERY_S:
                self._looked, found = now, stamp(self._folder)
                if found != self._stamp:
                    self._stamp, self._settings = found, self._make()
                    log.info("rules changed", files=len(found))
            return self._settings

    def readers(self, part: str) -> tuple[str, ...]:
        """Ids of all that must have read a `config` or a `layer`."""
        return self().readers(part)


def stamp(folder: Path) -> Stamp:
    """(path, size, time of change in ns) of every file below a folder."""
    found = []
    for path in folder.rglob("*"):
        try:
            state = path.stat()
        except OSError:  # it went in this moment
            continue
        found.append((str(path), state.st_size, state.st_mtime_ns))
    return tuple(sorted(found))
