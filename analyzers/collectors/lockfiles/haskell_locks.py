"""Exact versions of Haskell packages. Sources: Cabal User Guide, "cabal freeze" (`cabal.project.freeze`, `cabal.config`: the field
`constraints`, over several lines); Stack documentation, "Lock files" (`stack.yaml.lock` has what the project adds to its snapshot)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from analyzers.collectors.application_files import LOCK_BYTES, LockCollector, declared, text_lines
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact

_NAME = r"([A-Za-z0-9]+(?:-[A-Za-z0-9]+)*)"
_FROZEN = re.compile(rf"\s{{0,200}}(?:constraints:\s{{0,200}})?(?:any\.)?{_NAME}\s{{0,20}}==\s{{0,20}}(\d+(?:\.\d+)*)\s{{0,20}},?\s*\Z")
_ADDED = re.compile(rf"[\s-]{{0,200}}hackage:\s{{0,20}}[\"']?{_NAME}-(\d+(?:\.\d+)*)(?:@|[\"']?\s*\Z)")


class HaskellLocks(LockCollector):
    """Facts: Package of type `hackage`."""

    name: ClassVar[str] = "haskell-locks"
    version: ClassVar[int] = 1
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"cabal.project.freeze", "cabal.config", "stack.yaml.lock"}), max_bytes=LOCK_BYTES)

    def read(self, file: FileView) -> Iterator[Fact]:
        pattern = _ADDED if file.path.endswith(".lock") else _FROZEN
        for line in text_lines(file.data):
            if match := pattern.match(line[:500]):
                yield declared(file, "hackage", match[1], match[2])
