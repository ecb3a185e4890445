"""Conan's lock files of versions 1 and 2. Source: Conan documentation, "Lockfiles"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from analyzers.collectors.application_files import LOCK_BYTES, LockCollector, declared, json_object, table_in, text_in, texts_in
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact, Package

_REFERENCE = re.compile(r"([\w.+-]+)/([^@#%\s]+)")


class ConanLock(LockCollector):
    """Facts: Package of type `conan`; tools for building are for development."""

    name: ClassVar[str] = "conan-lock"
    version: ClassVar[int] = 3
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"conan.lock"}), max_bytes=LOCK_BYTES)

    def read(self, file: FileView) -> Iterator[Fact]:
        document = json_object(file.data)
        yield from _graph(file, table_in(table_in(document, "graph_lock"), "nodes"))
        for key, development in (("requires", False), ("build_requires", True), ("python_requires", True)):
            for match in map(_REFERENCE.match, texts_in(document, key)):
                if match:
                    yield declared(file, "conan", match[1], match[2], development=development)


def _graph(file: FileView, nodes: dict[str, Any]) -> Iterator[Package]:
    """Version 1: number -> node. One with a `path` is the recipe that the file was made for."""
    references = {key: _REFERENCE.match(text_in(table_in(nodes, key), "ref")) for key in nodes}
    for key, match in references.items():
        node = table_in(nodes, key)
        if match and not text_in(node, "path"):
            needs = (needed[1] for one in texts_in(node, "requires") if (needed := references.get(one)))
            yield declared(file, "conan", match[1], match[2], development=text_in(node, "context") == "build", depends=needs)
