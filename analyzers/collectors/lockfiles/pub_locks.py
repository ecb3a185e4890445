"""What pub (Dart, Flutter) resolved: `pubspec.lock`, and in `.dart_tool` beside it `package_graph.json`, which says what needs what, and
`package_config.json`, which says where each package lies.

Source: Dart, "The pubspec.lock file", "Package configuration file v2"; `package_graph.json` as pub writes it from Dart 3.7 on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from analyzers.collectors.application_files import (
    LOCK_BYTES,
    LockCollector,
    declared,
    json_object,
    reachable,
    table_in,
    tables_in,
    text_in,
    text_of,
    texts_in,
)
from analyzers.collectors.lockfiles.indented import mapping
from analyzers.contract import FileView, PassContext, Wanted
from schemas.facts import Fact

_LOCK, _CONFIG, _GRAPH = "pubspec.lock", "package_config.json", "package_graph.json"
_TOOL = ".dart_tool"
_HOSTED = re.compile(r"/hosted/[^/]+/([^/]+)/?\Z")


@dataclass(frozen=True, slots=True)
class _Listed:
    """`direct`: what the file itself says of its being for development."""

    name: str
    version: str
    direct: bool = False


class PubLocks(LockCollector):
    """Facts: Package of type `pub` for what comes from a package server or a repository, told at the end of the layer. A lock file alone
    says only of the project's own wishes whether they are for development; the configuration counts where there is no lock file."""

    name: ClassVar[str] = "pubspec-lock"
    version: ClassVar[int] = 4
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({_LOCK, _CONFIG, _GRAPH}), max_bytes=LOCK_BYTES)

    def __init__(self, context: PassContext) -> None:
        super().__init__(context)
        self._lists: dict[tuple[str, str], tuple[FileView, list[_Listed]]] = {}  # folder of the project, file
        self._graphs: dict[str, tuple[set[str], dict[str, list[str]]]] = {}

    def concerns(self, path: str) -> bool:
        folder, _, base = f"/{path}".rpartition("/")
        return super().concerns(path) and (base == _LOCK or folder.endswith(f"/{_TOOL}"))

    def read(self, file: FileView) -> Iterator[Fact]:
        folder, _, base = file.path.rpartition("/")
        project = folder.removesuffix(_TOOL).rstrip("/")
        if base == _GRAPH:
            roots, edges = _graph(json_object(file.data))
            if self.holds(sum(len(needs) + 1 for needs in edges.values())):
                self._graphs[project] = reachable(roots, edges), edges
            return
        listed = list(_locked(text_of(file.data)) if base == _LOCK else _configured(json_object(file.data)))
        if self.holds(len(listed)):
            self._lists[project, base] = FileView(file.entry, b""), listed
        elif base == _LOCK:
            yield from (declared(file, "pub", one.name, one.version, development=one.direct) for one in listed)

    def finish(self) -> Iterator[Fact]:
        for (project, base), (file, listed) in self._lists.items():
            if base == _LOCK or (project, _LOCK) not in self._lists:
                needed, edges = self._graphs.get(project, (None, {}))
                yield from self.bounded(file.path, (
                    declared(file, "pub", one.name, one.version, depends=edges.get(one.name, ()),
                             development=one.direct if needed is None else one.name not in needed)
                    for one in listed
                ))  # fmt: skip


def _locked(text: str) -> Iterator[_Listed]:
    packages = table_in(mapping(text), "packages")
    for name in packages:
        entry = table_in(packages, name)
        if text_in(entry, "source") in ("hosted", "git") and text_in(entry, "version"):
            yield _Listed(name, text_in(entry, "version"), text_in(entry, "dependency") == "direct dev")


def _configured(document: dict[str, Any]) -> Iterator[_Listed]:
    """Packages in the cache of pub: the name of their folder is `NAME-VERSION`."""
    for entry in tables_in(document, "packages"):
        name, place = text_in(entry, "name"), _HOSTED.search(text_in(entry, "rootUri"))
        if name and place and place[1].startswith(f"{name}-"):
            yield _Listed(name, place[1].removeprefix(f"{name}-"))


def _graph(document: dict[str, Any]) -> tuple[list[str], dict[str, list[str]]]:
    """The project's own packages, and what each package needs; `devDependencies` are left out."""
    edges = {text_in(entry, "name"): texts_in(entry, "dependencies") for entry in tables_in(document, "packages")}
    return texts_in(document, "roots"), edges
