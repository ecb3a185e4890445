"""Service configuration, part ssh. Sources: sshd_config(5), RFC 9142 (key exchange), RFC 8758 (RC4), the OpenSSH release notes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase

from analyzers.baseline.addresses import is_loopback
from analyzers.baseline.exposure import version_below
from analyzers.baseline.gaps import PACKAGES
from analyzers.baseline.includes import Located, Setting, expanded, files_of
from analyzers.baseline.item import Hit, Item, Need, hit_directive, hit_fact
from analyzers.baseline.needs import PROGRAMS
from analyzers.baseline.starts import Start, starts_of
from analyzers.baseline.system import System
from analyzers.distributions import chosen
from schemas.vocabulary import Level

_SUSE = frozenset({"sles", "sled", "sles_sap", "sle_hpc", "opensuse", "opensuse-leap"})
GROUP, PART = "service_config", "ssh"
_ALL = "match all"
_LISTS = ("ciphers", "macs", "kexalgorithms", "hostkeyalgorithms", "pubkeyacceptedalgorithms", "pubkeyacceptedkeytypes")
_WEAK = re.compile(
    r"(?:.*-cbc(?:@.*)?|arcfour.*|none|hmac-md5.*|hmac-sha1-96.*|diffie-hellman-group1-sha1|diffie-hellman-group-exchange-sha1|rsa1024-sha1|ssh-dss.*)\Z"
)


def _given(system: System) -> list[str] | None:
    """Paths of the files that the command line gives with -f in place of the usual one; None where it gives none. The image's own command
    counts before units that nothing starts in a container."""
    starts = starts_of(system, "sshd")
    starts = [one for one in starts if one.path.startswith("config.")] or starts
    given = [path for start in starts for path in start.configuration]
    return given if starts and all(start.configuration for start in starts) else None


def _mains(system: System) -> tuple[dict[str, Located], list[str]]:
    """All files that sshd may read, and the paths of those that it begins with: what -f gives, else the usual one. Without such a one,
    included files by name, as their main file is not in the image."""
    usual, given = files_of(system, "sshd"), _given(system)
    files = {**files_of(system, "sshd_named"), **usual}
    if given is not None:
        return files, [path for path in given if path in files]
    named = [path for path in usual if posixpath.basename(path) == "sshd_config"]
    return files, [path for path in named if path.startswith("etc/ssh/")] or named or sorted(usual)


def _order(system: System) -> list[Setting]:
    """Settings as sshd reads them: included files where the Include stands."""
    files, mains = _mains(system)
    return [setting for main in mains for setting in expanded(files, main, ("include",), "etc/ssh")]


def _main(system: System) -> Located | None:
    """The file that speaks for settings that none makes; None where sshd reads none of the image's."""
    files, mains = _mains(system)
    return files[mains[0]] if mains else None


def effective(system: System, name: str) -> list[Setting]:
    """The settings of one name that can take effect: the first outside Match blocks, and the first in each Match block. What stands in a
    block for all takes the place of what stands outside."""
    first: dict[str, Setting] = {}
    for setting in _order(system):
        if setting[1].name == name:
            first.setdefault(setting[1].context.lower() if setting[1].context.lower() == _ALL else setting[1].context, setting)
    if _ALL in first:
        first[""] = first.pop(_ALL)
    return list(first.values())


def _told(system: System, name: str) -> tuple[Start, str] | None:
    """What the command line says: its options come before the file, and the first value counts."""
    for start in starts_of(system, "sshd"):
        for option in start.every("-o"):
            key, value = (*re.split(r"\s*=\s*|\s+", option.strip(), maxsplit=1), "")[:2]
            if key.lower() == name:
                return start, value
    return None


def _says_yes(name: str, old_default: tuple[int, ...] = ()) -> Callable[[System], Iterator[Hit]]:
    """Where a setting says yes. `old_default`: before this version an installed server takes yes where nothing is said; some distributions
    kept that default, whatever the version."""

    def find(system: System) -> Iterator[Hit]:
        told, settings = _told(system, name), effective(system, name)
        if told and told[1].lower() == "yes":
            yield told[0].hit(name, f"-o {name}={told[1]}")
        for located, directive in settings:
            overruled = (told is not None and not directive.context) or _from_inside(directive.context)
            if directive.value.lower() == "yes" and not overruled and not _not_for_root(name, directive.context):
                yield hit_directive(located, directive, " ".join(filter(None, (name, directive.context))))
        main = _main(system)
        said = told is not None or any(not directive.context for _, directive in settings)
        kept = _keeps_old_default(system)
        if old_default and main and not said and (kept or version_below(system.version_of("openssh-server", "openssh"), *old_default)):
            yield hit_fact(main, name, f"{name} is not set: the default of this version is yes")

    return find


def _keeps_old_default(system: System) -> bool:
    """Whether root may log in with a password unless something else is said: Red Hat 7 and Amazon Linux 2 (sshd_config(5) there), SUSE up
    to release 15 and Leap 42 (patch allow_root_password_login of its package)."""
    package = system.package("openssh-server", "openssh")
    if package is None:
        return False
    found = chosen(fact for _, fact in system.distributions)
    suse = found is not None and found.id in _SUSE and found.version.partition(".")[0] in ("12", "15", "42")
    return suse or re.search(r"\.(?:el7|amzn2)(?!\d)", package[1].version) is not None


def _from_inside(context: str) -> bool:
    """Whether a Match block is for clients on the same host only."""
    found = re.search(r"(?i)\baddress\s+(\S+)", context)
    return found is not None and all(is_loopback(one) for one in found[1].split(","))


def _not_for_root(name: str, context: str) -> bool:
    """Whether a Match block for named users cannot concern root."""
    found = re.search(r"(?i)\buser\s+(\S+)", context)
    if name != "permitrootlogin" or not found:
        return False
    patterns = found[1].split(",")
    wanted = any(fnmatchcase("root", one) for one in patterns if not one.startswith("!"))
    return not wanted or "!root" in patterns


def password_authentication(system: System) -> Iterator[Hit]:
    """Its default is yes, which counts where the server is installed. Where every list of methods wants something else first, nobody gets
    in with a password alone."""
    methods = [one.value.lower().split() for _, one in effective(system, "authenticationmethods") if not one.context]
    if methods and all("password" not in one and "any" not in one for one in methods[0]):
        return
    yield from _says_yes("passwordauthentication")(system)
    main = _main(system)
    said = _told(system, "passwordauthentication") or any(not one.context for _, one in effective(system, "passwordauthentication"))
    if main and server_installed(system) and not said:
        yield hit_fact(main, "passwordauthentication", "PasswordAuthentication is not set: the default is yes")
    elif said and server_installed(system) and not methods:
        yield from _asked_by_pam(system)


def _asked_by_pam(system: System) -> Iterator[Hit]:
    """`UsePAM yes` with keyboard-interactive authentication, which is on by default, asks for the password all the same."""
    general = {
        name: [one for one in effective(system, name) if not one[1].context]
        for name in ("usepam", "kbdinteractiveauthentication", "challengeresponseauthentication", "passwordauthentication")
    }
    pam = next(iter(general["usepam"]), None)
    told = _told(system, "kbdinteractiveauthentication") or _told(system, "challengeresponseauthentication")
    asked = [*general["kbdinteractiveauthentication"], *general["challengeresponseauthentication"]][:1]
    off = any(one.value.lower() == "no" for _, one in general["passwordauthentication"])
    if pam and pam[1].value.lower() == "yes" and off and not told and all(one.value.lower() == "yes" for _, one in asked):
        evidence = "KbdInteractiveAuthentication is yes" if asked else "KbdInteractiveAuthentication is not set: the default is yes"
        located, line = asked[0] if asked else pam
        yield Hit("kbdinteractiveauthentication", located[1].path, located[0], line.line, f"{evidence}, and UsePAM asks for the password")


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
    lambda system: bool(system.configurations("sshd", "sshd_named")) or server_installed(system),
    frozenset({"ssh_server", PACKAGES, "file_modes"}),
)
_CONFIGURATION = Need(
    "No configuration of OpenSSH was found.",
    lambda system: _main(system) is not None,
    frozenset({"ssh_server", "start_commands", "os-release"}),
)
ITEMS = (
    Item(
        "permit_root_login",
        GROUP,
        Level.HIGH,
        "The SSH server lets root log in with a password",
        "Set `PermitRootLogin no`.",
        _says_yes("permitrootlogin", old_default=(7,)),
        _CONFIGURATION,
        "The best-known account can be attacked from outside.",
        PART,
        version=4,
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
        version=4,
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
        version=2,
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
        version=4,
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
        version=4,
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
