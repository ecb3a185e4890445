"""Outcomes of the items of lists of checks, of the newest scan of each image. See ddl/151_scan_items.sql and the view `baseline_items`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.findings import ItemOutcome
from sinks.store import Store

_COLUMNS = ("image_digest", "category", "item", "class", "level", "state", "hits", "reason", "requested_at")


@dataclass(frozen=True)
class ScanItems:
    """What the items of one category said about one image; none after a scan that failed. `requested_at` in ms: the later one counts."""

    image_digest: str
    category: str
    requested_at: int
    items: tuple[ItemOutcome, ...]


def write_items(store: Store, scans: Sequence[ScanItems]) -> None:
    """Add rows; the same row twice is one row."""
    rows = []
    for scan in scans:
        columns = [[getattr(one, name) for one in scan.items] for name in ("item", "group", "level", "state", "hits", "reason")]
        rows.append((scan.image_digest, scan.category, *columns, scan.requested_at))
    store.insert("scan_items", _COLUMNS, rows)
