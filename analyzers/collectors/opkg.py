"""Packages of the opkg database (OpenWrt, Yocto) and the files that they own.

Source: opkg's own files: `status` is a Debian control file, `info/NAME.control` holds the fields that `status` may lack, `NAME.list`
the files, one a line, some with size and mode behind a tab.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import ClassVar

from analyzers.collectors.control_file import CUT, depended_names, paragraphs, provided_names, resolve
from analyzers.collectors.package_details import told_once
from analyzers.contract import BaseCollector, FileView, PassContext, Wanted
from schemas.facts import Fact, OwnedFiles, Package, Skipped
from schemas.vocabulary import Reason

ROOTS = ("usr/lib/opkg/", "var/lib/opkg/")
MAX_PACKAGES = 100_000
MAX_CHARACTERS = 64 * 1024 * 1024  # of all paths and fields that are kept until the end, 32 more for each
_PRESENT = frozenset({"installed", "unpacked", "half-configured", "half-installed"})
_READ = ("package", "version", "status", "architecture", "sourcename", "license", "depends", "provides", CUT)


class Opkg(BaseCollector):
    """Facts: Package per installed entry of `status`, OwnedFiles per list."""

    name: ClassVar[str] = "opkg"
    version: ClassVar[int] = 3
    tells: ClassVar[tuple[type[Fact], ...]] = (OwnedFiles, Package)
    wanted: ClassVar[Wanted] = Wanted(
        paths=frozenset(root + "status" for root in ROOTS), folders=tuple(root + "info/" for root in ROOTS), max_bytes=32 * 1024 * 1024
    )

    def __init__(self, context: PassContext) -> None:
        super().__init__(context)
        self._status: dict[str, list[dict[str, str]]] = {}
        self._controls: dict[str, dict[str, str]] = {}
        self._room = MAX_CHARACTERS

    def collect(self, file: FileView) -> Iterable[Fact]:
        if file.path in self.wanted.paths:
            yield from self._listed(file)
        elif file.path.endswith(".control"):
            fields = _kept(next(paragraphs(file.data), {}))  # it describes one package
            if len(list(self._while_there_is_room(fields.values()))) < len(fields):
                yield self._beyond(file.path)
            else:
                self._controls[fields.get("package", "")] = fields
        elif file.path.endswith(".list"):
            files = tuple(self._while_there_is_room(_paths(file.data)))
            if self._room < 0:
                yield self._beyond(file.path)
            elif files:
                yield OwnedFiles(path=file.path, package=file.path.rpartition("/")[2].removesuffix(".list"), files=files)

    def finish(self) -> Iterable[Fact]:
        for path, records in self._status.items():
            yield from told_once(self._packages(path, records), path, self.name)

    def _listed(self, file: FileView) -> Iterator[Skipped]:
        present = (_kept(fields) for fields in paragraphs(file.data) if _is_present(fields))
        self._status[file.path] = list(islice(present, MAX_PACKAGES))
        if next(present, None):
            yield self._unreadable(file.path, f"more than {MAX_PACKAGES} packages")

    def _packages(self, path: str, records: list[dict[str, str]]) -> Iterator[Fact]:
        merged = [{**self._controls.get(fields.get("package", ""), {}), **fields} for fields in records]
        provided = provided_names({fields["package"]: fields.get("provides", "") for fields in merged if fields.get("package")})
        for fields in merged:
            name, version = fields.get("package", ""), fields.get("version", "")
            if not name or not version:
                yield self._unreadable(path, f"{name or 'a package'} has no {'version' if name else 'name'}")
                continue
            if CUT in fields:
                yield self._unreadable(path, f"{name} has more than 1 MiB of fields: some are left out")
            yield Package(
                path=path,
                type="opkg",
                name=name,
                version=version,
                arch=fields.get("architecture", ""),
                source=fields.get("sourcename", ""),
                licences=(fields["license"],) if fields.get("license") else (),
                depends=tuple(one for one in resolve(depended_names(fields.get("depends", "")), provided) if one != name),
            )

    def _while_there_is_room(self, texts: Iterable[str]) -> Iterator[str]:
        for one in texts:
            self._room -= len(one) + 32
            if self._room < 0:
                return
            yield one

    def _beyond(self, path: str) -> Skipped:
        reason = f"{Reason.EXPANSION_LIMIT}: the files and fields of packages are more than an installation has"
        return Skipped(path=path, collector=self.name, reason=reason)

    def _unreadable(self, path: str, why: str) -> Skipped:
        return Skipped(path=path, collector=self.name, reason=f"{Reason.UNREADABLE}: {why}")


def _paths(data: bytes) -> Iterator[str]:
    for line in io.BytesIO(data):
        if path := line.decode("utf-8", "backslashreplace").partition("\t")[0].strip().strip("/"):
            yield path


def _kept(fields: dict[str, str]) -> dict[str, str]:
    return {key: fields[key] for key in _READ if key in fields}


def _is_present(fields: dict[str, str]) -> bool:
    words = fields.get("status", "installed").split()
    return bool(words) and words[-1] in _PRESENT and bool(fields.get("package") or fields.get("version") or CUT in fields)
