"""Checksums of the system's programs and login modules, and dpkg's diversions: the image tells whether they are what packages brought.

Facts: File with `details["seen"] = "system-program"`, MD5 (package databases have no better) and SHA-256; Configuration `dpkg-diversions`
with one directive for each diversion, name the original path, value where its packaged file went (dpkg-divert(1)).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from analyzers.collectors.file_kind import Kind, kind_of
from analyzers.contract import BaseCollector, FileView, PassContext, Wanted
from schemas.facts import Configuration, Directive, Fact, File

DIVERSIONS = "var/lib/dpkg/diversions"
PROGRAM_FOLDERS = ("bin/", "sbin/", "usr/bin/", "usr/sbin/")
LOGIN_MODULES = re.compile(
    r"(?:usr/)?lib(?:64|32)?/(?:[\w-]+/)?(?:security/pam_\w+\.so|lib(?:pam|crypt|keyutils|lzma|selinux|nss_files|c)[.\-][\w.-]*)$"
)


class SystemBinaries(BaseCollector):
    """Programs in the system's folders and the libraries that a login passes through."""

    name: ClassVar[str] = "system-binaries"
    version: ClassVar[int] = 1
    tells: ClassVar[tuple[type[Fact], ...]] = (Configuration, File)
    wanted: ClassVar[Wanted] = Wanted(
        folders=(*PROGRAM_FOLDERS, "lib/", "lib64/", "usr/lib/", "usr/lib64/"), paths=frozenset({DIVERSIONS}), windows=True, digests=True
    )

    def __init__(self, context: PassContext) -> None:
        super().__init__(context)
        self._program = False

    def collect(self, file: FileView) -> Iterator[Fact]:
        if file.path == DIVERSIONS:
            if file.offset == 0:
                yield from _diversions(file)
            return
        if file.offset == 0:
            self._program = kind_of(file.data[:64]) is Kind.PROGRAM and (
                file.path.startswith(PROGRAM_FOLDERS) or LOGIN_MODULES.match(file.path) is not None
            )
        if self._program and file.final and file.md5:
            entry = file.entry
            yield File(
                path=file.path, type="file", mode=entry.mode & 0o7777, uid=entry.uid, gid=entry.gid, size=entry.size,
                sha256=file.sha256, md5=file.md5, details={"seen": "system-program"},
            )  # fmt: skip


def _diversions(file: FileView) -> Iterator[Fact]:
    """Three lines each: the path, where it went, and which package did that."""
    lines = file.data.decode("utf-8", "backslashreplace").splitlines()
    directives = tuple(
        Directive(line=number + 1, name=lines[number].lstrip("/"), value=lines[number + 1].lstrip("/"), context=lines[number + 2])
        for number in range(0, len(lines) - 2, 3)
    )
    if directives:
        yield Configuration(path=file.path, software="dpkg-diversions", directives=directives)
