"""Packages in Deno's lock file, formats 2 to 5. Source: Deno documentation, "Lockfile", and the files that Deno writes: npm packages are in
format 2 below `npm.packages`, in 3 below `packages.npm`, from 4 on below `npm`; packages of JSR likewise below `jsr`. Single modules are
listed below `remote` by their addresses, and well-known servers have npm packages there. Other addresses name no package.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar
from urllib.parse import unquote

from analyzers.collectors.application_files import LOCK_BYTES, LockCollector, declared, json_object, table_in
from analyzers.collectors.npm import split_name
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact, Package

_KEY = re.compile(r"((?:@[^/@]+/)?[^/@]+)@([0-9][^_]*)")  # what follows are the versions of peers: `a@1.0.0_b@2.0.0`
_NEEDED = re.compile(r"(?:.{1,300}@npm:|npm:|jsr:)?((?:@[^/@]+/)?[^/@]+)")
_REMOTE = re.compile(
    r"https://(?:esm\.sh/(?:stable/|v\d+/)?\*?|cdn\.jsdelivr\.net/npm/|unpkg\.com/|cdn\.skypack\.dev/|ga\.jspm\.io/npm:)"
    r"((?:(?:@|%40)[^/@\s]+/)?[^/@\s]+)@v?(\d+\.\d+\.\d+[\w.+-]*)"
)


class DenoLock(LockCollector):
    """Facts: Package of type `npm` or `jsr`. The file does not say what is for development only."""

    name: ClassVar[str] = "deno-lock"
    version: ClassVar[int] = 2
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"deno.lock"}), max_bytes=LOCK_BYTES)

    def read(self, file: FileView) -> Iterator[Fact]:
        document = json_object(file.data)
        older, own = table_in(document, "packages"), table_in(document, "npm")
        yield from _listed(file, "npm", table_in(older, "npm"), table_in(own, "packages"), own)
        yield from _listed(file, "jsr", table_in(older, "jsr"), table_in(document, "jsr"))
        for address in (*table_in(document, "remote"), *document):  # in format 1 the addresses are all there is
            if match := _REMOTE.match(address):
                namespace, name = split_name(unquote(match[1]))
                yield declared(file, "npm", name, match[2], namespace=namespace)


def _listed(file: FileView, kind: str, *tables: dict[str, Any]) -> Iterator[Package]:
    for packages in tables:
        for key, entry in packages.items():
            match = _KEY.match(key)
            if match and isinstance(entry, dict):
                namespace, name = split_name(match[1])
                yield declared(file, kind, name, match[2], namespace=namespace, depends=_needs(entry))


def _needs(entry: dict[str, Any]) -> Iterator[str]:
    """The real names: of texts `name`, `name@version` or `alias@npm:name@version`, before format 4 of a table (alias -> `name@version`)."""
    for kind in ("dependencies", "optionalDependencies"):
        stated = entry.get(kind)
        wanted: Iterable[object] = stated.values() if isinstance(stated, dict) else stated if isinstance(stated, list) else ()
        for one in wanted:
            if isinstance(one, str) and (match := _NEEDED.match(one)):
                yield match[1]
