"""SBOM documents -> facts: CycloneDX 1.2 to 1.6 in JSON and XML, SPDX 2.2 and 2.3 in JSON and as tag-value text, bare or in an in-toto
statement as build tools attach them to images.

A component without a package URL cannot be identified for sure: it is counted in `skipped`, never guessed.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from analyzers.cyclonedx_documents import cyclonedx_parts
from analyzers.cyclonedx_xml import NotCycloneDxXml
from analyzers.cyclonedx_xml import json_form as of_xml
from analyzers.distributions import release_of
from analyzers.language_packages import advisory_name
from analyzers.purl_facts import DISTRIBUTION_TYPES, distribution_of, package_of
from analyzers.sbom_parts import Component, Edge, Part, text
from analyzers.spdx_documents import spdx_parts
from analyzers.spdx_tag_values import is_tag_value
from analyzers.spdx_tag_values import json_form as of_tag_values
from schemas.facts import Distribution, Package
from schemas.vocabulary import Reason

_ENVELOPES = 4


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


def read_sbom(data: bytes, path: str = "") -> SbomDocument:
    """The packages of a document. path: what the facts name as their file. Raises NotAnSbom."""
    document = _document(data.removeprefix(b"\xef\xbb\xbf"))
    if document.get("bomFormat") == "CycloneDX":
        return _read(f"CycloneDX {text(document, 'specVersion')}", cyclonedx_parts(document), path)
    version = text(document, "spdxVersion")
    if version.startswith("SPDX-2."):
        return _read(version, spdx_parts(document), path)
    if version or "@context" in document:
        raise NotAnSbom(f"SPDX {version or '3'} is not read, only SPDX 2.2 and 2.3")
    raise NotAnSbom("neither CycloneDX nor SPDX")


def _document(data: bytes) -> dict[str, Any]:
    if is_tag_value(data):
        return of_tag_values(data)
    if not data.lstrip().startswith(b"<"):
        return _enclosed(_object(data))
    try:
        return of_xml(data)
    except NotCycloneDxXml as error:
        raise NotAnSbom(str(error)) from error


def _object(data: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise NotAnSbom(f"no JSON: {error}") from error
    if not isinstance(document, dict):
        raise NotAnSbom("a JSON document, but no object")
    return document


def _enclosed(document: dict[str, Any]) -> dict[str, Any]:
    """The document inside of a DSSE envelope, an in-toto statement (predicate), or what `buildx imagetools inspect` prints (SPDX)."""
    for _ in range(_ENVELOPES):
        inner = document.get("predicate", document.get("SPDX"))
        if text(document, "payload") and "payloadType" in document:
            try:
                document = _object(base64.b64decode(text(document, "payload"), validate=True))
            except binascii.Error as error:
                raise NotAnSbom(f"an envelope whose content is no base64: {error}") from error
        elif isinstance(inner, dict):
            document = inner
        else:
            break
    return document


def _read(form: str, parts: Iterator[Part], path: str) -> SbomDocument:
    found: list[Component] = []
    systems: list[Distribution] = []
    edges: list[Edge] = []
    unknown: list[str] = []
    broken: list[str] = []
    name = ""
    for kind, value in parts:
        if isinstance(value, Component):
            found.append(value)
        elif isinstance(value, Distribution):
            systems.append(value.model_copy(update={"path": path}))
        elif isinstance(value, Edge):
            edges.append(value)
        elif kind == "root":
            name = value
        else:
            (unknown if kind == "unknown" else broken).append(value)
    skipped = [f"{Reason.UNREADABLE}: {len(names)} components {what}, {names[0]} first"
               for names, what in ((unknown, "have no package URL"), (broken, "have a broken package URL")) if names]  # fmt: skip
    packages = _packages(found, _needs(found, edges), path)
    return SbomDocument(form, name, packages, _distribution(systems, found, path), tuple(skipped))


def _distribution(systems: list[Distribution], found: Iterable[Component], path: str) -> Distribution | None:
    """What the document names, unless it is nothing we know (`linux`) or has no release, and its package URLs know better."""
    said = next((one for one in systems if release_of(one).supported), next(iter(systems), None))
    named = distribution_of((one.purl for one in found), path)
    if said is None or named is None:
        return said or named
    vague = said.id != named.id or not (said.version or said.codename)
    return named if vague and not release_of(said).supported and release_of(named).supported else said


def _needs(found: Iterable[Component], edges: Iterable[Edge]) -> dict[str, dict[str, None]]:
    """Ref -> names of the components of its type that it needs, as databases name them."""
    names = {one.ref: (one.purl.type, _name(one)) for one in found if one.ref}
    table: dict[str, dict[str, None]] = {}
    for edge in edges:
        user, needed = names.get(edge.user), names.get(edge.needed)
        if user and needed and user[0] == needed[0] and user != needed:
            table.setdefault(edge.user, {})[needed[1]] = None
    return table


def _name(one: Component) -> str:
    if one.purl.type in DISTRIBUTION_TYPES:
        return one.purl.name
    return advisory_name(one.purl.type, one.purl.namespace or "", one.purl.name)


def _packages(found: Iterable[Component], needs: dict[str, dict[str, None]], path: str) -> tuple[Package, ...]:
    """Each once; a component may stand at several places of the document."""
    packages: dict[tuple[str, bool], Package] = {}
    for one in found:
        key = one.purl.to_string(), one.development
        fact = _fact(one, tuple(needs.get(one.ref, ())), path)
        before = packages.get(key)
        depends = tuple(dict.fromkeys((*before.depends, *fact.depends))) if before else fact.depends
        packages[key] = fact.model_copy(update={"depends": depends})
    return tuple(packages.values())


def _fact(one: Component, depends: tuple[str, ...], path: str) -> Package:
    fact = package_of(one.purl, path, one.licences, one.development).model_copy(update={"details": one.details, "depends": depends})
    if one.source and one.purl.type in DISTRIBUTION_TYPES and fact.source in ("", fact.name):
        return fact.model_copy(update={"source": one.source, "source_version": one.source_version or fact.source_version})
    return fact
