"""The one supervisor process of a home: `python -m infra.local.supervisor [TABLE]`.

It starts the processes that run/wanted.json names (SIGHUP: read it again), starts crashed ones anew, and ends all on SIGTERM. Children die
with it even when it is killed: by the parent-death signal, and through a reaper that knows all their process groups.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from infra.local.child import Child
from infra.local.process_table import DEFAULT_TABLE, Process, load_table, local_table, with_needs
from infra.local.state import SystemState, hold_supervisor_lock, urls, write_state
from infra.settings import Settings, load_settings

REAPER = str(Path(__file__).with_name("group_reaper.py"))


class Supervisor:
    """Keeps the wanted processes of a table alive."""

    def __init__(self, settings: Settings, table: tuple[Process, ...]) -> None:
        self.settings, self.table = settings, local_table(table, settings)
        self.children: dict[str, Child] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self.ending = asyncio.Event()
        self.reaper = subprocess.Popen([sys.executable, "-I", "-S", REAPER], stdin=subprocess.PIPE, start_new_session=True)

    async def run(self) -> None:
        """Keep the processes until SIGTERM or SIGINT, then end them, dependants first."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.ending.set)
        loop.add_signal_handler(signal.SIGHUP, self.take_up)
        self.take_up()
        await self.ending.wait()
        children = list(self.children.values())
        await asyncio.gather(*(child.stop(self._dependants(child)) for child in children))
        await asyncio.gather(*self.tasks)
        assert self.reaper.stdin is not None
        self.reaper.stdin.close()
        self.reaper.wait()

    def take_up(self) -> None:
        """Begin to keep what is wanted and not kept yet."""
        if self.ending.is_set():
            return
        wanted = set(json.loads((self.settings.run / "wanted.json").read_text()))
        rows = with_needs(self.table, wanted & {process.name for process in self.table})
        new = [process for process in rows if process.name not in self.children] if wanted else []
        for process in new:
            self.children[process.name] = Child(process, self.settings, self._tell, self._follow_group)
        for process in new:
            needed = [self.children[name] for name in process.needs if name in self.children]
            task = asyncio.create_task(self.children[process.name].keep(needed), name=process.name)
            self.tasks.add(task)
        self._tell()

    def _dependants(self, child: Child) -> list[Child]:
        """Those that need it, also through others: what runs to its end (`once`) stands between, and has long stopped."""
        others = [other for other in self.children.values() if other is not child]
        return [other for other in others if child.process in with_needs(self.table, {other.process.name})]

    def _tell(self) -> None:
        order = [process.name for process in self.table]
        states = sorted((child.state for child in self.children.values()), key=lambda state: order.index(state.name))
        with contextlib.suppress(OSError):  # a full disk must not end the supervisor
            write_state(self.settings, SystemState(os.getpid(), states, urls(self.settings)))

    def _follow_group(self, line: str) -> None:
        assert self.reaper.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.reaper.stdin.write(f"{line}\n".encode())
            self.reaper.stdin.flush()


def main() -> int:
    """Run until ended; returns, with 1, only when another supervisor has this home."""
    settings = load_settings()
    table = load_table(sys.argv[1] if len(sys.argv) > 1 else DEFAULT_TABLE)
    lock = hold_supervisor_lock(settings)
    if lock is None:
        print("another supervisor runs for this home", file=sys.stderr)
        return 1
    print(time.strftime("%Y-%m-%dT%H:%M:%S%z"), "supervisor starts", json.dumps(settings.effective()), flush=True)
    asyncio.run(_run(settings, table))
    print(time.strftime("%Y-%m-%dT%H:%M:%S%z"), "supervisor ends", flush=True)
    os._exit(0)  # the lock goes with the process and not before it


async def _run(settings: Settings, table: tuple[Process, ...]) -> None:
    await Supervisor(settings, table).run()


if __name__ == "__main__":
    sys.exit(main())
