"""Blobs and their facts: what was read once and is known for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from schemas.facts import Fact, decode_fact
from sinks.store import Store

BLOB_COLUMNS = (
    "digest", "part", "media_type", "diff_id", "size_bytes", "tar_bytes", "members", "state", "reason", "run", "entries", "whiteouts",
    "opaques", "inspected_at",
)  # fmt: skip


@dataclass(frozen=True)
class BlobRow:
    """One row of `blobs`. `entries`: paths of all members, one a line, folders with a trailing slash; times in ms."""

    digest: str
    part: str
    media_type: str
    diff_id: str
    size_bytes: int
    tar_bytes: int
    members: int
    state: str
    reason: str
    run: str
    entries: str
    whiteouts: tuple[str, ...]
    opaques: tuple[str, ...]
    inspected_at: int


@dataclass(frozen=True)
class BlobState:
    """What is known about a blob without its facts."""

    digest: str
    part: str
    state: str
    reason: str
    run: str
    diff_id: str
    inspected_at: int


def write_blob(store: Store, blob: BlobRow, facts: Sequence[Fact]) -> None:
    """Write the facts first and the blob last: a blob that stands in the table is complete."""
    numbers: dict[str, int] = {}
    rows = []
    for fact in facts:
        number = numbers[fact.kind] = numbers.get(fact.kind, -1) + 1
        rows.append((blob.digest, blob.run, fact.kind, number, fact.path, fact.model_dump_json(exclude_defaults=True)))
    store.insert("facts", ("blob", "run", "kind", "number", "path", "payload"), rows)
    values = tuple(getattr(blob, name) for name in BLOB_COLUMNS)
    store.insert("blobs", BLOB_COLUMNS, [values])


def blob_states(store: Store, digests: Iterable[str]) -> dict[str, BlobState]:
    """Digest -> state, for those that were read."""
    rows = store.query(
        "SELECT digest, part, state, reason, run, diff_id, toUnixTimestamp64Milli(inspected_at) FROM blobs FINAL "
        "WHERE digest IN {digests:Array(String)}",
        {"digests": sorted(set(digests))},
    )
    return {row[0]: BlobState(*row) for row in rows}


def contents(store: Store, digests: Iterable[str]) -> dict[str, tuple[str, int, str, tuple[str, ...], tuple[str, ...]]]:
    """Digest -> (diff id, size, entries, whiteouts, opaques)."""
    rows = store.query(
        "SELECT digest, diff_id, size_bytes, entries, whiteouts, opaques FROM blobs FINAL WHERE digest IN {digests:Array(String)}",
        {"digests": sorted(set(digests))},
    )
    return {row[0]: (row[1], row[2], row[3], tuple(row[4]), tuple(row[5])) for row in rows}


def read_facts(store: Store, runs: Mapping[str, str], kinds: Iterable[str]) -> dict[str, list[Fact]]:
    """Facts of these kinds for blob digest -> run; each blob's facts in the order in which they were written."""
    rows = store.query(
        "SELECT DISTINCT blob, kind, number, payload FROM facts WHERE blob IN {blobs:Array(String)} AND kind IN {kinds:Array(String)} "
        "AND (blob, run) IN (SELECT arrayJoin(arrayZip({blobs:Array(String)}, {runs:Array(String)}))) ORDER BY blob, kind, number",
        {"blobs": list(runs), "runs": list(runs.values()), "kinds": sorted(set(kinds))},
    )
    found: dict[str, list[Fact]] = {}
    for blob, kind, _, payload in rows:
        found.setdefault(blob, []).append(decode_fact(kind, payload))
    return found


def fact_paths(store: Store, runs: Mapping[str, str]) -> dict[str, list[str]]:
    """Blob digest -> distinct paths that its facts speak of."""
    rows = store.query(
        "SELECT blob, groupUniqArray(path) FROM facts WHERE blob IN {blobs:Array(String)} AND path != '' "
        "AND (blob, run) IN (SELECT arrayJoin(arrayZip({blobs:Array(String)}, {runs:Array(String)}))) GROUP BY blob",
        {"blobs": list(runs), "runs": list(runs.values())},
    )
    return {blob: sorted(paths) for blob, paths in rows}


def runs_fingerprint(parts: Iterable[str]) -> str:
    """A short fingerprint of collector names and versions: a blob read with another one is read again."""
    return hashlib.blake2b("\n".join(sorted(parts)).encode(), digest_size=8).hexdigest()
