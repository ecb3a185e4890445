"""The life of one supervised process: start, watch until it answers, collect its output, end it with all its children."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from infra.local.errors import LocalError
from infra.local.log_files import RotatingLog
from infra.local.process_table import Process
from infra.local.state import ProcessState, State
from infra.settings import Settings

SHIM = str(Path(__file__).with_name("die_with_parent.py"))
PROBE_S = 0.1
HEALTHY_S = 60.0
LAST_WORDS_S = 2.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0


def pause_s(crashes: int) -> float:
    """The pause before the next start after so many crashes in a row: none, then half a second, doubling up to the longest."""
    return 0.0 if crashes <= 1 else min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(crashes - 2, 16))


class Child:
    """One row of the process table at work. `changed` is called after each change of `state`; `groups` hears of process groups."""

    def __init__(self, process: Process, settings: Settings, changed: Callable[[], None], groups: Callable[[str], None]) -> None:
        self.process, self.settings, self.changed, self.groups = process, settings, changed, groups
        self.state = ProcessState(process.name, since=time.time(), once=process.once)
        self.ready, self.stopped = asyncio.Event(), asyncio.Event()
        self.stopping = asyncio.Event()
        self.running: asyncio.subprocess.Process | None = None
        self.log = RotatingLog(settings.logs / f"{process.name}.log", settings.log_size_mb << 20, settings.log_files)

    async def keep(self, needed: list[Child]) -> None:
        """Start when the needed ones are ready, and again after each crash, until told to stop."""
        try:
            for other in needed:
                await self._unless_stopping(other.ready.wait())
            crashes = 0
            while not self.stopping.is_set():
                began = time.monotonic()
                answered, code = await self._live_once()
                if self.process.once and code == 0:
                    self.ready.set()
                    break
                if self.stopping.is_set():
                    break
                healthy = answered and (self.process.restart == "at-once" or time.monotonic() - began > HEALTHY_S)
                crashes = 1 if healthy else crashes + 1
                await self._pause(crashes, code)
        finally:
            self._enter("stopped", pid=None, reason=self.state.reason)
            self.log.close()
            self.stopped.set()

    async def stop(self, dependants: list[Child]) -> None:
        """End the process after those that need it: SIGTERM, a bounded wait, SIGKILL."""
        for other in dependants:
            await other.stopped.wait()
        self.stopping.set()
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                self.running.terminate()
            try:
                await asyncio.wait_for(self.stopped.wait(), self.process.stop_timeout_s)
            except TimeoutError:
                self._note(f"did not end within {self.process.stop_timeout_s:.0f} s, killed")
                self._kill_group(self.running.pid)
        await self.stopped.wait()

    async def _live_once(self) -> tuple[bool, int | None]:
        """One life: (whether it answered, its exit code; None when it could not be started)."""
        ready_file = self.settings.run / f"{self.process.name}.ready"
        ready_file.unlink(missing_ok=True)
        self._enter("starting", pid=None, reason=self.state.reason)
        try:
            launch = await asyncio.to_thread(self.process.prepare, self.settings)
            environment = {**self.settings.environment(), **launch.environment, "IMAGERISK_READY_FILE": str(ready_file)}
            self.running = child = await self._start(launch.argv, launch.folder, environment)
        except (LocalError, OSError) as error:
            self._note(str(error))
            self._enter("failed", pid=None, reason=str(error))
            return False, None
        self.groups(f"+{child.pid}")
        self._enter("starting", pid=child.pid, reason="")
        prober = asyncio.create_task(self._probe(child.pid))
        if self.stopping.is_set():  # told while it was being started
            child.terminate()
        code = await child.wait()
        prober.cancel()
        self._kill_group(child.pid)
        self.groups(f"-{child.pid}")
        os.close(self.input)
        with contextlib.suppress(TimeoutError):  # somebody outside the group may hold the output open
            await asyncio.wait_for(self.collector, LAST_WORDS_S)
        self.running = None
        return prober.done() and not prober.cancelled(), code

    async def _start(self, argv: list[str], folder: Path, environment: dict[str, str]) -> asyncio.subprocess.Process:
        """Start the program in a session of its own. Its pipes are ours and not asyncio's, whose `wait` would wait for all that inherited
        them; its input stays open as long as the supervisor lives."""
        reading, self.input = os.pipe()
        output, writing = os.pipe()
        try:
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-I", "-S", SHIM, str(os.getpid()), *argv, cwd=folder, env=environment,
                stdin=reading, stdout=writing, stderr=writing, start_new_session=True,
            )  # fmt: skip
        except OSError:
            os.close(self.input)
            os.close(output)
            raise
        finally:
            os.close(reading)
            os.close(writing)
        self.collector = asyncio.create_task(self._collect(output))
        return child

    async def _collect(self, output: int) -> None:
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(output, "rb", buffering=0))
        with contextlib.closing(transport):
            while data := await reader.read(1 << 16):
                self.log.write(data)

    async def _probe(self, pid: int) -> None:
        """Ask until it answers."""
        if self.process.once:
            await asyncio.Event().wait()
        while not await asyncio.to_thread(self.process.ready, self.settings):  # noqa: ASYNC110 (it cannot tell by itself)
            await asyncio.sleep(PROBE_S)
        self.state.was_ready = True
        self._enter("running", pid=pid, reason="")
        self.ready.set()

    async def _pause(self, crashes: int, code: int | None) -> None:
        seconds = LONGEST_PAUSE_S / 6 if code is None else pause_s(crashes)
        if code is not None:
            reason = f"killed by {signal.Signals(-code).name}" if code < 0 else f"left with exit code {code}"
            self._note(f"{reason}; starts again in {seconds:g} s")
            self._enter("backoff", pid=None, reason=reason)
        self.state.restarts += 1
        if seconds:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), seconds)

    async def _unless_stopping(self, waited: Awaitable[object]) -> None:
        """Wait for an event of another process or for the end, whichever comes first."""
        tasks = {asyncio.ensure_future(waited), asyncio.ensure_future(self.stopping.wait())}
        _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()

    def _kill_group(self, group: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)

    def _enter(self, state: State, *, pid: int | None, reason: str) -> None:
        self.state.state, self.state.pid, self.state.reason, self.state.since = state, pid, reason, time.time()
        self.changed()

    def _note(self, sentence: str) -> None:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        self.log.write(f"{stamp} supervisor: {self.process.name} {sentence}\n".encode())
