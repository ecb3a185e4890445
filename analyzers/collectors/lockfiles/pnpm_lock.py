"""pnpm's lock files of the formats 5 to 9. Source: pnpm/spec, lockfile/5.2.md to 9.0.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from analyzers.collectors.application_files import LOCK_BYTES, LockCollector, declared, reachable, table_in, text_in, text_of
from analyzers.collectors.lockfiles.indented import mapping
from analyzers.collectors.npm import split_name
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact

_AT = re.compile(r"(?:[\w-]+\.[\w.:-]+/|/)?((?:@[^/@]+/)?[^/@]+)@([0-9][^(_]*)")
_FETCHED = re.compile(r"((?:@[^/@]+/)?[^/@:]+)@(?:https?|git\+\w+|git|ssh):")
_SLASH = re.compile(r"(?:[\w.:-]+)?/((?:@[^/@]+/)?[^/@]+)/([0-9][^/_(]*)")


class PnpmLock(LockCollector):
    """Facts: Package of type `npm`. Formats before 9 mark what is for development; in 9 it follows from the importers."""

    name: ClassVar[str] = "pnpm-lock"
    version: ClassVar[int] = 4
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"pnpm-lock.yaml"}), max_bytes=LOCK_BYTES)

    def read(self, file: FileView) -> Iterator[Fact]:
        document = mapping(text_of(file.data))
        packages, snapshots = table_in(document, "packages"), table_in(document, "snapshots")
        needed = _needed(document, snapshots) if snapshots else None
        depends = _depends(snapshots or packages)
        for key in packages:
            entry = table_in(packages, key)
            full, version = _name_and_version(key, entry)
            if not (full and version):
                continue  # a folder
            namespace, name = split_name(full)
            development = text_in(entry, "dev") == "true" if needed is None else key not in needed
            needs = depends.get(_plain(key), ())
            yield declared(file, "npm", name, version, namespace=namespace, development=development, depends=needs)


def _name_and_version(key: str, entry: dict[str, Any]) -> tuple[str, str]:
    """What the key says; of a repository or an archive, whose address the key is, what pnpm wrote beside it. Empty for folders."""
    match = _AT.match(key) or _SLASH.match(key)
    if match:
        return match[1], text_in(entry, "version") or match[2]
    fetched = _FETCHED.match(key)
    named = fetched[1] if fetched else "" if "file:" in key or "link:" in key else text_in(entry, "name")
    return named, text_in(entry, "version")


def _plain(key: str) -> str:
    """Without its peers: `(react@17.0.2)`, before format 6 `_react@17.0.2`."""
    match = _AT.match(key) or _SLASH.match(key)
    return f"{match[1]}@{match[2]}" if match else key.partition("(")[0]


def _depends(entries: dict[str, Any]) -> dict[str, list[str]]:
    """Key without its peers -> the names of what it needs, with whatever peers."""
    found: dict[str, list[str]] = {}
    for key in entries:
        needs = found.setdefault(_plain(key), [])
        for kind in ("dependencies", "optionalDependencies"):
            for name, version in table_in(table_in(entries, key), kind).items():
                text = version if isinstance(version, str) and not version[:1].isdigit() else ""
                real = _AT.match(text) or _SLASH.match(text)
                needs.append(real[1] if real else name)
    return found


def _needed(document: dict[str, Any], snapshots: dict[str, Any]) -> set[str]:
    """`name@version` of everything that the importers' dependencies for production lead to."""
    edges = {}
    for key in snapshots:
        entry = table_in(snapshots, key)
        edges[key] = [
            _key(name, version) for kind in ("dependencies", "optionalDependencies") for name, version in table_in(entry, kind).items()
        ]
    importers = table_in(document, "importers")
    starts: list[str] = []
    for importer in importers:
        for kind in ("dependencies", "optionalDependencies"):
            wanted = table_in(table_in(importers, importer), kind)
            starts.extend(_key(name, text_in(table_in(wanted, name), "version")) for name in wanted)
    return {key.partition("(")[0] for key in reachable(starts, edges)}


def _key(name: str, version: object) -> str:
    """The key of a dependency in `snapshots`; an alias gives it whole (`real@1.0.0`)."""
    text = version if isinstance(version, str) else ""
    return text if "@" in text.partition("(")[0][1:] else f"{name}@{text}"
