"""The store client while the engine dies and comes back."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from infra.local.control import down, up
from infra.local.state import read_state
from infra.settings import Settings
from sinks.migrate import migrate
from sinks.store import Store
from tests.flow.local_home import eventually, need, settings_of

pytestmark = pytest.mark.flow
ROUNDS, ROWS = 60, 50


@pytest.fixture
def supervised(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """An engine that is started again when it dies."""
    need("npm", "node")
    with pytest.MonkeyPatch.context() as patch:
        settings = settings_of(tmp_path_factory.mktemp("store"), patch)
        up(settings, ["clickhouse"])
        yield settings
        down(settings)


def pid_of_engine(settings: Settings) -> int | None:
    state = read_state(settings)
    return state.processes[0].pid if state else None


def test_kills_of_the_engine_lose_and_double_nothing(supervised: Settings) -> None:
    store = Store(f"clickhouse://127.0.0.1:{supervised.clickhouse_native_port}", patience=60)
    migrate(store)
    store.command("CREATE TABLE kept (n UInt32) ENGINE = ReplacingMergeTree ORDER BY n")
    written = threading.Event()
    errors: list[Exception] = []

    def write(part: int) -> None:
        try:
            for turn in range(ROUNDS):
                begin = (part * ROUNDS + turn) * ROWS
                store.insert("kept", ["n"], [(number,) for number in range(begin, begin + ROWS)])
                written.set()
        except Exception as error:  # told by the assertion below
            errors.append(error)

    threads = [threading.Thread(target=write, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        written.clear()
        pid = pid_of_engine(supervised)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        eventually("another engine", lambda old=pid: pid_of_engine(supervised) not in (None, old))  # type: ignore[misc]
        if any(thread.is_alive() for thread in threads):
            written.wait(60)
    for thread in threads:
        thread.join(120)
    assert errors == []
    assert store.query("SELECT count(), uniqExact(n) FROM kept FINAL") == [(4 * ROUNDS * ROWS, 4 * ROUNDS * ROWS)]
    store.close()


def test_two_processes_may_migrate_at_once(supervised: Settings) -> None:
    address = f"clickhouse://127.0.0.1:{supervised.clickhouse_native_port}/together"
    stores = [Store(address, patience=20) for _ in range(3)]
    errors: list[Exception] = []

    def run(store: Store) -> None:
        try:
            migrate(store)
        except Exception as error:  # told by the assertion below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == [] and migrate(stores[0]) == []
    for store in stores:
        store.close()
