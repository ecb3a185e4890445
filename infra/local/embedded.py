"""The engine for one process: that of the running local system if there is one, else one on free ports for as long as it is used."""

from __future__ import annotations

import contextlib
import fcntl
import subprocess
import time
from collections.abc import Iterator
from typing import IO

from infra.local.clickhouse import clickhouse_answers, engine_ports, prepare_clickhouse
from infra.local.engine import OWNED
from infra.local.errors import LocalError
from infra.local.launch import python_environment
from infra.local.log_files import RotatingLog, last_lines
from infra.local.ports import free_ports
from infra.settings import Settings

START_LIMIT_S = 60.0
STOP_LIMIT_S = 15.0
POLL_S = 0.02
TRIES = 3


@contextlib.contextmanager
def embedded(settings: Settings) -> Iterator[Settings]:
    """The settings with the ports of an engine that answers for this home; unchanged when IMAGERISK_CLICKHOUSE names a store.

    Several processes may do this at once: they share one engine, which ends when the last of them leaves or dies. Close all connections
    inside; an engine with clients takes up to 5 s to end. Raises LocalError.
    """
    if settings.clickhouse:
        yield settings
        return
    settings.run.mkdir(parents=True, exist_ok=True)
    with (settings.run / "clickhouse.users").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        engine, (native, http_port) = _find_or_start(settings)
        try:
            yield settings.model_copy(update={"clickhouse_native_port": native, "clickhouse_http_port": http_port})
        finally:
            if engine:
                _end(engine, users)


def _find_or_start(settings: Settings) -> tuple[subprocess.Popen[bytes] | None, tuple[int, int]]:
    """(the engine if this process started it, its ports)."""
    end = time.monotonic() + START_LIMIT_S
    failures = 0
    while time.monotonic() < end:
        if _owned(settings):
            ports = engine_ports(settings.home)
            if ports and clickhouse_answers("127.0.0.1", ports[1]):
                return None, ports
            time.sleep(POLL_S)
            continue
        native, http_port = free_ports(2)
        engine = _start(settings, native, http_port)
        while engine.poll() is None and time.monotonic() < end:
            if clickhouse_answers("127.0.0.1", http_port):
                return engine, (native, http_port)
            time.sleep(POLL_S)
        if engine.poll() is None:
            engine.kill()
            engine.wait()
        if engine.returncode != OWNED:
            failures += 1
        if failures == TRIES:
            break
    path = settings.logs / "clickhouse-embedded.log"
    tail = b"\n".join(last_lines(path, 10)).decode("utf-8", "replace")
    raise LocalError(f"the local engine of {settings.home} does not answer:\n{tail}\n", f"see {path} and `imagerisk status`")


def _owned(settings: Settings) -> bool:
    """True when an engine has the data folder of this home."""
    with (settings.run / "clickhouse.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _start(settings: Settings, native: int, http_port: int) -> subprocess.Popen[bytes]:
    launch = prepare_clickhouse(settings, native=native, http_port=http_port, until="unused")
    log = RotatingLog(settings.logs / "clickhouse-embedded.log", settings.log_size_mb << 20, settings.log_files)
    with contextlib.closing(log):
        return subprocess.Popen(
            launch.argv, cwd=launch.folder, env=python_environment(settings), stdin=subprocess.DEVNULL,
            stdout=log.file, stderr=log.file, start_new_session=True,
        )  # fmt: skip


def _end(engine: subprocess.Popen[bytes], users: IO[str]) -> None:
    """End the engine that this process started, unless others use it: then it ends after the last of them."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    engine.terminate()
    try:
        engine.wait(STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        engine.kill()
        engine.wait()
