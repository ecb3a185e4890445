"""Service configuration, part ssh. Sources: sshd_config(5), RFC 9142 (key exchange), RFC 8758 (RC4), the OpenSSH release notes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase

from analyzers.baseline.gaps import PACKAGES
from analyzers.baseline.item import Hit, Item, Need, hit_directive, hit_fact
from analyzers.baseline.needs import PROGRAMS
from analyzers.baseline.system import System
from schemas.facts import Configuration, Directive
from schemas.vocabulary import Level

GROUP, PART = "service_config", "ssh"
_LISTS = ("ciphers", "macs", "kexalgorithms", "hostkeyalgorithms", "pubkeyacceptedalgorithms", "pubkeyacceptedkeytypes")
_WEAK = re.compile(
    r"(?:.*-cbc(?:@.*)?|arcfour.*|none|hmac-md5.*|hmac-sha1-96.*|diffie-hellman-group1-sha1|diffie-hellman-group-exchange-sha1|rsa1024-sha1|ssh-dss.*)\Z"
)

Setting = tuple[tuple[int, Configuration], Directive]


def _order(system: System) -> list[Setting]:
    """Settings as sshd reads them: the main file, included files where the Include stands. Without a main file, all files by name."""
    files = {located[1].path: located for located in system.configurations("sshd")}
    mains = [located for path, located in files.items() if posixpath.basename(path) == "sshd_config"]
    if not mains:
        return [(files[path], directive) for path in sorted(files) for directive in files[path][1].directives]
    settings: list[Setting] = []
    for main in mains:
        for directive in main[1].directives:
            if directive.name == "include":
                settings += _included(files, main, directive)
            else:
                settings.append((main, directive))
    return settings


def _included(files: dict[str, tuple[int, Configuration]], main: tuple[int, Configuration], include: Directive) -> Iterator[Setting]:
    for pattern in include.value.split():
        whole = pattern.lstrip("/") if pattern.startswith("/") else posixpath.join("etc/ssh", pattern)
        for path in sorted(files):
            if path != main[1].path and fnmatchcase(path, whole):
                yield from ((files[path], one) for one in files[path][1].directives if one.name != "include")


def effective(system: System, name: str) -> list[Setting]:
    """The settings of one name that can take effect: the first outside Match blocks, and the first in each Match block."""
    first: dict[str, Setting] = {}
    for setting in _order(system):
        if setting[1].name == name:
            context = setting[1].context
            first.setdefault("" if context.lower() == "match all" else context, setting)
    return list(first.values())


def _says_yes(name: str) -> Callable[[System], Iterator[Hit]]:
    def find(system: System) -> Iterator[Hit]:
        for located, directive in effective(system, name):
            if directive.value.lower() == "yes" and not _not_for_root(name, directive.context):
                yield hit_directive(located, directive, " ".join(filter(None, (name, directive.context))))

    return find


def _not_for_root(name: str, context: str) -> bool:
    """Whether a Match block for named users cannot concern root."""
    found = re.search(r"(?i)\buser\s+(\S+)", context)
    if name != "permitrootlogin" or not found:
        return False
    patterns = found[1].split(",")
    wanted = any(fnmatchcase("root", one) for one in patterns if not one.startswith("!"))
    return not wanted or "!root" in patterns


def password_authentication(system: System) -> Iterator[Hit]:
    """Its default is yes, which counts where the server is installed."""
    settings = effective(system, "passwordauthentication")
    yield from _says_yes("passwordauthentication")(system)
    main = next(iter(system.configurations("sshd")), None)
    if main and server_installed(system) and not any(not directive.context for _, directive in settings):
        yield hit_fact(main, "passwordauthentication", "PasswordAuthentication is not set: the default is yes")


def weak_crypto(system: System) -> Iterator[Hit]:
    for name in _LISTS:
        for located, directive in effective(system, name):
            values = directive.value
            weak = [one for one in values.lstrip("+^").split(",") if _WEAK.match(one.strip())] if not values.startswith("-") else []
            if weak:
                yield Hit(name, located[1].path, located[0], directive.line, f"{directive.name} allows {', '.join(weak)}")
    for located, directive in effective(system, "protocol"):
        if "1" in re.split(r"[,\s]+", directive.value):
            yield hit_directive(located, directive)


def baked_host_keys(system: System) -> Iterator[Hit]:
    for located in system.configurations("ssh_host_key"):
        yield hit_fact(located, "host key", f"private host key {posixpath.basename(located[1].path)}")


def server_installed(system: System) -> bool:
    return system.program("sshd", "dropbear") is not None or system.package("openssh-server", "dropbear") is not None


def server_present(system: System) -> Iterator[Hit]:
    program = system.program("sshd", "dropbear")
    package = system.package("openssh-server", "dropbear", "dropbear-bin", "tinyssh")
    if program:
        yield hit_fact(program, "ssh server", f"program {program[1].path}")
    elif package:
        yield hit_fact(package, "ssh server", f"package {package[1].name} {package[1].version}")


_SERVER = Need(
    "OpenSSH was not found.",
    lambda system: bool(system.configurations("sshd")) or server_installed(system),
    frozenset({"ssh_server", PACKAGES, "file_modes"}),
)
_CONFIGURATION = Need(
    "No configuration of OpenSSH was found.", lambda system: bool(system.configurations("sshd")), frozenset({"ssh_server"})
)
ITEMS = (
    Item(
        "permit_root_login",
        GROUP,
        Level.HIGH,
        "The SSH server lets root log in with a password",
        "Set `PermitRootLogin no`.",
        _says_yes("permitrootlogin"),
        _CONFIGURATION,
        "The best-known account can be attacked from outside.",
        PART,
    ),
    Item(
        "permit_empty_passwords",
        GROUP,
        Level.HIGH,
        "The SSH server accepts empty passwords",
        "Set `PermitEmptyPasswords no`.",
        _says_yes("permitemptypasswords"),
        _CONFIGURATION,
        "Accounts without a password can be used from outside.",
        PART,
    ),
    Item(
        "baked_host_keys",
        GROUP,
        Level.HIGH,
        "The image brings private SSH host keys",
        "Delete etc/ssh/ssh_host_* in the build and make keys when the container starts.",
        baked_host_keys,
        _SERVER,
        "All containers of the image prove the same identity, which everybody who can pull the image has: connections can be read along.",
        PART,
    ),
    Item(
        "password_authentication",
        GROUP,
        Level.MEDIUM,
        "The SSH server accepts passwords",
        "Set `PasswordAuthentication no` and use keys.",
        password_authentication,
        _CONFIGURATION,
        "Passwords can be guessed from outside.",
        PART,
    ),
    Item(
        "weak_crypto",
        GROUP,
        Level.MEDIUM,
        "The SSH server allows outdated cryptography",
        "Remove the named algorithms, or the whole line: the defaults are sound.",
        weak_crypto,
        _CONFIGURATION,
        "",
        PART,
    ),
    Item(
        "server_present",
        GROUP,
        Level.LOW,
        "The image holds an SSH server",
        "Remove it: use the container runtime to get into a container.",
        server_present,
        PROGRAMS,
        "A container seldom needs one.",
        PART,
    ),
)
