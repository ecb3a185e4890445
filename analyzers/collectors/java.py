"""Java libraries in jar, war and ear files, also nested (Spring Boot, ear) and shaded (several libraries in one jar).

Sources: JAR File Specification; Maven Archiver reference (`META-INF/maven/GROUP/ARTIFACT/pom.properties`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from analyzers.archives.nested_zips import nested_members
from analyzers.archives.source import Gathered, InMemory, Source
from analyzers.archives.walk import SEPARATOR, Bounds, Walk
from analyzers.collectors.application_files import ApplicationCollector, Unreadable
from analyzers.collectors.java_names import Coordinates, file_parts, guessed, manifest_fields, properties
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact, Package
from schemas.vocabulary import Reason

SUFFIXES = (".jar", ".war", ".ear", ".sar", ".par", ".kar", ".nar", ".hpi", ".jpi", ".rar")
BOUNDS = Bounds(depth=5, members=500_000, member=64 * 1024 * 1024)
SPOOLED_BYTES = 1024 * 1024 * 1024
_NOT_SHARED = frozenset({"META-INF", "BOOT-INF", "WEB-INF"})
_SCRIPT = 64 * 1024  # executable jars of Spring Boot begin with a shell script


@dataclass(slots=True)
class _Archive:
    """What is known of one archive: its coordinates by pom.properties, its manifest, the folder that its classes share."""

    poms: list[Coordinates] = field(default_factory=list)
    manifest: dict[str, str] = field(default_factory=dict)
    shared: list[str] | None = None

    def saw_class(self, folder: list[str]) -> None:
        if self.shared is None:
            self.shared = folder
        else:
            same = next((place for place, pair in enumerate(zip(self.shared, folder, strict=False)) if pair[0] != pair[1]), None)
            self.shared = self.shared[: min(len(self.shared), len(folder)) if same is None else same]


class Java(ApplicationCollector):
    """Facts: Package of type `maven` per library; `path` is the archive that holds it (`a.jar!/BOOT-INF/lib/b.jar`). Details: `doubt`
    says how likely coordinates were found, `confidence` how likely they are (percent), `inside` names the pom.properties of a library that
    was merged into another's jar."""

    name: ClassVar[str] = "java"
    version: ClassVar[int] = 6
    wanted: ClassVar[Wanted] = Wanted(suffixes=frozenset(SUFFIXES), windows=True, max_bytes=16 * 1024 * 1024)
    reads_windows: ClassVar[bool] = True

    _spool: Gathered | None = None

    def read(self, file: FileView) -> Iterator[Fact]:
        if file.offset == 0:
            self._spool = None
            if file.data.find(b"PK\x03\x04", 0, _SCRIPT) < 0:
                if file.path.endswith(".rar") or file.data.startswith(b"PK\x05\x06"):
                    return
                raise Unreadable("no zip file")
            if file.final:
                yield from self._archive(file.path, InMemory(file.data))
            elif file.entry.size > SPOOLED_BYTES:
                yield self.skipped(file.path, Reason.FILE_TOO_LARGE, f"{file.entry.size} bytes")
            else:
                self._spool = Gathered()
        if self._spool is not None:
            self._spool.add(file.data, file.offset)
            if file.final:
                spool, self._spool = self._spool, None
                yield from self._archive(file.path, spool)

    def _archive(self, path: str, source: Source) -> Iterator[Fact]:
        archives: dict[str, _Archive] = {path: _Archive()}
        walk = Walk(BOUNDS)
        for name, content in nested_members(source, path, walk, lambda inner: _wanted(archives, inner)):
            container, _, inner = name.rpartition(SEPARATOR)
            archive = archives.setdefault(container, _Archive())
            if inner.endswith("pom.properties"):
                found = properties(content)
                if found is not None:
                    archive.poms.append(found)
            elif inner == "META-INF/MANIFEST.MF":
                archive.manifest = manifest_fields(content)
            else:
                archives.setdefault(name, _Archive())
        for place, one in archives.items():
            yield from _libraries(place, one)
        for name, reason in walk.notes:
            yield self.skipped(name, Reason(reason.partition(":")[0]), reason.partition(": ")[2])


def _wanted(archives: dict[str, _Archive], name: str) -> bool:
    container, _, inner = name.rpartition(SEPARATOR)
    if inner.endswith(".class"):
        folder = inner.split("/")[:-1]
        if folder and folder[0] not in _NOT_SHARED:
            archives.setdefault(container, _Archive()).saw_class(folder)
        return False
    if inner.startswith("META-INF/maven/"):
        return inner.endswith("/pom.properties")
    return inner == "META-INF/MANIFEST.MF" or inner.endswith(SUFFIXES)


def _libraries(path: str, archive: _Archive) -> Iterable[Package]:
    """One package per pom.properties; the archive itself by its manifest and name where none of those is its own."""
    name, version = file_parts(path)
    own = next((one for one in archive.poms if one.artifact == name), None) or _close(archive.poms, name, version)
    for one in archive.poms:
        inside = "" if one is own else f"META-INF/maven/{one.group}/{one.artifact}/pom.properties"
        yield _package(path, one, inside)
    if own is None and not (len(archive.poms) == 1 and not version):
        likely = guessed(path, archive.manifest, "/".join(archive.shared or ()))
        if likely is not None and not (archive.poms and not likely.group):
            yield _package(path, likely, "")


def _close(poms: list[Coordinates], name: str, version: str) -> Coordinates | None:
    """The pom that is the archive's own although the names differ: same version, and one name ends or begins with the other."""
    for one in poms:
        alike = name.startswith(one.artifact) or one.artifact.startswith(name) or name.endswith(one.artifact) or one.artifact.endswith(name)
        if alike and (one.version == version or not version or len(poms) == 1):
            return one
    return poms[0] if len(poms) == 1 and poms[0].version == version else None


def _package(path: str, one: Coordinates, inside: str) -> Package:
    details = {
        key: value for key, value in (("confidence", one.doubt and str(one.confidence)), ("doubt", one.doubt), ("inside", inside)) if value
    }
    return Package(path=path, type="maven", namespace=one.group, name=one.artifact, version=one.version, details=details)
