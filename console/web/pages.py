"""What the pages show: rows of the store, gathered for one page each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.vocabulary import CATEGORIES, CategoryId, ItemState
from sinks.store import Store

PAGE_ROWS = 20
RISK_ROWS = 50
"""Risks of one category that a page shows before "more"."""
COUNTED = ("system-vulnerability", "application-vulnerability", "baseline", "malicious-sample", "sensitive-file")
"""Categories that make the level of an image: build commands alone would make nearly every image medium."""
LEVELS = {"high": 3, "medium": 2, "low": 1}
UNDER_WAY = ("waiting", "running")
_LEVEL = "if(category IN ('system-vulnerability', 'application-vulnerability') AND priority != '', priority, severity)"
"""Vulnerabilities are ranked by their priority in this image, everything else by severity."""
_RANK = f"multiIf({_LEVEL} IN ('high', 'urgent'), 3, {_LEVEL} IN ('medium', 'suspicious'), 2, 1)"
_OPEN = "status IN ('open', 'fix_failed', 'verifying')"

_LEVELS = f"""SELECT image_digest, maxIf({_RANK}, category IN {{counted:Array(String)}}) AS level, sum(r.risks) AS risks
FROM risk_counts AS r
WHERE {_OPEN} GROUP BY image_digest"""  # noqa: S608 (fixed texts)
_SCANNED = """SELECT image_digest, countIf(state IN ('succeeded', 'partial')) AS ended, countIf(state = 'failed') AS failed,
    countIf(state IN ('waiting', 'running')) AS under_way, countIf(state = 'succeeded') AS complete FROM scans GROUP BY image_digest"""
_IMAGES = f"""SELECT i.image_digest AS image_digest, i.registry AS registry, i.repository AS repository, i.tags AS tags,
    i.seen_at AS seen_at,
    i.size_bytes AS size_bytes, i.layer_count AS layer_count, l.level AS level, l.risks AS risks,
    multiIf(s.under_way > 0, 'running', s.failed > 0, 'failed', s.ended = 0, 'never scanned',
        s.complete < {len(CATEGORIES)}, 'partial', 'succeeded') AS state
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
    """Counters over all images; the images that fit the filters, the worst first. A page after the last one is the last one."""
    condition, values = _filters(search, level, state)
    values["counted"] = list(COUNTED)
    counters = store.rows(
        f"SELECT countIf(level = 3) AS high, countIf(level = 2) AS medium, countIf(level = 1) AS low, "  # noqa: S608
        f"countIf(state IN ('succeeded', 'partial')) AS scanned, countIf(state IN ('failed', 'never scanned')) AS unscanned, "
        f"countIf(state = 'running') AS running, countIf({condition}) AS total FROM ({_IMAGES})",
        values,
    )[0]
    total = counters.pop("total")
    page = min(page, max(1, -(-total // PAGE_ROWS)))
    rows = store.rows(
        f"SELECT * FROM ({_IMAGES}) WHERE {condition} "  # noqa: S608
        "ORDER BY level DESC, risks DESC, seen_at DESC, image_digest LIMIT {count:UInt32} OFFSET {begin:UInt64}",
        {**values, "count": PAGE_ROWS, "begin": (page - 1) * PAGE_ROWS},
    )
    return Overview(counters, rows, total, page)


def _filters(search: str, level: str, state: str) -> tuple[str, dict[str, object]]:
    conditions, values = ["1"], dict[str, object]()
    if search:
        conditions.append(
            "(positionCaseInsensitive(concat(registry, '/', repository), {search:String}) > 0 OR startsWith(image_digest, {search:String})"
            " OR startsWith(image_digest, concat('sha256:', {search:String})))"
        )
        values["search"] = search.strip()
    if level in LEVELS:
        conditions.append("level = {level:UInt8}")
        values["level"] = LEVELS[level]
    states = {"scanned": "('succeeded', 'partial')", "unscanned": "('failed', 'never scanned')", "running": "('running')"}
    if state in states:
        conditions.append(f"state IN {states[state]}")
    return " AND ".join(conditions), values


@dataclass(frozen=True)
class CategoryPart:
    """One category of one image: its scan row, and some of its risks. `open` and `total` count all of them. `items`: what each item of
    a list of checks said, those that failed first."""

    category: str
    scan: Mapping[str, Any]
    risks: list[dict[str, Any]]
    open: int
    total: int
    begin: int = 0
    items: Sequence[Mapping[str, Any]] = ()

    @property
    def under_way(self) -> bool:
        return self.scan["state"] in UNDER_WAY

    @property
    def item_counts(self) -> dict[str, int]:
        """State -> how many items are in it, in the order of states."""
        counts = Counter(one["state"] for one in self.items)
        return {state.value: counts[state] for state in ItemState if counts[state]}


@dataclass(frozen=True)
class ImagePage:
    """One image with everything that its page shows."""

    image: dict[str, Any]
    layers: list[dict[str, Any]]
    parts: list[CategoryPart]

    @property
    def under_way(self) -> bool:
        return any(part.under_way for part in self.parts)

    @property
    def ended(self) -> list[str]:
        """Categories whose scan is at rest."""
        return [part.category for part in self.parts if not part.under_way]


NEVER: Mapping[str, Any] = {
    "state": "never scanned",
    "reason": "",
    "skipped": [],
    "rules": "",
    "advisories": "",
    "cause": "",
    "findings": 0,
    "requested_at": None,
    "updated_at": None,
}
"""What stands in for the scan row of a category that was never looked at."""
_STATES = f"indexOf({[state.value for state in ItemState]}, state)"
_RISKS = f"SELECT *, {_LEVEL} AS level FROM risks WHERE image_digest = {{digest:String}}"  # noqa: S608 (fixed texts)
_OF_IMAGE = "FROM risk_rows FINAL WHERE image_digest = {digest:String}"
"""For counts: who needs neither names nor decisions spares the engine what the view joins."""
_ORDER = f"ORDER BY {_OPEN} DESC, {_RANK} DESC, score DESC, rule, package, path, finding_id"


def image_page(store: Store, digest: str, show: str = "open", rows: int = RISK_ROWS) -> ImagePage | None:
    """Everything about one image, at most `rows` risks of each category; None if it is not known."""
    images = store.rows("SELECT * FROM images WHERE image_digest = {digest:String}", {"digest": digest})
    if not images:
        return None
    given = {"digest": digest, "rows": rows}
    scans = {row["category"]: row for row in store.rows("SELECT * FROM scans WHERE image_digest = {digest:String}", given)}
    layers = store.rows(
        "SELECT l.position AS position, l.layer AS digest, l.size_bytes AS size_bytes, l.skipped AS skipped, b.state AS state, "
        "b.reason AS reason, b.members AS members, b.inspected_at AS inspected_at FROM "
        "(SELECT * FROM image_layers FINAL WHERE image_digest = {digest:String}) AS l "
        "LEFT JOIN (SELECT digest, state, reason, members, inspected_at FROM blobs FINAL WHERE digest IN "
        "(SELECT layer FROM image_layers WHERE image_digest = {digest:String})) AS b ON b.digest = l.layer ORDER BY position",
        given,
    )
    counted = store.query(
        f"SELECT category, countIf({_OPEN}), count() {_OF_IMAGE} GROUP BY category",
        given,
    )
    counts: dict[str, tuple[int, int]] = {category: (opened, total) for category, opened, total in counted}
    wanted = "" if show == "all" else f" AND {_OPEN}"
    risks = store.rows(f"{_RISKS}{wanted} {_ORDER} LIMIT {{rows:UInt32}} BY category", given)
    items = store.rows(f"SELECT * FROM baseline_items WHERE image_digest = {{digest:String}} ORDER BY {_STATES}", given)  # noqa: S608
    parts = [
        CategoryPart(
            name,
            scans.get(name, NEVER),
            [risk for risk in risks if risk["category"] == name],
            *counts.get(name, (0, 0)),
            items=items if name == CategoryId.BASELINE else (),
        )
        for name in (category.value for category in CATEGORIES)
    ]
    return ImagePage(images[0], layers, parts)


def more_risks(store: Store, digest: str, category: str, show: str, begin: int) -> CategoryPart:
    """The next risks of one category after the first `begin`."""
    given = {"digest": digest, "category": category, "begin": begin, "rows": RISK_ROWS}
    counts = store.query(f"SELECT countIf({_OPEN}), count() {_OF_IMAGE} AND category = {{category:String}}", given)[0]
    wanted = "" if show == "all" else f" AND {_OPEN}"
    sql = f"{_RISKS} AND category = {{category:String}}{wanted} {_ORDER} LIMIT {{rows:UInt32}} OFFSET {{begin:UInt64}}"
    return CategoryPart(category, NEVER, store.rows(sql, given), counts[0], counts[1], begin)


def one_risk(store: Store, digest: str, finding_id: str) -> tuple[dict[str, Any], int] | None:
    """A risk, and how many risks of its category are open in this image; None if there is none."""
    given = {"digest": digest, "finding": finding_id}
    rows = store.rows(f"{_RISKS} AND finding_id = {{finding:String}}", given)
    if not rows:
        return None
    counted = store.query(
        f"SELECT count() {_OF_IMAGE} AND category = {{category:String}} AND {_OPEN}",
        {**given, "category": rows[0]["category"]},
    )
    return rows[0], int(counted[0][0])
