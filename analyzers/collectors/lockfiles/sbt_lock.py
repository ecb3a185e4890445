"""What sbt resolved. Source: sbt-dependency-lock, "Lockfile" (`build.sbt.lock`): a list of libraries, each with the configurations that it
belongs to, which are those of Ivy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from analyzers.collectors.application_files import LOCK_BYTES, LockCollector, declared, json_object, tables_in, text_in, texts_in
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact

_FOR_DEVELOPMENT = re.compile(r"provided\Z|(?i:.*test)|it\Z|.*-internal\Z|scala-(?:tool|doc-tool)\Z|docs\Z|plugin\Z|compile-only\Z")


class SbtLock(LockCollector):
    """Facts: Package of type `maven`; what is only compiled against, tested with or built with is for development."""

    name: ClassVar[str] = "sbt-lock"
    version: ClassVar[int] = 1
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"build.sbt.lock"}), max_bytes=LOCK_BYTES)

    def read(self, file: FileView) -> Iterator[Fact]:
        for entry in tables_in(json_object(file.data), "dependencies"):
            uses = texts_in(entry, "configurations")
            development = bool(uses) and all(_FOR_DEVELOPMENT.match(one) for one in uses)
            namespace, name = text_in(entry, "org"), text_in(entry, "name")
            yield declared(file, "maven", name, text_in(entry, "version"), namespace=namespace, development=development)
