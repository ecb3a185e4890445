"""Unauthorised access to file services. Sources: the manuals of the services, as named at each function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from analyzers.baseline.addresses import is_loopback, is_off, is_on
from analyzers.baseline.exposure import exposed_item, settings_of
from analyzers.baseline.item import Hit, Item
from analyzers.baseline.needs import configuration
from analyzers.baseline.starts import starts_of
from analyzers.baseline.system import System
from schemas.facts import Directive
from schemas.vocabulary import Level

_EVERYBODY = ("*", "0.0.0.0/0", "::/0", "0.0.0.0/0.0.0.0")


def rsync(system: System) -> Iterator[Hit]:
    """Source: rsyncd.conf(5): a module is open without `auth users`, `hosts allow` or `hosts deny = *`, in it or above all modules. Signs
    in names other than letters do not count."""
    for one in settings_of(system, "rsync"):
        lines = list(one.every())
        general = [line for line in lines if line.context in ("", "global")]
        if is_loopback(next((line.value for line in general if line.name == "address"), "")):
            continue
        for line in lines:
            own = [other for other in lines if other.context == line.context]
            if line.name == "path" and line not in general and not any(_guards(other) for other in (*general, *own)):
                yield one.hit(line, line.context)


def _guards(line: Directive) -> bool:
    words = set(line.value.replace(",", " ").split())
    if line.name == "hosts deny":
        return bool(words & set(_EVERYBODY))
    return bool(words) and (line.name == "auth users" or (line.name == "hosts allow" and not words & set(_EVERYBODY)))


def ftp_anonymous(system: System) -> Iterator[Hit]:
    """Sources: vsftpd.conf(5) (anonymous_enable is YES by default), ProFTPD directive Anonymous, pure-ftpd(8) and its wrapper's."""
    told = [value for start in starts_of(system, "vsftpd") for value in start.every("-o") if value.startswith("anonymous_enable=")]
    for one in settings_of(system, "vsftpd"):
        enabled = one.get("anonymous_enable")
        if told:
            continue
        if enabled and is_on(enabled.value):
            yield one.hit(enabled)
        elif enabled is None and system.installed("vsftpd"):
            yield one.missing("anonymous_enable", "anonymous_enable is not set: the default is YES")
    for start in starts_of(system, "vsftpd"):
        if told and is_on(told[-1].partition("=")[2]):
            yield start.hit("anonymous_enable", told[-1])
    for one in settings_of(system, "proftpd"):
        for line in one.every("anonymous"):
            yield one.hit(line)
    wrapped = [one for one in settings_of(system, "pure_ftpd") if "/conf/" in one.path]  # Debian's wrapper reads these alone
    for one in wrapped or settings_of(system, "pure_ftpd"):
        last = one.get("noanonymous")
        if last and is_off(last.value) and not any(start.has("-E", "--noanonymous") for start in starts_of(system, "pure-ftpd")):
            yield one.hit(last)


def nfs_exports(system: System) -> Iterator[Hit]:
    """Source: exports(5): everybody as a client, or root of a client stays root. With sec=krb5 a client proves who it is."""
    for one in settings_of(system, "nfs"):
        for line in one.every():
            options = line.context.split(",")
            flavours = [flavour for option in options if option.startswith("sec=") for flavour in option[4:].split(":")]
            proven = bool(flavours) and all(flavour.startswith("krb5") for flavour in flavours)
            everybody = line.value in _EVERYBODY and not proven
            stays_root = "no_root_squash" in options and "all_squash" not in options
            if everybody or stays_root:
                yield Hit(f"{line.name} {line.value}", one.path, one.place[0], line.line, f"{line.name} {line.value}({line.context})")


ITEMS: tuple[Item, ...] = (
    replace(  # the program alone is a client
        exposed_item("rsync", "rsync", rsync, "Set `auth users` with a secrets file, or `hosts allow`."),
        need=configuration("the rsync daemon", "rsync"),
    ),
    exposed_item(
        "ftp_anonymous",
        "FTP",
        ftp_anonymous,
        "Switch anonymous access off.",
        title="The FTP server lets anybody in",
        level=Level.MEDIUM,
        software=("vsftpd", "proftpd", "pure_ftpd"),
        programs=("vsftpd", "proftpd", "pure-ftpd", "proftpd-basic", "proftpd-core"),
    ),
    exposed_item(
        "nfs_exports",
        "NFS",
        nfs_exports,
        "Name the clients, and leave root squashing on.",
        title="Folders are exported to everybody, or with root's rights",
        level=Level.MEDIUM,
        software=("nfs",),
        programs=("nfs-kernel-server", "nfs-ganesha", "unfs3"),
    ),
)
