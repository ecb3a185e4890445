"""Dependencies with their versions in a pom.xml. Source: Maven, "POM Reference" (dependencies, properties, scope, inheritance).

What a project inherits is taken from its parents (at `relativePath`), and what it imports from bills of materials, where the same layer has
them, told at the end of the layer. A version in brackets is that one version and no other ("Dependency Version Requirement Specification").
Versions that only a parent or a bill of materials elsewhere sets are not there: those dependencies are counted in a Skipped.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar
from xml.etree import ElementTree

from analyzers.collectors.application_files import LockCollector, Unreadable, declared
from analyzers.contract import FileView, PassContext, Wanted
from schemas.facts import Fact
from schemas.vocabulary import Reason

_EXACT = re.compile(r"\[([^\[\](),]+)\]\Z")
_PROPERTY = re.compile(r"\$\{([^${}]{1,200})\}")
_GENERATIONS = 10
_Name = tuple[str, str]  # group and artifact


@dataclass(frozen=True, slots=True)
class _Pom:
    """One file: the texts of the project's and its parent's own elements, and its tables; dependencies by their elements' names."""

    file: FileView
    project: dict[str, str]
    parent: dict[str, str]
    properties: Mapping[str, str]
    dependencies: list[dict[str, str]]
    managed: list[dict[str, str]]


class MavenPom(LockCollector):
    """Facts: Package of type `maven`; scope `test` is for development, and so is `provided`: what the program is compiled
    against, while the server that runs it brings its own."""

    name: ClassVar[str] = "maven-pom"
    version: ClassVar[int] = 6
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"pom.xml"}), max_bytes=1024 * 1024)

    def __init__(self, context: PassContext) -> None:
        super().__init__(context)
        self._poms: dict[str, _Pom] = {}
        self._modules: dict[_Name, list[_Pom]] = {}
        self._bills: dict[_Name, dict[_Name, tuple[str, str]]] = {}

    def read(self, file: FileView) -> Iterator[Fact]:
        pom = _parsed(file)
        if self.holds(len(pom.project) + len(pom.properties) + len(pom.dependencies) + len(pom.managed)):
            self._poms[file.path] = pom
        else:
            yield from self._packages([pom])

    def finish(self) -> Iterator[Fact]:
        lines = [self._line(pom) for pom in self._poms.values()]
        self._modules = {_coordinates(line[0].parent | line[0].project, _values(line))[:2]: line for line in lines}
        for line in lines:
            yield from self.bounded(line[0].file.path, self._packages(line))

    def _line(self, pom: _Pom) -> list[_Pom]:
        """The project and its parents, the nearest first, as far as they are here."""
        line = [pom]
        while line[-1].parent and len(line) < _GENERATIONS:
            child = line[-1]
            place = posixpath.join(child.file.path.rpartition("/")[0], child.parent.get("relativePath") or "../pom.xml")
            path = posixpath.normpath(place)
            above = self._poms.get(path) or self._poms.get(f"{path}/pom.xml")
            if above is None or above in line or above.project.get("artifactId") != child.parent.get("artifactId"):
                break
            line.append(above)
        return line

    def _managed(self, line: list[_Pom], depth: int = 0) -> dict[_Name, tuple[str, str]]:
        """Version and scope where a dependency states none: the nearest that sets them, before what is imported."""
        values = _values(line)
        found: dict[_Name, tuple[str, str]] = {}
        imported: dict[_Name, None] = {}
        for one in (one for pom in line for one in pom.managed):
            group, artifact, version = _coordinates(one, values)
            if one.get("scope") == "import":
                imported[group, artifact] = None
            else:
                found.setdefault((group, artifact), (version, one.get("scope", "")))
        for name in imported:
            if name not in self._bills and name in self._modules and depth < _GENERATIONS:
                self._bills[name] = {}  # of one that imports itself nothing more comes
                self._bills[name] = self._managed(self._modules[name], depth + 1)
            found = self._bills.get(name, {}) | found
        return found

    def _packages(self, line: list[_Pom]) -> Iterator[Fact]:
        """What the project depends on, without its own parts."""
        file = line[0].file
        values, managed = _values(line), self._managed(line)
        unknown = 0
        for one in (one for pom in line for one in pom.dependencies):
            group, artifact, version = _coordinates(one, values)
            if (group, artifact) in self._modules:
                continue
            version_above, scope_above = managed.get((group, artifact), ("", ""))
            version = _EXACT.sub(r"\1", version or version_above).strip()
            if not version or "$" in group + artifact + version or version[0] in "[(":
                unknown += 1
                continue
            scope = one.get("scope") or scope_above
            yield declared(file, "maven", artifact, version, namespace=group, development=scope in ("test", "provided"))
        if unknown:
            yield self.skipped(file.path, Reason.UNREADABLE, f"{unknown} dependencies whose version is not set in this file")


def _parsed(file: FileView) -> _Pom:
    if b"<!DOCTYPE" in file.data or b"<!ENTITY" in file.data or b"<\0!\0" in file.data or b"\0<\0!" in file.data:
        raise Unreadable("XML with a document type, which could unfold without bound")
    try:
        root = ElementTree.fromstring(file.data)  # noqa: S314 - there are no entities to unfold
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise Unreadable(f"no XML: {str(error)[:100]}") from error
    tables = {_local(child): _plain(child) for child in root if _local(child) in ("parent", "properties")}
    return _Pom(
        FileView(file.entry, b""), _plain(root), tables.get("parent", {}), tables.get("properties", {}), list(_dependencies(root, "")),
        list(_dependencies(root, "dependencyManagement/")),
    )  # fmt: skip


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _plain(element: ElementTree.Element) -> dict[str, str]:
    """Texts of the direct children by name."""
    return {_local(child): (child.text or "").strip()[:500] for child in element}


def _dependencies(root: ElementTree.Element, above: str) -> Iterator[dict[str, str]]:
    for element in root.iterfind(f"{{*}}{above.replace('/', '/{*}')}dependencies/{{*}}dependency"):
        yield _plain(element)


def _values(line: list[_Pom]) -> dict[str, str]:
    """Properties, those of the project before its parents', and what stands for the project's and its parent's coordinates."""
    values: dict[str, str] = {}
    for pom in reversed(line):
        values |= pom.properties
    project, parent = line[0].project, line[0].parent
    own = {key: project.get(key) or parent.get(key, "") for key in ("groupId", "artifactId", "version")}
    above = {f"parent.{key}": value for key, value in parent.items()}
    return values | {f"{start}{key}": value for start in ("project.", "pom.", "") for key, value in (own | above).items()}


def _coordinates(table: Mapping[str, str], values: Mapping[str, str]) -> tuple[str, str, str]:
    group, artifact, version = (_resolved(table.get(key, ""), values) for key in ("groupId", "artifactId", "version"))
    return group, artifact, version


def _resolved(text: str, values: Mapping[str, str]) -> str:
    """Properties put in, through at most eight steps; what is not known stays."""
    for _ in range(8):
        changed = _PROPERTY.sub(lambda match: values.get(match[1], match[0]), text[:200])
        if changed == text:
            break
        text = changed
    return text
