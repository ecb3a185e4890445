"""SPDX 2.2 and 2.3 in JSON -> parts.

Sources: SPDX 2.3 specification, sections 7 (package), 7.21 (external references), 11 (relationships) and F (external repository
identifiers).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from analyzers.sbom_parts import NO_PACKAGES, OURS, Component, Edge, Part, located, mappings, our_words, system, text, texts

MAX_PACKAGES = 200_000
_NEEDS = frozenset({"DEPENDS_ON", "HAS_PREREQUISITE"})
_NEEDED_BY = frozenset({"DEPENDENCY_OF", "RUNTIME_DEPENDENCY_OF", "OPTIONAL_DEPENDENCY_OF", "PROVIDED_DEPENDENCY_OF", "PREREQUISITE_FOR"})
_DEVELOPMENT = frozenset({"DEV_DEPENDENCY_OF", "TEST_DEPENDENCY_OF", "DEV_TOOL_OF", "TEST_TOOL_OF"})
_BUILT_FROM = re.compile(r"built package from: (\S+) (\S+)")  # as Trivy and apt2sbom name the source package
_ROOTS = frozenset({"swid", "github"})  # the project itself, as Microsoft's and GitHub's tools write it


def spdx_parts(document: dict[str, Any]) -> Iterator[Part]:
    """The packages in document order; their dependencies last."""
    yield "root", text(document, "name")
    relations = mappings(document, "relationships")
    described = {*texts(document, "documentDescribes")}
    described |= {text(one, "relatedSpdxElement") for one in relations if one.get("relationshipType") == "DESCRIBES"}
    kinds: dict[str, set[str]] = {}
    for one in relations:
        kinds.setdefault(text(one, "spdxElementId"), set()).add(text(one, "relationshipType"))
    for count, package in enumerate(mappings(document, "packages")):
        if count == MAX_PACKAGES:
            yield "unknown", f"everything beyond {MAX_PACKAGES} packages"
            return
        part = _part(package, text(package, "SPDXID") in described)
        if part is not None and isinstance(part[1], Component):
            told = kinds.get(part[1].ref, set())
            part[1].development = part[1].development or bool(told & _DEVELOPMENT and not told & _NEEDED_BY)
        if part is not None:
            yield part
    for one in relations:
        ends = text(one, "spdxElementId"), text(one, "relatedSpdxElement")
        if one.get("relationshipType") in _NEEDS:
            yield "edge", Edge(*ends)
        elif one.get("relationshipType") in _NEEDED_BY:
            yield "edge", Edge(*reversed(ends))


def _part(package: dict[str, Any], described: bool) -> Part | None:
    name, purpose = text(package, "name"), text(package, "primaryPackagePurpose").lower().replace("_", "-")
    if purpose == "operating-system":
        version = text(package, "versionInfo")
        return ("os", system(name, version, text(package, "description"), _ours(package))) if name else None
    purls = [text(one, "referenceLocator") for one in mappings(package, "externalRefs") if _is_purl(one)]
    if not purls:
        group = described or purpose in NO_PACKAGES or (purpose == "application" and not text(package, "versionInfo"))
        return None if group else ("unknown", name)
    every = [located(one, name) for one in purls]
    found = next((one for one in every if isinstance(one, Component)), every[0])
    if not isinstance(found, Component):
        return None if found is None else ("broken", found)
    if described and found.purl.type in _ROOTS:
        return None
    found.ref = text(package, "SPDXID")
    found.licences = tuple(one for one in (text(package, "licenseDeclared"), text(package, "licenseConcluded")) if _says(one))[:1]
    if built := _BUILT_FROM.match(text(package, "sourceInfo")):
        found.source, found.source_version = built[1], built[2]
    ours = _ours(package)
    found.development = ours.get("development") == "true"
    found.details = our_words(ours)
    return "package", found


def _ours(package: dict[str, Any]) -> dict[str, str]:
    """Our own lines of the comment: `imagerisk:NAME=VALUE`."""
    lines = (line.removeprefix(OURS).partition("=") for line in text(package, "comment").split("\n") if line.startswith(OURS))
    return {name: value for name, _, value in lines}


def _is_purl(reference: dict[str, Any]) -> bool:
    """The type is a word, or the address of that word in SPDX's list."""
    return text(reference, "referenceType").rpartition("/")[2] == "purl"


def _says(licence: str) -> bool:
    return licence not in ("", "NOASSERTION", "NONE")
