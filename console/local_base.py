"""The base image that a target is compared with: a file on this machine, or an image of the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analyzers.image import BaseImage
from infra.settings import Settings
from sinks.store import Store
from streams.registries.archive_files import NotAnImage
from streams.registries.targets import open_target


@dataclass(frozen=True)
class Base:
    """An image that others may be built on; `diff_ids` from the base upward."""

    digest: str
    name: str
    diff_ids: tuple[str, ...]


def bases_at(path: Path, settings: Settings) -> list[Base]:
    """The images of an archive or OCI layout. Raises NotAnImage, RegistryError."""
    with open_target(path, settings.home) as images:
        if any(one.folder for one in images):
            raise NotAnImage(f"{path} is a folder without layers: no image is built on it.")
        return [Base(one.manifest.digest, one.reference or path.name, tuple(layer.diff_id for layer in one.layers)) for one in images]


def stored_base(store: Store, digest: str, name: str) -> Base:
    """An image of the store, whose layers were read or promised."""
    rows = store.query("SELECT diff_id FROM image_layers FINAL WHERE image_digest = {digest:String} ORDER BY position", {"digest": digest})
    return Base(digest, name, tuple(row[0] for row in rows))


def built_on(diff_ids: Sequence[str], bases: Sequence[Base]) -> BaseImage | None:
    """The base with the most layers that an image begins with; the unpacked layers count, since compression may differ."""
    fitting = [
        one for one in bases
        if 0 < len(one.diff_ids) < len(diff_ids) and all(one.diff_ids) and tuple(diff_ids[: len(one.diff_ids)]) == one.diff_ids
    ]  # fmt: skip
    best = max(fitting, key=lambda one: len(one.diff_ids), default=None)
    return BaseImage(best.digest, best.name, len(best.diff_ids)) if best else None
