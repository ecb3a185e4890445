"""Hashes of files in the real engine: these layers and these hashes, and who has this file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from infra.local.embedded import embedded
from schemas.facts import FileHashes
from sinks.blobs import BlobRow, read_facts, write_blob
from sinks.file_hashes import SENT, files_with
from sinks.migrate import migrate
from sinks.store import Store
from tests.flow.local_home import need, settings_of

pytestmark = pytest.mark.flow
BLOBS = tuple(f"sha256:{digit * 64}" for digit in "123")


def sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def md5(text: str) -> bytes:
    return hashlib.md5(text.encode()).digest()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    need("npm", "node")
    with pytest.MonkeyPatch.context() as patch, embedded(settings_of(tmp_path_factory.mktemp("hashes"), patch)) as own:
        one = Store(f"clickhouse://127.0.0.1:{own.clickhouse_native_port}/hashes", patience=10)
        migrate(one)
        for blob, content in zip(BLOBS, ("ab", "bc", "c"), strict=True):
            row = BlobRow(blob, "layer", "", "", 1, 1, 1, "succeeded", "", "file-hashes.1", "", (), (), 1)
            files = FileHashes.of((f"srv/{name}", 1, sha256(name), md5(name)) for name in content)
            for _ in range(2):  # twice is once
                write_blob(one, row, {"file-hashes.1": [files]})
        yield one
        one.close()


@pytest.mark.parametrize("others", [0, SENT])
def test_files_of_these_layers_with_these_hashes(store: Store, others: int) -> None:
    hashes = {sha256("b"), md5("c"), *(sha256(f"other {n}") for n in range(others))}
    found = files_with(store, BLOBS[:2], hashes)
    assert {blob: list(fact.rows()) for blob, fact in found.items()} == {
        BLOBS[0]: [("srv/b", 1, sha256("b"), md5("b"))],
        BLOBS[1]: [("srv/b", 1, sha256("b"), md5("b")), ("srv/c", 1, sha256("c"), md5("c"))],
    }
    assert files_with(store, BLOBS, {sha256("d")}) == {} == files_with(store, BLOBS, frozenset())


@pytest.mark.parametrize(("column", "value"), [("sha256", sha256("c")), ("md5", md5("c"))])
def test_who_has_this_file_is_asked_in_the_order_of_the_hashes(store: Store, column: str, value: bytes) -> None:
    store.command("OPTIMIZE TABLE file_hashes FINAL")
    sql = f"SELECT blob, path FROM file_hashes WHERE {column} = unhex('{value.hex()}') ORDER BY blob"
    assert store.query(sql) == [(BLOBS[1], "srv/c"), (BLOBS[2], "srv/c")]
    assert f"by_{column}" in str(store.query(f"EXPLAIN {sql}"))


def test_they_are_no_rows_among_the_other_facts(store: Store) -> None:
    assert store.query("SELECT count() FROM facts") == [(0,)]
    assert read_facts(store, {BLOBS[0]: "file-hashes.1"}, [FileHashes.kind]) == {}
