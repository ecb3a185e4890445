"""A local system of its own for a benchmark: a temporary home on free ports, ended afterwards."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from infra.local.control import down
from infra.local.ports import free_ports
from infra.local.state import read_state
from infra.settings import Settings, load_settings

PORTS = ("GATEWAY", "CONSOLE", "CLICKHOUSE_NATIVE", "CLICKHOUSE_HTTP", "KAFKA", "KAFKA_CONTROLLER")
TICKS = os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def fresh_home() -> Iterator[Settings]:
    """Settings of an empty home on free ports, in this process's environment too; what runs there at the end is stopped."""
    with tempfile.TemporaryDirectory() as folder:
        ports = {f"IMAGERISK_{name}_PORT": str(port) for name, port in zip(PORTS, free_ports(len(PORTS)), strict=True)}
        kept = {name: value for name, value in os.environ.items() if name.startswith("IMAGERISK_")}
        for name in kept.keys() - {"IMAGERISK_CACHE"}:
            del os.environ[name]
        os.environ.update(ports, IMAGERISK_HOME=folder)
        settings = load_settings()
        try:
            yield settings
        finally:
            down(settings)
            for name in (*ports, "IMAGERISK_HOME"):
                del os.environ[name]
            os.environ.update(kept)


def imagerisk(*arguments: str) -> tuple[float, float]:
    """Run the command; returns wall and CPU seconds of it (not of what it started in the background)."""
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "console.cli.main", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, cwd="/")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter() - begin, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def cpu_seconds(settings: Settings, *names: str) -> float:
    """CPU seconds so far of the named processes of the local system (all, if none is named), with their children, those that ended too.
    Source: proc(5), stat."""
    state = read_state(settings)
    ours = {one.pid for one in state.processes if one.pid and (not names or one.name in names)} if state else set[int]()
    spent, parents = 0, dict[int, tuple[int, int]]()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            parents[int(folder.name)] = int(fields[1]), sum(int(one) for one in fields[11:15])
    for pid, (_, ticks) in parents.items():
        above = pid
        while above in parents and above not in ours:
            above = parents[above][0]
        spent += ticks if above in ours else 0
    return spent / TICKS
