"""What the supervisor tells others: who it is (a locked file) and how its processes fare (a JSON file)."""

from __future__ import annotations

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Literal

from infra.settings import Settings

State = Literal["starting", "running", "backoff", "stopped", "failed"]
LOCK_WAIT_S = 2.0


@dataclass
class ProcessState:
    """One process. pid is None while there is none; `since` is the Unix time of the last change; `was_ready` once it ever answered."""

    name: str
    pid: int | None = None
    state: State = "starting"
    restarts: int = 0
    since: float = 0.0
    reason: str = ""
    was_ready: bool = False
    once: bool = False


@dataclass
class SystemState:
    """All processes and the addresses they answer on, as the supervisor `supervisor` (its pid) started them."""

    supervisor: int
    processes: list[ProcessState] = field(default_factory=list)
    urls: dict[str, str | None] = field(default_factory=dict)


def write_json(path: Path, content: object) -> None:
    """Write so that a reader sees the old or the new file, never a part."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(content))
    draft.replace(path)


def write_state(settings: Settings, state: SystemState) -> None:
    """Replace the state file."""
    write_json(settings.run / "state.json", asdict(state))


def read_state(settings: Settings) -> SystemState | None:
    """The state that the running supervisor tells; None when none runs or it has not spoken yet."""
    pid = supervisor_pid(settings)
    if pid is None:
        return None
    try:
        content = json.loads((settings.run / "state.json").read_text())
    except (OSError, ValueError):
        return None
    if content["supervisor"] != pid:
        return None
    return SystemState(pid, [ProcessState(**entry) for entry in content["processes"]], content["urls"])


def hold_supervisor_lock(settings: Settings) -> IO[str] | None:
    """Become the one supervisor of this home: the open, locked file (keep it open), or None when another is it."""
    settings.run.mkdir(parents=True, exist_ok=True)
    file = (settings.run / "supervisor.pid").open("a+")
    end = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                file.close()
                return None
            time.sleep(0.02)
        else:
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            return file


def supervisor_pid(settings: Settings) -> int | None:
    """The pid of the running supervisor. The lock decides, so a pid that was given to another program misleads nobody."""
    try:
        with (settings.run / "supervisor.pid").open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                text = file.read()
                return int(text) if text.isdigit() else None
    except FileNotFoundError:
        pass
    return None


def urls(settings: Settings) -> dict[str, str | None]:
    """Where the parts answer; None for the HTTP door of an existing store, which the settings do not tell."""
    host = "127.0.0.1" if settings.bind in {"0.0.0.0", "::", ""} else settings.bind  # noqa: S104 (shown, not bound)
    store = settings.clickhouse_address
    return {
        "gateway": f"http://{host}:{settings.gateway_port}",
        "console": f"http://{host}:{settings.console_port}",
        "clickhouse_http": None if settings.clickhouse else f"http://127.0.0.1:{settings.clickhouse_http_port}",
        "clickhouse_native": f"clickhouse://{store.host}:{store.port}",
        "kafka": settings.kafka_address,
    }
