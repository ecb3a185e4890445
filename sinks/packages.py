"""Distinct packages, and which image has which."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sinks.advisories import texts
from sinks.matches import KEY_COLUMNS, KeyRow, affected_numbers
from sinks.store import External, Store

PACKAGE_COLUMNS = (
    "package", "package_id", "ecosystem", "type", "name", "version", "purl", "match_name", "match_version", "arch", "source", "module",
    "licences", "unmatched", "version_key", "depends", "installed_kib", "seen_at",
)  # fmt: skip
_DEPENDS = PACKAGE_COLUMNS.index("depends")
_IMAGE_COLUMNS = (
    "image", "package", "layer", "paths", "evidence", "development", "matched", "reason", "confidence", "doubt", "deleted", "version",
)  # fmt: skip
Held = tuple[int, int, Sequence[str], str, int, int, str, int, str]


def number_of(text: str) -> int:
    """The number that stands for a long id (a digest, a package id) in the store: 64 bits of its hash."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "backslashreplace"), digest_size=8).digest(), "big")


def write_packages(store: Store, rows: Sequence[Sequence[object]], keys: Sequence[KeyRow]) -> int:
    """Write packages that the store does not know yet, or without what they need; returns their number. `rows` follow PACKAGE_COLUMNS
    without seen_at."""
    if not rows:
        return 0
    numbers = External("numbers", [("value", "UInt64")], [(row[0],) for row in rows])
    sql = "SELECT package, max(notEmpty(depends)) FROM package_rows WHERE package IN (SELECT value FROM numbers) GROUP BY package"
    known = dict(store.query(sql, external=[numbers]))
    fresh = {row[0]: row for row in rows if row[0] not in known or (row[_DEPENDS] and not known[row[0]])}
    now = datetime.now(UTC)
    store.insert("package_keys", [name for name, _ in KEY_COLUMNS], [row for row in keys if row[0] in fresh])
    store.insert("package_rows", PACKAGE_COLUMNS, [(*row, now) for row in fresh.values()])
    return len(fresh)


def write_keys(store: Store, keys: Sequence[KeyRow]) -> None:
    """Let packages be found under more keys. May run twice."""
    store.insert("package_keys", [name for name, _ in KEY_COLUMNS], keys)


def packages_of(store: Store, distributions: Iterable[str]) -> list[dict[str, Any]]:
    """Rows like those of `stored_packages`, of all stored packages of some distributions (ecosystems without their releases)."""
    return store.rows(
        f"""SELECT {_STORED} FROM package_rows FINAL
        WHERE splitByChar(':', ecosystem)[1] IN (SELECT value FROM distributions)""",  # noqa: S608 (fixed texts)
        external=[texts("distributions", distributions)],
    )


def write_inventory(store: Store, image_digest: str, held: Sequence[Held], version: int) -> None:
    """The packages of an image as of a moment (ms). Packages that it had before and has no more are marked. held: (package number,
    layer index, paths, evidence, development, matched, reason, confidence, doubt)."""
    image = number_of(image_digest)
    sql = "SELECT package FROM image_packages FINAL WHERE image = {image:UInt64} AND deleted = 0"
    gone = {row[0] for row in store.query(sql, {"image": image})} - {row[0] for row in held}
    rows = [(image, *row, 0, version) for row in held]
    rows += [(image, package, 0, (), "", 0, 0, "", 0, "", 1, version) for package in gone]
    store.insert("image_packages", _IMAGE_COLUMNS, rows)
    store.insert("package_images", ("package", "image", "matched", "deleted", "version"),
                 [(row[1], image, row[6], row[10], version) for row in rows])  # fmt: skip
    store.insert("image_inventories", ("image", "image_digest", "packages", "version"), [(image, image_digest, len(held), version)])


_STORED = (
    "package, package_id, ecosystem, type, name, version, purl, match_name, match_version, arch, source, module, licences, depends, "
    "installed_kib"
)


def stored_packages(store: Store, advisories: Iterable[str]) -> list[dict[str, Any]]:
    """Rows (package, package_id, ecosystem, type, name, ...) of the stored packages that lie in a range of some advisories."""
    return store.rows(
        f"SELECT {_STORED} FROM package_rows FINAL WHERE package IN ({affected_numbers()})",  # noqa: S608 (fixed texts)
        external=[texts("ids", advisories)],
    )


_OF_IMAGES = """image_packages FINAL PREWHERE package IN (SELECT value FROM numbers) AND image IN (SELECT image FROM images)
    WHERE deleted = 0"""
"""Which of the packages `numbers` lie in `images`: read in the order of the key, paths only where both are wanted."""


def packages_that_need(store: Store, images: Collection[str], names: Iterable[str]) -> dict[int, tuple[str, str, list[str]]]:
    """Package (number) -> (type, name, those of the names that it needs), of the packages of some images, matched or not. Few packages
    need a given one, and images have many: so the former are found first."""
    sql = f"""WITH numbers AS (SELECT package AS value FROM package_rows WHERE hasAny(depends, (SELECT groupArray(value) FROM names)))
        SELECT package, type, name, arrayIntersect(depends, (SELECT groupArray(value) FROM names)) AS needed FROM package_rows FINAL
        WHERE package IN (SELECT package FROM {_OF_IMAGES}) AND notEmpty(needed)"""  # noqa: S608 constants
    return {row[0]: (row[1], row[2], row[3]) for row in store.query(sql, external=[_numbered(images), texts("names", names)])}


def images_with(store: Store, images: Collection[str], packages: Iterable[int]) -> dict[str, list[int]]:
    """Image digest -> which of the packages (numbers) it holds, for some images."""
    numbers = External("numbers", [("value", "UInt64")], [(one,) for one in packages])
    rows = store.query(
        f"""SELECT i.digest, groupArray(h.package) FROM
            (SELECT image, package FROM {_OF_IMAGES}) AS h
            INNER JOIN images AS i ON i.image = h.image GROUP BY i.digest""",  # noqa: S608 constants
        external=[numbers, _numbered(images)],
    )
    return dict(rows)


def _numbered(images: Iterable[str]) -> External:
    return External("images", [("image", "UInt64"), ("digest", "String")], [(number_of(one), one) for one in images])


@dataclass(frozen=True, slots=True)
class Holding:
    """A package (by number) in an image: the layer that brought it, where it lies, how it is known."""

    image_digest: str
    package: int
    layer: int
    paths: tuple[str, ...]
    evidence: str
    development: bool
    confidence: int
    doubt: str


def holdings(store: Store, packages: Sequence[int]) -> list[Holding]:
    """The images that hold some packages where these are to be matched."""
    numbers = External("numbers", [("value", "UInt64")], [(one,) for one in packages])
    rows = store.query(
        "SELECT i.image_digest, h.package, h.layer, h.paths, h.evidence, h.development, h.confidence, h.doubt FROM "
        "(SELECT * FROM image_packages FINAL PREWHERE package IN (SELECT value FROM numbers) AND (image, package) IN "
        "(SELECT image, package FROM package_images FINAL WHERE package IN (SELECT value FROM numbers) AND matched = 1 AND deleted = 0) "
        "WHERE matched = 1 AND deleted = 0) AS h "
        "INNER JOIN (SELECT image, image_digest FROM image_inventories FINAL) AS i ON i.image = h.image ORDER BY 1, 2",
        external=[numbers],
    ) if packages else []  # fmt: skip
    return [Holding(row[0], row[1], row[2], tuple(row[3]), row[4], bool(row[5]), row[6], row[7]) for row in rows]


def images_with_packages(store: Store) -> list[str]:
    """Digests of all images that hold a package."""
    rows = store.query("SELECT image_digest FROM image_inventories FINAL WHERE packages > 0 ORDER BY image_digest")
    return [row[0] for row in rows]
