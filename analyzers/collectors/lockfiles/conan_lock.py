"""Conan's lock files of versions 1 and 2. Source: Conan documentation, "Lockfiles"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from analyzers.collectors.application_files import LOCK_BYTES, LockCollector, declared, json_object, table_in, text_in
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact

_REFERENCE = re.compile(r"([\w.+-]+)/([^@#%\s]+)")


class ConanLock(LockCollector):
    """Facts: Package of type `conan`; tools for building are for development."""

    name: ClassVar[str] = "conan-lock"
    version: ClassVar[int] = 2
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"conan.lock"}), max_bytes=LOCK_BYTES)

    def read(self, file: FileView) -> Iterator[Fact]:
        document = json_object(file.data)
        nodes = table_in(table_in(document, "graph_lock"), "nodes")
        references = [(text_in(table_in(nodes, key), "ref"), text_in(table_in(nodes, key), "context") == "build") for key in nodes]
        for key, development in (("requires", False), ("build_requires", True), ("python_requires", True)):
            listed = document.get(key)
            references.extend((one, development) for one in (listed if isinstance(listed, list) else []) if isinstance(one, str))
        for reference, development in references:
            match = _REFERENCE.match(reference)
            if match:
                yield declared(file, "conan", match[1], match[2], development=development)
