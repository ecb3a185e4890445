"""Packages that do not belong into an image. The list is a list of items: each can be switched off or given another level."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from analyzers.baseline.item import Hit, Item, hit_fact
from analyzers.baseline.needs import PROGRAMS
from analyzers.baseline.system import System
from schemas.facts import File
from schemas.vocabulary import Level

GROUP = "forbidden_package"
_BUSYBOX = re.compile(r"busybox.*|toybox.*|\[{1,2}")  # in the image `busybox`, `[` is the file that all others are hard links to


class Forbidden(NamedTuple):
    """Names of packages (Debian, Red Hat, SUSE, Alpine, Arch) and of programs that are the same thing."""

    key: str
    level: Level
    what: str
    packages: tuple[str, ...]
    programs: tuple[str, ...]
    default: bool = True


LIST = (
    Forbidden("telnet_server", Level.HIGH, "a telnet server", ("telnetd", "telnet-server", "inetutils-telnetd", "telnetd-ssl"),
              ("telnetd", "in.telnetd", "utelnetd")),
    Forbidden("rsh_server", Level.HIGH, "an rsh server", ("rsh-server", "rsh-redone-server", "inetutils-rshd"),
              ("rshd", "in.rshd", "rlogind", "in.rlogind", "rexecd", "in.rexecd")),
    Forbidden("xinetd", Level.MEDIUM, "xinetd", ("xinetd",), ("xinetd",)),
    Forbidden("tftp_server", Level.MEDIUM, "a TFTP server", ("tftpd", "tftpd-hpa", "tftp-server", "atftpd", "tftp-hpa"),
              ("tftpd", "in.tftpd", "atftpd")),
    Forbidden("nis", Level.MEDIUM, "NIS", ("nis", "ypserv", "ypbind", "ypbind-mt"), ("ypserv", "ypbind")),
    Forbidden("ssh_server", Level.MEDIUM, "an SSH server", ("openssh-server", "dropbear", "tinysshd"), ("sshd", "dropbear")),
    Forbidden("nmap", Level.MEDIUM, "nmap", ("nmap",), ("nmap",)),
    Forbidden("tcpdump", Level.MEDIUM, "tcpdump", ("tcpdump",), ("tcpdump",)),
    Forbidden("netcat", Level.LOW, "netcat", ("netcat", "netcat-openbsd", "netcat-traditional", "nmap-ncat", "ncat"),
              ("nc.openbsd", "nc.traditional", "ncat", "netcat"), False),
    Forbidden("gdb", Level.LOW, "gdb", ("gdb", "gdb-minimal"), ("gdb",), False),
    Forbidden("strace", Level.LOW, "strace", ("strace",), ("strace",), False),
    Forbidden("sudo", Level.LOW, "sudo", ("sudo", "sudo-rs"), ("sudo",), False),
    Forbidden("compilers", Level.LOW, "a compiler", ("gcc", "g++", "clang", "tcc", "build-essential"), ("gcc", "g++", "clang",
    "tcc"), False),
)  # fmt: skip


def _program(system: System, names: tuple[str, ...]) -> tuple[int, File] | None:
    """The first program with one of the names. A link to busybox counts only if the container starts it: busybox has every name."""
    for located in system.files("program"):
        name = posixpath.basename(located[1].path)
        if name in names and (name in system.command_names or not _BUSYBOX.fullmatch(posixpath.basename(located[1].target))):
            return located
    return None


def _finder(entry: Forbidden) -> Callable[[System], Iterator[Hit]]:
    def find(system: System) -> Iterator[Hit]:
        package, program = system.package(*entry.packages), _program(system, entry.programs)
        if package:
            yield hit_fact(package, package[1].name, f"package {package[1].name} {package[1].version}")
        elif program:
            yield hit_fact(program, entry.key, f"program {program[1].path}")

    return find


ITEMS = tuple(
    Item(
        f"{GROUP}.{entry.key}",
        GROUP,
        entry.level,
        f"The image holds {entry.what}",
        "Remove the package, or switch this item off if the image needs it.",
        _finder(entry),
        PROGRAMS,
        "It gives an attacker a way in or a tool.",
        "",
        entry.default,
        version=2,
    )
    for entry in LIST
)
