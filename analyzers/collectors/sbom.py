"""SBOM files that lie in images: what the image's builder says it holds (Bitnami components, Chainguard packages, build stages), and what
the makers of Python packages put into them (PEP 770: every file in `*.dist-info/sboms`).

Only packages are taken: which distribution the image is, its own files say.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from analyzers.contract import BaseCollector, FileView, Wanted
from analyzers.purl_facts import BUNDLED, DISTRIBUTION_TYPES
from analyzers.sbom_documents import NotAnSbom, read_sbom
from schemas.facts import Distribution, Fact, Package, Skipped
from schemas.vocabulary import Reason

ENDINGS = (".spdx.json", ".cdx.json", ".cyclonedx.json", ".spdx", ".cdx")
_SAID, _HEAD = (b"CycloneDX", b"cyclonedx.org", b"spdxVersion", b"SPDXVersion"), 64 * 1024
OF_PYTHON_PACKAGES = ".dist-info/sboms/"
NAMES = frozenset({"bom.json", "bom.xml", "sbom.json", "sbom.xml", "bom.cdx.xml", "sbom.cdx.xml"})


class Sbom(BaseCollector):
    """Facts: Package with evidence `sbom`; Skipped for what cannot be identified and for documents of other forms."""

    name: ClassVar[str] = "sbom"
    version: ClassVar[int] = 8
    tells: ClassVar[tuple[type[Fact], ...]] = (Distribution, Package)
    wanted: ClassVar[Wanted] = Wanted(names=NAMES, suffixes=frozenset({".json", ".spdx", ".cdx"}), windows=True, max_bytes=32 * 1024 * 1024)

    def collect(self, file: FileView) -> Iterable[Fact]:
        in_wheel = OF_PYTHON_PACKAGES in file.path
        if not (in_wheel or file.path.rpartition("/")[2] in NAMES or file.path.endswith(ENDINGS)):
            return ()
        if file.offset or not file.final:  # windows are wanted only so that other large files are not told as skipped
            reason = f"{Reason.FILE_TOO_LARGE}: {file.offset + len(file.data)} bytes"
            return (Skipped(path=file.path, collector=self.name, reason=reason),) if file.final else ()
        try:
            document = read_sbom(file.data, file.path)
        except NotAnSbom as error:
            other = file.path.rpartition("/")[2] in NAMES or file.path.endswith(".cdx")  # names that other things have as well
            if other and not any(word in file.data[:_HEAD] for word in _SAID):
                return ()
            return (Skipped(path=file.path, collector=self.name, reason=f"{Reason.UNREADABLE}: {error}"),)
        skipped = tuple(Skipped(path=file.path, collector=self.name, reason=reason) for reason in document.skipped)
        return (*map(_of_wheel, document.packages), *skipped) if in_wheel else (*document.packages, *skipped)


def _of_wheel(package: Package) -> Package:
    """What auditwheel copied from the system on which the wheel was made is no package of the image's distribution."""
    return package.model_copy(update={"details": {"unmatched": BUNDLED}}) if package.type in DISTRIBUTION_TYPES else package
