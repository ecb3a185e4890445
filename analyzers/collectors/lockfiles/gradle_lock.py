"""Gradle's lock files. Source: Gradle User Manual, "Locking Versions": `group:artifact:version=configuration,...`, also under another name
(`lockFile`); before Gradle 7 one file a configuration, `gradle/dependency-locks/CONFIGURATION.lockfile`, with a coordinate in each line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from analyzers.collectors.application_files import LOCK_BYTES, LockCollector, declared, text_lines
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact

_BUILD = frozenset({"buildscript-gradle.lockfile", "settings-gradle.lockfile"})
_OLD = "dependency-locks/"
# Configurations whose contents no program takes along: tests, code generators and the tools of Gradle's own and well-known plug-ins.
_FOR_DEVELOPMENT = re.compile(
    r"(?<![a-z])test(?![a-z])|Test(?![a-z])|annotationProcessor|AnnotationProcessor|\Akapt|\Aksp|\A(?:buildscript-)?classpath\Z|"
    r"\A(?:androidLint|lintC|_internal|developmentOnly|kotlin(?![a-z])|swiftExport|dokka|asciidoctor)|"
    r"\A(?:jacoco|checkstyle|pmd|spotbugs|findbugs|codenarc|ktlint|detekt|spotless|errorprone|jmh|zinc|protobufToolsLocator)"
)
# What is only compiled against, where the file tells what runs.
_COMPILED = re.compile(r"(?:\Ac|C)ompileClasspath\Z|DependenciesMetadata\Z")
_RUN = re.compile(r"[=,]([A-Za-z]*[rR]untimeClasspath)(?![A-Za-z])")
_SAYS_GRADLE = b"Gradle generated file for dependency locking"


class GradleLock(LockCollector):
    """Facts: Package of type `maven`; what only tests, the build itself or the compiler use is for development."""

    name: ClassVar[str] = "gradle-lock"
    version: ClassVar[int] = 5
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"gradle.lockfile"}), suffixes=frozenset({".lockfile"}), max_bytes=LOCK_BYTES)

    def read(self, file: FileView) -> Iterator[Fact]:
        folder, _, base = file.path.rpartition("/")
        if f"{folder}/".endswith(_OLD):
            configuration = base.removesuffix(".lockfile")
        elif base == "gradle.lockfile" or base in _BUILD or _SAYS_GRADLE in file.data[:200]:
            configuration = "classpath" if base in _BUILD else ""
        else:
            return
        lines = text_lines(file.data)
        runs = any(not _FOR_DEVELOPMENT.search(one) for line in lines for one in _RUN.findall(line))
        for line in lines:
            coordinates, sign, where = line.strip().partition("=")
            parts = coordinates.split(":", 3)
            if (sign or configuration) and len(parts) == 3 and not line.startswith("#"):
                uses = [one for one in where.split(",") if one] if sign else [configuration]
                development = bool(uses) and all(_FOR_DEVELOPMENT.search(one) or (runs and _COMPILED.search(one)) for one in uses)
                yield declared(file, "maven", parts[1], parts[2], namespace=parts[0], development=development)
