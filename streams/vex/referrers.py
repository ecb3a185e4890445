"""VEX documents that a registry keeps beside an image.

Sources: OCI distribution-spec 1.1, "Listing Referrers" and "Referrers Tag Schema"; cosign's specification of attestations (tag
`sha256-HEX.att`, one layer an attestation).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import orjson

from schemas.vocabulary import Reason
from sinks.vex import VexDocument
from streams.registries.manifests import IMAGE_CONFIGS, Manifest, RegistryError
from streams.registries.sources import Source
from streams.vex.envelope import opened
from streams.vex.statements import NotVex

ARTIFACTS, LAYERS = 64, 32
DOCUMENT_BYTES, ALL_BYTES = 4 << 20, 16 << 20
_VEX = re.compile(r"vex|csaf|cyclonedx|in-toto|dsse|sigstore\.bundle", re.IGNORECASE)
_ATTACHED_TAG = re.compile(r"sha256-([0-9a-f]{64})(\.\w+)?\Z")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")
UNASKED = "registry"
"""The place of a problem that concerns all that the registry keeps."""


def is_attachment_tag(tag: str) -> bool:
    """Whether a tag names what is attached to an image, and no image."""
    return bool(_ATTACHED_TAG.match(tag))


def attached_to(manifest: Manifest, tag: str) -> str | None:
    """What an artifact is attached to: the digest if it may hold VEX, empty if it holds something else (a signature, an SBOM); None for
    what is no attachment."""
    document = _document(manifest.body)
    named = _ATTACHED_TAG.match(tag)
    if named:
        return f"sha256:{named[1]}" if named[2] in (None, ".att") else ""
    subject = _digest(document.get("subject"))
    if not subject or str(_object(document.get("config")).get("mediaType")) in IMAGE_CONFIGS:
        return None
    return subject if _is_vex(document) else ""


async def attached_documents(source: Source, repository: str, digests: Sequence[str]) -> list[VexDocument]:
    """The documents attached to an image or to the index that lists it, and what could not be read. `digests`: of both. Raises
    RegistryError if the registry does not answer."""
    found: list[VexDocument] = []
    left = ALL_BYTES
    for subject in digests:
        count = 0
        async for digest, layers in _artifacts(source, repository, subject):
            count += 1
            if count > ARTIFACTS:
                found.append(
                    VexDocument(f"artifacts of {subject}", subject=subject, problem=f"{Reason.FILE_TOO_LARGE}: more than {ARTIFACTS}")
                )
                break
            for layer in layers[:LAYERS]:
                one = await _document_of(source, repository, f"artifact {digest} {_digest(layer)[:19]}", layer, min(left, DOCUMENT_BYTES))
                if one:
                    left -= len(one.body)
                    found.append(VexDocument(one.place, subject=subject, body=one.body, problem=one.problem))
    return found


async def _artifacts(source: Source, repository: str, subject: str) -> AsyncIterator[tuple[str, list[Mapping[str, Any]]]]:
    """(digest, layers that may hold VEX) of each artifact, found by the API, by the tag that stands for it, and by cosign's tag."""
    tag = subject.replace(":", "-")
    told = await source.referrers(repository, subject)
    index = await _manifest(source, repository, tag) if told is None else None
    for entry in _objects(_document(index.body).get("manifests")) if index else told or []:
        types = str(entry.get("artifactType") or "")
        if _digest(entry) and (not types or _VEX.search(types)):
            manifest = await _manifest(source, repository, _digest(entry))
            if manifest and _digest(_document(manifest.body).get("subject")) == subject:
                yield manifest.digest, _layers(manifest)
    attestations = await _manifest(source, repository, f"{tag}.att")
    if attestations:
        yield attestations.digest, _layers(attestations)


async def _manifest(source: Source, repository: str, reference: str) -> Manifest | None:
    try:
        return await source.manifest(repository, reference)
    except RegistryError as error:
        if error.reason == Reason.IMAGE_NOT_FOUND:
            return None
        raise


async def _document_of(source: Source, repository: str, place: str, layer: Mapping[str, Any], limit: int) -> VexDocument | None:
    """The document in a layer, or why it cannot be read; None if it is none."""
    size, digest = layer.get("size"), _digest(layer)
    if not digest or not isinstance(size, int) or not 0 <= size <= limit:
        return VexDocument(place, problem=f"{Reason.FILE_TOO_LARGE}: {size} bytes, {limit} may be read")
    body = b"".join([chunk async for chunk in source.blob(repository, digest, size)])
    if f"sha256:{hashlib.sha256(body).hexdigest()}" != digest:
        return VexDocument(place, problem=f"{Reason.DIGEST_MISMATCH}: its bytes are not those of its digest")
    try:
        return VexDocument(place, body=body.decode()) if opened(body) else None
    except (NotVex, UnicodeDecodeError) as error:
        return VexDocument(place, problem=f"{Reason.UNREADABLE}: {error}")


def _layers(manifest: Manifest) -> list[Mapping[str, Any]]:
    """The layers that may hold VEX: all of an artifact whose type says so, else those whose own type does."""
    document = _document(manifest.body)
    of_type = _VEX.search(_artifact_type(document))
    return [one for one in _objects(document.get("layers")) if of_type or _VEX.search(str(one.get("mediaType") or ""))]


def _is_vex(document: Mapping[str, Any]) -> bool:
    types = [_artifact_type(document), *(str(one.get("mediaType") or "") for one in _objects(document.get("layers")))]
    return any(map(_VEX.search, types))


def _artifact_type(document: Mapping[str, Any]) -> str:
    return str(document.get("artifactType") or _object(document.get("config")).get("mediaType") or "")


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        return _object(orjson.loads(body))
    except orjson.JSONDecodeError:
        return {}


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _digest(descriptor: object) -> str:
    digest = str(_object(descriptor).get("digest") or "")
    return digest if _DIGEST.match(digest) else ""
