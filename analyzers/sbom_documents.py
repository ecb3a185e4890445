"""SBOM documents -> facts: CycloneDX 1.2 to 1.6 and SPDX 2.2 and 2.3, both in JSON.

Sources: cyclonedx.org JSON reference (components, licenses, scope), SPDX 2.3 specification (package, externalRefs, licenseDeclared).
A component without a package URL cannot be identified for sure: it is counted in `skipped`, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
from packageurl import PackageURL

from analyzers.purl_facts import IMAGE_TYPES, distribution_of, package_of
from schemas.facts import Distribution, Package
from schemas.vocabulary import Reason

MAX_COMPONENTS = 200_000
_NO_PACKAGES = frozenset({"operating-system", "file", "container", "device", "firmware", "data", "cryptographic-asset", "platform"})
_OURS = "imagerisk:"
_TRIVY = "aquasecurity:trivy:"  # it writes the source package as properties instead of `upstream`


class NotAnSbom(ValueError):
    """The bytes are no SBOM of a form that is read; the text says why."""


@dataclass(frozen=True, slots=True)
class SbomDocument:
    """`format`: `CycloneDX 1.5`, `SPDX-2.3`. `name`: what it describes. `skipped`: reasons (vocabulary.Reason) for what was left out."""

    format: str
    name: str
    packages: tuple[Package, ...]
    distribution: Distribution | None = None
    skipped: tuple[str, ...] = ()


@dataclass(slots=True)
class _Found:
    purl: PackageURL
    licences: tuple[str, ...]
    development: bool = False
    source: str = ""
    source_version: str = ""
    details: dict[str, str] = field(default_factory=dict)


def read_sbom(data: bytes, path: str = "") -> SbomDocument:
    """The packages of a document. path: what the facts name as their file. Raises NotAnSbom."""
    try:
        document = orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise NotAnSbom(f"no JSON: {error}") from error
    if not isinstance(document, dict):
        raise NotAnSbom("a JSON document, but no object")
    if document.get("bomFormat") == "CycloneDX":
        return _read(f"CycloneDX {_text(document, 'specVersion')}", _cyclonedx(document), path)
    version = _text(document, "spdxVersion")
    if version.startswith("SPDX-2."):
        return _read(version, _spdx(document), path)
    if version or "@context" in document:
        raise NotAnSbom(f"SPDX {version or '3'} is not read, only SPDX 2.2 and 2.3 in JSON")
    raise NotAnSbom("neither CycloneDX nor SPDX")


Part = tuple[str, "_Found | Distribution | str"]  # kind, value: package, os, unknown (name), root (name), broken (text)


def _read(form: str, parts: Iterator[Part], path: str) -> SbomDocument:
    found: list[_Found] = []
    systems: list[Distribution] = []
    unknown: list[str] = []
    broken: list[str] = []
    name = ""
    for kind, value in parts:
        if isinstance(value, _Found):
            found.append(value)
        elif isinstance(value, Distribution):
            systems.append(value.model_copy(update={"path": path}))
        elif kind == "root":
            name = value
        else:
            (unknown if kind == "unknown" else broken).append(value)
    skipped = [f"{Reason.UNREADABLE}: {len(names)} components {what}, {names[0]} first"
               for names, what in ((unknown, "have no package URL"), (broken, "have a broken package URL")) if names]  # fmt: skip
    system = systems[0] if systems else distribution_of((one.purl for one in found), path)
    packages = {(item.purl.to_string(), item.development): _fact(item, path) for item in found}
    return SbomDocument(form, name, tuple(packages.values()), system, tuple(skipped))


def _fact(item: _Found, path: str) -> Package:
    fact = package_of(item.purl, path, item.licences, item.development).model_copy(update={"details": item.details})
    if item.source and item.purl.type in ("deb", "apk") and fact.source == fact.name:
        return fact.model_copy(update={"source": item.source, "source_version": item.source_version or fact.source_version})
    return fact


def _located(text: str, name: str, licences: tuple[str, ...]) -> Part | None:
    """A package for its purl; None for the purl of an image, `broken` for one that is none."""
    try:
        purl = PackageURL.from_string(text)
    except ValueError:
        return "broken", name or text[:80]
    return None if purl.type in IMAGE_TYPES else ("package", _Found(purl, licences))


def _cyclonedx(document: dict[str, Any]) -> Iterator[Part]:
    root = _object(_object(document, "metadata"), "component")
    if root:
        yield "root", _text(root, "name")
        if root.get("type") == "operating-system":
            yield "os", Distribution(id=_text(root, "name").lower() or "linux", version=_text(root, "version"))
    stack = [*reversed(_objects(document, "components")), *reversed(_objects(root, "components"))]
    seen = 0
    while stack and seen < MAX_COMPONENTS:
        component = stack.pop()
        seen += 1
        stack.extend(reversed(_objects(component, "components")))
        name, kind, purl = _text(component, "name"), _text(component, "type"), _text(component, "purl")
        if kind == "operating-system" and name:
            yield "os", Distribution(id=name.lower(), version=_text(component, "version"), name=_text(component, "description"))
        elif purl:
            part = _located(purl, name, _cyclonedx_licences(component))
            if part is not None and isinstance(part[1], _Found):
                part[1].development = component.get("scope") == "excluded"
                part[1].source, part[1].source_version = _trivy_source(component)
                part[1].details = _doubt(component)
            if part is not None:
                yield part
        elif kind not in _NO_PACKAGES:
            yield "unknown", name
    if stack:
        yield "unknown", f"everything beyond {MAX_COMPONENTS} components"


def _trivy_source(component: dict[str, Any]) -> tuple[str, str]:
    values = {_text(one, "name").removeprefix(_TRIVY): _text(one, "value") for one in _objects(component, "properties")}
    version, release, epoch = (values.get(name, "") for name in ("SrcVersion", "SrcRelease", "SrcEpoch"))
    full = (f"{epoch}:" if epoch and epoch != "0" else "") + version + (f"-{release}" if version and release else "")
    return values.get("SrcName", ""), full


def _doubt(component: dict[str, Any]) -> dict[str, str]:
    """What our own documents say about packages that were guessed."""
    values = {_text(one, "name").removeprefix(_OURS): _text(one, "value")[:500] for one in _objects(component, "properties")}
    sure = values.get("confidence", "")
    if not re.fullmatch(r"[1-9]?[0-9]", sure) or not values.get("doubt"):
        return {}
    return {"confidence": sure, "doubt": values["doubt"]}


def _cyclonedx_licences(component: dict[str, Any]) -> tuple[str, ...]:
    found = []
    for choice in _objects(component, "licenses"):
        licence = _object(choice, "license")
        found.append(_text(choice, "expression") or _text(licence, "id") or _text(licence, "name"))
    return tuple(one for one in found if one)


def _spdx(document: dict[str, Any]) -> Iterator[Part]:
    yield "root", _text(document, "name")
    for count, package in enumerate(_objects(document, "packages")):
        if count == MAX_COMPONENTS:
            yield "unknown", f"everything beyond {MAX_COMPONENTS} packages"
            return
        name, purpose = _text(package, "name"), _text(package, "primaryPackagePurpose").lower()
        references = [one for one in _objects(package, "externalRefs") if one.get("referenceType") == "purl"]
        if purpose == "operating-system":
            if name:
                yield "os", Distribution(id=name.lower(), version=_text(package, "versionInfo"))
        elif references:
            licences = tuple(one for one in (_text(package, "licenseDeclared"), _text(package, "licenseConcluded")) if _says(one))
            part = _located(_text(references[0], "referenceLocator"), name, licences[:1])
            if part is not None:
                yield part
        elif purpose not in _NO_PACKAGES and not _is_root(document, package):
            yield "unknown", name


def _is_root(document: dict[str, Any], package: dict[str, Any]) -> bool:
    """Whether the document is about this package: a project without a purl of its own is no omission."""
    identity = package.get("SPDXID")
    described = document.get("documentDescribes")
    if isinstance(described, list) and identity in described:
        return True
    return any(one.get("relationshipType") == "DESCRIBES" and one.get("relatedSpdxElement") == identity
               for one in _objects(document, "relationships")[:64])  # fmt: skip


def _says(licence: str) -> bool:
    return licence not in ("", "NOASSERTION", "NONE")


def _text(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""


def _object(value: dict[str, Any], name: str) -> dict[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _objects(value: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = value.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
