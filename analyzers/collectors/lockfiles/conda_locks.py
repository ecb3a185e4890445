"""Lock files of conda environments, with the packages that pip adds to them.

Sources: conda-lock documentation, "Output" (`conda-lock.yml`, format 1; `conda-PLATFORM.lock`, which is conda's explicit list of
addresses); pixi documentation, "The pixi.lock file" (formats 4 to 6). The name of an archive says `NAME-VERSION-BUILD.conda`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from analyzers.collectors.application_files import LOCK_BYTES, LockCollector, declared, text_lines, text_of
from analyzers.collectors.lockfiles.indented import key_and_value, lines_of
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact, Package

_NAMES = frozenset({"conda-lock.yml", "conda-lock.yaml", "pixi.lock"})
_EXPLICIT = re.compile(r"(?:^|/)conda-[\w-]+\.lock\Z")
_ARCHIVE = re.compile(r"(?:https?|file)://\S{1,1000}/([a-z0-9_.-]+)-([^\s/-]+)-[^\s/-]+\.(?:conda|tar\.bz2)(?:#|\Z)")
_LISTS = frozenset({"package:", "packages:"})
_FIELDS = frozenset({"name", "version", "manager", "category", "kind", "conda", "pypi"})
_NEEDS = frozenset({"dependencies", "depends", "requires_dist"})
_NEEDED = re.compile(r"(?!__)([A-Za-z0-9_][\w.-]*)")
_EXTRA = re.compile(r"\bextra\s*==")
_PYPI = "pkg:pypi/"
_FOR_DEVELOPMENT = frozenset({"dev", "develop", "development", "test", "tests", "doc", "docs", "lint", "ci"})


@dataclass(slots=True)
class _Entry:
    """`equals`: the names that a package of conda has on PyPI, as the file says."""

    fields: dict[str, str] = field(default_factory=dict)
    needs: list[str] = field(default_factory=list)
    equals: list[str] = field(default_factory=list)


class CondaLocks(LockCollector):
    """Facts: Package of type `conda` or `pypi`; a package of conda that is one of PyPI as well counts as both."""

    name: ClassVar[str] = "conda-locks"
    version: ClassVar[int] = 1
    wanted: ClassVar[Wanted] = Wanted(names=_NAMES, suffixes=frozenset({".lock"}), windows=True, max_bytes=LOCK_BYTES)

    def concerns(self, path: str) -> bool:
        return super().concerns(path) and (path.rpartition("/")[2] in _NAMES or _EXPLICIT.search(path) is not None)

    def read(self, file: FileView) -> Iterator[Fact]:
        if _EXPLICIT.search(file.path):
            for line in text_lines(file.data):
                if match := _ARCHIVE.match(line[:2000]):
                    yield declared(file, "conda", match[1], match[2])
            return
        for entry in _entries(text_of(file.data)):
            yield from _packages(file, entry)


def _packages(file: FileView, entry: _Entry) -> Iterator[Package]:
    said = entry.fields
    name, version = said.get("name", ""), said.get("version", "")
    development = said.get("category", "") in _FOR_DEVELOPMENT
    if said.get("manager") == "pip" or said.get("kind") == "pypi" or "pypi" in said:
        own = said.get("pypi", "").startswith((".", "/"))
        if name and version and not own:
            yield declared(file, "pypi", name, version, development=development, depends=entry.needs)
        return
    if not name and (match := _ARCHIVE.match(said.get("conda", "")[:2000])):
        name, version = match[1], match[2]
    if name and version:
        yield declared(file, "conda", name, version, development=development, depends=entry.needs)
        for one in entry.equals:
            yield declared(file, "pypi", one, version, development=development)


def _entries(text: str) -> Iterator[_Entry]:
    """The tables of the list of packages. Raises Unreadable after MAX_LINES lines."""
    entry: _Entry | None = None
    listing, inner, key = False, 0, ""
    for indentation, content in lines_of(text):
        item = content.startswith("- ")
        if indentation == 0 and not item:
            if entry:
                yield entry
            entry, listing = None, content in _LISTS
        elif listing and item and (entry is None or indentation < inner):
            if entry:
                yield entry
            entry, inner = _Entry(), indentation + 2
            key = _field(entry, content[2:].strip())
        elif entry and indentation == inner and not item:
            key = _field(entry, content)
        elif entry and key in _NEEDS:
            entry.needs.extend(_needed(content.removeprefix("- ").strip("'\"")[:1000]))
        elif entry and key == "purls" and content.startswith(f"- {_PYPI}"):
            entry.equals.append(re.split(r"[@?#]", content.removeprefix(f"- {_PYPI}"))[0])
    if entry:
        yield entry


def _needed(text: str) -> list[str]:
    """The name in a requirement, if that counts without any extra."""
    match = _NEEDED.match(text)
    return [match[1]] if match and not _EXTRA.search(text.partition(";")[2]) else []


def _field(entry: _Entry, content: str) -> str:
    """Keep the field of one line; returns its key."""
    key, value = key_and_value(content) if content else ("", "")
    if key in _FIELDS:
        entry.fields[key] = value
    return key
