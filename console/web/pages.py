"""What the pages show: rows of the store, gathered for one page each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.vocabulary import CATEGORIES
from sinks.store import Store

PAGE_ROWS = 20
COUNTED = ("system-vulnerability", "application-vulnerability", "baseline", "malicious-sample", "sensitive-file")
"""Categories that make the level of an image: build commands alone would make nearly every image medium."""
_RANK = "multiIf(severity IN ('high', 'urgent'), 3, severity IN ('medium', 'suspicious'), 2, 1)"
_OPEN = "status IN ('open', 'fix_failed', 'verifying')"

_LEVELS = f"""SELECT image_digest, max({_RANK}) AS level, count() AS risks FROM risks
WHERE {_OPEN} AND category IN {{counted:Array(String)}} GROUP BY image_digest"""  # noqa: S608 (fixed texts)
_SCANNED = """SELECT image_digest, countIf(state IN ('succeeded', 'partial')) AS ended, countIf(state = 'failed') AS failed,
    countIf(state IN ('waiting', 'running')) AS under_way, countIf(state = 'succeeded') AS complete FROM scans GROUP BY image_digest"""
_IMAGES = f"""SELECT i.image_digest AS image_digest, i.registry AS registry, i.repository AS repository, i.tags AS tags,
    i.seen_at AS seen_at,
    i.size_bytes AS size_bytes, i.layer_count AS layer_count, l.level AS level, l.risks AS risks,
    multiIf(s.under_way > 0, 'running', s.failed > 0, 'failed', s.ended = 0, 'never scanned',
        s.complete < 6, 'partial', 'succeeded') AS state
FROM images AS i LEFT JOIN ({_LEVELS}) AS l ON l.image_digest = i.image_digest
LEFT JOIN ({_SCANNED}) AS s ON s.image_digest = i.image_digest
WHERE i.present = 1"""  # noqa: S608 (fixed texts)


@dataclass(frozen=True)
class Overview:
    """The counters of the first page, and one page of images."""

    counters: Mapping[str, int]
    images: list[dict[str, Any]]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_ROWS))


def overview(store: Store, search: str = "", level: str = "", state: str = "", page: int = 1) -> Overview:
    """Counters over all images; the images that fit the filters, the worst first."""
    given: dict[str, object] = {"counted": list(COUNTED)}
    counted = store.rows(
        f"SELECT countIf(level = 3) AS high, countIf(level = 2) AS medium, countIf(level = 1) AS low, "  # noqa: S608
        f"countIf(state IN ('succeeded', 'partial')) AS scanned, countIf(state IN ('failed', 'never scanned')) AS unscanned, "
        f"countIf(state = 'running') AS running FROM ({_IMAGES})",
        given,
    )[0]
    where, values = _filters(search, level, state)
    values.update(given)
    total = int(store.query(f"SELECT count() FROM ({_IMAGES}){where}", values)[0][0])  # noqa: S608
    rows = store.rows(
        f"SELECT * FROM ({_IMAGES}){where} ORDER BY level DESC, risks DESC, seen_at DESC LIMIT {PAGE_ROWS} OFFSET {(page - 1) * PAGE_ROWS}",  # noqa: S608
        values,
    )
    return Overview(counted, rows, total, page)


def _filters(search: str, level: str, state: str) -> tuple[str, dict[str, object]]:
    conditions, values = [], dict[str, object]()
    if search:
        conditions.append("(positionCaseInsensitive(repository, {search:String}) > 0 OR startsWith(image_digest, {search:String}))")
        values["search"] = search
    if level in ("high", "medium", "low"):
        conditions.append("level = {level:UInt8}")
        values["level"] = {"high": 3, "medium": 2, "low": 1}[level]
    if state == "scanned":
        conditions.append("state IN ('succeeded', 'partial')")
    if state == "unscanned":
        conditions.append("state IN ('failed', 'never scanned')")
    return (f" WHERE {' AND '.join(conditions)}" if conditions else ""), values


@dataclass(frozen=True)
class ImagePage:
    """One image with everything that its page shows."""

    image: dict[str, Any]
    scans: list[dict[str, Any]]
    layers: list[dict[str, Any]]
    risks: dict[str, list[dict[str, Any]]]

    @property
    def under_way(self) -> bool:
        return any(scan["state"] in ("waiting", "running") for scan in self.scans)

    @property
    def ended(self) -> int:
        return sum(scan["state"] not in ("waiting", "running") for scan in self.scans)

    def open_risks(self, category: str) -> int:
        return sum(risk["status"] in ("open", "fix_failed", "verifying") for risk in self.risks[category])


def image_page(store: Store, digest: str) -> ImagePage | None:
    """Everything about one image; None if it is not known."""
    images = store.rows("SELECT * FROM images WHERE image_digest = {digest:String}", {"digest": digest})
    if not images:
        return None
    scans = store.rows("SELECT * FROM scans WHERE image_digest = {digest:String}", {"digest": digest})
    layers = store.rows(
        "SELECT l.position AS position, l.layer AS digest, l.size_bytes AS size_bytes, l.skipped AS skipped, b.state AS state, "
        "b.reason AS reason, b.members AS members, b.inspected_at AS inspected_at FROM (SELECT * FROM image_layers FINAL) AS l "
        "LEFT JOIN (SELECT * FROM blobs FINAL) AS b ON b.digest = l.layer WHERE l.image_digest = {digest:String} ORDER BY position",
        {"digest": digest},
    )
    risks = store.rows(
        f"SELECT * FROM risks WHERE image_digest = {{digest:String}} ORDER BY {_OPEN} DESC, {_RANK} DESC, score DESC, rule, package, path",  # noqa: S608
        {"digest": digest},
    )
    by_category: dict[str, list[dict[str, Any]]] = {category.value: [] for category in CATEGORIES}
    for risk in risks:
        by_category[risk["category"]].append(risk)
    order = [category.value for category in CATEGORIES]
    return ImagePage(images[0], sorted(scans, key=lambda scan: order.index(scan["category"])), layers, by_category)
