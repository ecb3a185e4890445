"""Python lock files: requirements with exact versions, Pipfile.lock, poetry.lock, pdm.lock, uv.lock and pylock.toml.

Where Poetry's or PDM's does not say what is for development it is told at the end of the layer: the project's pyproject.toml does.
Sources: pip, "Requirements File Format"; Pipenv, Poetry, PDM and uv documentation; PEP 751.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, ClassVar
from urllib.parse import unquote

from analyzers.collectors.application_files import (
    LOCK_BYTES,
    TOML_BYTES,
    LockCollector,
    Unreadable,
    declared,
    fetched,
    json_object,
    reachable,
    table_in,
    tables_in,
    text_in,
    text_lines,
    toml_table,
)  # fmt: skip
from analyzers.contract import FileView, PassContext, Wanted
from schemas.facts import Fact, Package

_REQUIREMENTS = re.compile(r"(?:^|/)(?:[\w.-]*requirements[\w.-]*|requirements/[\w.-]+)\.txt\Z", re.IGNORECASE)
_MENTIONED = "requirements"
_PIN = re.compile(
    r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]{0,200}\])?\s*===?\s*([0-9A-Za-z][0-9A-Za-z.+!_-]*)\s*(?:[;#\\\s]|--|\Z)"
)
# The name of a wheel says name and version (PEP 427), in a URL, a path or `name @ URL` (PEP 508).
_WHEEL = re.compile(r"(?!\s*[-#])[^#]*?(?<![\w.%-])([A-Za-z0-9][\w.]*)-(\d[\w.!%+]*)(?:-\d\w*)?-[\w.]+-[\w.]+-[\w.]+\.whl(?:[#;?\s]|\Z)")
_FOR_DEVELOPMENT = re.compile(r"(?:^|[-_./])(?:dev|develop|development|tests?|testing|docs?|lint|typing|ci)(?:[-_./]|\Z)")
_DEVELOPERS_FOLDER = re.compile(r"(?:^|/)(?:tests?|testing|docs?|ci)/[^/]+\Z")
_MAIN_GROUPS = frozenset({"main", "default"})
_GROUP = re.compile(r"[\"']([\w.-]+)[\"']\s+in\s+dependency_groups")
_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")
_SDIST = re.compile(
    r"\s*([A-Za-z0-9][\w.-]{0,200})\s*(?:\[[^\]]{0,200}\])?\s*@\s*\S*/([\w.-]+?)-(\d[\w.!+]*?)\.(?:tar\.gz|tar\.bz2|zip)(?:[#;?\s]|\Z)"
)
_INCLUDE = re.compile(r"\s*(?:-r|--requirement)[\s=]*([^\s#;]+)")
_OTHER_BYTES = 256 * 1024
_PDM = "pdm.lock"
_RYE = frozenset({"requirements.lock", "requirements-dev.lock"})
_PROJECT, _PROJECT_BYTES = "pyproject.toml", 256 * 1024
_READ = ("name", "version", "category", "groups", "dependencies", "source", "editable", "virtual", "directory", "path")
_OWN = ("editable", "virtual", "directory", "path")


class PythonLocks(LockCollector):
    """Facts: Package of type `pypi`. Requirements without an exact version are no lock and say nothing about what is installed."""

    name: ClassVar[str] = "python-locks"
    version: ClassVar[int] = 6
    wanted: ClassVar[Wanted] = Wanted(
        names=frozenset({"Pipfile.lock", "poetry.lock", _PDM, "uv.lock"}) | _RYE, suffixes=frozenset({".txt", ".toml"}), windows=True,
        max_bytes=LOCK_BYTES,
    )  # fmt: skip

    def __init__(self, context: PassContext) -> None:
        super().__init__(context)
        self._locks: list[tuple[FileView, list[dict[str, Any]]]] = []
        self._projects: dict[str, list[str]] = {}

        self._others: dict[str, tuple[FileView, list[Package], list[str]]] = {}  # files that no name tells: what they pin and include
        self._included: list[tuple[bool, str]] = []

    def collect(self, file: FileView) -> Iterator[Fact]:
        if self.concerns(file.path):
            yield from super().collect(file)
        elif file.path.endswith(".txt") and file.entry.size <= _OTHER_BYTES and b"==" in file.data and not fetched(file.path):
            pins, included = list(_requirements(file)), _included(file)
            if self.holds(len(pins) + len(included)):
                self._others[file.path] = FileView(file.entry, b""), pins, included

    def concerns(self, path: str) -> bool:
        base = path.rpartition("/")[2]
        named = (
            base in self.wanted.names
            or base == _PROJECT
            or _is_pylock(base)
            or (_MENTIONED in path.lower() and _REQUIREMENTS.search(path) is not None)
        )
        return named and not fetched(path)

    def read(self, file: FileView) -> Iterator[Fact]:
        folder, _, base = file.path.rpartition("/")
        if base.endswith(".txt") or base in _RYE:
            self._included.extend((_for_development(file.path), path) for path in _included(file))
            yield from _requirements(file)
        elif base == "Pipfile.lock":
            yield from _pipfile(file)
        elif base == _PROJECT:
            with suppress(Unreadable):  # then everything counts
                wanted = _wanted_by(toml_table(file.data[:_PROJECT_BYTES]))
                if self.holds(len(wanted) + 1):
                    self._projects[folder] = wanted
        elif len(file.data) > TOML_BYTES:
            raise Unreadable(f"a TOML lock file of more than {TOML_BYTES:,} bytes")
        elif base == "uv.lock":
            yield from _uv(file, toml_table(file.data))
        elif _is_pylock(base):
            yield from _pylock(file, toml_table(file.data))
        else:
            packages = [{key: one[key] for key in _READ if key in one} for one in tables_in(toml_table(file.data), "package")]
            said = any("category" in one or ("groups" in one and base != _PDM) for one in packages)  # groups of PDM may be extras
            if said or not self.holds(len(packages)):
                yield from _locked(file, packages, None)
            else:
                self._locks.append((FileView(file.entry, b""), packages))

    def finish(self) -> Iterator[Fact]:
        waiting = sorted(self._included, reverse=True)  # taken from the end: first what is not for development only
        while waiting:
            development, path = waiting.pop()
            if other := self._others.pop(path, None):
                waiting.extend((development, one) for one in other[2])
                yield from self.bounded(path, (one.model_copy(update={"development": one.development or development}) for one in other[1]))
        for file, packages in self._locks:
            yield from self.bounded(file.path, _locked(file, packages, self._projects.get(file.path.rpartition("/")[0])))


def _is_pylock(base: str) -> bool:
    return base == "pylock.toml" or (base.startswith("pylock.") and base.endswith(".toml"))


def _for_development(path: str) -> bool:
    path = path.removesuffix(".txt").removesuffix(".lock").lower()
    return _FOR_DEVELOPMENT.search(path.rpartition("/")[2]) is not None or _DEVELOPERS_FOLDER.search(path) is not None


def _included(file: FileView) -> list[str]:
    """The paths of the files that a requirements file takes in."""
    folder = file.path.rpartition("/")[0]
    found = (match[1] for line in text_lines(file.data) if (match := _INCLUDE.match(line[:500])))
    return [posixpath.normpath(posixpath.join(folder, one)).lstrip("/") for one in found]


def _requirements(file: FileView) -> Iterator[Package]:
    development = _for_development(file.path)
    for line in text_lines(file.data):
        stated = line[:500]
        pin = ("==" in stated and _PIN.match(stated)) or (".whl" in stated and _WHEEL.match(stated))
        if pin:
            yield declared(file, "pypi", pin[1], unquote(pin[2]), development=development)
        elif "@" in stated and (archive := _SDIST.match(stated)) and _plain(archive[1]) == _plain(archive[2]):
            yield declared(file, "pypi", archive[1], unquote(archive[3]), development=development)


def _pipfile(file: FileView) -> Iterator[Package]:
    """Sections are the categories of packages: `default`, `develop` and what the project calls others."""
    document = json_object(file.data)
    for section in document:
        development = section == "develop" or (section != "default" and _FOR_DEVELOPMENT.search(section) is not None)
        packages = table_in(document, section) if section != "_meta" else {}
        for name in packages:
            version = text_in(table_in(packages, name), "version")
            if version.startswith("=="):
                yield declared(file, "pypi", name, version.lstrip("="), development=development)


def _locked(file: FileView, packages: list[dict[str, Any]], wanted: list[str] | None) -> Iterator[Package]:
    """Poetry and PDM: groups, or Poetry's older `category`, say what a package is for; between these forms neither does, and it follows
    from what the project wants (None: not known, or not asked)."""
    edges = _edges(packages)
    needed = None if wanted is None else reachable(wanted, edges)
    for entry in packages:
        groups = [one for one in _list_in(entry, "groups") if isinstance(one, str)]
        development = text_in(entry, "category") == "dev" or (bool(groups) and not _MAIN_GROUPS.intersection(groups))
        if needed is not None:
            development = _plain(text_in(entry, "name")) not in needed
        own = any(key in entry for key in _OWN) or text_in(table_in(entry, "source"), "type") == "directory"
        if text_in(entry, "version") and not own:
            depends = edges.get(_plain(text_in(entry, "name")), ())
            yield declared(file, "pypi", text_in(entry, "name"), text_in(entry, "version"), development=development, depends=depends)


def _edges(packages: Iterable[dict[str, Any]]) -> dict[str, list[str]]:
    """Name -> names it depends on: a table of names in Poetry's files, a list of requirements in PDM's. A name may have several entries."""
    edges: dict[str, list[str]] = {}
    for entry in packages:
        stated = entry.get("dependencies")
        names = map(_plain, stated) if isinstance(stated, dict) else _required(stated)
        edges.setdefault(_plain(text_in(entry, "name")), []).extend(names)
    return edges


def _wanted_by(document: dict[str, Any]) -> list[str]:
    """What a pyproject.toml wants at run time: `project` of PEP 621, or Poetry's own table."""
    project, poetry = table_in(document, "project"), table_in(table_in(document, "tool"), "poetry")
    extras = table_in(project, "optional-dependencies")
    required = [*_required(project.get("dependencies")), *(name for extra in extras for name in _required(extras[extra]))]
    return [*required, *map(_plain, table_in(poetry, "dependencies"))]


def _required(requirements: object) -> list[str]:
    listed = requirements if isinstance(requirements, list) else []
    return [_plain(match[1]) for one in listed if isinstance(one, str) and (match := _NAME.match(one))]


def _plain(name: str) -> str:
    """PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _pylock(file: FileView, document: dict[str, Any]) -> Iterator[Package]:
    """PEP 751: a marker may ask for dependency groups; what only groups beyond `default-groups` ask for is for development."""
    default = {one for one in _list_in(document, "default-groups") if isinstance(one, str)}
    for entry in tables_in(document, "packages"):
        marker = text_in(entry, "marker")
        groups = set(_GROUP.findall(marker))
        development = bool(groups) and not groups & default and "extras" not in marker
        if text_in(entry, "version") and "directory" not in entry:
            depends = _names(entry, "dependencies")
            yield declared(file, "pypi", text_in(entry, "name"), text_in(entry, "version"), development=development, depends=depends)


def _uv(file: FileView, document: dict[str, Any]) -> Iterator[Package]:
    """uv: what only the development groups of the project's own packages, or of a workspace without one, lead to is for development."""
    packages = list(tables_in(document, "package"))
    edges: dict[str, list[str]] = {}
    for entry in packages:  # a name has several entries where platforms need several versions
        edges.setdefault(text_in(entry, "name"), []).extend([*_names(entry, "dependencies"), *_group_names(entry, "optional-dependencies")])
    own = [entry for entry in packages if any(key in table_in(entry, "source") for key in _OWN)]
    manifest = table_in(document, "manifest")
    groups = [name for entry in own for name in _group_names(entry, "dev-dependencies")] + _group_names(manifest, "dependency-groups")
    needed = reachable([*(text_in(entry, "name") for entry in own), *_names(manifest, "requirements")], edges)
    for_development = reachable(groups, edges) - needed
    for entry in packages:
        name, version = text_in(entry, "name"), text_in(entry, "version")
        if version and not any(key in table_in(entry, "source") for key in _OWN):
            yield declared(file, "pypi", name, version, development=name in for_development, depends=edges[name])


def _names(table: dict[str, Any], key: str) -> list[str]:
    return [text_in(one, "name") for one in tables_in(table, key)]


def _group_names(entry: dict[str, Any], key: str) -> list[str]:
    groups = table_in(entry, key)
    return [name for group in groups for name in _names(groups, group)]


def _list_in(table: dict[str, Any], key: str) -> list[Any]:
    value = table.get(key)
    return value if isinstance(value, list) else []
