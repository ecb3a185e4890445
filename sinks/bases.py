"""Base images: those that people marked, and those that images name. See ddl/130_bases.sql."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sinks.images import layers_of, platforms_of
from sinks.store import External, Store


def mark_base(store: Store, image_digest: str, name: str, actor: str, at_ms: int, *, marked: bool = True) -> None:
    """Say that an image is a base image, or no longer counts as one."""
    store.insert("base_marks", ("image_digest", "name", "marked", "actor", "changed_at"), [(image_digest, name, int(marked), actor, at_ms)])


def write_stated_base(store: Store, image_digest: str, base_digest: str, base_name: str, at_ms: int) -> None:
    """Keep what the manifest of an image says about its base."""
    store.insert("stated_bases", ("image_digest", "base_digest", "base_name", "seen_at"), [(image_digest, base_digest, base_name, at_ms)])


Base = tuple[str, str, int]
"""Digest, name and number of layers of a base image."""


def bases_of(store: Store, layers: Mapping[str, Sequence[str]]) -> dict[str, Base]:
    """The base image of each image (digest -> its layers): the one that it names if that is known here, else the marked image with the
    most layers whose layers it begins with. Images without one are left out."""
    wanted = External("wanted", [("digest", "String")], [(digest,) for digest in layers])
    stated = store.query(
        "SELECT image_digest, base_digest, base_name FROM stated_bases FINAL WHERE image_digest IN (SELECT digest FROM wanted)",
        external=[wanted],
    )
    said = {image: (platforms_of(store, base), name) for image, base, name in stated}
    marked = dict(store.query("SELECT image_digest, name FROM base_marks FINAL WHERE marked = 1"))
    known = layers_of(store, {*marked, *(digest for digests, _ in said.values() for digest in digests)})
    found = {}
    for image, mine in layers.items():
        named, name = said.get(image, ((), ""))
        names = {**marked, **{digest: name or marked.get(digest, "") for digest in named}}
        fitting = [digest for digest in names if digest != image and _begins(mine, known.get(digest, ()))]
        if fitting:
            best = max(fitting, key=lambda one: (one in named, len(known[one]), one))
            found[image] = best, names[best], len(known[best])
    return found


def _begins(layers: Sequence[str], base: Sequence[str]) -> bool:
    return 0 < len(base) < len(layers) and list(layers[: len(base)]) == list(base)
