"""Go modules that a go.mod requires. Source: Go Modules Reference, "go.mod files".

go.sum is not read: it lists the versions that were looked at while choosing, not those that are built.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from analyzers.collectors.application_files import ApplicationCollector, declared, text_of
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact


class GoMod(ApplicationCollector):
    """Facts: Package of type `golang`; a replaced module is the one that takes its place, one in a folder beside is left out."""

    name: ClassVar[str] = "go-mod"
    version: ClassVar[int] = 1
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"go.mod"}), max_bytes=4 * 1024 * 1024)

    def concerns(self, path: str) -> bool:
        return "/pkg/mod/" not in f"/{path}" and "/vendor/" not in f"/{path}"

    def read(self, file: FileView) -> Iterator[Fact]:
        required: list[tuple[str, str]] = []
        replaced: dict[tuple[str, str], tuple[str, str]] = {}
        for verb, words in _statements(text_of(file.data)):
            if verb == "require" and len(words) >= 2:
                required.append((words[0], words[1]))
            elif verb == "replace" and "=>" in words:
                place = words.index("=>")
                old, new = (*words[:place], "", "")[:2], (*words[place + 1 :], "", "")[:2]
                replaced[old[0], old[1]] = new[0], new[1]
        for path, version in required:
            path, version = replaced.get((path, version)) or replaced.get((path, "")) or (path, version)
            namespace, _, name = path.rpartition("/")
            if version and not path.startswith("."):
                yield declared(file, "golang", name, version, namespace=namespace)


def _statements(text: str) -> Iterator[tuple[str, list[str]]]:
    """(verb, words), blocks taken apart, comments left out."""
    block = ""
    for line in text.splitlines():
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
