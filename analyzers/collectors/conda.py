"""Packages of conda environments: one JSON record each in `conda-meta`. Source: conda documentation, "Package metadata" (`depends`) and
"Package match specifications"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from analyzers.collectors.application_files import ApplicationCollector, json_object, licence_names, text_in, texts_in
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact, Package

_NAME = re.compile(r"(?:[^\s:]+::)?(?!__)([a-z0-9_][a-z0-9_.-]*)")  # features of the system (`__glibc`) are no packages


class Conda(ApplicationCollector):
    """Facts: Package of type `conda`; the build and the channel stand in the details."""

    name: ClassVar[str] = "conda"
    version: ClassVar[int] = 2
    wanted: ClassVar[Wanted] = Wanted(suffixes=frozenset({".json"}), windows=True, max_bytes=16 * 1024 * 1024)

    def concerns(self, path: str) -> bool:
        return f"/{path}".rpartition("/")[0].endswith("/conda-meta")

    def read(self, file: FileView) -> Iterator[Fact]:
        record = json_object(file.data)
        details = {key: text_in(record, key)[:200] for key in ("build", "channel", "subdir") if text_in(record, key)}
        yield Package(
            path=file.path, type="conda", name=text_in(record, "name"), version=text_in(record, "version"), details=details,
            licences=licence_names(record.get("license")),
            depends=tuple(dict.fromkeys(match[1] for one in texts_in(record, "depends") if (match := _NAME.match(one)))),
        )  # fmt: skip
