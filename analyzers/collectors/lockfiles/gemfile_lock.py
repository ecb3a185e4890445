"""Bundler's lock file. Source: Bundler's LockfileParser: sections, `specs` with four blanks, dependencies with six."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from analyzers.collectors.application_files import LOCK_BYTES, LockCollector, declared, text_lines
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact

_GEM = re.compile(r"    ([\w.-]+) \(([^()\s-]+)(?:-[^()\s]*)?\)\Z")
_NEEDED = re.compile(r"      ([\w.-]+)")
_SECTIONS = ("GEM", "GIT", "PLUGIN SOURCE")


class GemfileLock(LockCollector):
    """Facts: Package of type `gem`, from gem servers and repositories; those in the project's own folders are left out."""

    name: ClassVar[str] = "gemfile-lock"
    version: ClassVar[int] = 3
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"Gemfile.lock", "gems.locked"}), max_bytes=LOCK_BYTES)

    def read(self, file: FileView) -> Iterator[Fact]:
        section = ""
        found: tuple[str, str, list[str]] | None = None
        for line in (*text_lines(file.data), "END"):
            spec, needed = _GEM.match(line.rstrip()), _NEEDED.match(line)
            if found and needed and not spec:
                found[2].append(needed[1])
                continue
            if found:
                yield declared(file, "gem", found[0], found[1], depends=found[2])
            found = (spec[1], spec[2], []) if spec and section in _SECTIONS else None
            if line and not line.startswith(" "):
                section = line.strip()
