"""Conan's lock files of versions 1 and 2. Source: Conan documentation, "Lockfiles", and the files that Conan 1.17 to 2 write: the first
ones call a node's reference `pref` and give what it requires as a table (reference -> node)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from analyzers.collectors.application_files import (
    LOCK_BYTES,
    LockCollector,
    declared,
    json_object,
    reachable,
    table_in,
    text_in,
    texts_in,
)
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact, Package

_REFERENCE = re.compile(r"([\w.+-]+)/([^@#%:\s]+)")


class ConanLock(LockCollector):
    """Facts: Package of type `conan`; tools for building are for development."""

    name: ClassVar[str] = "conan-lock"
    version: ClassVar[int] = 6
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"conan.lock"}), max_bytes=LOCK_BYTES)

    def read(self, file: FileView) -> Iterator[Fact]:
        document = json_object(file.data)
        yield from _graph(file, table_in(table_in(document, "graph_lock"), "nodes"))
        for key, development in (("requires", False), ("build_requires", True), ("python_requires", True), ("config_requires", True)):
            yield from _listed(file, document, key, development)


def _graph(file: FileView, nodes: dict[str, Any]) -> Iterator[Package]:
    """Version 1: number -> node. One with a `path` is the recipe that the file was made for. Without a profile for building all are of one
    context: then what only `build_requires` lead to is for building and testing."""
    references = {key: _REFERENCE.match(text_in(table_in(nodes, key), "ref") or text_in(table_in(nodes, key), "pref")) for key in nodes}
    edges = {key: _nodes_in(table_in(nodes, key), "requires") for key in nodes}
    wanted = {one for key in nodes for one in (*edges[key], *_nodes_in(table_in(nodes, key), "build_requires"))}
    needed = reachable((key for key in nodes if text_in(table_in(nodes, key), "path") or key not in wanted), edges)
    for key, match in references.items():
        node = table_in(nodes, key)
        if match and not text_in(node, "path"):
            depends = (other[1] for one in edges[key] if (other := references.get(one)))
            development = text_in(node, "context") == "build" or key not in needed
            yield declared(file, "conan", match[1], match[2], development=development, depends=depends)
        yield from _listed(file, node, "python_requires", True)


def _nodes_in(node: dict[str, Any], key: str) -> list[str]:
    return texts_in(node, key) or [one for one in table_in(node, key).values() if isinstance(one, str)]


def _listed(file: FileView, table: dict[str, Any], key: str, development: bool) -> Iterator[Package]:
    for match in map(_REFERENCE.match, texts_in(table, key)):
        if match:
            yield declared(file, "conan", match[1], match[2], development=development)
