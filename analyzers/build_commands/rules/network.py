"""Rules of class `network`: ports that the image opens and remote shells that it starts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.build_commands.rule import Build, Hit, Rule, step_hit
from analyzers.shell.tree import Command
from schemas.vocabulary import Level

_MANAGEMENT = frozenset({23, 2375, 3389, 10250})
_DATABASES = frozenset({1433, 1521, 3306, 5432, 5984, 6379, 7474, 7687, 8086, 9042, 9200, 11211, 26257, 27017, 28015, 50000})
_SERVICES = frozenset({"ssh", "sshd", "dropbear", "ssh.service", "sshd.service", "dropbear.service"})
_SPEC = re.compile(r"(\d{1,7})(?:-(\d{1,7}))?(?:/(tcp|udp|sctp))?", re.IGNORECASE)


def tcp_ports(build: Build, wanted: frozenset[int]) -> Iterator[Hit]:
    """Exposed TCP ports among `wanted`; ranges count."""
    for port in build.settings.ports:
        if (found := _SPEC.fullmatch(port)) and (found[3] or "tcp").lower() == "tcp":
            first, last = int(found[1]), int(found[2] or found[1])
            if any(first <= one <= last for one in wanted):
                yield Hit(f"config.ExposedPorts[{port}]", port.lower(), f"EXPOSE {port}")


def sshd_exposed(build: Build) -> Iterator[Hit]:
    return tcp_ports(build, frozenset({22}))


def management_port_exposed(build: Build) -> Iterator[Hit]:
    return tcp_ports(build, _MANAGEMENT)


def database_port_exposed(build: Build) -> Iterator[Hit]:
    return tcp_ports(build, _DATABASES)


def sshd_started(build: Build) -> Iterator[Hit]:
    """An SSH server that is started, where the exposed port does not tell it already."""
    if any(True for _ in sshd_exposed(build)):
        return
    for place, command in build.start_commands():
        if _starts_sshd(command):
            yield Hit(place, command.text, command.text)
    for step, command in build.calls():
        if _starts_sshd(command):
            yield step_hit(step, command.text)


def _starts_sshd(command: Command) -> bool:
    args = command.args
    if command.name in ("sshd", "dropbear"):
        return not {"-t", "-T", "-V", "-v", "--version", "--help"} & set(args)
    if command.name in ("service", "rc-service"):
        return len(args) > 1 and args[0] in _SERVICES and args[1] in ("start", "restart")
    if command.name == "systemctl":
        return bool({"start", "enable", "restart"} & set(args)) and bool(_SERVICES & set(args))
    if command.name in ("update-rc.d", "chkconfig"):
        return bool(_SERVICES & set(args)) and bool({"enable", "defaults", "on"} & set(args))
    if command.name == "rc-update":
        return "add" in args and bool(_SERVICES & set(args))
    return command.name in ("ssh", "sshd") and args[:1] == ("start",)


RULES: tuple[Rule, ...] = (
    Rule(
        "sshd_exposed", "network", Level.MEDIUM, "SSH port is exposed",
        "The image exposes port 22: a remote login into a container goes around the orchestrator's access control.",
        "Remove the SSH server; use the exec function of the runtime.",
        sshd_exposed,
    ),
    Rule(
        "sshd_started", "network", Level.MEDIUM, "SSH server is started",
        "The image starts an SSH server, or sets it up to be started.",
        "Remove the SSH server; use the exec function of the runtime.",
        sshd_started,
    ),
    Rule(
        "management_port_exposed", "network", Level.MEDIUM, "Management port is exposed",
        "The image exposes a port for remote control: telnet (23), the container engine (2375), remote desktop (3389) or kubelet (10250).",
        "Do not expose the port, or put authentication and encryption before it.",
        management_port_exposed,
    ),
    Rule(
        "database_port_exposed", "network", Level.LOW, "Database port is exposed",
        "The image exposes the port of a database, which is often published without need.",
        "Keep the database on an internal network.",
        database_port_exposed, default=False,
    ),
)  # fmt: skip
