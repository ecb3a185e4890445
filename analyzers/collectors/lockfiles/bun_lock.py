"""Bun's lock file, as text or binary. Source: Bun documentation, "Lockfile": JSON with trailing commas, packages as lists of locator,
source, details."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
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
from analyzers.collectors.lockfiles.bun_binary import locked_packages
from analyzers.collectors.npm import real_names, split_name
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact

# A text without end reaches to the end of the file, so that no second look begins inside of it.
_TOKEN = re.compile(rb'("(?:[^"\\]++|\\.)*+(?:"|\\?\Z))|//[^\n]*|,(?=\s{0,1000}[}\]])', re.DOTALL)

_SEGMENT = re.compile(r"(?:@[^/]*/)?[^/]+")
_DEPTH = 32


class BunLock(LockCollector):
    """Facts: Package of type `npm`; what only `devDependencies` lead to is for development. The binary form is that of before
    Bun 1.2."""

    name: ClassVar[str] = "bun-lock"
    version: ClassVar[int] = 5
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"bun.lock", "bun.lockb"}), max_bytes=LOCK_BYTES // 2)

    def read(self, file: FileView) -> Iterator[Fact]:
        if file.path.endswith("b"):
            for one in locked_packages(file.data):
                namespace, name = split_name(one.name)
                yield declared(file, "npm", name, one.version, namespace=namespace, development=one.development)
            return
        document = json_object(_TOKEN.sub(lambda match: match[1] or b"", file.data))
        packages, spaces = table_in(document, "packages"), table_in(document, "workspaces")
        places = {_segments(key): key for key in packages}
        edges = {key: _resolved(_wanted(entry[2]), place, places) for place, key in places.items() if _details(entry := packages[key])}
        starts = []
        for space in spaces:
            own = text_in(table_in(spaces, space), "name") if space else ""
            starts.extend(_resolved(_wanted(table_in(spaces, space)), _segments(own), places))
        needed = reachable(starts, edges) if spaces else packages.keys()
        for key, entry in packages.items():
            locator = entry[0] if isinstance(entry, list) and entry and isinstance(entry[0], str) else ""
            full, _, version = locator.rpartition("@")
            if full and version[:1].isdigit():
                namespace, name = split_name(full)
                wants = entry[2] if _details(entry) else {}
                depends = real_names({**table_in(wants, "dependencies"), **table_in(wants, "optionalDependencies")})
                yield declared(file, "npm", name, version, namespace=namespace, development=key not in needed, depends=depends)


def _details(entry: object) -> bool:
    return isinstance(entry, list) and len(entry) > 2 and isinstance(entry[2], dict)


def _wanted(table: dict[str, Any]) -> list[str]:
    """Without the peers that are only used where something else brings them."""
    peers = table_in(table, "peerDependencies").keys() - set(texts_in(table, "optionalPeers"))
    return [*table_in(table, "dependencies"), *table_in(table, "optionalDependencies"), *sorted(peers)]


def _segments(key: str) -> tuple[str, ...]:
    """`a/@s/b` -> (`a`, `@s/b`): which package's folder a package lies in, as deep as it goes."""
    return tuple(_SEGMENT.findall(key)[:_DEPTH])


def _resolved(names: Iterable[str], place: tuple[str, ...], places: Mapping[tuple[str, ...], str]) -> list[str]:
    """The keys that names mean to a package, looked for in its own folder, then further out (Node.js, "Loading from node_modules")."""
    found = []
    for name in names:
        inner = next((place[:depth] for depth in range(len(place), -1, -1) if (*place[:depth], name) in places), None)
        if inner is not None:
            found.append(places[(*inner, name)])
    return found
