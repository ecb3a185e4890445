"""Facts of a blob by reader, on the real engine: what a new reader tells replaces what the old one told, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.embedded import embedded
from schemas.facts import File
from sinks.blobs import BlobRow, blob_states, contents, keep_blob, read_facts, write_blob
from sinks.migrate import migrate
from sinks.store import Store
from tests.flow.local_home import need, settings_of

pytestmark = pytest.mark.flow
BLOB = "sha256:" + "1" * 64


def file(path: str) -> File:
    return File(path=path, type="file", mode=0o644)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    need("npm", "node")
    with pytest.MonkeyPatch.context() as patch, embedded(settings_of(tmp_path_factory.mktemp("readers"), patch)) as own:
        one = Store(f"clickhouse://127.0.0.1:{own.clickhouse_native_port}/readers", patience=10)
        migrate(one)
        yield one
        one.close()


def row(run: str, at: int) -> BlobRow:
    return BlobRow(BLOB, "layer", "", "sha256:2", 10, 20, 1, "succeeded", "", run, "etc/\netc/a", ("b",), ("c",), at)


def paths(store: Store) -> list[str]:
    run = blob_states(store, [BLOB])[BLOB].run
    return [fact.path for fact in read_facts(store, {BLOB: run}, ["file"]).get(BLOB, ())]


def test_a_new_reader_replaces_the_old_one_only(store: Store) -> None:
    write_blob(store, row("z.1,a.1", 1_000), {"z.1": [file("z"), file("y")], "a.1": [file("old"), file("older")]})
    assert paths(store) == ["z", "y", "old", "older"]  # in the order of the readers, not of their names
    write_blob(store, row("z.1,a.2", 2_000), {"a.2": [file("new")]})
    assert paths(store) == ["z", "y", "new"]


def test_what_is_known_stays_when_it_cannot_be_read_again(store: Store) -> None:
    write_blob(store, row("a.1", 3_000), {"a.1": [file("kept")]})
    before = contents(store, [BLOB])
    keep_blob(store, BLOB, "registry_unreachable: gone", 4_000)
    state = blob_states(store, [BLOB])[BLOB]
    assert (state.state, state.reason, state.run, state.inspected_at) == ("partial", "registry_unreachable: gone", "a.1", 4_000)
    assert state.lacks(("a.1", "b.1")) == ("b.1",) and contents(store, [BLOB]) == before and "kept" in paths(store)
