"""Installed R packages and renv's lock file. Sources: "Writing R Extensions" 1.1.1 (DESCRIPTION; `Built` is added by installing, `Priority:
base` marks R's own); Bioconductor, "The DESCRIPTION file" (biocViews); renv documentation, "Lockfile"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from analyzers.collectors.application_files import LOCK_BYTES, ApplicationCollector, declared, fetched, json_object, table_in, text_in
from analyzers.collectors.python import header_fields
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact, Package


class RLanguage(ApplicationCollector):
    """Facts: Package of type `cran` or `bioconductor`; those of renv.lock have evidence `declared`."""

    name: ClassVar[str] = "r-language"
    version: ClassVar[int] = 2
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"DESCRIPTION", "renv.lock"}), max_bytes=LOCK_BYTES)

    def concerns(self, path: str) -> bool:
        return not (path.endswith("renv.lock") and fetched(path))

    def read(self, file: FileView) -> Iterator[Fact]:
        if file.path.endswith("renv.lock"):
            packages = table_in(json_object(file.data), "Packages")
            for key in packages:
                entry = table_in(packages, key)
                if text_in(entry, "Version"):
                    kind = "bioconductor" if text_in(entry, "Source") == "Bioconductor" else "cran"
                    yield declared(file, kind, text_in(entry, "Package") or key, text_in(entry, "Version"))
            return
        fields = header_fields(file.data)
        name, version = fields.get("package", [""])[0], fields.get("version", [""])[0]
        if name and version and "built" in fields and fields.get("priority") != ["base"]:
            kind = "bioconductor" if "biocviews" in fields else "cran"
            yield Package(path=file.path, type=kind, name=name, version=version, licences=tuple(fields.get("license", [])[:1]))
