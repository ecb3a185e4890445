"""Packages of the dpkg database (Debian, Ubuntu and their images without a package manager) and the files that they own.

Sources: dpkg(1) "Information about packages", dpkg-query(1), deb822(5); `status.d` is the layout of distroless images: one control
file per package and an md5sums file beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import ClassVar

from analyzers.collectors.control_file import CUT, depended_names, paragraphs, provided_names, resolve, source_of
from analyzers.collectors.package_details import kib, named, told_once
from analyzers.contract import BaseCollector, FileView, PassContext, Wanted
from schemas.facts import Fact, OwnedFiles, Package, Skipped
from schemas.vocabulary import Reason

STATUS = frozenset({"var/lib/dpkg/status", "usr/lib/dpkg/status"})
STATUS_FOLDER = "var/lib/dpkg/status.d/"
INFO_FOLDER = "var/lib/dpkg/info/"
MAX_PACKAGES = 100_000
MAX_LIST_BYTES = 16 * 1024 * 1024  # of the files of one package; those of the largest take 3 million
MAX_OWNED_CHARACTERS = 64 * 1024 * 1024  # of the paths of all packages, 32 more for each
# States in which the package's files are on disk, wholly or in part, and those in which they are not.
ABSENT = frozenset({"not-installed", "config-files"})
PRESENT = frozenset({"installed", "unpacked", "half-configured", "half-installed", "triggers-awaited", "triggers-pending"})


class Dpkg(BaseCollector):
    """Facts: Package per package whose files are there, OwnedFiles per file list (checksums where the package has them)."""

    name: ClassVar[str] = "dpkg"
    version: ClassVar[int] = 4
    tells: ClassVar[tuple[type[Fact], ...]] = (OwnedFiles, Package)
    wanted: ClassVar[Wanted] = Wanted(paths=STATUS, folders=(STATUS_FOLDER, INFO_FOLDER), max_bytes=160 * 1024 * 1024)

    def __init__(self, context: PassContext) -> None:
        super().__init__(context)
        self._lists: dict[str, list[str]] = {}
        self._sums: dict[str, dict[str, str]] = {}
        self._room = MAX_OWNED_CHARACTERS

    def collect(self, file: FileView) -> Iterable[Fact]:
        path = file.path
        if path in STATUS:
            return told_once(self._packages(path, file.data), path, self.name)
        stem, _, ending = path.rpartition(".")
        if path.startswith(STATUS_FOLDER) and ending != "md5sums":
            return tuple(self._packages(path, file.data))
        if ending not in ("md5sums", "list"):
            return ()
        if len(file.data) > MAX_LIST_BYTES or self._room < 0:
            reason = f"{Reason.EXPANSION_LIMIT}: the files of packages are more than an installation has"
            return (Skipped(path=path, collector=self.name, reason=reason),)
        if ending == "md5sums":
            self._sums[stem] = dict(_sums(file.data))
            self._room -= sum(map(len, self._sums[stem])) + 32 * len(self._sums[stem])
        else:
            self._lists[stem] = list(_listed(file.data))
            self._room -= sum(map(len, self._lists[stem])) + 32 * len(self._lists[stem])
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
        told = (fields for fields in paragraphs(data) if _speaks(fields) and _state(fields) not in ABSENT)
        records = list(islice(told, MAX_PACKAGES))
        if next(told, None):
            yield self._unreadable(path, f"more than {MAX_PACKAGES} packages")
        provided = provided_names({fields["package"]: fields.get("provides", "") for fields in records if fields.get("package")})
        for fields in records:
            name = fields.get("package", "")
            lacks = "version" if not fields.get("version") else "" if _state(fields) in PRESENT else "known state"
            if not name or lacks:
                yield self._unreadable(path, f"{name} has no {lacks}" if name else "a package has no name")
                continue
            if CUT in fields:
                yield self._unreadable(path, f"{name} has more than 1 MiB of fields: some are left out")
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

    def _unreadable(self, path: str, why: str) -> Skipped:
        return Skipped(path=path, collector=self.name, reason=f"{Reason.UNREADABLE}: {why}")


def _speaks(fields: dict[str, str]) -> bool:
    return bool(fields.get("package") or fields.get("version") or CUT in fields)


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
