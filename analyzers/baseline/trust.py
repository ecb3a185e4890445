"""Identification, part trust, and preloaded libraries. Sources: sudoers(5), hosts.equiv(5), sshd(8), ld.so(8)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from analyzers.baseline.item import Hit, Item, Need
from analyzers.baseline.needs import anything
from analyzers.baseline.system import System
from schemas.facts import Configuration, Directive
from schemas.vocabulary import Level

GROUP, PART = "identification", "trust"
MAX_NAMES = 1_000
Setting = tuple[tuple[int, Configuration], Directive]
_TAG = re.compile(r"(NOPASSWD|PASSWD|(?:NO)?(?:EXEC|SETENV|FOLLOW|LOG_INPUT|LOG_OUTPUT|MAIL|INTERCEPT))\s*:\s*|\w+=\S+\s+")
_RUNAS = re.compile(r"\(([^)]*)\)\s*")


def host_trust(system: System) -> Iterator[Hit]:
    """Any line but one that begins with `-`, which denies."""
    for located, directive in system.directives("host_trust"):
        if not directive.name.startswith("-"):
            who = f"{directive.name} {directive.value}".strip()
            yield Hit(who, located[1].path, located[0], directive.line, f"trusts {who}")


def preset_root_trust(system: System) -> Iterator[Hit]:
    homes = {account.home.strip("/") for _, account in system.accounts("passwd") if account.uid == 0 and account.home.strip("/")} | {"root"}
    for located, directive in system.directives("authorized_keys"):
        folder, _, name = located[1].path.rpartition("/")
        for_root = any(located[1].path.startswith(f"{home}/.ssh/") for home in homes)
        if for_root or (folder.startswith("etc/ssh/authorized_keys") and name in ("root", "root.pub", "authorized_keys")):
            options = f" with {directive.context}" if directive.context else ""
            yield Hit(directive.value, located[1].path, located[0], directive.line, f"{directive.name} {directive.value}{options}")


def _sudo_settings(system: System) -> list[Setting]:
    """Lines in the order in which sudo reads them. Files that a main file does not include have no effect; without one, all count."""
    files = {located[1].path: located for located in system.configurations("sudoers")}
    mains = [path for path in files if posixpath.basename(path) == "sudoers"]
    settings: list[Setting] = []
    for path in mains or sorted(files):
        for directive in files[path][1].directives:
            if directive.name in ("include", "includedir") and not directive.context:
                for other in _included(sorted(files), path, directive):
                    settings += [(files[other], one) for one in files[other][1].directives]
            else:
                settings.append((files[path], directive))
    return settings


def _included(paths: list[str], main: str, directive: Directive) -> Iterator[str]:
    target = posixpath.normpath(posixpath.join("/", posixpath.dirname(main), directive.value)).lstrip("/")
    for path in paths:
        folder, _, name = path.rpartition("/")
        by_name = directive.name == "include" and path == target and path != main
        by_folder = directive.name == "includedir" and folder == target and "." not in name and not name.endswith("~")
        if by_name or by_folder:
            yield path


def sudo_nopasswd_all(system: System) -> Iterator[Hit]:
    """Who may run every command as root without a password: the last matching line of each user decides."""
    settings = _sudo_settings(system)
    aliases = {one.name: one.value for _, one in settings if one.context.endswith("_Alias")}
    free = {one.context for _, one in settings if one.name == "defaults" and "!authenticate" in one.value}
    last: dict[str, Setting | None] = {}
    for located, directive in settings:
        if directive.name != "user":
            continue
        for user in _expanded(directive.context, aliases):
            answer = _all_without_password(directive.value, aliases, bool(free & {"", f":{user}"}))
            if answer is not None:
                last[user] = (located, directive) if answer else None
    for user, setting in last.items():
        if setting and user not in ("root", "#0"):
            (layer, fact), directive = setting
            yield Hit(user, fact.path, layer, directive.line, f"{directive.context} {directive.value}")


def _expanded(names: str, aliases: dict[str, str]) -> list[str]:
    """The members of a list, aliases replaced, each name once."""
    seen: dict[str, None] = {}
    waiting = [one.strip() for one in names.split(",")]
    while waiting and len(seen) < MAX_NAMES:
        name = waiting.pop(0)
        if name not in seen:
            seen[name] = None
            waiting += [one.strip() for one in aliases.get(name, "").split(",") if one.strip()]
    return [name for name in seen if name not in aliases]


def _all_without_password(spec: str, aliases: dict[str, str], free: bool) -> bool | None:
    """Whether a specification gives ALL as root without a password; None if it does not give ALL as root."""
    answer: bool | None = None
    for part in re.split(r"(?<!\\):(?=[^:=()]*=)", re.sub(r"\b([A-Z_]+)\s+:", r"\1:", spec)):
        nopasswd, runas = free, "root"
        for command in _commands(part.partition("=")[2]):
            found = _RUNAS.match(command)
            if found:
                runas, command = found[1].partition(":")[0].strip(), command[found.end() :]
            while tag := _TAG.match(command):
                if tag[1] in ("NOPASSWD", "PASSWD"):
                    nopasswd = tag[1] == "NOPASSWD"
                command = command[tag.end() :]
            as_root = {"ALL", "root", "#0"} & set(_expanded(runas, aliases))
            if as_root and "ALL" in _expanded(command.strip(), aliases):
                answer = nopasswd
    return answer


def _commands(text: str) -> Iterator[str]:
    """The commands of a list: commas inside parentheses belong to the list of users to run as."""
    start, inside = 0, 0
    for place, letter in enumerate(text):
        inside += (letter == "(") - (letter == ")")
        if letter == "," and inside <= 0 and text[place - 1 : place] != "\\":
            yield text[start:place].strip()
            start = place + 1
    yield text[start:].strip()


def ld_so_preload(system: System) -> Iterator[Hit]:
    for located, directive in system.directives("ld_so_preload"):
        yield Hit(directive.name, located[1].path, located[0], directive.line, f"every program loads {directive.name}")


_ANY = anything("trust")
ITEMS = (
    Item(
        "host_trust",
        GROUP,
        Level.HIGH,
        "Other hosts are trusted without a password",
        "Delete hosts.equiv, .rhosts and .shosts.",
        host_trust,
        _ANY,
        "rlogin, rsh and host-based SSH let the named hosts and users in without any proof.",
        PART,
    ),
    Item(
        "preset_root_trust",
        GROUP,
        Level.HIGH,
        "The image brings authorised keys for root",
        "Delete the file in the build; give keys when the container starts, if at all.",
        preset_root_trust,
        _ANY,
        "Whoever has the private key can become root in every container of this image.",
        PART,
    ),
    Item(
        "sudo_nopasswd_all",
        GROUP,
        Level.MEDIUM,
        "sudo lets an account run every command without a password",
        "Name the commands that are needed, or ask for the password.",
        sudo_nopasswd_all,
        Need("No configuration of sudo was found.", lambda system: bool(system.configurations("sudoers")), frozenset({"trust"})),
        "The account is as good as root.",
        PART,
        version=2,
    ),
    Item(
        "ld_so_preload",
        "service_config",
        Level.HIGH,
        "A library is loaded into every program",
        "Empty etc/ld.so.preload; set LD_PRELOAD for the one program that needs it.",
        ld_so_preload,
        _ANY,
        "The usual hiding place of user-space rootkits: the library can change what every program sees and does.",
        "runtime",
    ),
)
