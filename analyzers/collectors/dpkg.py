"""Packages of the dpkg database (Debian, Ubuntu and their images without a package manager) and the files that they own.

Sources: dpkg(1) "Information about packages", dpkg-query(1), deb822(5); `status.d` is the layout of distroless images: one control
file per package and an md5sums file beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from analyzers.collectors.control_file import depended_names, paragraphs, provided_names, resolve, source_of
from analyzers.collectors.package_details import kib, named
from analyzers.contract import BaseCollector, FileView, PassContext, Wanted
from schemas.facts import Fact, OwnedFiles, Package, Skipped
from schemas.vocabulary import Reason

STATUS = frozenset({"var/lib/dpkg/status", "usr/lib/dpkg/status"})
STATUS_FOLDER = "var/lib/dpkg/status.d/"
INFO_FOLDER = "var/lib/dpkg/info/"
# States in which the package's files are on disk, wholly or in part, and those in which they are not.
ABSENT = frozenset({"not-installed", "config-files"})
PRESENT = frozenset({"installed", "unpacked", "half-configured", "half-installed", "triggers-awaited", "triggers-pending"})


class Dpkg(BaseCollector):
    """Facts: Package per package whose files are there, OwnedFiles per file list (checksums where the package has them)."""

    name: ClassVar[str] = "dpkg"
    version: ClassVar[int] = 3
    tells: ClassVar[tuple[type[Fact], ...]] = (OwnedFiles, Package)
    wanted: ClassVar[Wanted] = Wanted(paths=STATUS, folders=(STATUS_FOLDER, INFO_FOLDER), max_bytes=64 * 1024 * 1024)

    def __init__(self, context: PassContext) -> None:
        super().__init__(context)
        self._lists: dict[str, list[str]] = {}
        self._sums: dict[str, dict[str, str]] = {}

    def collect(self, file: FileView) -> Iterable[Fact]:
        path = file.path
        if path in STATUS:
            return tuple(self._packages(path, file.data))
        stem, _, ending = path.rpartition(".")
        if ending == "md5sums":
            self._sums[stem] = dict(_sums(file.data))
        elif path.startswith(STATUS_FOLDER):
            return tuple(self._packages(path, file.data))
        elif ending == "list":
            self._lists[stem] = list(_listed(file.data))
        return ()

    def finish(self) -> Iterable[Fact]:
        for stem in sorted({*self._lists, *self._sums}):
            sums = self._sums.get(stem, {})
            files = self._lists.get(stem) or list(sums)
            if files:
                package, _, arch = stem.rpartition("/")[2].partition(":")
                yield OwnedFiles(
                    path=stem + (".list" if stem in self._lists else ".md5sums"),
                    package=package,
                    arch=arch,
                    files=tuple(files),
                    md5=tuple(sums.get(name, "") for name in files) if sums else (),
                )

    def _packages(self, path: str, data: bytes) -> Iterator[Fact]:
        records = [
            fields for fields in paragraphs(data) if (fields.get("package") or fields.get("version")) and _state(fields) not in ABSENT
        ]
        provided = provided_names({fields["package"]: fields.get("provides", "") for fields in records if fields.get("package")})
        for fields in records:
            name = fields.get("package", "")
            lacks = "version" if not fields.get("version") else "" if _state(fields) in PRESENT else "known state"
            if not name or lacks:
                what = f"{name} has no {lacks}" if name else "a package has no name"
                yield Skipped(path=path, collector=self.name, reason=f"{Reason.UNREADABLE}: {what}")
                continue
            source, source_version = source_of(fields)
            yield Package(
                path=path,
                type="deb",
                name=name,
                version=fields["version"],
                arch=fields.get("architecture", ""),
                source=source,
                source_version=source_version,
                depends=resolve(depended_names(fields.get("pre-depends", ""), fields.get("depends", "")), provided),
                details=named(maintainer=fields.get("maintainer", ""), installed_kib=kib(fields.get("installed-size", ""), 1)),
            )


def _state(fields: dict[str, str]) -> str:
    """The third word of `Status: want flag state`. Distroless control files have no such field."""
    return fields.get("status", "installed").rpartition(" ")[2].strip()


def _listed(data: bytes) -> Iterator[str]:
    """Paths of a `.list` file without those that are folders of other paths."""
    lines = data.decode("utf-8", "backslashreplace").split("\n")
    folders = {line.rpartition("/")[0] for line in lines}
    for line in lines:
        path = line.strip("\r")
        if path not in folders and path.strip("/.") and path.startswith("/"):
            yield path.strip("/")


def _sums(data: bytes) -> Iterator[tuple[str, str]]:
    """(path, md5) of an md5sums file; a leading backslash marks an escaped name (md5sum(1))."""
    for line in data.decode("utf-8", "backslashreplace").split("\n"):
        digest, _, path = line.strip("\r").partition(" ")
        path = path.lstrip(" *").removeprefix("./").lstrip("/")
        if len(digest) == 32 and path:
            yield path, digest.lower()
