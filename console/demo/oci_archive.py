"""Writes a small image as an OCI archive, the same bytes for the same input. Source: OCI image-spec 1.1, image-layout.md."""

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
    """One file of a layer."""

    data: bytes = b""
    mode: int = 0o644
    uid: int = 0
    gid: int = 0


@dataclass(frozen=True)
class HistoryEntry:
    """One entry of the history; `layer` False for one that only changed the configuration."""

    created_by: str
    layer: bool = True


def write_image(path: Path, layers: Sequence[Mapping[str, Member]], settings: Mapping[str, object], history: Sequence[HistoryEntry]) -> str:
    """Write the archive and return the digest of the manifest. `settings` is the inner `config` object of the image configuration."""
    tars = [_tar(layer) for layer in layers]
    blobs = [gzip.compress(tar, 6, mtime=0) for tar in tars]
    config = _json(
        {
            "architecture": "amd64",
            "os": "linux",
            "created": CREATED,
            "config": dict(settings),
            "rootfs": {"type": "layers", "diff_ids": [_digest(tar) for tar in tars]},
            "history": [
                {"created": CREATED, "created_by": one.created_by, **({} if one.layer else {"empty_layer": True})} for one in history
            ],
        }
    )
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": _descriptor("application/vnd.oci.image.config.v1+json", config),
            "layers": [_descriptor("application/vnd.oci.image.layer.v1.tar+gzip", blob) for blob in blobs],
        }
    )
    entry = {
        **_descriptor("application/vnd.oci.image.manifest.v1+json", manifest),
        "annotations": {"org.opencontainers.image.ref.name": "latest"},
        "platform": {"os": "linux", "architecture": "amd64"},
    }
    files = {
        "oci-layout": Member(_json({"imageLayoutVersion": "1.0.0"})),
        "index.json": Member(_json({"schemaVersion": 2, "manifests": [entry]})),
        **{f"blobs/sha256/{_digest(blob)[7:]}": Member(blob) for blob in (manifest, config, *blobs)},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_tar(files))
    return _digest(manifest)


def _tar(files: Mapping[str, Member]) -> bytes:
    """Members sorted by path, after the folders that lead to them."""
    folders = sorted({str(parent) for path in files for parent in PurePosixPath(path).parents} - {"."})
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for folder in folders:
            info = tarfile.TarInfo(folder)
            info.type, info.mode, info.mtime = tarfile.DIRTYPE, 0o755, _TIME
            archive.addfile(info)
        for path, member in sorted(files.items()):
            info = tarfile.TarInfo(path)
            info.size, info.mode, info.uid, info.gid, info.mtime = len(member.data), member.mode, member.uid, member.gid, _TIME
            archive.addfile(info, io.BytesIO(member.data))
    return buffer.getvalue()


def _descriptor(media_type: str, blob: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": _digest(blob), "size": len(blob)}


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
