""".NET packages: what the host resolves from (`*.deps.json`), what NuGet locked (`packages.lock.json`, `packages.config` before it) and
what it restored (`obj/project.assets.json`).

Sources: .NET runtime documentation, "runtime-configuration-file" (deps.json); NuGet, "PackageReference in project files" (lock file),
"packages.config reference" and "project.assets.json".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from analyzers.collectors.application_files import (
    LOCK_BYTES,
    ApplicationCollector,
    declared,
    fetched,
    json_object,
    table_in,
    text_in,
    text_of,
)
from analyzers.collectors.formats.markup import elements
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact, Package

# A lock has the name of its project where a folder has several.
_LOCK = re.compile(r"(?:^|/)(?:packages\.(?:[\w.-]+\.)?lock|obj/project\.assets)\.json\Z")
_OLD, _HOST, _RESTORED = "packages.config", ".deps.json", "project.assets.json"
_RUNTIME_PACK = "runtimepack."
_FILES = ("runtime", "runtimeTargets", "native", "resources")
_NO_FILE = "_._"  # what NuGet writes where a package has deliberately nothing


@dataclass(frozen=True, slots=True)
class _Library:
    """`empty`: on all targets that name it there is no file of it: others, often the framework, bring what it would."""

    name: str
    version: str
    needs: tuple[str, ...]
    empty: bool


class Dotnet(ApplicationCollector):
    """Facts: Package of type `nuget`; a program's own projects are left out, the runtime it carries is a package. What NuGet restored
    without any file for the program (analyzers, build tasks) is for development."""

    name: ClassVar[str] = "dotnet"
    version: ClassVar[int] = 6
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({_OLD}), suffixes=frozenset({".json"}), windows=True, max_bytes=LOCK_BYTES)

    def concerns(self, path: str) -> bool:
        return path.endswith(_HOST) or (_LOCK.search(path) is not None and not fetched(path)) or f"/{path}".endswith(f"/{_OLD}")

    def read(self, file: FileView) -> Iterator[Fact]:
        if file.path.endswith(_OLD):
            yield from _listed(file)
        elif file.path.endswith(_RESTORED):
            for one in _libraries(json_object(file.data)):
                yield declared(file, "nuget", one.name, one.version, development=one.empty, depends=one.needs)
        elif not file.path.endswith(_HOST):
            yield from _locked(file, table_in(json_object(file.data), "dependencies"))
        elif not file.data[:64].lstrip().startswith(b"["):  # lists of WordPress scripts have such names too
            yield from host_packages(file.path, file.data)


def host_packages(path: str, data: bytes) -> Iterator[Package]:
    """The packages of which the host finds files, from the bytes of a `.deps.json`. A framework's own file names the framework, which has
    its files from others. Raises Unreadable."""
    for one in _libraries(json_object(data)):
        if not one.empty or path.lower().endswith(f"{one.name}{_HOST}".lower()):
            yield Package(path=path, type="nuget", name=one.name, version=one.version, depends=one.needs)


def _libraries(document: dict[str, Any]) -> Iterator[_Library]:
    """What the table `libraries` says are packages, each with what it needs on any target, in the lower case of advisories."""
    needs: dict[str, dict[str, None]] = {}
    there: set[str] = set()
    targets = table_in(document, "targets")
    for libraries in (table_in(targets, target) for target in targets):
        for key in libraries:
            library = table_in(libraries, key)
            wanted = table_in(library, "dependencies")
            needs.setdefault(key, {}).update(dict.fromkeys(name.removeprefix(_RUNTIME_PACK).lower() for name in wanted))
            if any(not name.endswith(_NO_FILE) for kind in _FILES for name in table_in(library, kind)):
                there.add(key)
    for key, entry in table_in(document, "libraries").items():
        if isinstance(entry, dict) and text_in(entry, "type").lower() in ("package", "runtimepack"):
            name, _, version = key.partition("/")
            yield _Library(name.removeprefix(_RUNTIME_PACK), version, tuple(needs.get(key, ())), key in needs and key not in there)


def _locked(file: FileView, frameworks: dict[str, Any]) -> Iterator[Package]:
    for framework in frameworks:
        for name, entry in table_in(frameworks, framework).items():
            if isinstance(entry, dict) and text_in(entry, "resolved") and text_in(entry, "type") != "Project":
                needs = (one.lower() for one in table_in(entry, "dependencies"))
                yield declared(file, "nuget", name, text_in(entry, "resolved"), depends=needs)


def _listed(file: FileView) -> Iterator[Package]:
    for one in elements(text_of(file.data)):
        if one.name == "package":
            said = one.attributes
            development = said.get("developmentDependency", "").lower() == "true"
            yield declared(file, "nuget", said.get("id", ""), said.get("version", ""), development=development)
