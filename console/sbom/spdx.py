"""SPDX 2.3 in JSON. Source: the SPDX specification 2.3 and its schema spdx-schema.json."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from analyzers.contract import ImagePackage
from analyzers.packages import PackageList
from console.sbom.subject import Subject, dependency_edges, licence_expression, system_words
from schemas.facts import Distribution

_DOCUMENT = "SPDXRef-DOCUMENT"
_ROOT = "SPDXRef-Image"
_SYSTEM = "SPDXRef-OperatingSystem"
_NAMESPACE = "https://imagerisk.invalid/spdx"  # has to be unique, not to be found (2.3, 6.5)


def write_spdx(subject: Subject, answer: PackageList) -> bytes:
    """The document as UTF-8 JSON: it describes the image, which contains the packages; licences that are no SPDX expression become
    LicenseRefs with their text."""
    licences = _Licences()
    packages = [_image(subject)]
    if answer.distribution is not None:
        packages.append(_system(answer.distribution))
    packages.extend(_library(one, subject, licences) for one in answer.packages)
    relations = [_relation(_DOCUMENT, "DESCRIBES", _ROOT)]
    relations.extend(_relation(_ROOT, "CONTAINS", one["SPDXID"]) for one in packages[1:])
    for identity, targets in dependency_edges(answer.packages).items():
        relations.extend(_relation(_reference(identity), "DEPENDS_ON", _reference(target)) for target in targets)
    document: dict[str, Any] = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": _DOCUMENT,
        "name": subject.reference,
        "documentNamespace": f"{_NAMESPACE}/{subject.serial}",
        "creationInfo": {"created": subject.timestamp, "creators": [f"Tool: imagerisk-{subject.tool_version}"]},
        "packages": packages,
        "relationships": relations,
    }
    if licences.texts:
        document["hasExtractedLicensingInfos"] = [
            {"licenseId": identity, "extractedText": text, "name": text} for text, identity in licences.texts.items()
        ]
    if answer.notes:
        document["comment"] = "; ".join(answer.notes)
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


class _Licences:
    """Licence texts that are no SPDX expression, each under an identifier of its own."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def declared(self, licences: tuple[str, ...]) -> str:
        parts = [self._declared(one) for one in dict.fromkeys(licences) if one.strip()]
        if len(parts) < 2:
            return parts[0] if parts else "NOASSERTION"
        return " AND ".join(f"({part})" if " " in part else part for part in dict.fromkeys(parts))

    def _declared(self, licence: str) -> str:
        expression = licence_expression([licence])
        return expression if expression and "LicenseRef-" not in expression else self._named(licence)

    def _named(self, text: str) -> str:
        if text not in self.texts:
            word = re.sub(r"[^A-Za-z0-9.]+", "-", text)[:40].strip("-.") or "text"
            self.texts[text] = f"LicenseRef-{len(self.texts) + 1}-{word}"
        return self.texts[text]


def _reference(identity: str) -> str:
    return f"SPDXRef-Package-{identity}"


def _relation(one: str, kind: str, other: str) -> dict[str, str]:
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}


def _package(identity: str, name: str, version: str, purpose: str) -> dict[str, Any]:
    package: dict[str, Any] = {
        "SPDXID": identity,
        "name": name,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "primaryPackagePurpose": purpose,
    }
    if version:
        package["versionInfo"] = version
    return package


def _system(found: Distribution) -> dict[str, Any]:
    system = _package(_SYSTEM, found.id, found.version, "OPERATING-SYSTEM")
    if found.name:
        system["description"] = found.name
    return _with_comment(system, system_words(found))


def _with_comment(package: dict[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    """What SPDX has no field for, a line each."""
    lines = [f"imagerisk:{name}={' '.join(value.split())}" for name, value in words.items() if value]
    if lines:
        package["comment"] = "\n".join(lines)
    return package


def _purl(locator: str) -> list[dict[str, str]]:
    return [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": locator}]


def _image(subject: Subject) -> dict[str, Any]:
    image = _package(_ROOT, subject.reference, subject.digest, "CONTAINER")
    if subject.purl:
        image["externalRefs"] = _purl(subject.purl)
    if subject.digest.startswith("sha256:"):
        image["checksums"] = [{"algorithm": "SHA256", "checksumValue": subject.digest.removeprefix("sha256:")}]
    return image


def _library(one: ImagePackage, subject: Subject, licences: _Licences) -> dict[str, Any]:
    package = _package(_reference(one.id), one.name, one.version, "LIBRARY")
    package["licenseDeclared"] = licences.declared(one.licences)
    package["externalRefs"] = _purl(one.purl)
    said = [f"evidence: {one.evidence}", *(f"path: {path}" for path in one.paths if path)]
    if 0 <= one.layer < len(subject.layers):
        said.append(f"layer {one.layer}: {subject.layers[one.layer]}")
    package["sourceInfo"] = "; ".join(said)
    words = {
        "development": "true" if one.development else "", "confidence": str(one.confidence) if one.doubt else "", "doubt": one.doubt,
        "owner": one.owner, "unmatched": one.unmatched_reason,
    }  # fmt: skip
    return _with_comment(package, words)
