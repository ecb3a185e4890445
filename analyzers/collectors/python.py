"""Installed Python distributions. Sources: Core metadata specifications, "Recording installed projects" (PEP 376, 627), setuptools'
egg formats (`.egg-info` folder or file, `.egg` folder or zip)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar

from analyzers.archives.nested_zips import nested_members
from analyzers.archives.source import InMemory
from analyzers.archives.walk import Bounds, Walk
from analyzers.collectors.application_files import ApplicationCollector, Unreadable, licence_names, text_of
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact, Package
from schemas.vocabulary import Reason

_REQUIRED = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")
_EXTRA = re.compile(r";.*\bextra\s*==")
_STEM = re.compile(r"(?P<name>[^/]+?)-(?P<version>[0-9][^-/]*)(?:-py[0-9.]+(?:-[^/]*)?)?\.(?:dist-info|egg-info|egg)\Z")
_EGG = Bounds(depth=1)


class Python(ApplicationCollector):
    """Facts: Package of type `pypi` per distribution; `details` has the installer's folder where name or version came from it."""

    name: ClassVar[str] = "python"
    version: ClassVar[int] = 1
    wanted: ClassVar[Wanted] = Wanted(
        names=frozenset({"METADATA", "PKG-INFO"}), suffixes=frozenset({".egg-info", ".egg"}), max_bytes=32 * 1024 * 1024
    )

    def read(self, file: FileView) -> Iterable[Fact]:
        folder, _, base = file.path.rpartition("/")
        if base == "METADATA":
            return _distribution(file.path, file.data, folder) if folder.endswith(".dist-info") else ()
        if base == "PKG-INFO":
            if folder.endswith("EGG-INFO"):
                return _distribution(file.path, file.data, folder.removesuffix("/EGG-INFO"))
            return _distribution(file.path, file.data, folder) if folder.endswith(".egg-info") else ()
        if base.endswith(".egg"):
            return self._egg(file)
        return _distribution(file.path, file.data, file.path)

    def _egg(self, file: FileView) -> Iterator[Fact]:
        walk = Walk(_EGG)
        for name, content in nested_members(InMemory(file.data), file.path, walk, lambda inner: inner.endswith("!/EGG-INFO/PKG-INFO")):
            yield from _distribution(name, content, file.path)
        for name, reason in walk.notes:
            yield self.skipped(name, Reason(reason.partition(":")[0]), reason.partition(": ")[2])


def _distribution(path: str, data: bytes, folder: str) -> Iterator[Package]:
    """The distribution that a metadata file describes; where that lacks name or version, its folder's name has them."""
    fields = header_fields(data)
    name, version = fields.get("name", [""])[0], fields.get("version", [""])[0]
    if not (name and version):
        match = _STEM.match(folder.rpartition("/")[2])
        if match is None:
            raise Unreadable("metadata without name or version")
        name, version = name or match["name"].replace("_", "-"), version or match["version"]
    yield Package(
        path=path, type="pypi", name=name, version=version, licences=licence_names(_licences(fields)),
        depends=tuple(dict.fromkeys(_required(fields.get("requires-dist", [])))),
    )  # fmt: skip


def header_fields(data: bytes) -> dict[str, list[str]]:
    """Header fields in lower case -> values in order, until the first empty line. Continuation lines are left out."""
    fields: dict[str, list[str]] = {}
    for line in text_of(data[: 1024 * 1024]).splitlines():
        if not line:
            break
        name, colon, value = line.partition(":")
        if colon and line[:1] not in (" ", "\t", "|"):
            fields.setdefault(name.strip().lower(), []).append(value.strip())
    return fields


def _licences(fields: dict[str, list[str]]) -> list[str]:
    """SPDX expression first, else the classifiers, else the free text."""
    if fields.get("license-expression"):
        return fields["license-expression"]
    named = [one.rpartition("::")[2].strip() for one in fields.get("classifier", []) if one.startswith("License ::")]
    return named or [one for one in fields.get("license", []) if one != "UNKNOWN"]


def _required(lines: list[str]) -> Iterator[str]:
    for line in lines[:1000]:
        match = _REQUIRED.match(line[:2000])
        if match and not _EXTRA.search(line[:2000]):
            yield re.sub(r"[-_.]+", "-", match[1]).lower()
