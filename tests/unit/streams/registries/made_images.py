"""Small images for tests: layers from texts, written as an OCI layout; skopeo turns that into everything else."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any

OCI = "application/vnd.oci.image"


def layer_tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, content in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


class Layout:
    """An OCI layout folder that grows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries: list[dict[str, Any]] = []
        (folder / "blobs" / "sha256").mkdir(parents=True)
        (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')

    def blob(self, data: bytes, media_type: str, **more: Any) -> dict[str, Any]:
        """Keep a blob; returns its descriptor."""
        digest = digest_of(data)
        (self.folder / "blobs" / "sha256" / digest.removeprefix("sha256:")).write_bytes(data)
        return {"mediaType": media_type, "digest": digest, "size": len(data), **more}

    def image(self, *layers: dict[str, bytes], architecture: str = "amd64") -> dict[str, Any]:
        """Keep an image; returns the descriptor of its manifest."""
        tars = [layer_tar(files) for files in layers]
        config = {
            "os": "linux", "architecture": architecture, "config": {},
            "rootfs": {"type": "layers", "diff_ids": [digest_of(tar) for tar in tars]},
            "history": [{"created": "2026-01-01T00:00:00Z", "created_by": "COPY"} for _ in tars],
        }  # fmt: skip
        manifest = {
            "schemaVersion": 2, "mediaType": f"{OCI}.manifest.v1+json",
            "config": self.blob(json.dumps(config).encode(), f"{OCI}.config.v1+json"),
            "layers": [self.blob(gzip.compress(tar, mtime=0), f"{OCI}.layer.v1.tar+gzip") for tar in tars],
        }  # fmt: skip
        platform = {"os": "linux", "architecture": architecture}
        return self.blob(json.dumps(manifest).encode(), f"{OCI}.manifest.v1+json", platform=platform)

    def index(self, *manifests: dict[str, Any]) -> dict[str, Any]:
        document = {"schemaVersion": 2, "mediaType": f"{OCI}.index.v1+json", "manifests": list(manifests)}
        return self.blob(json.dumps(document).encode(), f"{OCI}.index.v1+json")

    def name(self, descriptor: dict[str, Any], name: str = "") -> None:
        """Put a manifest into the layout's index."""
        notes = {"annotations": {"org.opencontainers.image.ref.name": name}} if name else {}
        self.entries.append({**descriptor, **notes})
        (self.folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": self.entries}))


def skopeo(*arguments: str) -> None:
    subprocess.run(["skopeo", "copy", "-q", *arguments], check=True, capture_output=True)
