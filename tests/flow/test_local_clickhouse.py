"""The real engine: clients, limits, crashes, and the engine of a single process."""

from __future__ import annotations

import functools
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import clickhouse_connect
import pytest
from clickhouse_driver import Client
from clickhouse_driver.errors import Error

from infra.local.control import down, up
from infra.local.embedded import embedded
from infra.local.state import read_state
from infra.settings import Settings, load_settings
from tests.flow.local_home import environment, eventually, listens, need, processes_of, settings_of

pytestmark = pytest.mark.flow


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A supervised engine with an empty table `kept`."""
    need("npm", "node")
    with pytest.MonkeyPatch.context() as patch:
        settings = settings_of(tmp_path_factory.mktemp("engine"), patch)
        up(settings, ["clickhouse"])
        http(settings, "CREATE TABLE kept (n UInt32) ENGINE = MergeTree ORDER BY n")
        yield settings
        down(settings)
    assert processes_of(settings.home) == []
    assert not listens(settings.clickhouse_http_port)
    assert not listens(settings.clickhouse_native_port)


def native(settings: Settings, **more: Any) -> Client:
    return Client("127.0.0.1", settings.clickhouse_native_port, **more)


def http(settings: Settings, sql: str, user: str = "default") -> str:
    """Ask with curl."""
    url = f"http://127.0.0.1:{settings.clickhouse_http_port}/?user={user}"
    return subprocess.run(["curl", "-sS", "--data-binary", sql, url], capture_output=True, text=True, check=True).stdout.strip()


def pid_and_restarts(settings: Settings) -> tuple[int | None, int, str]:
    state = read_state(settings)
    assert state is not None
    return state.processes[0].pid, state.processes[0].restarts, state.processes[0].state


def test_four_clients_see_the_same(engine: Settings) -> None:
    need("curl", "clickhouse-client")
    client = native(engine, compression="lz4")
    client.execute("CREATE TABLE four (name String) ENGINE = MergeTree ORDER BY name")
    client.execute("INSERT INTO four VALUES", [["driver"]])
    http(engine, "INSERT INTO four VALUES ('curl')")
    connected = clickhouse_connect.get_client(host="127.0.0.1", port=engine.clickhouse_http_port)
    connected.insert("four", [["connect"]], column_names=["name"])
    console = ["clickhouse-client", "--host", "127.0.0.1", "--port", str(engine.clickhouse_native_port), "--query"]
    subprocess.run([*console, "INSERT INTO four VALUES ('client')"], check=True, stdin=subprocess.DEVNULL)
    query, expected = "SELECT name FROM four ORDER BY name", ["client", "connect", "curl", "driver"]
    assert [row[0] for row in client.execute(query)] == expected
    assert [row[0] for row in connected.query(query).result_rows] == expected
    assert http(engine, query).split() == expected
    assert (
        subprocess.run([*console, query], check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout.split() == expected
    )


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO kept VALUES (1)",
        "DROP TABLE kept",
        "ALTER TABLE kept DELETE WHERE 1",
        "CREATE TABLE other (n Int8) ENGINE = Memory",
        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
        "SELECT 1 SETTINGS max_execution_time = 100000",
        "SET readonly = 0",
        "SYSTEM STOP LISTEN HTTP",
    ],
)
def test_the_analyst_may_only_read(engine: Settings, sql: str) -> None:
    assert http(engine, "SELECT count() >= 0 FROM kept SETTINGS max_threads = 1", user="analyst") == "1"
    assert "DB::Exception" in http(engine, sql, user="analyst")


def test_queries_end_in_bounded_time_and_memory(engine: Settings) -> None:
    limits = "SELECT getSetting('max_execution_time')"
    assert http(engine, limits) == str(engine.query_time_s)
    assert http(engine, limits, user="analyst") == str(engine.analyst_query_time_s)
    endless = "SELECT count() FROM system.numbers SETTINGS max_execution_time = 1"
    assert "TIMEOUT_EXCEEDED" in http(engine, endless)
    assert "MEMORY_LIMIT_EXCEEDED" in http(engine, "SELECT groupArray(number) FROM numbers(10000000000)")
    assert http(engine, "SELECT 1") == "1"


def test_queries_are_logged(engine: Settings) -> None:
    http(engine, "SELECT 'a query to find'")
    query = "SELECT count() > 0 FROM system.query_log WHERE query LIKE 'SELECT \\'a query to find%'"
    eventually("it is in the log", lambda: http(engine, query) == "1")


def noise(settings: Settings) -> None:
    with socket.create_connection(("127.0.0.1", settings.clickhouse_native_port)) as link:
        link.sendall(bytes([5]) * 300)


def http_at_the_wrong_door(settings: Settings) -> None:
    with socket.create_connection(("127.0.0.1", settings.clickhouse_native_port)) as link:
        link.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")


def half_a_hello(settings: Settings) -> None:
    with socket.create_connection(("127.0.0.1", settings.clickhouse_native_port)) as link:
        link.sendall(b"\x00\x11ClickHou")


def wrong_password(settings: Settings) -> None:
    with pytest.raises((Error, OSError, EOFError)):
        native(settings, password="wrong").execute("SELECT 1")


def unknown_database(settings: Settings) -> None:
    with pytest.raises((Error, OSError, EOFError)):
        native(settings, database="nowhere").execute("SELECT 1")


@pytest.mark.parametrize("insult", [noise, http_at_the_wrong_door, half_a_hello, wrong_password, unknown_database])
def test_a_broken_handshake_loses_nothing(engine: Settings, insult: Any) -> None:
    client = native(engine)
    before, restarts = client.execute("SELECT count() FROM kept")[0][0], pid_and_restarts(engine)[1]
    for _ in range(20):
        client.execute("INSERT INTO kept VALUES", [[1]])
    insult(engine)
    if insult is not http_at_the_wrong_door:  # which is answered politely
        eventually("it started anew", lambda: pid_and_restarts(engine)[1] > restarts)
    eventually("it answers", lambda: http_count(engine) == before + 20)
    eventually("the next client works", lambda: driver_count(engine) == before + 20)
    eventually("the supervisor says so", lambda: pid_and_restarts(engine)[2] == "running")


def http_count(settings: Settings) -> int:
    try:
        return int(http(settings, "SELECT count() FROM kept"))
    except (subprocess.CalledProcessError, ValueError):
        return -1


def driver_count(settings: Settings) -> int:
    try:
        return int(native(settings).execute("SELECT count() FROM kept")[0][0])
    except (Error, OSError, EOFError):
        return -1


def test_killed_ten_times_it_keeps_what_it_acknowledged(engine: Settings) -> None:
    """Ten in a row: the engine starts again at once each time, as it has answered in between."""
    before, restarts = http_count(engine), pid_and_restarts(engine)[1]
    for round_ in range(1, 11):
        native(engine).execute("INSERT INTO kept VALUES", [[round_]])
        os.kill(pid_and_restarts(engine)[0] or 0, signal.SIGKILL)
        expected = (restarts + round_, "running")
        eventually("it is said to run", functools.partial(_is_at, engine, expected))
        assert http_count(engine) == before + round_


def _is_at(settings: Settings, expected: tuple[int, str]) -> bool:
    return pid_and_restarts(settings)[1:] == expected


def test_one_process_uses_the_engine_that_runs(engine: Settings) -> None:
    with embedded(engine) as found:
        assert found.clickhouse_http_port == engine.clickhouse_http_port
    assert http(engine, "SELECT 1") == "1"


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home for which nothing runs."""
    need("npm", "node")
    return settings_of(tmp_path, monkeypatch)


def test_one_process_starts_its_own_and_ends_it(alone: Settings) -> None:
    with embedded(alone) as found:
        assert found.clickhouse_native_port != alone.clickhouse_native_port
        http(found, "CREATE TABLE mine (n UInt8) ENGINE = MergeTree ORDER BY n")
        http(found, "INSERT INTO mine VALUES (7)")
    assert not listens(found.clickhouse_http_port)
    assert processes_of(alone.home) == []
    with embedded(alone) as again:
        assert http(again, "SELECT n FROM mine") == "7"


USER = """
import sys
from infra.local.embedded import embedded
from infra.settings import load_settings
with embedded(load_settings()) as found:
    print(found.clickhouse_http_port, flush=True)
    sys.stdin.read()
"""


def test_several_processes_share_one_and_the_last_ends_it(alone: Settings) -> None:
    users = [
        subprocess.Popen([sys.executable, "-c", USER], env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(3)
    ]
    ports = {int(user.stdout.readline()) for user in users if user.stdout}
    assert len(ports) == 1
    port = ports.pop()
    users[0].communicate()
    users[1].kill()
    users[1].communicate()
    assert listens(port)
    users[2].kill()
    users[2].communicate()
    eventually("it ends with its last user", lambda: not listens(port) and processes_of(alone.home) == [])


def test_an_existing_store_is_left_alone(alone: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGERISK_CLICKHOUSE", "clickhouse://user:secret@store.example:9440/risks")
    with embedded(load_settings()) as found:
        assert found.clickhouse_address.host == "store.example"
    assert not (alone.home / "clickhouse").exists()
