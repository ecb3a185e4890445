"""File modes: members whose permission bits, capabilities or mere presence matter, remembered as File facts.

`details["seen"]` says why a member is remembered, as words separated by commas: `setuid`, `setgid`, `world-writable`, `capability`,
`sensitive` (account files), `private-key`, `program` (a program that items ask for), `link` (a symbolic link in a configuration folder),
`application` (a web application).
Sources: capabilities(7), vfs_cap_data in linux/capability.h; path_resolution(7).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from typing import ClassVar

from analyzers.contract import BaseCollector, Entry, FileView, PassContext, Wanted
from schemas.facts import Fact, File, Skipped

MAX_WRITABLE = 20_000
SENSITIVE = frozenset(f"etc/{name}{tail}" for name in ("passwd", "shadow", "group", "gshadow") for tail in ("", "-"))
KEY_NAMES = frozenset({
    "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_ecdsa_sk", "id_ed25519_sk", "identity",
    "ssh_host_key", "ssh_host_rsa_key", "ssh_host_dsa_key", "ssh_host_ecdsa_key", "ssh_host_ed25519_key",
})  # fmt: skip
_KEY = re.compile(rb"^-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----\s*$|^PuTTY-User-Key-File-\d", re.MULTILINE)
_PROGRAM_FOLDER = re.compile(
    r"(?:usr/)?s?bin/|usr/local/(?:[^/]+/){0,2}s?bin/|usr/lib(?:exec)?/|opt/[^/]+/(?:[^/]+/)?s?bin/|usr/lib/jvm/[^/]+/bin/"
)
PROGRAMS = frozenset({
    "sshd", "dropbear", "telnetd", "in.telnetd", "utelnetd", "rshd", "in.rshd", "rlogind", "in.rlogind", "rexecd", "in.rexecd", "xinetd",
    "tftpd", "in.tftpd", "atftpd", "ypserv", "ypbind", "nmap", "tcpdump", "nc", "ncat", "netcat", "nc.openbsd", "nc.traditional", "gdb",
    "strace", "sudo", "gcc", "cc", "clang", "tcc", "g++", "nginx", "httpd", "apache2", "redis-server", "valkey-server", "mongod",
    "memcached",
    "mysqld", "mariadbd", "vsftpd", "proftpd", "pure-ftpd", "php", "php-fpm", "influxd", "rabbitmq-server", "etcd", "dockerd", "kubelet",
})  # fmt: skip
_VERSIONED_PHP = re.compile(r"php(?:-fpm)?[0-9.]+\Z")
_LINKS = re.compile(
    r"etc/(?:nginx|apache2|httpd|ssh|php[^/]*|mysql|redis|rabbitmq|postgresql|sudoers\.d)/|etc/(?:localtime|sudoers|passwd|shadow)\Z"
)
_APPLICATION = re.compile(r"(?:\A|/)webapps/(?:examples|docs|manager|host-manager)/WEB-INF/web\.xml\Z")
_CONVENTIONAL = ("dev/", "proc/", "sys/", "tmp/", "var/tmp/")  # world-writable by purpose, or made anew in every container
_CAPABILITIES = (
    "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "linux_immutable",
    "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner", "sys_module", "sys_rawio", "sys_chroot",
    "sys_ptrace",
    "sys_pacct", "sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time", "sys_tty_config", "mknod", "lease", "audit_write",
    "audit_control", "setfcap", "mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf",
    "checkpoint_restore",
)  # fmt: skip


def capabilities_of(raw: bytes) -> tuple[str, ...]:
    """Names of the permitted and inheritable capabilities in an extended attribute `security.capability`; empty if it is malformed."""
    if len(raw) < 12:
        return ()
    words = struct.unpack_from("<5I", raw.ljust(20, b"\0"))
    bits = words[1] | words[2]
    if words[0] >> 24 != 1:
        bits |= (words[3] | words[4]) << 32
    return tuple(f"cap_{name}" for place, name in enumerate(_CAPABILITIES) if bits >> place & 1)


class FileModes(BaseCollector):
    """File facts of members that a permission item, a service item or a list of programs asks for."""

    name: ClassVar[str] = "file_modes"
    version: ClassVar[int] = 3
    tells: ClassVar[tuple[type[Fact], ...]] = (File,)
    wanted: ClassVar[Wanted] = Wanted(names=KEY_NAMES, suffixes=frozenset({".pem", ".key", ".ppk"}), entries=True, max_bytes=1024 * 1024)

    def __init__(self, context: PassContext) -> None:
        super().__init__(context)
        self._writable = 0

    def collect(self, file: FileView) -> Iterable[Fact]:
        if file.data and _KEY.search(file.data):
            yield _fact(file.entry, ["private-key"])

    def entry(self, entry: Entry) -> Iterable[Fact]:
        seen = _reasons(entry)
        if "world-writable" in seen:
            self._writable += 1
            if self._writable > MAX_WRITABLE:
                seen.remove("world-writable")
        return [_fact(entry, seen)] if seen else ()

    def finish(self) -> Iterable[Fact]:
        if self._writable > MAX_WRITABLE:
            left = self._writable - MAX_WRITABLE
            yield Skipped(collector=self.name, reason=f"too_many_files: {left} world-writable members beyond {MAX_WRITABLE} are not listed")


def _fact(entry: Entry, seen: list[str]) -> File:
    raw = entry.xattrs.get("security.capability", b"")
    return File(
        path=entry.path, type=entry.type, mode=entry.mode & 0o7777, uid=entry.uid, gid=entry.gid, size=entry.size, target=entry.target,
        capabilities=capabilities_of(raw), details={"seen": ",".join(seen)},
    )  # fmt: skip


def _reasons(entry: Entry) -> list[str]:
    seen: list[str] = []
    path, mode = entry.path, entry.mode
    if entry.type == "folder":
        if mode & 0o1002 == 0o002 and not path.startswith(("dev/", "proc/", "sys/")):
            seen.append("world-writable")
        return seen
    if entry.type in ("file", "hardlink"):
        if mode & 0o6002:
            seen += _mode_reasons(path, mode)
        if entry.xattrs and "security.capability" in entry.xattrs:
            seen.append("capability")
        if path in SENSITIVE:
            seen.append("sensitive")
        if path.endswith("/WEB-INF/web.xml") and _APPLICATION.search(path):
            seen.append("application")
    elif entry.type != "symlink":
        return seen
    elif _LINKS.match(path):
        seen.append("link")
    if _program(path):
        seen.append("program")
    return seen


def _mode_reasons(path: str, mode: int) -> Iterator[str]:
    if mode & 0o4000 and mode & 0o111:
        yield "setuid"
    if mode & 0o2010 == 0o2010:  # setgid without group execution means mandatory locking: stat(2)
        yield "setgid"
    if mode & 0o002 and not path.startswith(_CONVENTIONAL):
        yield "world-writable"


def _program(path: str) -> bool:
    start = path.rfind("/") + 1
    name = path[start:]
    named = name in PROGRAMS or (name.startswith("php") and _VERSIONED_PHP.match(name) is not None)
    return named and _PROGRAM_FOLDER.fullmatch(path[:start]) is not None
