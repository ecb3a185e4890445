"""Hashes of the files of layers: which files of these layers have one of these hashes."""

from __future__ import annotations

from collections.abc import Iterable, Set

from schemas.facts import FileHashes
from sinks.store import External, Store

COLUMNS = ("blob", "path", "size", "sha256", "md5")
SENT = 1000
"""Hashes that travel with a query; of a longer list the hashes of the layers are fetched and looked up here."""


def write_file_hashes(store: Store, blob: str, fact: FileHashes) -> None:
    """Add the files of one fact; the same again changes nothing."""
    store.insert_columns("file_hashes", COLUMNS, ([blob] * len(fact.paths), fact.paths, fact.sizes, fact.sha256, fact.md5))


def files_with(store: Store, blobs: Iterable[str], hashes: Set[bytes]) -> dict[str, FileHashes]:
    """Blob -> its files whose SHA-256 or MD5 is among `hashes`, by path; blobs without such a file are left out."""
    layers = sorted(set(blobs))
    wanted = hashes if len(hashes) <= SENT else _present(store, layers) & hashes
    if not wanted:
        return {}
    rows = store.query(
        "SELECT DISTINCT blob, path, size, sha256, md5 FROM file_hashes WHERE blob IN {blobs:Array(String)} "
        "AND (sha256 IN (SELECT hash FROM long) OR md5 IN (SELECT hash FROM short)) ORDER BY blob, path, sha256",
        {"blobs": layers},
        external=[_table("long", wanted, 32), _table("short", wanted, 16)],
    )
    found: dict[str, list[tuple[str, int, bytes, bytes]]] = {}
    for blob, path, size, sha256, md5 in rows:
        found.setdefault(blob, []).append((path, size, sha256, md5))
    return {blob: FileHashes.of(files) for blob, files in found.items()}


def _present(store: Store, layers: list[str]) -> set[bytes]:
    rows = store.query("SELECT DISTINCT sha256, md5 FROM file_hashes WHERE blob IN {blobs:Array(String)}", {"blobs": layers})
    return {value for row in rows for value in row}


def _table(name: str, hashes: Set[bytes], length: int) -> External:
    return External(name, [("hash", f"FixedString({length})")], [(one,) for one in hashes if len(one) == length])
