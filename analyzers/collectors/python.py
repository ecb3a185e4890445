"""Installed Python distributions. Sources: Core metadata specifications, "Recording installed projects" (PEP 376, 627), setuptools'
egg formats (`.egg-info` folder or file, `.egg` folder or zip; `requires.txt` there says what the older metadata do not: requirements,
then sections `[EXTRA:MARKER]`, either part of which may be empty)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from analyzers.archives.nested_zips import nested_members
from analyzers.archives.source import InMemory
from analyzers.archives.walk import Bounds, Walk
from analyzers.collectors.application_files import ApplicationCollector, Unreadable, licence_names, text_of
from analyzers.contract import FileView, PassContext, Wanted
from schemas.facts import Fact, Package
from schemas.vocabulary import Reason

_REQUIRED = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")
_EXTRA = re.compile(r"\bextra\s*==")
_STEM = re.compile(r"(?P<name>[^/]+?)-(?P<version>[0-9][^-/]*)(?:-py[0-9.]+(?:-[^/]*)?)?\.(?:dist-info|egg-info|egg)\Z")
_EGG = Bounds(depth=1)
_REQUIRES = "requires.txt"
_IN_EGG = ("!/EGG-INFO/PKG-INFO", f"!/EGG-INFO/{_REQUIRES}")


class Python(ApplicationCollector):
    """Facts: Package of type `pypi` per distribution; `details` has the installer's folder where name or version came from it. Those in
    folders of eggs whose metadata say of no requirements are told at the end of the layer."""

    name: ClassVar[str] = "python"
    version: ClassVar[int] = 2
    wanted: ClassVar[Wanted] = Wanted(
        names=frozenset({"METADATA", "PKG-INFO", _REQUIRES}), suffixes=frozenset({".egg-info", ".egg"}), max_bytes=32 * 1024 * 1024
    )

    def __init__(self, context: PassContext) -> None:
        super().__init__(context)
        self._eggs: dict[str, Package] = {}
        self._required: dict[str, tuple[str, ...]] = {}

    def read(self, file: FileView) -> Iterator[Fact]:
        folder, _, base = file.path.rpartition("/")
        if base == "METADATA":
            if folder.endswith(".dist-info"):
                yield _distribution(file.path, file.data, folder)
        elif base in ("PKG-INFO", _REQUIRES):
            if folder.endswith((".egg-info", "EGG-INFO")):
                yield from self._in_folder(file, folder, base)
        elif base.endswith(".egg"):
            yield from self._zipped(file)
        else:
            yield _distribution(file.path, file.data, file.path)

    def _in_folder(self, file: FileView, folder: str, base: str) -> Iterator[Package]:
        if base == _REQUIRES:
            required = _required_by(file.data)
            if self.holds(len(required) + 1):
                self._required[folder] = required
            return
        package = _distribution(file.path, file.data, folder.removesuffix("/EGG-INFO"))
        if package.depends or not self.holds(1):
            yield package
        else:
            self._eggs[folder] = package

    def finish(self) -> Iterator[Fact]:
        for folder, package in self._eggs.items():
            yield from self.bounded(package.path, [package.model_copy(update={"depends": self._required.get(folder, ())})])

    def _zipped(self, file: FileView) -> Iterator[Fact]:
        walk = Walk(_EGG)
        required: tuple[str, ...] = ()
        packages = []
        for name, content in nested_members(InMemory(file.data), file.path, walk, lambda inner: inner.endswith(_IN_EGG)):
            if name.endswith(_REQUIRES):
                required = _required_by(content)
            else:
                packages.append(_distribution(name, content, file.path))
        yield from (one if one.depends else one.model_copy(update={"depends": required}) for one in packages)
        for name, reason in walk.notes:
            yield self.skipped(name, Reason(reason.partition(":")[0]), reason.partition(": ")[2])


def _distribution(path: str, data: bytes, folder: str) -> Package:
    """The distribution that a metadata file describes; where that lacks name or version, its folder's name has them."""
    fields = header_fields(data)
    name, version = fields.get("name", [""])[0], fields.get("version", [""])[0]
    if not (name and version):
        match = _STEM.match(folder.rpartition("/")[2])
        if match is None:
            raise Unreadable("metadata without name or version")
        name, version = name or match["name"].replace("_", "-"), version or match["version"]
    return Package(
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


def _required_by(data: bytes) -> tuple[str, ...]:
    """What a `requires.txt` asks for without any extra."""
    lines = text_of(data[: 1024 * 1024]).splitlines()
    wanted = []
    extra = False
    for line in lines:
        if line.startswith("["):
            extra = not line.startswith("[:")
        elif not extra:
            wanted.append(line)
    return tuple(dict.fromkeys(_required(wanted)))


def _required(lines: list[str]) -> Iterator[str]:
    for line in lines[:1000]:
        match = _REQUIRED.match(line[:2000])
        if match and not _EXTRA.search(line[:2000].partition(";")[2]):
            yield re.sub(r"[-_.]+", "-", match[1]).lower()
