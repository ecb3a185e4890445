"""Today's rules and readers: the folders that they come from are looked at again while the process runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from infra.settings import Settings
from streams.analysis import chosen_items
from streams.clamd import ClamdSettings
from streams.clamd_signatures import FOLDER as SIGNATURES
from streams.clamd_signatures import follow_signatures, signatures
from streams.inspection import InspectionSettings
from streams.rule_folders import read_rule_files, rule_folders, stamp
from streams.surroundings import Assets

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


def inspection_settings(settings: Settings) -> InspectionSettings:
    """What reading processes must know: the key of secret values, the user's rules, where compiled ones are kept, the virus
    scanner, what images are worth."""
    rules = read_rule_files(settings)
    return InspectionSettings(
        str(settings.home), settings.secret_key(), rules.contents, {"cache": str(settings.cache / "rules")}, rules.problems,
        settings.strategy, chosen_items(settings.baseline_items), clamd_settings(settings),
        Assets(settings.important_repositories, settings.test_repositories),
    )  # fmt: skip


def clamd_settings(settings: Settings) -> ClamdSettings | None:
    """The ClamAV daemon, if one is configured; the first process that reaches it notes how new its database is."""
    if not settings.clamd:
        return None
    if not signatures(settings.home):
        follow_signatures(settings.home, settings.clamd, reread_days=0)
    return ClamdSettings(settings.clamd, settings.clamd_file_mb << 20, float(settings.clamd_layer_s), signatures(settings.home))


def current_reading(settings: Settings) -> Reading:
    """The same for a process that runs: changed rules are taken up."""
    return Reading((*rule_folders(settings), settings.home / SIGNATURES), lambda: inspection_settings(settings))
