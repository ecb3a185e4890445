"""CycloneDX 1.6 in JSON. Source: cyclonedx.org JSON reference 1.6 and its schema bom-1.6.schema.json."""

from __future__ import annotations

import re
from typing import Any

import orjson

from analyzers.contract import ImagePackage
from analyzers.licences import spdx_expression
from analyzers.packages import PackageList
from console.sbom.subject import Subject, dependency_edges, licence_expression, system_words

_ROOT = "image"
_SYSTEM = "operating-system"


def write_cyclonedx(subject: Subject, answer: PackageList) -> bytes:
    """The document as UTF-8 JSON: the image as its subject, one component per package, dependency edges that the databases have."""
    components = [_component(one, subject) for one in answer.packages]
    if answer.distribution is not None:
        components.insert(0, _system(answer))
    edges = dependency_edges(answer.packages)
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{subject.serial}",
        "version": 1,
        "metadata": {
            "timestamp": subject.timestamp,
            "tools": {"components": [{"type": "application", "name": "imagerisk", "version": subject.tool_version}]},
            "component": _image(subject),
            "properties": [
                *({"name": "imagerisk:note", "value": note} for note in answer.notes),
                *_properties({f"imagerisk:layer:{index}": digest for index, digest in enumerate(subject.layers)}),
                *_properties({f"imagerisk:diff-id:{index}": digest for index, digest in enumerate(subject.diff_ids)}),
            ],
        },
        "components": components,
        "dependencies": [
            {"ref": _ROOT, "dependsOn": [one["bom-ref"] for one in components]},
            *({"ref": identity, "dependsOn": targets} for identity, targets in edges.items() if targets),
        ],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def _image(subject: Subject) -> dict[str, Any]:
    image: dict[str, Any] = {"bom-ref": _ROOT, "type": "container", "name": subject.reference}
    if subject.digest:
        image["version"] = subject.digest
    if subject.purl:
        image["purl"] = subject.purl
    return image


def _system(answer: PackageList) -> dict[str, Any]:
    found = answer.distribution
    assert found is not None
    system: dict[str, Any] = {"bom-ref": _SYSTEM, "type": "operating-system", "name": found.id}
    if found.version:
        system["version"] = found.version
    if found.name:
        system["description"] = found.name
    if more := system_words(found):
        system["properties"] = _properties({f"imagerisk:{name}": value for name, value in more.items()})
    return system


def _component(one: ImagePackage, subject: Subject) -> dict[str, Any]:
    component: dict[str, Any] = {"bom-ref": one.id, "type": "library", "name": one.name, "version": one.version, "purl": one.purl}
    if one.development:
        component["scope"] = "excluded"
    if one.licences:
        expression = licence_expression(one.licences)
        component["licenses"] = [{"expression": expression}] if expression else [_licence(name) for name in dict.fromkeys(one.licences)]
    paths = [path for path in one.paths if path]
    if paths:
        component["evidence"] = {"occurrences": [{"location": path} for path in paths]}
    layer = one.layer if 0 <= one.layer < len(subject.layers) else None
    component["properties"] = _properties(
        {
            "imagerisk:confidence": str(one.confidence) if one.doubt else "",
            "imagerisk:doubt": one.doubt,
            "imagerisk:ecosystem": one.ecosystem,
            "imagerisk:evidence": one.evidence,
            "imagerisk:layer": "" if layer is None else subject.layers[layer],
            "imagerisk:layer-index": "" if layer is None else str(layer),
            "imagerisk:module": one.module,
            "imagerisk:owner": one.owner,
            "imagerisk:source": one.source,
            "imagerisk:unmatched": one.unmatched_reason,
        }
    )
    return component


def _licence(name: str) -> dict[str, Any]:
    """A licence beside others that are no expression: by its SPDX identifier if it is one licence."""
    expression = spdx_expression(name)
    return {"license": {"id": expression} if expression and not re.search(r"[ (]|LicenseRef-", expression) else {"name": name}}


def _properties(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items() if value]
