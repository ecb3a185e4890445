"""Writes small images as an OCI archive, the same bytes for the same input. Source: OCI image-spec 1.1, image-layout.md."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

CREATED = "2026-01-01T00:00:00Z"
_TIME = 1767225600


@dataclass(frozen=True)
class Member:
    """One member of a layer: a file, a folder, or a symbolic link with `target`. `capability`: the attribute security.capability."""

    data: bytes = b""
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    folder: bool = False
    target: str = ""
    capability: bytes = b""


@dataclass(frozen=True)
class HistoryEntry:
    """One entry of the history; `layer` False for one that only changed the configuration."""

    created_by: str
    layer: bool = True


@dataclass(frozen=True)
class Image:
    """What an image is made of. `settings` is the inner `config` object of its configuration, `name` its ref.name."""

    layers: Sequence[Mapping[str, Member]]
    settings: Mapping[str, object]
    history: Sequence[HistoryEntry]
    name: str = "latest"


def write_image(path: Path, layers: Sequence[Mapping[str, Member]], settings: Mapping[str, object], history: Sequence[HistoryEntry]) -> str:
    """Write an archive with one image; returns the digest of its manifest."""
    return write_archive(path, [Image(layers, settings, history)])[0]


def write_archive(path: Path, images: Sequence[Image]) -> list[str]:
    """Write an archive; returns the digests of the manifests, in the order of the images."""
    blobs: dict[str, bytes] = {}
    entries = [_add_image(image, blobs) for image in images]
    files = {
        "oci-layout": Member(_json({"imageLayoutVersion": "1.0.0"})),
        "index.json": Member(_json({"schemaVersion": 2, "manifests": entries})),
        **{f"blobs/sha256/{digest[7:]}": Member(blob) for digest, blob in blobs.items()},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_tar(files))
    return [str(entry["digest"]) for entry in entries]


def layer_digests(image: Image) -> list[str]:
    """The digests of the layers as they stand in the archive."""
    return [_digest(_packed(_tar(layer))) for layer in image.layers]


def _add_image(image: Image, blobs: dict[str, bytes]) -> dict[str, object]:
    """The entry of the index; what it leads to is added to the blobs."""
    tars = [_tar(layer) for layer in image.layers]
    packed = [_packed(tar) for tar in tars]
    config = _json(
        {
            "architecture": "amd64",
            "os": "linux",
            "created": CREATED,
            "config": dict(image.settings),
            "rootfs": {"type": "layers", "diff_ids": [_digest(tar) for tar in tars]},
            "history": [
                {"created": CREATED, "created_by": one.created_by, **({} if one.layer else {"empty_layer": True})} for one in image.history
            ],
        }
    )
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": _descriptor("application/vnd.oci.image.config.v1+json", config),
            "layers": [_descriptor("application/vnd.oci.image.layer.v1.tar+gzip", blob) for blob in packed],
        }
    )
    blobs.update({_digest(blob): blob for blob in (manifest, config, *packed)})
    return {
        **_descriptor("application/vnd.oci.image.manifest.v1+json", manifest),
        "annotations": {"org.opencontainers.image.ref.name": image.name},
        "platform": {"os": "linux", "architecture": "amd64"},
    }


def _packed(tar: bytes) -> bytes:
    return gzip.compress(tar, 6, mtime=0)


def _tar(files: Mapping[str, Member]) -> bytes:
    """Members sorted by path, after the folders that lead to them."""
    folders = sorted({str(parent) for path in files for parent in PurePosixPath(path).parents} - {".", *files})
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for folder in folders:
            info = tarfile.TarInfo(folder)
            info.type, info.mode, info.mtime = tarfile.DIRTYPE, 0o755, _TIME
            archive.addfile(info)
        for path, member in sorted(files.items()):
            info = tarfile.TarInfo(path)
            info.size, info.mode, info.uid, info.gid, info.mtime = len(member.data), member.mode, member.uid, member.gid, _TIME
            info.type = tarfile.DIRTYPE if member.folder else tarfile.SYMTYPE if member.target else tarfile.REGTYPE
            info.linkname = member.target
            if member.capability:
                info.pax_headers = {"SCHILY.xattr.security.capability": member.capability.decode("utf-8", "surrogateescape")}
            archive.addfile(info, io.BytesIO(member.data))
    return buffer.getvalue()


def _descriptor(media_type: str, blob: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": _digest(blob), "size": len(blob)}


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
