""".NET packages: what the host resolves from (`*.deps.json`), NuGet's lock file (`packages.lock.json`) and its older `packages.config`.

Sources: .NET runtime documentation, "runtime-configuration-file" (deps.json); NuGet, "PackageReference in project files" (lock file) and
"packages.config reference".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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

_LOCK = re.compile(r"(?:^|/)packages\.(?:[\w.-]+\.)?lock\.json\Z")  # with the project's name where a folder has several
_OLD = "packages.config"
_RUNTIME_PACK = "runtimepack."


class Dotnet(ApplicationCollector):
    """Facts: Package of type `nuget`; a program's own projects are left out, the runtime it carries is a package."""

    name: ClassVar[str] = "dotnet"
    version: ClassVar[int] = 5
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({_OLD}), suffixes=frozenset({".json"}), windows=True, max_bytes=LOCK_BYTES)

    def concerns(self, path: str) -> bool:
        return path.endswith(".deps.json") or (_LOCK.search(path) is not None and not fetched(path)) or f"/{path}".endswith(f"/{_OLD}")

    def read(self, file: FileView) -> Iterator[Fact]:
        if file.path.endswith(_OLD):
            yield from _listed(file)
            return
        document = json_object(file.data)
        if not file.path.endswith(".deps.json"):
            yield from _locked(file, table_in(document, "dependencies"))
            return
        needs = _needs(table_in(document, "targets"))
        for key, entry in table_in(document, "libraries").items():
            if isinstance(entry, dict) and text_in(entry, "type").lower() in ("package", "runtimepack"):
                name, _, version = key.partition("/")
                name, depends = name.removeprefix(_RUNTIME_PACK), tuple(needs.get(key, ()))
                yield Package(path=file.path, type="nuget", name=name, version=version, depends=depends)


def _needs(targets: dict[str, Any]) -> dict[str, dict[str, None]]:
    """`name/version` -> what it needs on any of the targets, in the lower case of advisories."""
    found: dict[str, dict[str, None]] = {}
    for target in targets:
        libraries = table_in(targets, target)
        for key in libraries:
            wanted = table_in(table_in(libraries, key), "dependencies")
            found.setdefault(key, {}).update(dict.fromkeys(name.removeprefix(_RUNTIME_PACK).lower() for name in wanted))
    return found


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
