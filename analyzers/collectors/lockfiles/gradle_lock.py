"""Gradle's lock files. Source: Gradle User Manual, "Locking Versions": `group:artifact:version=configuration,...`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from analyzers.collectors.application_files import LOCK_BYTES, ApplicationCollector, declared, text_of
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact

_BUILD = "buildscript-gradle.lockfile"


class GradleLock(ApplicationCollector):
    """Facts: Package of type `maven`; what only tests or the build itself use is for development."""

    name: ClassVar[str] = "gradle-lock"
    version: ClassVar[int] = 1
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"gradle.lockfile", _BUILD}), max_bytes=LOCK_BYTES)

    def read(self, file: FileView) -> Iterator[Fact]:
        build = file.path.endswith(_BUILD)
        for line in text_of(file.data).splitlines():
            coordinates, sign, where = line.strip().partition("=")
            parts = coordinates.split(":")
            if sign and len(parts) == 3 and not line.startswith("#"):
                uses = [one for one in where.split(",") if one]
                development = build or (bool(uses) and all(one.lower().startswith("test") for one in uses))
                yield declared(file, "maven", parts[1], parts[2], namespace=parts[0], development=development)
