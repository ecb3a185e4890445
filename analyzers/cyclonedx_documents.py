"""CycloneDX 1.2 to 1.6 in JSON -> parts.

Sources: cyclonedx.org JSON reference (components, licenses, scope, dependencies), the CycloneDX property taxonomy, and the properties that
Trivy and Syft document.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from analyzers.sbom_parts import NO_PACKAGES, OURS, Component, Edge, Part, located, mapping, mappings, our_words, system, text, texts

MAX_COMPONENTS = 200_000
_TRIVY = "aquasecurity:trivy:"  # it writes the source package as properties instead of `upstream`
_DEVELOPMENT = ("cdx:npm:package:development", "cdx:composer:package:isDevRequirement")


def cyclonedx_parts(document: dict[str, Any]) -> Iterator[Part]:
    """The components in document order, nested ones too; their dependencies last."""
    root = mapping(mapping(document, "metadata"), "component")
    if root:
        yield "root", text(root, "name")
        if root.get("type") == "operating-system":
            yield "os", _system(root)
    subject = text(root, "bom-ref")
    stack = [*reversed(mappings(document, "components")), *reversed(mappings(root, "components"))]
    seen = 0
    while stack and seen < MAX_COMPONENTS:
        component = stack.pop()
        seen += 1
        stack.extend(reversed(mappings(component, "components")))
        part = _part(component)
        if part is not None and not (part[0] == "unknown" and subject and text(component, "bom-ref") == subject):
            yield part  # what the document is about may be listed again, and needs no package URL
    if stack:
        yield "unknown", f"everything beyond {MAX_COMPONENTS} components"
    for one in mappings(document, "dependencies"):
        for needed in texts(one, "dependsOn"):
            yield "edge", Edge(text(one, "ref"), needed)


def _part(component: dict[str, Any]) -> Part | None:
    name, kind, purl = text(component, "name"), text(component, "type"), text(component, "purl")
    if kind == "operating-system" and name:
        return "os", _system(component)
    if not purl:
        # An application without a version is how scanners write a lock file: its packages stand beside or below it.
        group = kind in NO_PACKAGES or (kind == "application" and not text(component, "version"))
        return None if group else ("unknown", name)
    found = located(purl, name)
    if isinstance(found, Component):
        _describe(found, component)
        return "package", found
    return None if found is None else ("broken", found)


def _describe(found: Component, component: dict[str, Any]) -> None:
    values = _properties(component)
    found.ref = text(component, "bom-ref")
    found.licences = _licences(component)
    found.development = component.get("scope") == "excluded" or any(values.get(name) == "true" for name in _DEVELOPMENT)
    version, release, epoch = (values.get(f"{_TRIVY}{name}", "") for name in ("SrcVersion", "SrcRelease", "SrcEpoch"))
    found.source = values.get(f"{_TRIVY}SrcName", "")
    found.source_version = (f"{epoch}:" if epoch not in ("", "0") else "") + version + (f"-{release}" if version and release else "")
    found.details = our_words({name.removeprefix(OURS): value for name, value in values.items() if name.startswith(OURS)})


def _system(component: dict[str, Any]) -> Any:
    values = _properties(component)
    title = text(component, "description") or values.get("syft:distro:prettyName", "")
    more = {name.removeprefix(OURS): value for name, value in values.items()}
    return system(text(component, "name"), text(component, "version") or values.get("syft:distro:versionCodename", ""), title, more)


def _properties(component: dict[str, Any]) -> dict[str, str]:
    return {text(one, "name"): text(one, "value") for one in mappings(component, "properties")}


def _licences(component: dict[str, Any]) -> tuple[str, ...]:
    found = []
    for choice in mappings(component, "licenses"):
        licence = mapping(choice, "license")
        found.append(text(choice, "expression") or text(licence, "id") or text(licence, "name"))
    return tuple(one for one in found if one)
