"""Images that lie on disk: OCI layouts, OCI and docker archives, root file systems, all as the same list of images with layers.

Sources: OCI image-spec v1.1, image-layout.md; moby image/spec, "Combined Image JSON + Filesystem Changeset Format".
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from analyzers.config import read_document
from analyzers.decompress import LONGEST_MAGIC, detect
from schemas.vocabulary import Reason
from streams.registries.archive_files import Files, FolderFiles, NotAnImage, open_archive
from streams.registries.manifests import OCI_MANIFEST, ImageManifest, Manifest, RegistryError, parse_manifest
from streams.registries.root_folder import pack_root

DOCUMENT_LIMIT = 16 << 20
IMAGES_LIMIT = 1000
INDEX_DEPTH = 3
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
PLAIN_LAYER = "application/vnd.oci.image.layer.v1.tar"
NAME_KEYS = ("io.containerd.image.name", "org.opencontainers.image.ref.name")


@dataclass(frozen=True)
class TargetLayer:
    """One layer. `diff_id` is what the configuration promises, empty where it promises nothing; `skipped` says why it is not to be read.
    `chunks` reads the blob from its beginning, each time it is called; it raises RegistryError where it cannot."""

    digest: str
    diff_id: str
    size: int
    media_type: str
    chunks: Callable[[], Iterator[bytes]]
    skipped: str = ""


@dataclass(frozen=True)
class TargetImage:
    """One image. `manifest` is the one of the archive, or made up where a format has none; `references` may be empty; `folder`: it is a
    plain folder, and `skipped` are (path, reason) of what could not be read of it."""

    references: tuple[str, ...]
    manifest: Manifest
    config_digest: str
    config: bytes
    layers: tuple[TargetLayer, ...]
    skipped: tuple[tuple[str, str], ...] = ()
    folder: bool = False

    @property
    def reference(self) -> str:
        return self.references[0] if self.references else ""


@contextmanager
def open_target(path: Path, spool: Path | None = None) -> Iterator[list[TargetImage]]:
    """The images that lie at `path`; they can be read until the context ends. `spool`: folder for temporary files. A folder that is no
    image itself counts as the root of a file system, whatever lies in it.

    Raises NotAnImage for what is no image at all and for a folder without any file, RegistryError for an image that is damaged."""
    if path.is_dir() and not _is_image(path):
        with pack_root(path, spool) as root:
            if not root.files and not root.skipped:
                raise NotAnImage(f"{path} holds no file: there is nothing to look at.")
            image = _made_up((), _root_config(root.digest), [(root.digest, root.size, root.chunks)], root.skipped)
            yield [replace(image, folder=True)]
        return
    if not path.exists():
        raise NotAnImage(f"{path} does not exist.")
    if not path.is_dir() and not path.is_file():
        raise NotAnImage(f"{path} is neither a file nor a folder.")
    files: Files = FolderFiles(path) if path.is_dir() else open_archive(path, spool)
    try:
        yield _images(files, path.name)
    finally:
        files.close()


def _is_image(folder: Path) -> bool:
    """Whether a folder is an OCI layout, or an archive of docker that somebody unpacked. Files of these names alone may be anything's."""
    if (folder / "oci-layout").exists() or (folder / "blobs" / "sha256").is_dir():
        return True
    index, images = (_loaded(FolderFiles(folder), name) for name in ("index.json", "manifest.json"))
    described = isinstance(images, list) and all(isinstance(one, dict) and "Layers" in one for one in images)
    return (isinstance(index, dict) and isinstance(index.get("manifests"), list)) or (described and bool(images))


def _loaded(files: Files, name: str) -> Any:
    try:
        return orjson.loads(files.read(name, DOCUMENT_LIMIT))
    except (RegistryError, orjson.JSONDecodeError):
        return None


def _images(files: Files, name: str) -> list[TargetImage]:
    docker = files.size("manifest.json") is not None
    if files.size("index.json") is not None:
        try:
            images = list(_layout_images(files))
        except RegistryError as error:
            if not docker or error.reason != Reason.LAYER_MISSING:
                raise
            images = []
        if images or not docker:
            if not images:
                raise NotAnImage(f"{name} is an OCI layout without any image.")
            return images
    if docker:
        return list(_docker_images(files, name))
    raise NotAnImage(f"{name} is no image archive: it has neither index.json (OCI) nor manifest.json (docker save).")


def _layout_images(files: Files) -> Iterator[TargetImage]:
    index = _object(files, "index.json")
    entries = index.get("manifests")
    if not isinstance(entries, list) or len(entries) > IMAGES_LIMIT:
        raise RegistryError(Reason.UNSUPPORTED_MANIFEST, f"index.json has no list of at most {IMAGES_LIMIT} manifests")
    named: dict[str, list[str]] = {}
    for entry in entries:
        digest = entry.get("digest") if isinstance(entry, dict) else None
        if not isinstance(digest, str):
            raise RegistryError(Reason.UNSUPPORTED_MANIFEST, "index.json has an entry without a digest")
        notes = entry.get("annotations")
        name = next((notes[key] for key in NAME_KEYS if isinstance(notes.get(key), str)), "") if isinstance(notes, dict) else ""
        named.setdefault(digest, []).extend([name] if name else [])
    seen: set[str] = set()
    for digest, names in named.items():
        for manifest, parsed in _resolved(files, digest, INDEX_DEPTH):
            if manifest.digest not in seen:
                seen.add(manifest.digest)
                yield _layout_image(files, tuple(names), manifest, parsed)


def _resolved(files: Files, digest: str, depth: int) -> Iterator[tuple[Manifest, ImageManifest]]:
    body = _blob(files, digest)
    media_type = _document(body, digest).get("mediaType")
    manifest = Manifest(body, media_type if isinstance(media_type, str) else OCI_MANIFEST, digest)
    parsed = parse_manifest(manifest)
    if isinstance(parsed, ImageManifest):
        yield manifest, parsed
    elif depth == 0:
        raise RegistryError(Reason.UNSUPPORTED_MANIFEST, "indexes within indexes")
    else:
        for entry in parsed if len(parsed) <= IMAGES_LIMIT else ():
            if files.size(blob_name(entry.digest)) is not None or len(parsed) == 1:  # an archive of one platform keeps the whole index
                yield from _resolved(files, entry.digest, depth - 1)


def _layout_image(files: Files, names: tuple[str, ...], manifest: Manifest, parsed: ImageManifest) -> TargetImage:
    config = _blob(files, parsed.config.digest)
    diff_ids = diff_ids_of(config, len(parsed.layers))
    layers = tuple(
        TargetLayer(one.digest, diff_id, one.size, one.media_type, partial(files.chunks, blob_name(one.digest)), one.skipped)
        for one, diff_id in zip(parsed.layers, diff_ids, strict=True)
    )
    return TargetImage(names, manifest, parsed.config.digest, config, layers)


def _docker_images(files: Files, name: str) -> Iterator[TargetImage]:
    listed = _json(files.read("manifest.json", DOCUMENT_LIMIT), "manifest.json")
    if not isinstance(listed, list) or not listed or len(listed) > IMAGES_LIMIT:
        raise NotAnImage(f"{name} is no image archive: its manifest.json lists no images.")
    for one in listed:
        if not isinstance(one, dict) or not isinstance(one.get("Config"), str) or not isinstance(one.get("Layers"), list):
            raise NotAnImage(f"{name} is no image archive: its manifest.json names no configuration and layers.")
        tags = one.get("RepoTags")
        config = files.read(_inside(one["Config"]), DOCUMENT_LIMIT)
        names = [_inside(str(layer)) for layer in one["Layers"]]
        diff_ids = diff_ids_of(config, len(names))
        layers = [_docker_layer(files, layer, diff_id) for layer, diff_id in zip(names, diff_ids, strict=True)]
        yield _made_up(tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (), config, layers)


def _docker_layer(files: Files, name: str, diff_id: str) -> tuple[str, int, Callable[[], Iterator[bytes]]]:
    """(digest, size, chunks). The digest of a plain layer is its diff id; a packed one must be read for it."""
    size = files.size(name)
    if size is None:
        raise RegistryError(Reason.LAYER_MISSING, f"{name} is not in the archive")
    packed = detect(next(files.chunks(name), b"")[:LONGEST_MAGIC]) != "none"
    if not diff_id or packed:
        whole = hashlib.sha256()
        for chunk in files.chunks(name):
            whole.update(chunk)
        return f"sha256:{whole.hexdigest()}", size, partial(files.chunks, name)
    return diff_id, size, partial(files.chunks, name)


def _made_up(
    references: tuple[str, ...], config: bytes, layers: list[tuple[str, int, Callable[[], Iterator[bytes]]]],
    skipped: tuple[tuple[str, str], ...] = (),
) -> TargetImage:  # fmt: skip
    """An image of a format without manifests: the same archive always gives the same manifest."""
    config_digest = f"sha256:{hashlib.sha256(config).hexdigest()}"
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": {"mediaType": OCI_CONFIG, "digest": config_digest, "size": len(config)},
        "layers": [{"mediaType": PLAIN_LAYER, "digest": digest, "size": size} for digest, size, _ in layers],
    }
    body = orjson.dumps(document)
    manifest = Manifest(body, OCI_MANIFEST, f"sha256:{hashlib.sha256(body).hexdigest()}")
    diff_ids = diff_ids_of(config, len(layers))
    made = [
        TargetLayer(digest, diff_id, size, PLAIN_LAYER, chunks) for (digest, size, chunks), diff_id in zip(layers, diff_ids, strict=True)
    ]
    return TargetImage(references, manifest, config_digest, config, tuple(made), skipped)


def _root_config(diff_id: str) -> bytes:
    return orjson.dumps({"os": "linux", "architecture": "", "config": {}, "rootfs": {"type": "layers", "diff_ids": [diff_id]}})


def diff_ids_of(config: bytes, layers: int) -> list[str]:
    """The promised diff ids, one for each layer; empty texts when the configuration does not have that many."""
    document, _ = read_document(config)
    rootfs = document.get("rootfs") if isinstance(document, dict) else None
    promised = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
    if isinstance(promised, list) and len(promised) == layers and all(isinstance(one, str) for one in promised):
        return promised
    return [""] * layers


def blob_name(digest: str) -> str:
    """Where a layout keeps a blob. Raises RegistryError for a digest that is none."""
    descriptor_hex = digest.removeprefix("sha256:")
    if len(descriptor_hex) != 64 or descriptor_hex.strip("0123456789abcdef"):
        raise RegistryError(Reason.UNSUPPORTED_MANIFEST, f"no sha256 digest: {digest[:80]!r}")
    return f"blobs/sha256/{descriptor_hex}"


def _blob(files: Files, digest: str) -> bytes:
    body = files.read(blob_name(digest), DOCUMENT_LIMIT)
    if f"sha256:{hashlib.sha256(body).hexdigest()}" != digest:
        raise RegistryError(Reason.DIGEST_MISMATCH, f"the content of {blob_name(digest)} has another digest")
    return body


def _object(files: Files, name: str) -> dict[str, Any]:
    return _document(files.read(name, DOCUMENT_LIMIT), name)


def _document(body: bytes, what: str) -> dict[str, Any]:
    document = _json(body, what)
    if not isinstance(document, dict):
        raise RegistryError(Reason.UNSUPPORTED_MANIFEST, f"{what} is no JSON object")
    return document


def _json(body: bytes, what: str) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RegistryError(Reason.UNSUPPORTED_MANIFEST, f"{what} is no JSON: {error}") from error


def _inside(name: str) -> str:
    return name.removeprefix("./").strip("/")
