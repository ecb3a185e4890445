"""Cargo's lock file. Source: The Cargo Book, "Cargo.toml vs Cargo.lock", "Specifying Dependencies", "Workspaces".

It does not say what is for development only: that follows from the Cargo.toml of each of the project's own packages (those without a
source), where the same layer has it below the lock file. What builds a package counts like what it is built from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

from analyzers.collectors.application_files import (
    TOML_BYTES,
    LockCollector,
    Unreadable,
    declared,
    reachable,
    table_in,
    tables_in,
    text_in,
    texts_in,
    toml_table,
)
from analyzers.contract import FileView, PassContext, Wanted
from schemas.facts import Fact, Package

_MANIFEST, _MANIFEST_BYTES = "Cargo.toml", 256 * 1024
_USED = ("dependencies", "build-dependencies", "build_dependencies")
_FOR_DEVELOPMENT = ("dev-dependencies", "dev_dependencies")


@dataclass(frozen=True, slots=True)
class _Crate:
    """`needs`: `name`, or `name version` where the file has several of that name."""

    name: str
    version: str
    own: bool
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Manifest:
    """`used` and `development`: (name, whether the workspace says more of it); `renamed`: the workspace's names -> real ones."""

    package: str
    used: frozenset[tuple[str, bool]]
    development: frozenset[tuple[str, bool]]
    renamed: Mapping[str, str]


class CargoLock(LockCollector):
    """Facts: Package of type `cargo`, told at the end of the layer."""

    name: ClassVar[str] = "cargo-lock"
    version: ClassVar[int] = 4
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"Cargo.lock", _MANIFEST}), max_bytes=TOML_BYTES)

    def __init__(self, context: PassContext) -> None:
        super().__init__(context)
        self._locks: dict[str, tuple[FileView, list[_Crate]]] = {}
        self._manifests: dict[str, _Manifest] = {}

    def read(self, file: FileView) -> Iterator[Fact]:
        folder, _, base = file.path.rpartition("/")
        if base == _MANIFEST:
            with suppress(Unreadable):  # then everything counts
                manifest = _manifest(toml_table(file.data[:_MANIFEST_BYTES]))
                if self.holds(len(manifest.used) + len(manifest.development) + len(manifest.renamed) + 1):
                    self._manifests[folder] = manifest
            return
        crates = [
            _Crate(text_in(one, "name"), text_in(one, "version"), not text_in(one, "source"), tuple(_needs(one)))
            for one in tables_in(toml_table(file.data), "package")
        ]
        if self.holds(sum(len(one.needs) + 1 for one in crates)):
            self._locks[folder] = FileView(file.entry, b""), crates
        else:
            yield from _packages(file, crates, None)

    def finish(self) -> Iterator[Fact]:
        for folder, (file, crates) in self._locks.items():
            inside = f"{folder}/" if folder else ""
            manifests = [one for place, one in self._manifests.items() if f"{place}/".startswith(inside)]
            renamed = self._manifests[folder].renamed if folder in self._manifests else {}
            needed = _needed(crates, {one.package: _left_out(one, renamed) for one in manifests}) if manifests else None
            yield from self.bounded(file.path, _packages(file, crates, needed))


def _packages(file: FileView, crates: Iterable[_Crate], needed: set[str] | None) -> Iterator[Package]:
    for one in crates:
        if not one.own:
            development = needed is not None and f"{one.name} {one.version}" not in needed
            depends = (need.partition(" ")[0] for need in one.needs)
            yield declared(file, "cargo", one.name, one.version, development=development, depends=depends)


def _needs(entry: dict[str, Any]) -> Iterator[str]:
    """Without the source, which older files name."""
    for one in texts_in(entry, "dependencies"):
        yield " ".join(one.split(" ")[:2])


def _needed(crates: list[_Crate], left_out: Mapping[str, set[str]]) -> set[str]:
    """`name version` of what the project's own packages lead to, without what each leaves out."""
    places: dict[str, list[str]] = {}
    for one in crates:
        places.setdefault(one.name, []).append(f"{one.name} {one.version}")
    edges = {}
    for one in crates:
        out = left_out.get(one.name, set()) if one.own else set()
        wanted = [need for need in one.needs if need.partition(" ")[0] not in out]
        edges[f"{one.name} {one.version}"] = [key for need in wanted for key in places.get(need, [need])]
    return reachable([f"{one.name} {one.version}" for one in crates if one.own], edges)


def _left_out(manifest: _Manifest, renamed: Mapping[str, str]) -> set[str]:
    """The real names of what a package wants for its development only."""
    used, development = (
        {renamed.get(name, name) if inherited else name for name, inherited in names} for names in (manifest.used, manifest.development)
    )
    return development - used


def _manifest(document: dict[str, Any]) -> _Manifest:
    shared = _real_names(table_in(table_in(document, "workspace"), "dependencies"))
    return _Manifest(
        text_in(table_in(document, "package"), "name"), _wanted(document, _USED), _wanted(document, _FOR_DEVELOPMENT),
        {name: real for name, (real, _) in shared.items() if real != name},
    )  # fmt: skip


def _wanted(document: dict[str, Any], kinds: Iterable[str]) -> frozenset[tuple[str, bool]]:
    """On any platform."""
    targets = table_in(document, "target")
    tables = [document, *(table_in(targets, target) for target in targets)]
    return frozenset(one for table in tables for kind in kinds for one in _real_names(table_in(table, kind)).values())


def _real_names(wanted: dict[str, Any]) -> dict[str, tuple[str, bool]]:
    """Name in the manifest -> (name of the package, whether the workspace says more)."""
    found = {}
    for name, one in wanted.items():
        more = one if isinstance(one, dict) else {}
        found[name] = text_in(more, "package") or name, more.get("workspace") is True
    return found
