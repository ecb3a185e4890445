"""Bundler's lock file. Source: Bundler's LockfileParser: sections, `specs` with four blanks, dependencies with six."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from analyzers.collectors.application_files import LOCK_BYTES, LockCollector, declared, text_of
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact

_GEM = re.compile(r"    ([\w.-]+) \(([^()\s-]+)(?:-[^()\s]*)?\)\Z")


class GemfileLock(LockCollector):
    """Facts: Package of type `gem`, from gem servers and repositories; those in the project's own folders are left out."""

    name: ClassVar[str] = "gemfile-lock"
    version: ClassVar[int] = 2
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"Gemfile.lock", "gems.locked"}), max_bytes=LOCK_BYTES)

    def read(self, file: FileView) -> Iterator[Fact]:
        section = ""
        for line in text_of(file.data).splitlines():
            if line and not line.startswith(" "):
                section = line.strip()
            elif section in ("GEM", "GIT"):
                match = _GEM.match(line.rstrip())
                if match:
                    yield declared(file, "gem", match[1], match[2])
