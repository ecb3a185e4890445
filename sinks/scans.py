"""Scan rows: how complete the look at each image is, for each category. A later request wins, then a later state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from schemas.vocabulary import BACKFILL_CAUSES, CATEGORIES, ScanState
from sinks.containers import EXPOSED
from sinks.store import External, Store

_RANK = {state: rank for rank, state in enumerate(ScanState)}
_LIES_SOMEWHERE = "image_digest IN (SELECT image_digest FROM (SELECT * FROM image_places FINAL) WHERE present = 1)"
_COLUMNS = (
    "image_digest", "category", "state", "reason", "skipped", "rules", "advisories", "cause", "findings", "requested_at", "updated_at",
    "version",
)  # fmt: skip


@dataclass(frozen=True)
class ScanRow:
    """One row; times in ms. `skipped` are (path, reason)."""

    image_digest: str
    category: str
    state: ScanState
    cause: str
    requested_at: int
    updated_at: int
    reason: str = ""
    skipped: tuple[tuple[str, str], ...] = ()
    rules: str = ""
    advisories: str = ""
    findings: int = 0

    @property
    def version(self) -> int:
        return self.requested_at << 8 | _RANK[self.state]


def write_scans(store: Store, scans: Sequence[ScanRow]) -> None:
    """Add rows; the same row twice is one row."""
    store.insert(
        "scan_rows",
        _COLUMNS,
        [
            (s.image_digest, s.category, s.state.value, s.reason, list(s.skipped), s.rules, s.advisories, s.cause, s.findings,
             s.requested_at, s.updated_at, s.version)
            for s in scans
        ],
    )  # fmt: skip


def same_in_all(image_digest: str, state: ScanState, cause: str, requested_at: int, updated_at: int, reason: str = "") -> list[ScanRow]:
    """One row for each category."""
    return [ScanRow(image_digest, category.value, state, cause, requested_at, updated_at, reason) for category in CATEGORIES]


@dataclass(frozen=True)
class Progress:
    """Where the scan of one image stands: the request that counts, and the state of each category."""

    requested_at: int
    cause: str
    states: dict[str, ScanState]

    @property
    def at_rest(self) -> bool:
        return len(self.states) == len(CATEGORIES) and all(state.at_rest for state in self.states.values())


def progress(store: Store, image_digests: Iterable[str]) -> dict[str, Progress]:
    """Image digest -> progress, for images that have scan rows. `requested_at` is the newest request of any category."""
    rows = store.query(
        "SELECT image_digest, category, state, cause, toUnixTimestamp64Milli(requested_at) AS at FROM scan_rows FINAL "
        "WHERE image_digest IN {digests:Array(String)} ORDER BY at",
        {"digests": sorted(set(image_digests))},
    )
    found: dict[str, Progress] = {}
    for digest, category, state, cause, at in rows:
        known = found.get(digest)
        states = {**(known.states if known else {}), category: ScanState(state)}
        found[digest] = Progress(at, cause, states)
    return found


def not_complete(store: Store, places: Iterable[tuple[str, str]]) -> set[str]:
    """Those of the images whose scan in one of the categories did not succeed. places: (image digest, category)."""
    wanted = External("places", [("image", "String"), ("of", "String")], list(places))
    rows = store.query(
        "SELECT DISTINCT image_digest FROM scan_rows FINAL WHERE image_digest IN (SELECT image FROM places) "
        "AND (image_digest, toString(category)) IN (SELECT image, of FROM places) AND state != 'succeeded'", external=[wanted],
    )  # fmt: skip
    return {row[0] for row in rows}


@dataclass(frozen=True)
class Overdue:
    """An image whose scan should have ended."""

    image_digest: str
    cause: str
    requested_at: int


def overdue(
    store: Store, before: int, backfill_before: int, retryable: Sequence[str], failed_before: int, limit: int = 200
) -> list[Overdue]:
    """Images that lie somewhere with a category that waits or runs since before `before` (ms; backfill: `backfill_before`), or failed for
    a passing reason before `failed_before`."""
    rows = store.query(
        f"SELECT image_digest, any(cause), max(toUnixTimestamp64Milli(requested_at)) FROM scan_rows FINAL WHERE {_LIES_SOMEWHERE} AND "  # noqa: S608
        "((state IN ('waiting', 'running') "
        "AND toUnixTimestamp64Milli(updated_at) < if(cause IN {backfill:Array(String)}, {slow:Int64}, {before:Int64})) OR "
        "(state = 'failed' AND toUnixTimestamp64Milli(updated_at) < {failed:Int64} "
        "AND splitByChar(':', reason)[1] IN {reasons:Array(String)})) "
        "GROUP BY image_digest ORDER BY 3 LIMIT {limit:UInt32}",
        {"before": before, "slow": backfill_before, "backfill": sorted(BACKFILL_CAUSES), "failed": failed_before,
         "reasons": list(retryable), "limit": limit},
    )  # fmt: skip
    return [Overdue(*row) for row in rows]


def under_way(store: Store, since: int, retryable: Sequence[str]) -> tuple[int, int]:
    """Numbers of images that lie somewhere with fresh work that moved since `since` (ms), and with backfill that waits, runs or will be
    tried again."""
    rows = store.query(
        "SELECT uniqExactIf(image_digest, NOT slow AND open AND toUnixTimestamp64Milli(updated_at) >= {since:Int64}), "  # noqa: S608
        "uniqExactIf(image_digest, slow AND (open OR state = 'failed' AND splitByChar(':', reason)[1] IN {reasons:Array(String)})) "
        "FROM (SELECT image_digest, state, reason, updated_at, cause IN {backfill:Array(String)} AS slow, "
        f"state IN ('waiting', 'running') AS open FROM scan_rows FINAL WHERE {_LIES_SOMEWHERE})",
        {"since": since, "reasons": list(retryable), "backfill": sorted(BACKFILL_CAUSES)},
    )
    return rows[0][0], rows[0][1]


EXPOSED_MARK = " exposed"
"""Ends the rules of a vulnerability scan whose priorities were made while the image ran in a container that is reachable from outside."""


def outdated(store: Store, rules: Mapping[str, str], spared: Mapping[str, str], since: int, limit: int) -> dict[str, list[str]]:
    """Digests of images that lie somewhere -> categories that looked at them by other rules than these (category -> its rules), or than
    the `spared` ones if they did so since `since` (ms), or before the image became, or ceased to be, reachable from outside."""
    now, spare = ([f"{category} {text}" for category, text in some.items()] for some in (rules, spared))
    rows = store.query(
        "SELECT image_digest, groupArray(toString(category)) FROM scan_rows FINAL WHERE state IN ('succeeded', 'partial') AND NOT has(if("  # noqa: S608
        f"endsWith(category, '-vulnerability') AND image_digest IN (SELECT image_digest FROM containers WHERE {EXPOSED}), "
        "{exposed:Array(String)}, {now:Array(String)}), concat(category, ' ', rules)) "
        "AND NOT (has({spared:Array(String)}, concat(category, ' ', rules)) AND toUnixTimestamp64Milli(updated_at) >= {since:Int64}) "
        f"AND {_LIES_SOMEWHERE} "
        "GROUP BY image_digest ORDER BY image_digest LIMIT {limit:UInt32}",
        {"now": now, "exposed": [one + EXPOSED_MARK for one in now], "spared": spare, "since": since, "limit": limit},
    )
    return {digest: sorted(categories) for digest, categories in rows}


def not_looked_at_since(store: Store, before: int, limit: int) -> list[str]:
    """Digests of images that lie somewhere, are at rest and were last looked at in whole before `before` (ms), the oldest first: a category
    that looked again alone, for a changed rule, is no look at the image."""
    rows = store.query(
        f"SELECT image_digest FROM scan_rows FINAL WHERE {_LIES_SOMEWHERE} GROUP BY image_digest "  # noqa: S608
        "HAVING min(toUnixTimestamp64Milli(requested_at)) < {before:Int64} AND countIf(state IN ('waiting', 'running')) = 0 "
        "ORDER BY min(requested_at) LIMIT {limit:UInt32}",
        {"before": before, "limit": limit},
    )
    return [row[0] for row in rows]
