"""Are the ports free that the local system wants, and if not, who has them?"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import time
from pathlib import Path

from infra.local.errors import LocalError
from infra.local.process_table import Process
from infra.settings import Settings

LISTENING = "0A"  # linux/tcp_states.h, in /proc/net/tcp


def check_ports(processes: list[Process], settings: Settings, patience_s: float = 2.0) -> None:
    """Raise LocalError unless the processes' ports are distinct and free; one that a dying process still has may take a moment."""
    wanted: dict[int, str] = {}
    for name in (name for process in processes for name in process.ports):
        port = getattr(settings, name)
        if port in wanted:
            raise LocalError(f"{wanted[port]} and {name} are both {port}", f"set IMAGERISK_{name.upper()} to another port")
        wanted[port] = name
    end = time.monotonic() + patience_s
    for port, name in wanted.items():
        host = settings.bind if name in {"gateway_port", "console_port"} else "127.0.0.1"
        while taken(host, port):
            if time.monotonic() > end:
                holder = owner(port)
                who = f" ({holder})" if holder else ""
                remedy = f"end it, or set IMAGERISK_{name.upper()} to a free port"
                raise LocalError(f"port {port} on {host} is taken by another program{who}", remedy)
            time.sleep(0.05)


def taken(host: str, port: int) -> bool:
    """True when somebody listens there. Raises LocalError when the address is not one of this machine or is not allowed."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return True
            raise LocalError(
                f"nothing can listen on {host} port {port} ({error.strerror or error})", "set IMAGERISK_BIND or the port"
            ) from error
    return False


def free_ports(count: int) -> list[int]:
    """That many different ports of loopback that nobody uses just now."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def owner(port: int) -> str:
    """Program and pid that listen on a TCP port, as far as this user may see (Linux); else empty. Source: proc(5)."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            rows = [line.split() for line in Path(table).read_text().splitlines()[1:]]
            inodes |= {f"socket:[{row[9]}]" for row in rows if row[3] == LISTENING and int(row[1].rpartition(":")[2], 16) == port}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any(os.readlink(link) in inodes for link in (folder / "fd").iterdir()):  # noqa: PTH115 (no path, a name)
                return f"{(folder / 'comm').read_text().strip()}, process {folder.name}"
    return ""
