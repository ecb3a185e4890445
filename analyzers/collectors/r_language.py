"""Installed R packages and the lock files of renv and packrat. Sources: "Writing R Extensions" 1.1.1 (DESCRIPTION; `Built` is added by
installing, `Priority: base` marks R's own) and 1.1.3 (dependencies); Bioconductor, "The DESCRIPTION file" (biocViews); renv documentation,
"Lockfile" (`Requirements`; from renv 1.1 on the fields of DESCRIPTION); packrat's own files (format 1.4, a Debian control file)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from analyzers.collectors.application_files import (
    LOCK_BYTES,
    ApplicationCollector,
    declared,
    fetched,
    json_object,
    table_in,
    text_in,
    texts_in,
)
from analyzers.collectors.control_file import paragraphs
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact, Package

_NEEDS = ("Depends", "Imports", "LinkingTo")  # the last is compiled into the package
_NAME = re.compile(r"\s*([A-Za-z][A-Za-z0-9.]*)")


class RLanguage(ApplicationCollector):
    """Facts: Package of type `cran` or `bioconductor`; those of lock files have evidence `declared`."""

    name: ClassVar[str] = "r-language"
    version: ClassVar[int] = 4
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"DESCRIPTION", "renv.lock", "packrat.lock"}), max_bytes=LOCK_BYTES)

    def concerns(self, path: str) -> bool:
        return not (path.endswith(".lock") and fetched(path))

    def read(self, file: FileView) -> Iterator[Fact]:
        if file.path.endswith("renv.lock"):
            packages = table_in(json_object(file.data), "Packages")
            for key in packages:
                entry = table_in(packages, key)
                if text_in(entry, "Version"):
                    kind = "bioconductor" if text_in(entry, "Source") == "Bioconductor" else "cran"
                    name, version = text_in(entry, "Package") or key, text_in(entry, "Version")
                    yield declared(file, kind, name, version, depends=_names(_locked_needs(entry)))
            return
        if file.path.endswith("packrat.lock"):
            yield from _packrat(file)
            return
        fields = next(paragraphs(file.data.removeprefix(b"\xef\xbb\xbf")), {})
        name, version = fields.get("package", ""), fields.get("version", "")
        if name and version and "built" in fields and fields.get("priority") != "base":
            licence = " ".join(fields.get("license", "").split())
            needs = (one for key in _NEEDS for one in fields.get(key.lower(), "").split(","))
            yield Package(
                path=file.path, type="bioconductor" if "biocviews" in fields else "cran", name=name, version=version,
                licences=(licence,) if licence else (), depends=tuple(_names(needs)),
            )  # fmt: skip


def _packrat(file: FileView) -> Iterator[Package]:
    for fields in paragraphs(file.data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")):
        if fields.get("package") and fields.get("version"):
            kind = "bioconductor" if fields.get("source", "").lower() == "bioconductor" else "cran"
            needs = fields.get("requires", "").split(",")
            yield declared(file, kind, fields["package"], fields["version"], depends=_names(needs))


def _locked_needs(entry: dict[str, Any]) -> list[str]:
    return texts_in(entry, "Requirements") or [one for key in _NEEDS for one in texts_in(entry, key)]


def _names(needs: Iterable[str]) -> Iterable[str]:
    """`rlang (>= 1.0)` -> `rlang`, each once; R itself is no package."""
    return dict.fromkeys(match[1] for one in needs if (match := _NAME.match(one)) and match[1] != "R")
