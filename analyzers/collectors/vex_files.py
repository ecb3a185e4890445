"""VEX documents that lie in images: what the builder says about vulnerabilities there. They are kept as they are and judged later."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from analyzers.contract import BaseCollector, FileView, Wanted
from schemas.facts import Fact, Skipped, VexFile
from schemas.vocabulary import Reason

ENDINGS = (".openvex.json", ".vex.json", ".csaf.json")
NAMES = frozenset({"openvex.json", "vex.json"})
LIMIT_BYTES = 2 << 20
"""Kept in the store as it is; the pass may offer larger files, since most of what ends so is something else."""


class VexFiles(BaseCollector):
    """Facts: VexFile; Skipped for what is too large or no text."""

    name: ClassVar[str] = "vex-files"
    version: ClassVar[int] = 1
    tells: ClassVar[tuple[type[Fact], ...]] = (VexFile,)
    wanted: ClassVar[Wanted] = Wanted(names=NAMES, suffixes=frozenset({".json"}), max_bytes=32 * 1024 * 1024)

    def collect(self, file: FileView) -> Iterable[Fact]:
        if file.path.rpartition("/")[2] not in NAMES and not file.path.endswith(ENDINGS):
            return ()
        if len(file.data) > LIMIT_BYTES:
            reason = f"{Reason.FILE_TOO_LARGE}: a VEX document of {len(file.data)} bytes, {LIMIT_BYTES} are read"
            return (Skipped(path=file.path, collector=self.name, reason=reason),)
        try:
            return (VexFile(path=file.path, document=file.data.decode()),)
        except UnicodeDecodeError as error:
            return (Skipped(path=file.path, collector=self.name, reason=f"{Reason.UNREADABLE}: no UTF-8: {error.reason}"),)
