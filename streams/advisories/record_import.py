"""Import of one feed of records: only what changed is written. The ranges of a record are written before the record itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from sinks import advisories as table
from sinks.store import Store
from streams.advisories import trackers
from streams.advisories.csaf import csaf_vex
from streams.advisories.feeds import Feed, RawRecord, broken, raw_records
from streams.advisories.osv import read_osv
from streams.advisories.outcome import FeedOutcome, Progress, chunks, version_now
from streams.advisories.record import READER_VERSION, Advisory, Affected, BadRecord

CHUNK = 2_000
_PROBLEM = 1
"""Marks the hash of a record with entries that could not be used: it is read and named again by each import."""
_STREAM = table.RANGE_COLUMNS.index("stream")


def import_records(store: Store, feed: Feed, progress: Progress | None) -> FeedOutcome:
    """Write what is new or different in one feed of records. Raises StoreError."""
    outcome = FeedOutcome(feed)
    known = table.known_records(store, feed.source) if feed.complete else {}
    unchanged = {number: name for name, number in known.items() if not number & _PROBLEM}
    delivered = _Delivered(unchanged)
    for chunk in chunks(_documents(feed, outcome), CHUNK):
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
        for ids in chunks(gone, CHUNK):
            _take_back(store, feed.source, ids)
    return outcome


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
        version = version_now()
        ranges = [_range_row(one, advisory, source, version) for advisory, _ in changed.values() for one in advisory.affected]
        old = [one for one in changed if one in stored]
        now = {(*row[:3], row[_STREAM]) for row in ranges}
        taken = [key for key in table.live_ranges(store, source, old) if key not in now] if old else []
        ranges += [_no_range(key, source, changed[key[2]][0].modified, version) for key in taken]
        table.write_records(store, [_record_row(*pair, source, version) for pair in changed.values()], ranges)
        outcome.changed += len(changed)


def _take_back(store: Store, source: str, ids: list[str]) -> None:
    version = version_now()
    ranges = [_no_range(key, source, "", version) for key in table.live_ranges(store, source, ids)]
    table.write_records(store, [_record_row(Advisory(one), 0, source, version, deleted=1) for one in ids], ranges)


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


def _hash(data: bytes) -> int:
    """Of a record as delivered and of the reader; the lowest bit is kept for _PROBLEM."""
    digest = hashlib.blake2b(data, digest_size=8, salt=READER_VERSION.to_bytes(8, "big")).digest()
    return int.from_bytes(digest, "big") & ~_PROBLEM
