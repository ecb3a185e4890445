"""Wheels that lie ready to be installed: their names say what they hold. Source: "Binary distribution format" (PEP 427), file name
convention."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from analyzers.collectors.application_files import ApplicationCollector, declared, fetched
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact

_NAME = re.compile(r"(?:^|/)([A-Za-z0-9][\w.]*)-(\d[\w.!+]*)(?:-\d\w*)?-[\w.]+-[\w.]+-[\w.]+\.whl\Z", re.ASCII)
_OF_PYTHON = re.compile(r"(?:^|/)ensurepip/")
_ZIP = b"PK\x03\x04"


class PythonWheels(ApplicationCollector):
    """Facts: Package of type `pypi` with evidence `declared`, as nothing of it is installed. The wheels that packages and Python itself
    bring along are left out."""

    name: ClassVar[str] = "python-wheels"
    version: ClassVar[int] = 1
    reads_windows: ClassVar[bool] = True
    wanted: ClassVar[Wanted] = Wanted(suffixes=frozenset({".whl"}), windows=True, max_bytes=64 * 1024)

    def concerns(self, path: str) -> bool:
        return not fetched(path) and _OF_PYTHON.search(path) is None

    def read(self, file: FileView) -> Iterator[Fact]:
        match = _NAME.search(file.path)
        if match and file.offset == 0 and file.data.startswith(_ZIP):
            yield declared(file, "pypi", match[1].replace("_", "-"), match[2])
