"""Options on the command lines of services that items ask for. Values of secrets are replaced by what they are worth.

Sources: the manual pages of the programs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyzers.collectors.passwords.guessing import plain_weakness

_SECRET = re.compile(r"(?i).*(?:pass|password|token|secret)\Z|-+requirepass\Z")
_EMPTY = ("", "''", '""')
_CONFIGURATION = re.compile(r".*\.(?:conf|cnf|cfg|ya?ml|ini|json)\Z")


@dataclass(frozen=True, slots=True)
class Program:
    """`kept`: options that become facts, as written with their dashes, if their value is one of `values`. `flags`: those of them that
    take no value. `many`: a value is all that follows up to the next option."""

    kept: re.Pattern[str]
    flags: frozenset[str] = frozenset()
    many: bool = False
    values: re.Pattern[str] = re.compile(r"(?s).*")


def _program(kept: str, *flags: str, many: bool = False, values: str = r"(?s).*") -> Program:
    return Program(re.compile(kept), frozenset(flags), many, re.compile(values))


_REDIS = _program(r"--(?:bind|protected-mode|requirepass|port|aclfile)", many=True)
_DOCKERD = _program(r"-H|--host|--tlsverify", "--tlsverify")
_JUPYTER = _program(r"--(?:\w+\.)?(?:token|password|hashed_password|ip)|--PasswordIdentityProvider\.hashed_password")
_MYSQLD = _program(r"--(?:skip[-_]grant[-_]tables|skip[-_]networking)", *(f"--skip{a}grant{b}tables" for a in "-_" for b in "-_"))
PROGRAMS: dict[str, Program] = {
    "redis-server": _REDIS,
    "valkey-server": _REDIS,
    "mongod": _program(r"--(?:bind_ip(?:_all)?|auth|noauth|keyFile|clusterAuthMode|config)|-f", "--bind_ip_all", "--auth", "--noauth"),
    "memcached": _program(r"-l|--listen|-S|--enable-sasl|-s|--unix-socket|-Y|--auth-file", "-S", "--enable-sasl"),
    "etcd": _program(r"--(?:listen-client-urls|client-cert-auth|config-file)", "--client-cert-auth"),
    "dockerd": _DOCKERD,
    "dockerd-entrypoint.sh": _DOCKERD,
    "kubelet": _program(r"--(?:anonymous-auth|authorization-mode|read-only-port|config)"),
    "jupyter": _JUPYTER,
    "jupyter-lab": _JUPYTER,
    "jupyter-notebook": _JUPYTER,
    "jupyter-server": _JUPYTER,
    "start-notebook.sh": _JUPYTER,
    "start-notebook.py": _JUPYTER,
    "mysqld": _MYSQLD,
    "mariadbd": _MYSQLD,
    "mysqld_safe": _MYSQLD,
    "elasticsearch": _program(r"-E", values=r"(?:xpack\.security\.enabled|(?:http|network)\.host)=.*"),
    "sshd": _program(
        r"-o|-f",
        values=r"(?i)(?:PermitRootLogin|PermitEmptyPasswords|PasswordAuthentication|KbdInteractiveAuthentication|ChallengeResponseAuthentication)"
        r"\b.*|/.*",
    ),
    "vsftpd": _program(r"-o", values=r"anonymous_enable=.*"),
    "postgres": _program(r"-c", values=r"\s*listen_addresses\s*=.*"),
    "pure-ftpd": _program(r"-E|--noanonymous", "-E", "--noanonymous"),
    "java": _program(r"-agentlib:jdwp|-Xrunjdwp:.*"),
    "node": _program(r"--inspect(?:-brk)?"),
}


def options_of(program: str, args: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(name, value) of the options of a program that are kept, and ("", path) of the configuration files that it is given.

    `-oName=value` counts as `-o` with a value, as `-o Name=value` does."""
    known = PROGRAMS[program]
    rest = list(args)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            if _CONFIGURATION.match(word):
                yield "", word
            continue
        if len(word) > 2 and not word.startswith("--") and known.kept.fullmatch(word[:2]) and not known.kept.fullmatch(name):
            name, value = word[:2], word[2:].removeprefix("=")
        elif not equals and name not in known.flags:
            value = " ".join(_values(rest, known.many))
        if known.kept.fullmatch(name) and known.values.fullmatch(value):
            yield name, _masked(name, value)


def _values(rest: list[str], many: bool) -> Iterator[str]:
    """The words behind an option that are its value, taken off the rest."""
    while rest and not (rest[0].startswith("-") and len(rest[0]) > 1 and not rest[0].startswith("-::")):
        yield rest.pop(0)
        if not many:
            return


def _masked(name: str, value: str) -> str:
    if not _SECRET.match(name):
        return value[:1000]
    if value in _EMPTY:
        return "(empty)"
    return f"(weak: {weakness})" if (weakness := plain_weakness("", value.strip("'\""))) else "(set)"
