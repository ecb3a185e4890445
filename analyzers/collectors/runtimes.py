"""Versions of language runtimes that no distribution package brought: Python, Node.js, PHP, Ruby, Java, Go below usr/local, opt and homes.

Configuration facts `runtime`: name = the runtime, value = its version, read from the headers and release files that each installs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar

from analyzers.contract import BaseCollector, FileView, Wanted
from schemas.facts import Configuration, Directive, Fact

_FILES: dict[str, tuple[str, re.Pattern[str]]] = {
    "patchlevel.h": ("python", re.compile(r'#define\s+PY_VERSION\s+"(\d[\w.]*)"')),
    "php_version.h": ("php", re.compile(r'#define\s+PHP_VERSION\s+"(\d[\w.]*)')),
    "rbconfig.rb": ("ruby", re.compile(r'CONFIG\["RUBY_PROGRAM_VERSION"\]\s*=\s*"(\d[\w.]*)"')),
    "release": ("java", re.compile(r'(?m)^JAVA_VERSION="(\d[\w.]*)"')),
    "VERSION": ("go", re.compile(r"\Ago(\d+\.\d+[\w.]*)")),
}
_NODE = tuple(re.compile(rf"#define\s+NODE_{part}_VERSION\s+(\d+)") for part in ("MAJOR", "MINOR", "PATCH"))
_OWN = re.compile(r"(?:usr/local|opt|root|home|srv|app)/")


class Runtimes(BaseCollector):
    """One fact for each installation."""

    name: ClassVar[str] = "runtimes"
    version: ClassVar[int] = 1
    tells: ClassVar[tuple[type[Fact], ...]] = (Configuration,)
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({*_FILES, "node_version.h"}), max_bytes=256 * 1024)

    def collect(self, file: FileView) -> Iterable[Fact]:
        if not _OWN.match(file.path):
            return
        text = file.data.decode("utf-8", "backslashreplace")
        name = file.path.rpartition("/")[2]
        if name == "node_version.h":
            parts = [found[1] for pattern in _NODE if (found := pattern.search(text))]
            runtime, version = "node", ".".join(parts) if len(parts) == 3 else ""
        else:
            runtime, pattern = _FILES[name]
            hit = pattern.search(text)
            version = hit[1] if hit else ""
        if version:
            yield Configuration(path=file.path, software="runtime", directives=(Directive(line=1, name=runtime, value=version),))
