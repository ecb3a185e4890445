"""Today's rules and readers: the folders that they come from are looked at again while the process runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from streams.inspection import InspectionSettings
from streams.rule_folders import stamp

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 1.0


class Reading:
    """Call it for the settings of now. `make` reads them; it is asked again when a rule file below `folders` came, went or changed. Safe
    between threads."""

    def __init__(self, folders: Sequence[Path], make: Callable[[], InspectionSettings]) -> None:
        self._folders, self._make = folders, make
        self._lock = threading.Lock()
        self._looked, self._stamp, self._settings = time.monotonic(), stamp(folders), make()

    def __call__(self) -> InspectionSettings:
        with self._lock:
            now = time.monotonic()
            if now - self._looked >= LOOK_EVERY_S:
                self._looked, found = now, stamp(self._folders)
                if found != self._stamp:
                    self._stamp, self._settings = found, self._make()
                    log.info("rules changed", files=len(found))
            return self._settings

    def readers(self, part: str) -> tuple[str, ...]:
        """Ids of all that must have read a `config` or a `layer`."""
        return self().readers(part)
