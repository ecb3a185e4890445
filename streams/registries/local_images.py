"""The images that were imported from archives: one OCI layout in the data folder, read through the same interface as a registry.

Source: OCI image-spec v1.1, image-layout.md. Blobs appear whole or not at all; the index is replaced under a lock.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import orjson

from schemas.vocabulary import Reason
from streams.registries.archive_files import FolderFiles
from streams.registries.manifests import OCI_MANIFEST, Manifest, RegistryError
from streams.registries.targets import DOCUMENT_LIMIT, TargetImage, blob_name

REFERENCE = "org.opencontainers.image.ref.name"


class LocalImages:
    """The layout in `folder`; it need not exist before the first import. Names in its index read `REPOSITORY:TAG`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files = FolderFiles(folder)

    async def manifest(self, repository: str, reference: str) -> Manifest:
        """The manifest behind a tag or digest, its digest verified. Raises RegistryError."""
        return await asyncio.to_thread(self._manifest, repository, reference)

    async def blob(self, repository: str, digest: str, size: int) -> AsyncIterator[bytes]:
        """The bytes of a blob; not verified here, the reader hashes. Raises RegistryError, size_mismatch for another size."""
        there = self._files.size(blob_name(digest))
        if there is None:
            raise RegistryError(Reason.LAYER_MISSING, f"blob {digest} was not imported")
        if there != size:
            raise RegistryError(Reason.SIZE_MISMATCH, f"blob {digest} has {there} bytes, its manifest says {size}")
        chunks = self._files.chunks(blob_name(digest))
        while (chunk := await asyncio.to_thread(next, chunks, b"")) != b"":
            yield chunk

    async def referrers(self, repository: str, digest: str) -> list[dict[str, Any]] | None:
        """Nothing: an import copies images, not what is attached to them."""
        return []

    async def repositories(self) -> list[str]:
        return sorted({name.rpartition(":")[0] for name in self._names()})

    async def tags(self, repository: str) -> list[str]:
        return sorted(name.rpartition(":")[2] for name in self._names() if name.rpartition(":")[0] == repository)

    def add(self, image: TargetImage, repository: str, tag: str) -> str:
        """Copy an image in, every blob verified, and name it; returns the digest of its manifest. Raises RegistryError."""
        for layer in image.layers:
            if not layer.skipped:
                self._add_blob(layer.digest, layer.chunks())
        self._add_blob(image.config_digest, [image.config])
        self._add_blob(image.manifest.digest, [image.manifest.body])
        entry = {
            "mediaType": image.manifest.media_type,
            "digest": image.manifest.digest,
            "size": len(image.manifest.body),
            "annotations": {REFERENCE: f"{repository}:{tag}"},
        }
        with self._locked():
            names = {**self._names(), f"{repository}:{tag}": entry}
            self._replace("oci-layout", orjson.dumps({"imageLayoutVersion": "1.0.0"}))
            self._replace("index.json", orjson.dumps({"schemaVersion": 2, "manifests": list(names.values())}))
        return image.manifest.digest

    def _manifest(self, repository: str, reference: str) -> Manifest:
        digest = reference
        if not reference.startswith("sha256:"):
            entry = self._names().get(f"{repository}:{reference}")
            if entry is None:
                raise RegistryError(Reason.IMAGE_NOT_FOUND, f"{repository}:{reference} was not imported")
            digest = str(entry["digest"])
        if self._files.size(blob_name(digest)) is None:
            raise RegistryError(Reason.IMAGE_NOT_FOUND, f"{digest} was not imported")
        body = self._files.read(blob_name(digest), DOCUMENT_LIMIT)
        if f"sha256:{hashlib.sha256(body).hexdigest()}" != digest:
            raise RegistryError(Reason.DIGEST_MISMATCH, f"the stored manifest {digest} was changed")
        media_type = orjson.loads(body).get("mediaType") or OCI_MANIFEST
        return Manifest(body, media_type, digest)

    def _names(self) -> dict[str, dict[str, object]]:
        """REPOSITORY:TAG -> entry of the index."""
        if self._files.size("index.json") is None:
            return {}
        entries = orjson.loads(self._files.read("index.json", DOCUMENT_LIMIT))["manifests"]
        return {entry["annotations"][REFERENCE]: entry for entry in entries}

    def _add_blob(self, digest: str, chunks: Iterable[bytes]) -> None:
        target = self.folder / blob_name(digest)
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        whole = hashlib.sha256()
        with self._draft(target) as file:
            for chunk in chunks:
                whole.update(chunk)
                file.write(chunk)
            if f"sha256:{whole.hexdigest()}" != digest:
                raise RegistryError(Reason.DIGEST_MISMATCH, f"the blob {digest} is sha256:{whole.hexdigest()}")

    def _replace(self, name: str, body: bytes) -> None:
        with self._draft(self.folder / name) as file:
            file.write(body)

    @contextlib.contextmanager
    def _draft(self, target: Path) -> Iterator[IO[bytes]]:
        """A file that takes the place of `target` if nothing was raised."""
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".draft-", delete=False) as file:
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(target)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.folder / ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
