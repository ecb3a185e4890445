"""Import of advisory feeds: only what changed is written, and what changed is told.

An import may run twice, be cut off anywhere, or run beside another one: rows are versioned, the ranges of a record are written before the
record itself, and which flaws have to be derived anew is a question to the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from schemas.messages import AdvisoriesUpdated
from sinks import advisories as table
from sinks.store import Store
from streams.advisories.derive import derive
from streams.advisories.feeds import Feed, find_feeds
from streams.advisories.matching import key_stored_packages
from streams.advisories.outcome import FeedOutcome, Progress, version_now
from streams.advisories.record_import import import_records
from streams.advisories.score_import import import_scores
from streams.advisories.side_by_side import import_side_by_side

_SCORES = frozenset({"kev", "epss", "cvss"})
EVERYTHING = 5000
"""From so many changed advisories on, all images are matched again instead of asking which are concerned."""


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """`advisories`: ids of records that are new, different or gone, or whose priority may be another one. `flaws`: names of the flaws
    that they assert or asserted; open risks of these are to be looked at as well, as they may be gone now."""

    feeds: tuple[FeedOutcome, ...]
    advisories: tuple[str, ...]
    flaws: tuple[str, ...]


def update_of(outcome: ImportOutcome, source: str) -> AdvisoriesUpdated:
    """What the running system is told about an import."""
    everything = len(outcome.advisories) + len(outcome.flaws) > EVERYTHING
    ids, flaws = ([], []) if everything else (list(outcome.advisories), list(outcome.flaws))
    return AdvisoriesUpdated(source=source, ids=ids, flaws=flaws, everything=everything, updated_at=version_now())


def import_advisories(store: Store, paths: Sequence[Path], progress: Progress | None = None, processes: int = 1) -> ImportOutcome:
    """Import everything below some paths, reading in up to so many processes. Raises UnknownFeed for a path without advisories,
    StoreError."""
    feeds = find_feeds(list(paths))
    before = table.known_ecosystems(store) if not table.pending_records(store) else frozenset()  # one that was cut off may have left some
    outcomes, scored = _import_feeds(store, feeds, progress, processes)
    key_stored_packages(store, before)
    ids, flaws = derive(store, version_now())
    by_score = table.flaws_named(store, scored) if scored else {}
    ids |= {one for members in by_score.values() for one in members}
    for outcome in outcomes:
        _write_outcome(store, outcome)
    return ImportOutcome(tuple(outcomes), tuple(sorted(ids)), tuple(sorted(flaws | set(by_score))))


def _import_feeds(store: Store, feeds: list[Feed], progress: Progress | None, processes: int) -> tuple[list[FeedOutcome], list[str]]:
    """Outcomes, and the CVEs whose scores changed. Single records come after whole feeds: one that such a feed has belongs to it."""
    records = [feed for feed in feeds if feed.kind not in _SCORES]
    outcomes = import_side_by_side(store, [feed for feed in records if feed.complete], progress, processes)
    outcomes += [import_records(store, feed, progress) for feed in records if not feed.complete]
    scored = []
    for feed in feeds:
        if feed.kind in _SCORES:
            outcome, changed = import_scores(store, feed, progress)
            outcomes.append(outcome)
            scored += changed
    return outcomes, scored


def _write_outcome(store: Store, one: FeedOutcome) -> None:
    row = (one.feed.source, one.feed.kind, int(one.feed.complete), one.records, one.changed, one.vanished, one.skipped, one.problems,
           one.passed_over, datetime.now(UTC))  # fmt: skip
    store.insert("advisory_imports", table.IMPORT_COLUMNS, [row])
