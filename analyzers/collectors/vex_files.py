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
"""Kept in the store as it is. Larger files come in windows, so that those of other kinds are not told as skipped."""


class VexFiles(BaseCollector):
    """Facts: VexFile; Skipped for what is too large or no text."""

    name: ClassVar[str] = "vex-files"
    version: ClassVar[int] = 2
    tells: ClassVar[tuple[type[Fact], ...]] = (VexFile,)
    wanted: ClassVar[Wanted] = Wanted(names=NAMES, suffixes=frozenset({".json"}), windows=True, max_bytes=LIMIT_BYTES)

    def collect(self, file: FileView) -> Iterable[Fact]:
        if file.path.rpartition("/")[2] not in NAMES and not file.path.endswith(ENDINGS):
            return ()
        if not file.final:
            return ()
        if file.offset or len(file.data) > LIMIT_BYTES:
            reason = f"{Reason.FILE_TOO_LARGE}: a VEX document of {file.offset + len(file.data)} bytes, {LIMIT_BYTES} are read"
            return (Skipped(path=file.path, collector=self.name, reason=reason),)
        try:
            return (VexFile(path=file.path, document=file.data.decode()),)
        except UnicodeDecodeError as error:
            return (Skipped(path=file.path, collector=self.name, reason=f"{Reason.UNREADABLE}: no UTF-8: {error.reason}"),)
