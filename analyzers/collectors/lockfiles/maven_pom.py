"""Dependencies with their versions in a pom.xml. Source: Maven, "POM Reference" (dependencies, properties, scope).

A version in brackets is that one version and no other ("Dependency Version Requirement Specification").
Versions that a parent or an imported bill of materials sets are not in the file: those dependencies are counted in a Skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar
from xml.etree import ElementTree

from analyzers.collectors.application_files import LockCollector, Unreadable, declared
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact
from schemas.vocabulary import Reason

_EXACT = re.compile(r"\[([^\[\](),]+)\]\Z")
_PROPERTY = re.compile(r"\$\{([^${}]{1,200})\}")


class MavenPom(LockCollector):
    """Facts: Package of type `maven`; scope `test` is for development, and so is `provided`: what the program is compiled
    against, while the server that runs it brings its own."""

    name: ClassVar[str] = "maven-pom"
    version: ClassVar[int] = 2
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"pom.xml"}), max_bytes=1024 * 1024)

    def read(self, file: FileView) -> Iterator[Fact]:
        if b"<!DOCTYPE" in file.data or b"<!ENTITY" in file.data or b"<\0!\0" in file.data or b"\0<\0!" in file.data:
            raise Unreadable("XML with a document type, which could unfold without bound")
        try:
            root = ElementTree.fromstring(file.data)  # noqa: S314 - there are no entities to unfold
        except (ElementTree.ParseError, ValueError, LookupError) as error:
            raise Unreadable(f"no XML: {str(error)[:100]}") from error
        project = _plain(root)
        values = _properties(root, project)
        managed = {_coordinates(one, values)[:2]: one for one in _dependencies(root, "dependencyManagement/")}
        unknown = 0
        for one in _dependencies(root, ""):
            group, artifact, version = _coordinates(one, values)
            above = managed.get((group, artifact), {})
            version = version or _coordinates(above, values)[2]
            version = _EXACT.sub(r"\1", version).strip()
            if not version or "$" in group + artifact + version or version[0] in "[(":
                unknown += 1
                continue
            scope = one.get("scope") or above.get("scope", "")
            yield declared(file, "maven", artifact, version, namespace=group, development=scope in ("test", "provided"))
        if unknown:
            yield self.skipped(file.path, Reason.UNREADABLE, f"{unknown} dependencies whose version is not set in this file")


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _plain(element: ElementTree.Element) -> dict[str, str]:
    """Texts of the direct children by name."""
    return {_local(child): (child.text or "").strip() for child in element}


def _dependencies(root: ElementTree.Element, above: str) -> Iterator[dict[str, str]]:
    for element in root.iterfind(f"{{*}}{above.replace('/', '/{*}')}dependencies/{{*}}dependency"):
        yield _plain(element)


def _properties(root: ElementTree.Element, project: Mapping[str, str]) -> dict[str, str]:
    parent = next((_plain(child) for child in root if _local(child) == "parent"), {})
    values = {f"project.{key}": project.get(key) or parent.get(key, "") for key in ("groupId", "artifactId", "version")}
    values |= {f"project.parent.{key}": value for key, value in parent.items()}
    for child in root:
        if _local(child) == "properties":
            values |= {key: value[:500] for key, value in _plain(child).items()}
    return values


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
