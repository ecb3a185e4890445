"""CycloneDX 1.2 to 1.6 in XML -> the same document as its JSON form has it, as far as `cyclonedx_documents` reads it.

Source: the XSD of cyclonedx.org. Nested components come out flat, in document order; those of a pedigree are none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

_NAMESPACE = "{http://cyclonedx.org/schema/bom/"
_FIELDS = ("group", "name", "version", "description", "scope", "purl")


class NotCycloneDxXml(ValueError):
    """The bytes are no CycloneDX document in XML; the text says why."""


def json_form(data: bytes) -> dict[str, Any]:
    """The document's components, properties, licences and dependencies. Raises NotCycloneDxXml."""
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data or b"\0" in data:
        raise NotCycloneDxXml("XML with a document type, which could unfold without bound, or in UTF-16")
    try:
        root = ElementTree.fromstring(data)  # noqa: S314 - there are no entities to unfold
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise NotCycloneDxXml(f"no XML: {error}") from error
    if not root.tag.startswith(_NAMESPACE) or not root.tag.endswith("}bom"):
        raise NotCycloneDxXml("XML, but not CycloneDX")
    subject = root.find("{*}metadata/{*}component")
    return {
        "bomFormat": "CycloneDX",
        "specVersion": root.tag.removeprefix(_NAMESPACE).partition("}")[0],
        "metadata": {} if subject is None else {"component": _component(subject) | {"components": list(_components(subject))}},
        "components": list(_components(root)),
        "dependencies": [
            {"ref": one.get("ref", ""), "dependsOn": [needed.get("ref", "") for needed in one.findall("{*}dependency")]}
            for one in root.findall("{*}dependencies/{*}dependency")
        ],
    }


def _components(parent: ElementTree.Element) -> Iterator[dict[str, Any]]:
    stack = parent.findall("{*}components/{*}component")[::-1]
    while stack:
        element = stack.pop()
        stack.extend(element.findall("{*}components/{*}component")[::-1])
        yield _component(element)


def _component(element: ElementTree.Element) -> dict[str, Any]:
    named = {name: (element.findtext(f"{{*}}{name}") or "").strip() for name in _FIELDS}
    return {
        **{name: value for name, value in named.items() if value},
        "type": element.get("type", ""),
        "bom-ref": element.get("bom-ref", ""),
        "properties": [
            {"name": one.get("name", ""), "value": (one.text or "").strip()} for one in element.findall("{*}properties/{*}property")
        ],
        "licenses": [_licence(one) for one in element.findall("{*}licenses/*")],
    }


def _licence(element: ElementTree.Element) -> dict[str, Any]:
    if element.tag.endswith("}expression"):
        return {"expression": (element.text or "").strip()}
    return {"license": {name: (element.findtext(f"{{*}}{name}") or "").strip() for name in ("id", "name")}}
