"""Go modules that a go.mod requires. Source: Go Modules Reference, "go.mod files", "go.sum files", "Graph pruning".

From Go 1.17 on a go.mod names all modules of the build. Before, it names the direct ones; the others are those whose contents stand in
the go.sum beside it (a line for the go.mod alone means that a version was only looked at), in the highest version (minimal version
selection takes the highest that anything requires).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from analyzers.collectors.application_files import LockCollector, declared, text_lines
from analyzers.contract import FileView, PassContext, Wanted
from analyzers.versions import InvalidVersion, sort_key
from schemas.facts import Fact, Package
from schemas.vocabulary import Reason

_COMPLETE = (1, 17)
_GO = re.compile(r"(\d+)(?:\.(\d+))?")


@dataclass(slots=True)
class _Module:
    """`required` and `replaced` as the file has them; `go` is the language version that it states (1.16 where it states none)."""

    required: list[tuple[str, str]] = field(default_factory=list)
    replaced: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    go: tuple[int, int] = (1, 16)


class GoMod(LockCollector):
    """Facts: Package of type `golang`; a replaced module is the one that takes its place, one in a folder beside is left out."""

    name: ClassVar[str] = "go-mod"
    version: ClassVar[int] = 3
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"go.mod", "go.sum"}), max_bytes=4 * 1024 * 1024)

    def __init__(self, context: PassContext) -> None:
        super().__init__(context)
        self._modules: dict[str, _Module] = {}
        self._sums: dict[str, tuple[FileView, dict[str, str]]] = {}

    def read(self, file: FileView) -> Iterator[Fact]:
        folder, _, base = file.path.rpartition("/")
        if base == "go.sum":
            summed = _summed(text_lines(file.data))
            if self.holds(len(summed)):
                self._sums[folder] = (FileView(file.entry, b""), summed)
            else:
                yield self.skipped(file.path, Reason.EXPANSION_LIMIT, "more go.sum files in one layer than are kept")
            return
        module = _module(text_lines(file.data))
        if module.go < _COMPLETE and self.holds(len(module.required)):
            self._modules[folder] = module
        for path, version in module.required:
            yield from _package(file, module, path, version)

    def finish(self) -> Iterator[Fact]:
        for folder, module in self._modules.items():
            if folder in self._sums:
                file, summed = self._sums[folder]
                named = {path for path, _ in (*module.required, *module.replaced, *module.replaced.values())}
                others = (one for path in sorted(summed.keys() - named) for one in _package(file, module, path, summed[path]))
                yield from self.bounded(file.path, others)


def _package(file: FileView, module: _Module, path: str, version: str) -> Iterator[Package]:
    path, version = module.replaced.get((path, version)) or module.replaced.get((path, "")) or (path, version)
    namespace, _, name = path.rpartition("/")
    if version and not path.startswith("."):
        yield declared(file, "golang", name, version, namespace=namespace)


def _module(lines: Iterable[str]) -> _Module:
    found = _Module()
    for verb, words in _statements(lines):
        if verb == "require" and len(words) >= 2:
            found.required.append((words[0], words[1]))
        elif verb == "go" and words and (stated := _GO.match(words[0])):
            found.go = int(stated[1]), int(stated[2] or 0)
        elif verb == "replace" and "=>" in words:
            place = words.index("=>")
            old, new = (*words[:place], "", "")[:2], (*words[place + 1 :], "", "")[:2]
            found.replaced[old[0], old[1]] = new[0], new[1]
    return found


def _summed(lines: Iterable[str]) -> dict[str, str]:
    """Module path -> the highest version whose contents have a sum."""
    found: dict[str, tuple[bytes, str]] = {}
    for line in lines:
        words = line.split()
        if len(words) != 3 or words[1].endswith("/go.mod"):
            continue
        try:
            here = (sort_key("Go", words[1]), words[1])
        except InvalidVersion:
            continue
        found[words[0]] = max(found.get(words[0], here), here)
    return {path: version for path, (_, version) in found.items()}


def _statements(lines: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """(verb, words), blocks taken apart, comments left out."""
    block = ""
    for line in lines:
        words = [word.strip('"`') for word in line.partition("//")[0].split()]
        if not words:
            continue
        if block:
            if words == [")"]:
                block = ""
            else:
                yield block, words
        elif words[1:] == ["("]:
            block = words[0]
        elif words[0].endswith("(") and len(words) == 1:
            block = words[0][:-1]
        else:
            yield words[0], words[1:]
