"""Import of advisory feeds: only what changed is written, and what changed is told.

An import may run twice, be cut off anywhere, or run beside another one: rows are versioned, the ranges of a record are written before the
record itself, and which flaws have to be derived anew is a question to the store.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar

import orjson

from schemas.messages import AdvisoriesUpdated
from sinks import advisories as table
from sinks.store import Store
from streams.advisories import trackers
from streams.advisories.csaf import csaf_vex
from streams.advisories.derive import derive
from streams.advisories.feeds import Feed, RawRecord, broken, find_feeds, raw_records
from streams.advisories.matching import key_stored_packages
from streams.advisories.osv import read_osv
from streams.advisories.record import READER_VERSION, Advisory, Affected, BadRecord
from streams.advisories.scores import ScoreRow, read_scores, step

CHUNK = 2_000
MAX_PROBLEMS = 100
T = TypeVar("T")
_PROBLEM = 1
"""Marks the hash of a record with entries that could not be used: it is read and named again by each import."""
_STREAM = table.RANGE_COLUMNS.index("stream")
Progress = Callable[[Feed, int], None]


@dataclass(slots=True)
class FeedOutcome:
    """What one delivery held. `problems` names the first MAX_PROBLEMS of the `skipped` records and entries."""

    feed: Feed
    records: int = 0
    changed: int = 0
    vanished: int = 0
    skipped: int = 0
    passed_over: int = 0
    problems: list[str] = field(default_factory=list)

    def problem(self, text: str, count: int = 1) -> None:
        self.skipped += count
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(text[:500])


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """`advisories`: ids of records that are new, different or gone, or whose priority may be another one. `flaws`: names of the flaws
    that they assert or asserted; open risks of these are to be looked at as well, as they may be gone now."""

    feeds: tuple[FeedOutcome, ...]
    advisories: tuple[str, ...]
    flaws: tuple[str, ...]


EVERYTHING = 5000
"""From so many changed advisories on, all images are matched again instead of asking which are concerned."""


def update_of(outcome: ImportOutcome, source: str) -> AdvisoriesUpdated:
    """What the running system is told about an import."""
    everything = len(outcome.advisories) + len(outcome.flaws) > EVERYTHING
    ids, flaws = ([], []) if everything else (list(outcome.advisories), list(outcome.flaws))
    return AdvisoriesUpdated(source=source, ids=ids, flaws=flaws, everything=everything, updated_at=_now())


def import_advisories(store: Store, paths: Sequence[Path], progress: Progress | None = None) -> ImportOutcome:
    """Import everything below some paths. Raises UnknownFeed for a path without advisories, StoreError."""
    outcomes, scored = [], []
    feeds = find_feeds(list(paths))
    before = table.known_ecosystems(store) if not table.pending_records(store) else frozenset()  # one that was cut off may have left some
    for feed in feeds:
        outcome = FeedOutcome(feed)
        if feed.kind in {"kev", "epss", "cvss"}:
            scored += _import_scores(store, feed, outcome, progress)
        else:
            _import_records(store, feed, outcome, progress)
        outcomes.append(outcome)
    key_stored_packages(store, before)
    ids, flaws = derive(store, _now())
    by_score = table.flaws_named(store, scored) if scored else {}
    ids |= {one for members in by_score.values() for one in members}
    for outcome in outcomes:
        _write_outcome(store, outcome)
    return ImportOutcome(tuple(outcomes), tuple(sorted(ids)), tuple(sorted(flaws | set(by_score))))


def _import_records(store: Store, feed: Feed, outcome: FeedOutcome, progress: Progress | None) -> None:
    known = table.known_records(store, feed.source) if feed.complete else {}
    unchanged = {number: name for name, number in known.items() if not number & _PROBLEM}
    delivered = _Delivered(unchanged)
    for chunk in _chunks(_documents(feed, outcome)):
        fresh = [one for name, data in chunk if (one := _fresh(name, data, delivered, outcome))]
        _write(store, feed, fresh, known, outcome)
        if progress:
            progress(feed, len(chunk))
    for ecosystem, count in sorted(delivered.foreign.items()):
        outcome.problem(f"{feed.source}: {count} records are about {ecosystem} only, whose versions have no order that is known", count)
    gone = sorted(set(known) - delivered.numbers.keys()) if feed.complete else []
    if not outcome.records and not outcome.skipped and not gone:
        outcome.problem(f"{feed.source}: no records are in it")
    reason = broken(feed) or ("" if delivered.numbers else "it is empty")
    if feed.kind != "osv" and outcome.skipped and not reason:
        reason = "parts of it could not be read"
    if gone and reason:
        outcome.problem(f"{feed.source}: {reason}; nothing was taken back")
    else:
        outcome.vanished = len(gone)
        for ids in _chunks(iter(gone)):
            _take_back(store, feed.source, ids)


@dataclass(slots=True)
class _Delivered:
    """`unchanged`: hash -> id of what the store has. `numbers`: ids that this delivery has, with their hash; None where a record could not
    be read now: it is not taken back. `foreign`: ecosystem -> records that speak of nothing else."""

    unchanged: dict[int, str]
    numbers: dict[str, int | None] = field(default_factory=dict)
    foreign: dict[str, int] = field(default_factory=dict)


def _fresh(name: str, data: bytes | None, delivered: _Delivered, outcome: FeedOutcome) -> tuple[Advisory, int] | None:
    """A record, with its hash, that may have to be written; None for one that is known, unreadable, no security record or a second one with
    the id of another."""
    if data is None:  # named already
        delivered.numbers.setdefault(Path(name).stem, None)
        return None
    outcome.records += 1
    number = _hash(data)
    if number in delivered.unchanged:
        delivered.numbers[delivered.unchanged[number]] = number
        return None
    advisory = _read(name, data, outcome)
    if advisory is None:
        delivered.numbers.setdefault(Path(name).stem, None)
        return None
    if not advisory.security:
        outcome.passed_over += 1
        return None
    if (other := delivered.numbers.get(advisory.id)) is not None:
        if other != number:
            outcome.problem(f"{name}: another record of this delivery has the id {advisory.id}; the first counts")
        return None
    delivered.numbers[advisory.id] = number
    for ecosystem in advisory.foreign:
        delivered.foreign[ecosystem] = delivered.foreign.get(ecosystem, 0) + 1
    return advisory, number | _PROBLEM if advisory.problems or advisory.foreign else number


def _documents(feed: Feed, outcome: FeedOutcome) -> Iterator[tuple[str, bytes | None]]:
    """(name, OSV document) of a feed, whatever its own form; None for a document that cannot be read, which is named."""
    if feed.kind == "osv":
        for raw in raw_records(feed):
            if raw.problem:
                outcome.records += 1
                outcome.problem(f"{raw.name}: {raw.problem}")
                yield raw.name, None
            else:
                yield from _lists_too(raw)
        return
    rewrite = {"debian-tracker": trackers.debian_tracker, "secdb": trackers.alpine_secdb, "csaf": csaf_vex}[feed.kind]
    problems: list[str] = []
    for path in feed.files:
        try:
            for one in rewrite(path, problems):
                yield str(one["id"]), orjson.dumps(one)
        except (BadRecord, AttributeError, TypeError, OSError) as error:
            problems.append(f"{path.name}: {error}")
    for problem in problems:
        outcome.problem(problem)


def _lists_too(raw: RawRecord) -> Iterator[tuple[str, bytes]]:
    """A file may hold a list of records."""
    if raw.data.lstrip()[:1] != b"[":
        yield raw.name, raw.data
        return
    try:
        for place, one in enumerate(orjson.loads(raw.data)):
            yield f"{raw.name}[{place}]", orjson.dumps(one)
    except orjson.JSONDecodeError:
        yield raw.name, raw.data


def _read(name: str, data: bytes, outcome: FeedOutcome) -> Advisory | None:
    try:
        advisory = read_osv(orjson.loads(data))
    except (BadRecord, orjson.JSONDecodeError, RecursionError) as error:
        outcome.problem(f"{name}: {error}")
        return None
    for problem in advisory.problems:
        outcome.problem(problem)
    return advisory


def _write(store: Store, feed: Feed, fresh: list[tuple[Advisory, int]], known: dict[str, int], outcome: FeedOutcome) -> None:
    """Write what is new or different, and take back the ranges that changed records have no more."""
    homes = {} if feed.complete else table.sources_of(store, [one.id for one, _ in fresh])
    groups: dict[str, list[tuple[Advisory, int]]] = {}
    for advisory, number in fresh:
        home = homes.get(advisory.id, [])
        groups.setdefault(home[0] if len(home) == 1 else feed.source, []).append((advisory, number))
    for source, members in groups.items():
        stored = known if feed.complete else table.known_records(store, source)
        changed = {advisory.id: (advisory, number) for advisory, number in members if stored.get(advisory.id) != number}
        version = _now()
        ranges = [_range_row(one, advisory, source, version) for advisory, _ in changed.values() for one in advisory.affected]
        old = [one for one in changed if one in stored]
        now = {(*row[:3], row[_STREAM]) for row in ranges}
        taken = [key for key in table.live_ranges(store, source, old) if key not in now] if old else []
        ranges += [_no_range(key, source, changed[key[2]][0].modified, version) for key in taken]
        table.write_records(store, [_record_row(*pair, source, version) for pair in changed.values()], ranges)
        if feed.kind == "csaf":  # an earlier reader made a record of each module stream, `RHVEX-CVE-2024-1-nodejs:18`
            _take_back(store, source, [one for one in stored if one not in changed and "-".join(one.split("-")[:4]) in changed])
        outcome.changed += len(changed)


def _take_back(store: Store, source: str, ids: list[str]) -> None:
    version = _now()
    ranges = [_no_range(key, source, "", version) for key in table.live_ranges(store, source, ids)]
    table.write_records(store, [_record_row(Advisory(one), 0, source, version, deleted=1) for one in ids], ranges)


def _import_scores(store: Store, feed: Feed, outcome: FeedOutcome, progress: Progress | None) -> list[str]:
    """Returns the CVEs whose priority may be another one now."""
    known, seen, touched = table.known_scores(store, feed.source), set(), []
    problems: list[str] = []
    try:
        for chunk in _chunks(read_scores(feed, problems), 50_000):
            version = _now()
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
        return touched
    for problem in problems:
        outcome.problem(problem)
    gone = sorted(set(known) - seen) if seen else []
    outcome.vanished = len(gone)
    store.insert("cve_scores", table.SCORE_COLUMNS, [(cve, feed.source, 0, 0.0, 0.0, "", "", [], 1, _now()) for cve in gone])
    return touched + gone


def _matters(row: ScoreRow, known: dict[str, tuple[int, float]]) -> bool:
    """EPSS moves every day: only a step that priorities depend on counts."""
    return row[1] != "epss" or step(row[3]) != step(known.get(row[0], (0, 0.0))[1])


def _range_row(one: Affected, advisory: Advisory, source: str, version: int) -> table.Row:
    spans = one.spans
    return (
        one.ecosystem, one.name, advisory.id, source, spans.lows, spans.highs, spans.ends, spans.texts, spans.exact, spans.fix_keys,
        spans.fixes, one.module, one.urgency, one.unfixed, advisory.modified, 0, version, one.module,
        spans.fix_days,
    )  # fmt: skip


def _no_range(key: table.RangeKey, source: str, modified: str, version: int) -> table.Row:
    *names, stream = key
    return (*names, source, (), (), (), (), (), (), (), "", "", "", modified, 1, version, stream, ())


def _record_row(one: Advisory, number: int, source: str, version: int, deleted: int = 0) -> table.Row:
    return (
        one.id, source, number, one.aliases, one.asserts, one.title, one.description, one.vectors, one.links, one.published, one.modified,
        one.withdrawn, int(one.malicious), int(one.exploit), deleted, version,
    )  # fmt: skip


def _write_outcome(store: Store, one: FeedOutcome) -> None:
    row = (one.feed.source, one.feed.kind, int(one.feed.complete), one.records, one.changed, one.vanished, one.skipped, one.problems,
           one.passed_over, datetime.now(UTC))  # fmt: skip
    store.insert("advisory_imports", table.IMPORT_COLUMNS, [row])


def _hash(data: bytes) -> int:
    """Of a record as delivered and of the reader; the lowest bit is kept for _PROBLEM."""
    digest = hashlib.blake2b(data, digest_size=8, salt=READER_VERSION.to_bytes(8, "big")).digest()
    return int.from_bytes(digest, "big") & ~_PROBLEM


def _now() -> int:
    return time.time_ns() // 1_000_000


def _chunks(source: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    iterator = iter(source)
    while chunk := list(islice(iterator, size)):
        yield chunk
