"""What Julia's package manager resolved. Source: Pkg.jl documentation, "Project.toml and Manifest.toml" (manifest formats 1 and 2); purl
type definition of `julia`, which asks for the `uuid`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from analyzers.collectors.application_files import TOML_BYTES, LockCollector, declared, table_in, tables_in, text_in, texts_in, toml_table
from analyzers.contract import FileView, Wanted
from analyzers.package_urls import package_url
from schemas.facts import Fact

_NAMES = frozenset({"Manifest.toml", "JuliaManifest.toml"})
# Packages in a depot (`packages/NAME/SLUG`) and Julia's own folders bring environments of their own documentation and tests along.
_FETCHED = re.compile(r"(?:^|/)(?:packages/[^/]+/[A-Za-z0-9]{5}|share/julia)/")
_FOR_DEVELOPMENT = re.compile(r"(?:^|/)(?:docs?|tests?|benchmarks?)/[^/]+\Z")


class JuliaManifest(LockCollector):
    """Facts: Package of type `julia`; those in the project's own folders have a `path` and are left out. An environment for documentation,
    tests or benchmarks is for development."""

    name: ClassVar[str] = "julia-manifest"
    version: ClassVar[int] = 1
    wanted: ClassVar[Wanted] = Wanted(names=_NAMES, max_bytes=TOML_BYTES)

    def concerns(self, path: str) -> bool:
        return super().concerns(path) and _FETCHED.search(path) is None

    def read(self, file: FileView) -> Iterator[Fact]:
        document = toml_table(file.data)
        packages = table_in(document, "deps") or document
        development = _FOR_DEVELOPMENT.search(file.path) is not None
        for name in packages:
            for entry in tables_in(packages, name):
                uuid, version = text_in(entry, "uuid"), text_in(entry, "version")
                if uuid and version and not text_in(entry, "path"):
                    purl = package_url("julia", "", name, version, {"uuid": uuid[:40]})
                    fact = declared(file, "julia", name, version, development=development, depends=_needs(entry))
                    yield fact.model_copy(update={"purl": purl})


def _needs(entry: dict[str, Any]) -> list[str]:
    """A list of names, or a table (name -> uuid) where a name alone says not enough."""
    return texts_in(entry, "deps") or list(table_in(entry, "deps"))
