"""The small parts of the local system: logs, ports, pauses, the process table, the state file."""

from __future__ import annotations

import os
import socket
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.child import pause_s
from infra.local.errors import LocalError
from infra.local.log_files import RotatingLog, follow, last_lines
from infra.local.ports import check_ports, free_ports
from infra.local.process_table import CLICKHOUSE, KAFKA, PROCESSES, local_table, with_needs
from infra.local.ready import announce_ready
from infra.local.state import SystemState, hold_supervisor_lock, read_state, supervisor_pid, write_state
from infra.settings import Settings, load_settings


def settings(folder: Path, **ports: int) -> Settings:
    return load_settings({"IMAGERISK_HOME": str(folder), **{f"IMAGERISK_{name.upper()}": str(port) for name, port in ports.items()}})


@given(writes=st.lists(st.binary(min_size=1, max_size=300), max_size=60), kept=st.integers(1, 4))
def test_a_log_keeps_the_newest_bytes_within_its_bound(writes: list[bytes], kept: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.log")
        log = RotatingLog(path, 500, kept)
        for data in writes:
            log.write(data)
        log.close()
        files = [path.with_name(f"x.log.{number}") for number in range(kept, 0, -1)] + [path]
        assert set(Path(folder).iterdir()) <= set(files)
        parts = [file.read_bytes() for file in files if file.exists()]
        assert all(len(part) <= 500 for part in parts)
        assert b"".join(writes).endswith(b"".join(parts))
        assert len(b"".join(parts)) >= min(len(b"".join(writes)), 200 * kept)


@given(lines=st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=400)), count=st.integers(0, 50))
def test_the_last_lines_are_those_of_the_whole(lines: list[str], count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.log")
        data = "".join(f"{line}\n" for line in lines).encode()
        path.write_bytes(data)
        assert last_lines(path, count) == (data.splitlines()[-count:] if count else [])
        assert last_lines(Path(folder, "absent"), 5) == []


def test_following_crosses_a_rotation(tmp_path: Path) -> None:
    log = RotatingLog(tmp_path / "x.log", 30, 2)
    log.write(b"before\n")
    lines = follow([tmp_path / "x.log"], poll_s=0.01)

    def write() -> None:
        for number in range(5):
            log.write(f"line {number}\n".encode())

    timer = threading.Timer(0.1, write)
    timer.start()
    assert [next(lines)[1] for _ in range(5)] == [f"line {number}".encode() for number in range(5)]
    assert (tmp_path / "x.log.1").exists()
    log.close()


def test_a_log_whose_folder_is_gone_harms_nobody(tmp_path: Path) -> None:
    log = RotatingLog(tmp_path / "logs" / "x.log", 10, 1)
    (tmp_path / "logs" / "x.log").unlink()
    (tmp_path / "logs").rmdir()
    log.write(b"12345678")
    log.write(b"12345678")


def test_pauses_double_up_to_a_bound() -> None:
    assert [pause_s(crashes) for crashes in range(1, 10)] == [0, 0.5, 1, 2, 4, 8, 16, 30, 30]
    assert pause_s(10_000) == 30


def test_taken_ports_are_named(tmp_path: Path) -> None:
    native, http = free_ports(2)
    free = settings(tmp_path, clickhouse_native_port=native, clickhouse_http_port=http)
    check_ports([CLICKHOUSE], free)
    with socket.socket() as other:
        other.bind(("127.0.0.1", http))
        other.listen()
        with pytest.raises(LocalError, match=rf"port {http} .* is taken .*process {os.getpid()}.*IMAGERISK_CLICKHOUSE_HTTP_PORT"):
            check_ports([CLICKHOUSE], free, patience_s=0.0)
    twice = settings(tmp_path, clickhouse_native_port=native, kafka_port=native)
    with pytest.raises(LocalError, match=f"kafka_port and clickhouse_native_port are both {native}"):
        check_ports([KAFKA, CLICKHOUSE], twice)


def test_an_address_of_another_machine_is_refused(tmp_path: Path) -> None:
    gateway = next(process for process in PROCESSES if process.name == "gateway")
    elsewhere = load_settings({"IMAGERISK_HOME": str(tmp_path), "IMAGERISK_BIND": "192.0.2.1"})  # RFC 5737
    with pytest.raises(LocalError, match=r"nothing can listen on 192\.0\.2\.1"):
        check_ports([gateway], elsewhere)


def test_the_table_is_sound(tmp_path: Path) -> None:
    seen: set[str] = set()
    for process in PROCESSES:
        assert process.name not in seen
        assert set(process.needs) <= seen, "needs come earlier in the table, so there is no circle"
        assert set(process.ports) <= set(Settings.model_fields)
        seen.add(process.name)
    names = [process.name for process in with_needs(PROCESSES, {"gateway"})]
    assert {"kafka", "clickhouse", "gateway"} <= set(names)
    assert "scheduler" not in names
    assert names == [process.name for process in PROCESSES if process.name in names]
    assert with_needs(PROCESSES, set()) == list(PROCESSES)
    existing = load_settings({"IMAGERISK_HOME": str(tmp_path), "IMAGERISK_KAFKA": "a:1"})
    assert "kafka" not in {process.name for process in with_needs(local_table(PROCESSES, existing), {"gateway"})}


def test_only_the_holder_of_the_lock_is_the_supervisor(tmp_path: Path) -> None:
    home = settings(tmp_path)
    assert supervisor_pid(home) is None
    home.run.mkdir()
    (home.run / "supervisor.pid").write_text(str(os.getppid()))
    assert supervisor_pid(home) is None, "a pid without the lock is of one that died"
    lock = hold_supervisor_lock(home)
    assert lock is not None
    assert supervisor_pid(home) == os.getpid()
    assert read_state(home) is None
    write_state(home, SystemState(os.getpid(), [], {"kafka": "a:1"}))
    assert read_state(home) == SystemState(os.getpid(), [], {"kafka": "a:1"})
    lock.close()
    assert read_state(home) is None


def test_announcing(tmp_path: Path) -> None:
    announce_ready(settings(tmp_path))
    announce_ready(load_settings({"IMAGERISK_HOME": str(tmp_path), "IMAGERISK_READY_FILE": str(tmp_path / "x.ready")}))
    assert [path.name for path in tmp_path.iterdir()] == ["x.ready"]
