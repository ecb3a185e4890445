"""What `imagerisk up`, `down` and `status` do: speak with the supervisor of a home, or start it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path

from infra.local.errors import LocalError
from infra.local.install import locked
from infra.local.launch import python_environment
from infra.local.log_files import RotatingLog, last_lines
from infra.local.ports import check_ports
from infra.local.process_table import DEFAULT_TABLE, Process, load_table, local_table, with_needs
from infra.local.state import ProcessState, SystemState, read_state, supervisor_pid, write_json
from infra.settings import Settings

POLL_S = 0.05
CRASHES_TO_GIVE_UP = 3
SUPERVISOR_START_S = 20.0
DOWN_LIMIT_S = 120.0
SHOWN_LINES = 10

Report = Callable[[str, str], None]
"""Called with the name of a process and what became of it: "installing", "starting", "running" and so on."""


def up(settings: Settings, names: Collection[str] = (), *, table: str = DEFAULT_TABLE, report: Report = lambda name, state: None) -> None:
    """Start the named processes (all when there are none) with what they need, and return when all answer.

    What runs already is left as it is. Whatever this call began is stopped again when it fails or is interrupted. Raises LocalError.
    """
    rows = wanted_rows(settings, names, load_table(table))
    began = False
    try:
        with locked(settings.run / "up.lock"):
            known = {state.name for state in state_now.processes} if (state_now := read_state(settings)) else set()
            new = [process for process in rows if process.name not in known]
            if new or not supervisor_pid(settings):
                _install(new, settings, report)
                check_ports(new, settings)
                write_json(settings.run / "wanted.json", sorted(known | {process.name for process in rows}))
                began = not _wake(settings)
                if began:
                    _start_supervisor(settings, table)
        _await_ready(settings, [process.name for process in rows], report)
    except BaseException:
        if began:
            down(settings)
        raise


def wanted_rows(settings: Settings, names: Collection[str], table: tuple[Process, ...]) -> list[Process]:
    """The rows to run here. Raises LocalError for a name that is not in the table."""
    known = {process.name for process in table}
    for name in names:
        if name not in known:
            raise LocalError(f"there is no process {name}", f"name one of {', '.join(process.name for process in table)}")
    here = local_table(table, settings)
    chosen = set(names) & {process.name for process in here}
    return [] if names and not chosen else with_needs(here, chosen)


def down(settings: Settings) -> bool:
    """End the supervisor and all its processes; False when none runs. Raises LocalError when it may not be ended."""
    pid = supervisor_pid(settings)
    if pid is None:
        return False
    with contextlib.suppress(ProcessLookupError):
        try:
            os.kill(pid, signal.SIGTERM)
        except PermissionError as error:
            raise LocalError(
                f"the local system of {settings.home} belongs to another user (process {pid})", "stop it as that user"
            ) from error
    if not _ended(settings, pid, DOWN_LIMIT_S):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        _ended(settings, pid, DOWN_LIMIT_S)
    return True


def _ended(settings: Settings, pid: int, limit_s: float) -> bool:
    """Wait until the supervisor is gone; False when it is still there after `limit_s`."""
    end = time.monotonic() + limit_s
    while supervisor_pid(settings) == pid:
        if time.monotonic() > end:
            return False
        time.sleep(POLL_S)
    return True


def _install(rows: list[Process], settings: Settings, report: Report) -> None:
    for process in rows:
        if process.install:
            report(process.name, "installing")
            process.install(settings)


def _wake(settings: Settings) -> bool:
    """Have a running supervisor read the wanted names again; False when there is none."""
    pid = supervisor_pid(settings)
    if pid is None:
        return False
    try:
        os.kill(pid, signal.SIGHUP)
    except ProcessLookupError:
        return False
    return True


def _start_supervisor(settings: Settings, table: str) -> None:
    """Start the supervisor in a session of its own and wait until it speaks."""
    settings.logs.mkdir(parents=True, exist_ok=True)
    path = settings.logs / "supervisor.log"
    log = RotatingLog(path, settings.log_size_mb << 20, settings.log_files)
    supervisor = subprocess.Popen(
        [sys.executable, "-m", "infra.local.supervisor", table], cwd=settings.home, env=python_environment(settings),
        stdin=subprocess.DEVNULL, stdout=log.file, stderr=log.file, start_new_session=True,
    )  # fmt: skip
    log.close()
    end = time.monotonic() + SUPERVISOR_START_S
    while not ((state := read_state(settings)) and state.supervisor == supervisor.pid):
        if supervisor.poll() is not None or time.monotonic() > end:
            supervisor.kill()
            raise LocalError("the supervisor did not start:\n" + _tail(path), f"see {path}")
        time.sleep(POLL_S)


def _await_ready(settings: Settings, names: list[str], report: Report) -> None:
    """Wait until all named processes answer. Raises LocalError when one cannot."""
    shown: dict[str, str] = {}
    since = time.monotonic()
    while True:
        state = read_state(settings)
        if state is None and supervisor_pid(settings) is None:
            raise LocalError("the local system was stopped while it started", "run `imagerisk up` again")
        states = {one.name: one for one in state.processes} if state else {}
        for name in names:
            if name in states and shown.get(name) != (word := _word(states[name])):
                shown[name], since = word, time.monotonic()
                report(name, word)
        if all(shown.get(name) in {"running", "done"} for name in names):
            return
        for name in names:
            _give_up(settings, states.get(name), time.monotonic() - since)
        time.sleep(POLL_S)


def _word(state: ProcessState) -> str:
    return "done" if state.once and state.state == "stopped" else state.state


def _give_up(settings: Settings, state: ProcessState | None, waited_s: float) -> None:
    """Raise LocalError when there is no hope that this process becomes ready."""
    if state is None or _word(state) in {"running", "done"}:
        return
    path = settings.logs / f"{state.name}.log"
    if state.state == "failed":
        raise LocalError(f"{state.name} cannot be started: {state.reason}", f"see {path}")
    if not state.was_ready and state.restarts >= CRASHES_TO_GIVE_UP:
        reason = state.reason or "ended"
        raise LocalError(f"{state.name} {reason} {state.restarts} times without getting ready:\n{_tail(path)}", f"see {path}")
    if waited_s > settings.ready_timeout_s:
        raise LocalError(f"{state.name} did not answer within {settings.ready_timeout_s} s:\n{_tail(path)}", f"see {path}")


def _tail(path: Path) -> str:
    return b"\n".join(last_lines(path, SHOWN_LINES)).decode("utf-8", "replace") + "\n"


def status_document(settings: Settings, state: SystemState | None, addresses: dict[str, str | None]) -> dict[str, object]:
    """What `status --json` prints: processes with name, pid, state and restarts; addresses of the parts."""
    shown = [one for one in state.processes if not one.once] if state else []
    return {
        "processes": [{"name": one.name, "pid": one.pid, "state": one.state, "restarts": one.restarts} for one in shown],
        "urls": state.urls if state else addresses,
    }
