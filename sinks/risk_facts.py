"""What the view `risks` says about single risks: for events that tell of their change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sinks.store import External, Store

_TOLD = (
    "finding_id, image_digest, category, rule, aliases, title, severity, priority, score, package, version, purl, path, fixed_version, "
    "status"
)


def facts_of_risks(store: Store, risks: Iterable[tuple[str, str]]) -> dict[tuple[str, str], dict[str, Any]]:
    """(finding id, image digest) -> columns of the risk, for those that are in the table. An empty digest stands for all
    images that have the finding: the columns are those of one, `image_digests` are all."""
    wanted = sorted(set(risks))
    keys = External("wanted", [("finding", "String"), ("image", "String")], wanted)
    rows = store.rows(
        f"SELECT {_TOLD} FROM risks WHERE finding_id IN (SELECT finding FROM wanted) "  # noqa: S608 (fixed texts)
        "AND ((finding_id, image_digest) IN (SELECT finding, image FROM wanted) "
        "OR finding_id IN (SELECT finding FROM wanted WHERE image = '')) ORDER BY finding_id, image_digest",
        external=[keys],
    )
    found = {(row["finding_id"], row["image_digest"]): {**row, "image_digests": [row["image_digest"]]} for row in rows}
    for (finding, digest), row in list(found.items()):
        found.setdefault((finding, ""), {**row, "image_digests": []})["image_digests"].append(digest)
    return {key: found[key] for key in wanted if key in found}


def places_of_images(store: Store, image_digests: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Image digest -> {registry, repository, tags} of every repository that holds it."""
    digests = External("digests", [("value", "String")], [(one,) for one in sorted(set(image_digests))])
    rows = store.rows(
        "SELECT p.image_digest AS image_digest, p.registry AS registry, p.repository AS repository, t.tags AS tags FROM "
        "(SELECT * FROM image_places FINAL WHERE image_digest IN (SELECT value FROM digests)) AS p LEFT JOIN "
        "(SELECT image_digest, registry, repository, arraySort(groupArray(tag)) AS tags FROM image_tags FINAL "
        "WHERE image_digest IN (SELECT value FROM digests) GROUP BY image_digest, registry, repository) AS t "
        "ON t.image_digest = p.image_digest AND t.registry = p.registry AND t.repository = p.repository "
        "ORDER BY image_digest, registry, repository LIMIT 1000 BY image_digest",
        external=[digests],
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row.pop("image_digest"), []).append(row)
    return found
