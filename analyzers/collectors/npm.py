"""Installed npm packages: the `package.json` in the root of each folder that an installer made.

Sources: npm-folders(5), package.json(5), Node.js "Modules: Packages"; pnpm's `node_modules/.pnpm/NAME@VERSION/node_modules/NAME`;
Yarn documentation, "Plug'n'Play" (`.yarn/cache`); Deno's cache, `DENO_DIR/npm/REGISTRY/NAME/VERSION`;
Debian's JavaScript policy (`/usr/share/nodejs`, `/usr/lib/nodejs`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from analyzers.archives.nested_zips import nested_members
from analyzers.archives.source import InMemory
from analyzers.archives.walk import Bounds, Walk
from analyzers.collectors.application_files import ApplicationCollector, Unreadable, json_object, licence_names, table_in, text_in
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact, Package
from schemas.vocabulary import Reason

INSTALLED = re.compile(
    r"(?:(?:^|/)node_modules|\Ausr/(?:share|lib)/nodejs)/(?:@[^/]+/)?[^/@.][^/]*/package\.json\Z|"
    r"(?:^|/)\.?deno(?:-dir)?/npm/[\w.-]+/(?:@[^/]+/)?[^/@.][^/]*/\d[^/]*/package\.json\Z"
)
_KEPT = re.compile(r"(?:^|/)\.yarn/cache/[^/]+\.zip\Z")
# Packages bring trees of invented packages for their own tests along.
_EXAMPLES = re.compile(r"(?:^|/)node_modules/.*/(?:__tests__|tests?|__fixtures__|fixtures?|examples?)/(?:.*/)?node_modules/")


class Npm(ApplicationCollector):
    """Facts: Package of type `npm` per installed package, with the names it depends on. An alias counts under its real name."""

    name: ClassVar[str] = "npm"
    version: ClassVar[int] = 5
    wanted: ClassVar[Wanted] = Wanted(
        names=frozenset({"package.json"}), suffixes=frozenset({".zip"}), windows=True, max_bytes=16 * 1024 * 1024
    )

    def concerns(self, path: str) -> bool:
        return not path.endswith(".zip") or _KEPT.search(path) is not None

    def read(self, file: FileView) -> Iterator[Fact]:
        if file.path.endswith(".zip"):
            yield from self._kept(file)
            return
        inside = INSTALLED.search(file.path)
        if inside and _EXAMPLES.search(file.path):
            return
        if not inside and b'"installationMethod"' not in file.data:
            return  # the application's own description; what is installed lies below it
        document = json_object(file.data)
        full, version = text_in(document, "name"), text_in(document, "version").lstrip("=v")
        if not (full and version):
            if inside and (full or version or "dependencies" in document):
                raise Unreadable("a package.json of an installed package without name or version")
            return
        namespace, name = split_name(full)
        depends = real_names({**table_in(document, "dependencies"), **table_in(document, "optionalDependencies")})
        yield Package(
            path=file.path, type="npm", namespace=namespace, name=name, version=version, depends=tuple(dict.fromkeys(depends)),
            licences=licence_names(document.get("license") or document.get("licenses")),
        )  # fmt: skip

    def _kept(self, file: FileView) -> Iterator[Fact]:
        """The packages of one archive that programs load with Plug'n'Play, without unpacking it."""
        walk = Walk(Bounds(depth=1))
        for name, content in nested_members(InMemory(file.data), file.path, walk, lambda inner: INSTALLED.search(inner) is not None):
            yield from self.read(FileView(file.entry._replace(path=name), content))
        for name, reason in walk.notes:
            yield self.skipped(name, Reason(reason.partition(":")[0]), reason.partition(": ")[2])


def split_name(full: str) -> tuple[str, str]:
    """`@scope/name` -> (`@scope`, `name`)."""
    scope, slash, name = full.partition("/")
    return (scope, name) if slash and scope.startswith("@") else ("", full)


def real_names(wants: Mapping[str, Any]) -> Iterator[str]:
    """The names of the packages that a table of dependencies (name -> range) means: an alias (`npm:name@range`) gives the real one."""
    for name, wanted in wants.items():
        real = wanted.removeprefix("npm:") if isinstance(wanted, str) and wanted.startswith("npm:") else ""
        yield real[: real.find("@", 1)] if real.find("@", 1) > 0 else name
