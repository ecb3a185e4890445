"""Import of one list of scores (KEV, EPSS, CVSS)."""

from __future__ import annotations

from sinks import advisories as table
from sinks.store import Store
from streams.advisories.feeds import Feed
from streams.advisories.outcome import FeedOutcome, Progress, chunks, version_now
from streams.advisories.record import BadRecord
from streams.advisories.scores import ScoreRow, read_scores, step

CHUNK = 50_000


def import_scores(store: Store, feed: Feed, progress: Progress | None) -> tuple[FeedOutcome, list[str]]:
    """What one list held, and the CVEs whose priority may be another one now. Raises StoreError."""
    outcome = FeedOutcome(feed)
    known, seen, touched = table.known_scores(store, feed.source), set(), []
    problems: list[str] = []
    try:
        for chunk in chunks(read_scores(feed, problems), CHUNK):
            version = version_now()
            changed = [row for row in chunk if known.get(row[0], (None, 0.0))[0] != row[2]]
            store.insert("cve_scores", table.SCORE_COLUMNS, [(*row, 0, version) for row in changed])
            touched += [row[0] for row in changed if _matters(row, known)]
            seen |= {row[0] for row in chunk}
            outcome.records += len(chunk)
            outcome.changed += len(changed)
            if progress:
                progress(feed, len(chunk))
    except BadRecord as error:
        outcome.problem(f"{error}; nothing was taken back")
        return outcome, touched
    for problem in problems:
        outcome.problem(problem)
    gone = sorted(set(known) - seen) if seen else []
    outcome.vanished = len(gone)
    store.insert("cve_scores", table.SCORE_COLUMNS, [(cve, feed.source, 0, 0.0, 0.0, "", "", [], 1, version_now()) for cve in gone])
    return outcome, touched + gone


def _matters(row: ScoreRow, known: dict[str, tuple[int, float]]) -> bool:
    """EPSS moves every day: only a step that priorities depend on counts."""
    return row[1] != "epss" or step(row[3]) != step(known.get(row[0], (0, 0.0))[1])
