"""SBOM files that lie in images: what the image's builder says it holds (Bitnami components, Chainguard packages, build stages).

Only packages are taken: which distribution the image is, its own files say.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from analyzers.contract import BaseCollector, FileView, Wanted
from analyzers.sbom_documents import NotAnSbom, read_sbom
from schemas.facts import Distribution, Fact, Package, Skipped
from schemas.vocabulary import Reason

ENDINGS = (".spdx.json", ".cdx.json", ".spdx", ".cdx")
NAMES = frozenset({"bom.json", "bom.xml", "sbom.json", "sbom.xml", "bom.cdx.xml", "sbom.cdx.xml"})


class Sbom(BaseCollector):
    """Facts: Package with evidence `sbom`; Skipped for what cannot be identified and for documents of other forms."""

    name: ClassVar[str] = "sbom"
    version: ClassVar[int] = 6
    tells: ClassVar[tuple[type[Fact], ...]] = (Distribution, Package)
    wanted: ClassVar[Wanted] = Wanted(names=NAMES, suffixes=frozenset({".json", ".spdx", ".cdx"}), max_bytes=32 * 1024 * 1024)

    def collect(self, file: FileView) -> Iterable[Fact]:
        if file.path.rpartition("/")[2] not in NAMES and not file.path.endswith(ENDINGS):
            return ()
        try:
            document = read_sbom(file.data, file.path)
        except NotAnSbom as error:
            if file.path.rpartition("/")[2] in NAMES or file.path.endswith(".cdx"):  # names that other things have as well
                return ()
            return (Skipped(path=file.path, collector=self.name, reason=f"{Reason.UNREADABLE}: {error}"),)
        skipped = tuple(Skipped(path=file.path, collector=self.name, reason=reason) for reason in document.skipped)
        return (*document.packages, *skipped)
