"""What the tests of the local system share: a home of their own on free ports, the command, and looking at processes and ports."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.local.ports import free_ports
from infra.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]
SLOWER = 2.0
"""How much longer than alone on the machine everything may take: other workers and other people are there too."""
PORTS = ("GATEWAY", "CONSOLE", "CLICKHOUSE_NATIVE", "CLICKHOUSE_HTTP", "KAFKA", "KAFKA_CONTROLLER")


def need(*programs: str) -> None:
    """Skip where a program is absent; in CI that is a failure, as nothing there may go untested unseen."""
    missing = [program for program in programs if not shutil.which(program)]
    if missing:
        reason = f"needs {', '.join(missing)} on PATH"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


def variables(folder: Path) -> dict[str, str]:
    """The settings of a fresh home below `folder`, whose path has blanks and letters beyond ASCII, on free ports."""
    home = folder / "a home, ärger"
    home.mkdir(exist_ok=True)
    ports = {f"IMAGERISK_{name}_PORT": str(port) for name, port in zip(PORTS, free_ports(len(PORTS)), strict=True)}
    return {"IMAGERISK_HOME": str(home), **ports}


def settings_of(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A fresh home for this process and its children."""
    for name in [name for name in os.environ if name.startswith("IMAGERISK_") and name != "IMAGERISK_CACHE"]:
        monkeypatch.delenv(name)
    for name, value in variables(folder).items():
        monkeypatch.setenv(name, value)
    return load_settings()


def command(*arguments: str, timeout_s: float = 300) -> subprocess.CompletedProcess[str]:
    """Run `imagerisk` in a folder that is not the checkout."""
    return subprocess.run(argv(*arguments), capture_output=True, text=True, timeout=timeout_s, env=environment(), cwd="/", check=False)


def argv(*arguments: str) -> list[str]:
    """The command line of `imagerisk`."""
    return [sys.executable, "-m", "console.cli.main", *arguments]


def environment() -> dict[str, str]:
    """This process's environment, with the checkout importable."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def alive(pid: int) -> bool:
    """True for a process that runs; one that is dead and not collected yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def processes_of(home: Path) -> list[int]:
    """All live processes whose environment names this home."""
    mark = f"IMAGERISK_HOME={home}\0".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes() + b"\0" and int(folder.name) != os.getpid() and alive(int(folder.name)):
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def listens(port: int) -> bool:
    """True when a connection to that port of loopback is accepted."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def eventually(what: str, condition: Callable[[], bool], limit_s: float = 60.0) -> None:
    """Wait for a condition, with a limit that only a broken system reaches. The longer it takes the seldomer is asked: asking is work for
    the system that is waited for."""
    begin = time.monotonic()
    while not condition():
        waited = time.monotonic() - begin
        assert waited < limit_s * SLOWER, f"{what}: not within {limit_s * SLOWER} s"
        time.sleep(min(0.5, max(0.02, waited / 10)))
