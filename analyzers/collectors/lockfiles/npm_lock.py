"""npm's lock files of versions 1 to 3. Source: package-lock.json(5), npm-shrinkwrap.json(5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from analyzers.collectors.application_files import LOCK_BYTES, LockCollector, declared, json_object, table_in, text_in
from analyzers.collectors.npm import real_names, split_name
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact, Package

_FOLDER = "node_modules/"


class NpmLock(LockCollector):
    """Facts: Package of type `npm`. Links to the project's own folders are left out. What development and an optional dependency of the
    program both need (`devOptional`) is not for development only."""

    name: ClassVar[str] = "npm-lock"
    version: ClassVar[int] = 3
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"package-lock.json", "npm-shrinkwrap.json"}), max_bytes=LOCK_BYTES)

    def read(self, file: FileView) -> Iterator[Fact]:
        document = json_object(file.data)
        if isinstance(document.get("packages"), dict):
            yield from _by_place(file, document["packages"])
        else:
            yield from _by_name(file, table_in(document, "dependencies"))


def _by_place(file: FileView, packages: dict[str, Any]) -> Iterator[Package]:
    """Versions 2 and 3: place in the project -> package."""
    for place, entry in packages.items():
        if not isinstance(entry, dict) or _FOLDER not in place or entry.get("link") is True:
            continue
        namespace, name = split_name(text_in(entry, "name") or place.rpartition(_FOLDER)[2])
        version = text_in(entry, "version")
        if name and version:
            wants = {**table_in(entry, "dependencies"), **table_in(entry, "optionalDependencies")}
            development = entry.get("dev") is True
            yield declared(file, "npm", name, version, namespace=namespace, development=development, depends=real_names(wants))


def _by_name(file: FileView, dependencies: dict[str, Any]) -> Iterator[Package]:
    """Version 1: name -> package, nested; a version may be an address (`git+ssh:`, `file:`) or an alias (`npm:name@version`)."""
    waiting = [dependencies]
    while waiting:
        for full, entry in waiting.pop().items():
            if not isinstance(entry, dict):
                continue
            waiting.append(table_in(entry, "dependencies"))
            version = text_in(entry, "version")
            if version.startswith("npm:"):
                full, _, version = version.removeprefix("npm:").rpartition("@")
            if not version or not full or ":" in version or "/" in version:
                continue
            namespace, name = split_name(full)
            development, wants = entry.get("dev") is True, table_in(entry, "requires")
            yield declared(file, "npm", name, version, namespace=namespace, development=development, depends=real_names(wants))
