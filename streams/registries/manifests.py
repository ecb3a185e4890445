"""Manifests: what an image is made of. Sources: OCI image-spec 1.1 (manifest.md, image-index.md), Docker image manifest v2 schema 2."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from schemas.vocabulary import Reason

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
ACCEPT = ", ".join((OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST))
IMAGE_CONFIGS = frozenset({"application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"})
LAYERS = frozenset(
    {
        "application/vnd.oci.image.layer.v1.tar",
        "application/vnd.oci.image.layer.v1.tar+gzip",
        "application/vnd.oci.image.layer.v1.tar+zstd",
        "application/vnd.docker.image.rootfs.diff.tar",
        "application/vnd.docker.image.rootfs.diff.tar.gzip",
        "application/vnd.docker.image.rootfs.diff.tar.zstd",
    }
)
_FOREIGN = re.compile(r"nondistributable|rootfs\.foreign\.")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
MAX_LAYERS = 1000


class RegistryError(Exception):
    """Something could not be had. `reason` is why; `retry_after_s` is set when it may be had later."""

    def __init__(self, reason: Reason, text: str, retry_after_s: float | None = None) -> None:
        super().__init__(f"{reason}: {text}")
        self.reason, self.retry_after_s = reason, retry_after_s


@dataclass(frozen=True)
class Manifest:
    """A manifest or an index as it travels; `digest` was verified."""

    body: bytes
    media_type: str
    digest: str


@dataclass(frozen=True)
class Descriptor:
    """A blob that a manifest names. `skipped` says why a layer is not read, empty otherwise."""

    digest: str
    size: int
    media_type: str
    skipped: str = ""


@dataclass(frozen=True)
class ImageManifest:
    """One image: its configuration and its layers from the base upward. `base_digest` and `base_name` are what its annotations say
    about the image that it is built on (OCI image-spec, annotations.md), empty if nothing."""

    config: Descriptor
    layers: tuple[Descriptor, ...]
    base_digest: str = ""
    base_name: str = ""


@dataclass(frozen=True)
class PlatformManifest:
    """An entry of an index."""

    digest: str
    os: str
    architecture: str

    @property
    def platform(self) -> str:
        return f"{self.os}/{self.architecture}"


def parse_manifest(manifest: Manifest) -> ImageManifest | tuple[PlatformManifest, ...]:
    """An image, or the platforms of an index that are images for linux (all, if none is). Raises RegistryError(unsupported_manifest)."""
    document = _document(manifest.body)
    if "manifests" in document:
        return _platforms(document)
    if document.get("schemaVersion") == 1 or "fsLayers" in document:
        raise _unsupported("a Docker schema 1 manifest: push the image again with a current tool")
    config = _descriptor(document.get("config"), "config")
    if config.media_type not in IMAGE_CONFIGS:
        raise _unsupported(f"its configuration is of type {config.media_type[:200]!r}: an artifact, not an image")
    listed = document.get("layers")
    if not isinstance(listed, list) or len(listed) > MAX_LAYERS:
        raise _unsupported(f"no list of at most {MAX_LAYERS} layers")
    layers = tuple(_layer(_descriptor(one, f"layers[{n}]"), n) for n, one in enumerate(listed))
    said = document.get("annotations")
    base, name = (
        str((said if isinstance(said, dict) else {}).get(f"org.opencontainers.image.base.{one}") or "") for one in ("digest", "name")
    )
    return ImageManifest(config, layers, base if _DIGEST.fullmatch(base) else "", name[:500])


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _unsupported(f"the manifest is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise _unsupported("the manifest is no JSON object")
    return document


def _platforms(document: Mapping[str, Any]) -> tuple[PlatformManifest, ...]:
    found = []
    listed = document["manifests"]
    for number, one in enumerate(listed if isinstance(listed, list) else ()):
        descriptor = _descriptor(one, f"manifests[{number}]")
        platform = one.get("platform")
        platform = platform if isinstance(platform, dict) else {}
        os, architecture = str(platform.get("os") or ""), str(platform.get("architecture") or "")
        if os == "unknown":  # attestations of a builder, no image
            continue
        variant = str(platform.get("variant") or "")
        found.append(PlatformManifest(descriptor.digest, os, f"{architecture}/{variant}" if variant else architecture))
    chosen = [one for one in found if one.os in ("linux", "")] or found
    if not chosen:
        raise _unsupported("the index lists no image")
    return tuple(chosen)


def _descriptor(value: object, place: str) -> Descriptor:
    if not isinstance(value, dict):
        raise _unsupported(f"{place} is no descriptor")
    digest, size, media_type = value.get("digest"), value.get("size"), value.get("mediaType")
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise _unsupported(f"{place} has no sha256 digest")
    if not isinstance(size, int) or not 0 <= size < 1 << 63:
        raise _unsupported(f"{place} has no size")
    return Descriptor(digest, size, media_type if isinstance(media_type, str) else "")


def _layer(layer: Descriptor, number: int) -> Descriptor:
    if _FOREIGN.search(layer.media_type):
        text = f"{Reason.FOREIGN_LAYER}: layer {number} {layer.digest} is not distributed by the registry"
        return Descriptor(layer.digest, layer.size, layer.media_type, text)
    if layer.media_type not in LAYERS:
        text = f"{Reason.UNSUPPORTED_LAYER}: layer {number} {layer.digest} is of type {layer.media_type[:100]!r}"
        return Descriptor(layer.digest, layer.size, layer.media_type, text)
    return layer


def _unsupported(text: str) -> RegistryError:
    return RegistryError(Reason.UNSUPPORTED_MANIFEST, text)
