"""Bun's text lock file. Source: Bun documentation, "Lockfile": JSON with trailing commas, packages as lists of locator, source, details."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from analyzers.collectors.application_files import LOCK_BYTES, ApplicationCollector, declared, json_object, reachable, table_in
from analyzers.collectors.npm import split_name
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact

# A text without end reaches to the end of the file, so that no second look begins inside of it.
_TOKEN = re.compile(rb'("(?:[^"\\]++|\\.)*+(?:"|\\?\Z))|//[^\n]*|,(?=\s{0,1000}[}\]])', re.DOTALL)


class BunLock(ApplicationCollector):
    """Facts: Package of type `npm`; what only `devDependencies` lead to is for development."""

    name: ClassVar[str] = "bun-lock"
    version: ClassVar[int] = 1
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"bun.lock"}), max_bytes=LOCK_BYTES)

    def read(self, file: FileView) -> Iterator[Fact]:
        document = json_object(_TOKEN.sub(lambda match: match[1] or b"", file.data))
        packages, spaces = table_in(document, "packages"), table_in(document, "workspaces")
        edges = {key: _wanted(entry[2]) for key, entry in packages.items() if _details(entry)}
        needed = reachable([name for space in spaces for name in _wanted(table_in(spaces, space))], edges)
        for key, entry in packages.items():
            locator = entry[0] if isinstance(entry, list) and entry and isinstance(entry[0], str) else ""
            full, _, version = locator.rpartition("@")
            if full and version[:1].isdigit():
                namespace, name = split_name(full)
                development = bool(spaces) and key not in needed and "/" not in key.removeprefix("@").partition("/")[2]
                yield declared(file, "npm", name, version, namespace=namespace, development=development)


def _details(entry: object) -> bool:
    return isinstance(entry, list) and len(entry) > 2 and isinstance(entry[2], dict)


def _wanted(table: dict[str, Any]) -> list[str]:
    return [name for kind in ("dependencies", "optionalDependencies", "peerDependencies") for name in table_in(table, kind)]
