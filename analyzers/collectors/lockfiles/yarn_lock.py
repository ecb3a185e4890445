"""Yarn's lock files, of version 1 and of Berry. Source: Yarn documentation, "yarn.lock" and "Protocols".

They do not say what is for development only: that follows from the package.json files of the project and its workspaces, where the same
layer has them. Without the one beside the lock file everything counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, ClassVar

from analyzers.collectors.application_files import (
    LOCK_BYTES,
    LockCollector,
    Unreadable,
    declared,
    json_object,
    reachable,
    table_in,
    text_of,
)
from analyzers.collectors.lockfiles.indented import key_and_value, lines_of, scalar
from analyzers.collectors.npm import split_name
from analyzers.contract import FileView, PassContext, Wanted
from schemas.facts import Fact, Package

_LOCAL = ("workspace:", "link:", "portal:", "file:")
_AT_RUN_TIME = ("dependencies", "optionalDependencies", "peerDependencies")


@dataclass(slots=True)
class _Entry:
    """`keys`: the descriptors (`a@npm:^1`) that it answers; `wants`: descriptors of its own dependencies."""

    keys: list[str]
    name: str = ""
    locator: str = ""
    version: str = ""
    wants: list[str] = field(default_factory=list)


class YarnLock(LockCollector):
    """Facts: Package of type `npm`, told at the end of the layer."""

    name: ClassVar[str] = "yarn-lock"
    version: ClassVar[int] = 3
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"yarn.lock", "package.json"}), max_bytes=LOCK_BYTES)

    def __init__(self, context: PassContext) -> None:
        super().__init__(context)
        self._locks: dict[str, tuple[FileView, list[_Entry]]] = {}
        self._projects: dict[str, list[str]] = {}

    def read(self, file: FileView) -> Iterator[Fact]:
        folder, _, base = file.path.rpartition("/")
        if base == "yarn.lock":
            entries = _entries(text_of(file.data))
            if self.holds(sum(len(one.keys) + len(one.wants) for one in entries)):
                self._locks[folder] = (FileView(file.entry, b""), entries)
            else:
                yield from _packages(file, entries, None)
        else:
            with suppress(Unreadable):  # then everything counts
                wants = _wants_of(json_object(file.data))
                if self.holds(len(wants) + 1):
                    self._projects[folder] = wants

    def finish(self) -> Iterator[Fact]:
        for folder, (file, entries) in self._locks.items():
            inside = f"{folder}/" if folder else ""
            projects = {place[len(inside) :]: wants for place, wants in self._projects.items() if f"{place}/".startswith(inside)}
            needed = _needed(entries, projects) if folder in self._projects else None
            yield from self.bounded(file.path, _packages(file, entries, needed))


def _packages(file: FileView, entries: Iterable[_Entry], needed: set[str] | None) -> Iterator[Package]:
    for entry in entries:
        if entry.name and entry.version and not entry.locator.startswith(_LOCAL):
            namespace, name = split_name(entry.name)
            development = needed is not None and entry.keys[0] not in needed
            depends = (_name(want)[0] for want in entry.wants)
            yield declared(file, "npm", name, entry.version, namespace=namespace, development=development, depends=depends)


def _needed(entries: Sequence[_Entry], projects: Mapping[str, list[str]]) -> set[str]:
    """The first keys of the entries that the projects (folder below the lock file -> what it wants) lead to. What no entry answers word
    by word (`resolutions`, patches) leads to all entries of its name. Berry's entry of a workspace lists what it wants for development
    too: its package.json speaks instead."""
    answers: dict[str, str] = {}
    edges: dict[str, list[str]] = {}
    for entry in entries:
        if entry.locator.startswith("workspace:") and entry.locator.removeprefix("workspace:").removeprefix(".") in projects:
            entry.wants.clear()
        for key in entry.keys:
            answers[key] = entry.keys[0]
            edges.setdefault(_name(key)[0], []).append(entry.keys[0])

    def led(wants: Iterable[str]) -> list[str]:
        return [answers.get(want) or answers.get(_npm(want)) or _name(want)[0] for want in wants]

    edges |= {entry.keys[0]: led(entry.wants) for entry in entries}
    return reachable(led(chain.from_iterable(projects.values())), edges)


def _entries(text: str) -> list[_Entry]:
    found: list[_Entry] = []
    section = ""
    for indentation, content in lines_of(text):
        if indentation == 0:
            keys = [one.strip("\"' ") for one in content.removesuffix(":").split(", ")]
            name, locator = _name(keys[0])
            found.append(_Entry(keys, name, locator))
        elif found:
            key, value = key_and_value(content)
            if not key:  # version 1 has a blank where YAML has a colon
                key, _, value = (part.strip('"') for part in content.partition('" ' if content[0] == '"' else " "))
            if indentation == 2:
                section = key
                if key == "version":
                    found[-1].version = scalar(value)
                elif key == "resolution":
                    found[-1].name, found[-1].locator = _name(value)
            elif indentation == 4 and section in _AT_RUN_TIME[:2]:
                found[-1].wants.append(f"{key}@{scalar(value)}")
    return found


def _wants_of(document: dict[str, Any]) -> list[str]:
    return [f"{name}@{wanted}" for kind in _AT_RUN_TIME for name, wanted in table_in(document, kind).items()]


def _npm(descriptor: str) -> str:
    """`a@^1` -> `a@npm:^1`, as Berry writes it."""
    name, _, wanted = descriptor[1:].partition("@")
    return f"{descriptor[0]}{name}@npm:{wanted}" if descriptor else ""


def _name(descriptor: str) -> tuple[str, str]:
    """`@s/a@npm:^1.0.0` -> (`@s/a`, `npm:^1.0.0`); an alias `b@npm:a@^1` gives the real name."""
    place = descriptor.find("@", 1)
    if place < 0:
        return "", ""
    name, locator = descriptor[:place], descriptor[place + 1 :]
    real = locator.removeprefix("npm:")
    if locator.startswith("npm:") and real.find("@", 1) > 0:
        name = real[: real.find("@", 1)]
    return name, locator
