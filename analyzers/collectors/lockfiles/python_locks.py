"""Python lock files: requirements with exact versions, Pipfile.lock, poetry.lock, pdm.lock, uv.lock and pylock.toml.

Sources: pip, "Requirements File Format"; Pipenv, Poetry, PDM and uv documentation; PEP 751.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from analyzers.collectors.application_files import (
    LOCK_BYTES,
    TOML_BYTES,
    ApplicationCollector,
    Unreadable,
    declared,
    json_object,
    reachable,
    table_in,
    tables_in,
    text_in,
    text_of,
    toml_table,
)  # fmt: skip
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact, Package

_REQUIREMENTS = re.compile(r"(?:^|/)(?:[\w.-]*requirements[\w.-]*|requirements/[\w.-]+)\.txt\Z", re.IGNORECASE)
_PIN = re.compile(
    r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]{0,200}\])?\s*===?\s*([0-9A-Za-z][0-9A-Za-z.+!_-]*)\s*(?:[;#\\\s]|--|\Z)"
)
_FOR_DEVELOPMENT = re.compile(r"(?:^|[-_./])(?:dev|develop|development|tests?|testing|docs?|lint|typing|ci)(?:[-_./]|\Z)")
_MAIN_GROUPS = frozenset({"main", "default"})
_OWN = ("editable", "virtual", "directory", "path")


class PythonLocks(ApplicationCollector):
    """Facts: Package of type `pypi`. Requirements without an exact version are no lock and say nothing about what is installed."""

    name: ClassVar[str] = "python-locks"
    version: ClassVar[int] = 1
    wanted: ClassVar[Wanted] = Wanted(
        names=frozenset({"Pipfile.lock", "poetry.lock", "pdm.lock", "uv.lock"}), suffixes=frozenset({".txt", ".toml"}), windows=True,
        max_bytes=LOCK_BYTES,
    )  # fmt: skip

    def concerns(self, path: str) -> bool:
        base = path.rpartition("/")[2]
        return base in self.wanted.names or _is_pylock(base) or _REQUIREMENTS.search(path) is not None

    def read(self, file: FileView) -> Iterator[Fact]:
        base = file.path.rpartition("/")[2]
        if base.endswith(".txt"):
            yield from _requirements(file)
        elif base == "Pipfile.lock":
            yield from _pipfile(file)
        elif len(file.data) > TOML_BYTES:
            raise Unreadable(f"a TOML lock file of more than {TOML_BYTES:,} bytes")
        elif base == "uv.lock":
            yield from _uv(file, list(tables_in(toml_table(file.data), "package")))
        else:
            yield from _packages(file, tables_in(toml_table(file.data), "packages" if _is_pylock(base) else "package"))


def _is_pylock(base: str) -> bool:
    return base == "pylock.toml" or (base.startswith("pylock.") and base.endswith(".toml"))


def _requirements(file: FileView) -> Iterator[Package]:
    development = _FOR_DEVELOPMENT.search(file.path.rpartition("/")[2].removesuffix(".txt").lower()) is not None
    for line in text_of(file.data).splitlines():
        pin = _PIN.match(line[:500])
        if pin:
            yield declared(file, "pypi", pin[1], pin[2], development=development)


def _pipfile(file: FileView) -> Iterator[Package]:
    document = json_object(file.data)
    for section, development in (("default", False), ("develop", True)):
        packages = table_in(document, section)
        for name in packages:
            version = text_in(table_in(packages, name), "version")
            if version.startswith("=="):
                yield declared(file, "pypi", name, version.lstrip("="), development=development)


def _packages(file: FileView, packages: Iterable[dict[str, Any]]) -> Iterator[Package]:
    """Poetry, PDM and pylock: groups, or Poetry's older `category`, say what a package is for."""
    for entry in packages:
        groups = entry.get("groups")
        development = text_in(entry, "category") == "dev" or (
            isinstance(groups, list) and bool(groups) and not any(one in _MAIN_GROUPS for one in groups if isinstance(one, str))
        )
        if text_in(entry, "version") and not any(key in entry for key in _OWN):
            yield declared(file, "pypi", text_in(entry, "name"), text_in(entry, "version"), development=development)


def _uv(file: FileView, packages: list[dict[str, Any]]) -> Iterator[Package]:
    """uv: what only the development groups of the project's own packages lead to is for development."""
    edges = {text_in(entry, "name"): [*_names(entry, "dependencies"), *_group_names(entry, "optional-dependencies")] for entry in packages}
    own = [entry for entry in packages if any(key in table_in(entry, "source") for key in _OWN)]
    needed = reachable([text_in(entry, "name") for entry in own], edges)
    for_development = reachable([name for entry in own for name in _group_names(entry, "dev-dependencies")], edges) - needed
    for entry in packages:
        name, version = text_in(entry, "name"), text_in(entry, "version")
        if version and not any(key in table_in(entry, "source") for key in _OWN):
            yield declared(file, "pypi", name, version, development=name in for_development)


def _names(table: dict[str, Any], key: str) -> list[str]:
    return [text_in(one, "name") for one in tables_in(table, key)]


def _group_names(entry: dict[str, Any], key: str) -> list[str]:
    groups = table_in(entry, key)
    return [name for group in groups for name in _names(groups, group)]
