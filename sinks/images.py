"""Images: what they are made of, where they lie, which tags lead to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sinks.store import External, Store


@dataclass(frozen=True)
class LayerRow:
    """One layer of an image. `skipped` says why it is not read, empty otherwise."""

    digest: str
    diff_id: str
    size_bytes: int
    media_type: str
    skipped: str = ""


@dataclass(frozen=True)
class ImageRow:
    """One image: one platform of one manifest. Layers from the base upward; `seen_at` in ms."""

    digest: str
    media_type: str
    config_digest: str
    os: str
    architecture: str
    layers: tuple[LayerRow, ...]
    seen_at: int


@dataclass(frozen=True)
class Place:
    """An image in a repository. `tag` and `index_digest` may be empty."""

    registry: str
    repository: str
    image_digest: str
    index_digest: str = ""


def write_image(store: Store, image: ImageRow) -> None:
    """Layers first: an image that stands in the table is complete."""
    store.insert(
        "image_layers",
        ("image_digest", "position", "layer", "diff_id", "size_bytes", "media_type", "skipped"),
        [(image.digest, n, one.digest, one.diff_id, one.size_bytes, one.media_type, one.skipped) for n, one in enumerate(image.layers)],
    )
    size = sum(one.size_bytes for one in image.layers)
    store.insert(
        "image_rows",
        ("image_digest", "media_type", "config_digest", "os", "architecture", "size_bytes", "layer_count", "seen_at"),
        [(image.digest, image.media_type, image.config_digest, image.os, image.architecture, size, len(image.layers), image.seen_at)],
    )


def write_place(store: Store, place: Place, *, present: bool, changed_at: int) -> None:
    """Say that an image lies in a repository, or no longer does."""
    store.insert(
        "image_places",
        ("registry", "repository", "image_digest", "index_digest", "present", "changed_at"),
        [(place.registry, place.repository, place.image_digest, place.index_digest, int(present), changed_at)],
    )


def write_tag(store: Store, place: Place, tag: str, platform: str, changed_at: int) -> None:
    """Say where a tag leads; an empty digest for a tag that was deleted."""
    store.insert(
        "image_tags",
        ("registry", "repository", "tag", "platform", "image_digest", "changed_at"),
        [(place.registry, place.repository, tag, platform, place.image_digest, changed_at)],
    )


def tag_platforms(store: Store, registry: str, repository: str, tag: str) -> list[str]:
    """Platforms that a tag leads to."""
    rows = store.query(
        "SELECT platform FROM image_tags FINAL "
        "WHERE registry = {registry:String} AND repository = {repository:String} AND tag = {tag:String}",
        {"registry": registry, "repository": repository, "tag": tag},
    )
    return [row[0] for row in rows]


def tags_of(store: Store, registry: str, repository: str, digests: Sequence[str]) -> list[tuple[str, str]]:
    """(tag, platform) that lead to one of these images in a repository."""
    return store.query(
        "SELECT tag, platform FROM image_tags FINAL WHERE registry = {registry:String} AND repository = {repository:String} "
        "AND image_digest IN {digests:Array(String)}",
        {"registry": registry, "repository": repository, "digests": list(digests)},
    )


def platforms_of(store: Store, digest: str) -> list[str]:
    """Digests of the images behind a digest of a manifest, an index or a configuration."""
    rows = store.query(
        "SELECT image_digest FROM image_rows WHERE image_digest = {digest:String} OR config_digest = {digest:String} UNION DISTINCT "
        "SELECT image_digest FROM image_places WHERE index_digest = {digest:String}",
        {"digest": digest},
    )
    return [row[0] for row in rows]


def places_of(store: Store, digest: str) -> list[Place]:
    """Where an image lies now."""
    rows = store.query(
        "SELECT registry, repository, image_digest, index_digest FROM image_places FINAL "
        "WHERE image_digest = {digest:String} AND present = 1 ORDER BY registry, repository",
        {"digest": digest},
    )
    return [Place(*row) for row in rows]


def repositories_of(store: Store, digests: Iterable[str]) -> dict[str, frozenset[tuple[str, str]]]:
    """Image digest -> (registry, repository) where it lies now; images that lie nowhere are left out."""
    wanted = External("wanted", [("digest", "String")], [(digest,) for digest in set(digests)])
    rows = store.query(
        "SELECT image_digest, groupArray((toString(registry), repository)) FROM (SELECT * FROM image_places FINAL) "
        "WHERE present = 1 AND image_digest IN (SELECT digest FROM wanted) GROUP BY image_digest",
        external=[wanted],
    )
    return {digest: frozenset(map(tuple, places)) for digest, places in rows}


def last_change(store: Store, digest: str) -> int:
    """When an image last came to or left a repository, in ms; 0 if it never lay anywhere."""
    rows = store.query(
        "SELECT max(toUnixTimestamp64Milli(changed_at)) FROM image_places WHERE image_digest = {digest:String}", {"digest": digest}
    )
    return int(rows[0][0]) if rows else 0


def image(store: Store, digest: str) -> ImageRow | None:
    """An image with its layers."""
    rows = store.query(
        "SELECT media_type, config_digest, os, architecture, toUnixTimestamp64Milli(seen_at), "
        "(SELECT arraySort(groupArray((position, layer, diff_id, size_bytes, media_type, skipped))) FROM image_layers FINAL "
        "WHERE image_digest = {digest:String}) FROM image_rows FINAL WHERE image_digest = {digest:String}",
        {"digest": digest},
    )
    if not rows:
        return None
    media_type, config, os, architecture, seen_at, layers = rows[0]
    return ImageRow(digest, media_type, config, os, architecture, tuple(LayerRow(*layer[1:]) for layer in layers or ()), seen_at)


def layers_of(store: Store, digests: Iterable[str]) -> dict[str, list[str]]:
    """Image digest -> digests of its layers, from the base upward."""
    wanted = External("wanted", [("digest", "String")], [(digest,) for digest in digests])
    rows = store.query(
        "SELECT image_digest, arrayMap(one -> one.2, arraySort(groupArray((position, layer)))) FROM image_layers FINAL "
        "WHERE image_digest IN (SELECT digest FROM wanted) GROUP BY image_digest", external=[wanted],
    )  # fmt: skip
    return {row[0]: list(row[1]) for row in rows}


def images_with_blob(store: Store, digest: str) -> list[str]:
    """Images that have this layer or configuration."""
    rows = store.query(
        "SELECT image_digest FROM image_layers WHERE layer = {digest:String} UNION DISTINCT "
        "SELECT image_digest FROM image_rows WHERE config_digest = {digest:String}",
        {"digest": digest},
    )
    return [row[0] for row in rows]


def write_hidden(store: Store, image_digest: str, run: str, hidden: Iterable[tuple[int, str]]) -> None:
    """Remember which places a container does not see."""
    store.insert("hidden_places", ("image_digest", "run", "position", "path"), [(image_digest, run, n, path) for n, path in sorted(hidden)])


def read_hidden(store: Store, image_digest: str, run: str) -> frozenset[tuple[int, str]]:
    """(layer index, path) that a container does not see."""
    rows = store.query(
        "SELECT position, path FROM hidden_places WHERE image_digest = {digest:String} AND run = {run:String}",
        {"digest": image_digest, "run": run},
    )
    return frozenset((row[0], row[1]) for row in rows)
