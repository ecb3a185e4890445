"""Blobs and their facts: what was read once and is known for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from schemas.facts import Fact, FileHashes, decode_fact
from sinks.file_hashes import write_file_hashes
from sinks.store import Store

BLOB_COLUMNS = (
    "digest", "part", "media_type", "diff_id", "size_bytes", "tar_bytes", "members", "state", "reason", "run", "entries", "whiteouts",
    "opaques", "inspected_at",
)  # fmt: skip
UNDONE = "!"


def undone(reader: str, at_ms: int) -> str:
    """Id of a reader that could not do its work at that time: its facts say why, and the blob still lacks it."""
    return f"{reader}{UNDONE}{at_ms}"


@dataclass(frozen=True)
class BlobRow:
    """One row of `blobs`. `run`: the readers whose facts count, joined by commas; `entries`: paths of all members, one a line, folders
    with a trailing slash; times in ms."""

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

    @property
    def was_read(self) -> bool:
        """Whether there are facts to rely on."""
        return self.state in ("succeeded", "partial")

    def lacks(self, readers: Sequence[str]) -> tuple[str, ...]:
        """Those of these readers that have not read the blob."""
        had = set(self.run.split(",")) if self.was_read else set()
        return tuple(one for one in readers if one not in had)

    @property
    def undone(self) -> frozenset[str]:
        """Readers that could not do their work when they last tried."""
        return frozenset(one.partition(UNDONE)[0] for one in self.run.split(",") if UNDONE in one)


def write_blob(store: Store, blob: BlobRow, told: Mapping[str, Sequence[Fact]]) -> None:
    """Write what each reader told first and the blob last: a blob that stands in the table is complete."""
    rows = []
    for reader, facts in told.items():
        numbers: dict[str, int] = {}
        for fact in facts:
            if isinstance(fact, FileHashes):
                write_file_hashes(store, blob.digest, fact)
                continue
            number = numbers[fact.kind] = numbers.get(fact.kind, -1) + 1
            rows.append((blob.digest, reader, fact.kind, number, fact.path, fact.model_dump_json(exclude_defaults=True)))
    store.insert("facts", ("blob", "run", "kind", "number", "path", "payload"), rows)
    values = tuple(getattr(blob, name) for name in BLOB_COLUMNS)
    store.insert("blobs", BLOB_COLUMNS, [values])


def keep_blob(store: Store, digest: str, reason: str, at_ms: int, state: str = "partial") -> None:
    """A blob that is known could not be read again: its facts stay, and the row says what is missing."""
    columns = ", ".join(BLOB_COLUMNS)
    changed = {"state": "{state:String}", "reason": "{reason:String}", "inspected_at": "fromUnixTimestamp64Milli({at:Int64})"}
    store.command(
        f"INSERT INTO blobs ({columns}) SELECT {', '.join(changed.get(one, one) for one in BLOB_COLUMNS)} FROM blobs FINAL "  # noqa: S608
        "WHERE digest = {digest:String}",
        {"digest": digest, "state": state, "reason": reason, "at": at_ms},
    )


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
    """Facts of these kinds for blob digest -> run: by kind, reader after reader, each reader's in the order in which it told them."""
    readers = {blob: {reader: place for place, reader in enumerate(run.split(","))} for blob, run in runs.items()}
    rows = store.query(
        "SELECT DISTINCT blob, kind, run, number, payload FROM facts WHERE blob IN {blobs:Array(String)} AND kind IN {kinds:Array(String)} "
        "AND run IN {readers:Array(String)}",
        {"blobs": list(runs), "readers": sorted(set().union(*readers.values())), "kinds": sorted(set(kinds))},
    )
    counting = [row for row in rows if row[2] in readers[row[0]]]
    counting.sort(key=lambda row: (row[1], readers[row[0]][row[2]], row[3]))
    found: dict[str, list[Fact]] = {}
    for blob, kind, _, _, payload in counting:
        found.setdefault(blob, []).append(decode_fact(kind, payload))
    return found


def fact_paths(store: Store, runs: Mapping[str, str]) -> dict[str, list[str]]:
    """Blob digest -> distinct paths that its facts speak of."""
    rows = store.query(
        "SELECT blob, groupUniqArray(path) FROM facts WHERE blob IN {blobs:Array(String)} AND path != '' "
        "AND run IN {readers:Array(String)} GROUP BY blob",
        {"blobs": list(runs), "readers": sorted({reader for run in runs.values() for reader in run.split(",")})},
    )
    return {blob: sorted(paths) for blob, paths in rows}


def runs_fingerprint(parts: Iterable[str]) -> str:
    """A short name for which blobs, and which readers of each, an image's facts come from."""
    return hashlib.blake2b("\n".join(sorted(parts)).encode(), digest_size=8).hexdigest()
