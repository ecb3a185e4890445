"""Files that let somebody or something in: sudoers, hosts.equiv and its relatives, authorised keys, ld.so.preload.

Configuration facts `sudoers`, `host_trust`, `authorized_keys`, `ld_so_preload`. Sources: sudoers(5), hosts.equiv(5), sshd(8) section
AUTHORIZED_KEYS FILE FORMAT, ld.so(8). Options of a key are kept by name only: their values may hold anything.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import ClassVar

from analyzers.collectors.formats.bounded import up_to
from analyzers.contract import BaseCollector, FileView, Wanted
from schemas.facts import Configuration, Directive, Fact

_KEY = re.compile(
    r"(?:\A|\s)(ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-[\w@.-]+|sk-[\w-]+@openssh\.com|ssh-[a-z0-9-]+@openssh\.com)\s+([A-Za-z0-9+/]{30,}={0,2})"
)
_KEPT_ASIDE = re.compile(r"etc/sudoers\.(?:dist|dpkg-\w+|rpm\w+|bak|old|orig|pacnew|apk-new)\Z")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
MAX_SETTINGS = 10_000
MAX_KEY_LINE = 8192  # what OpenSSH reads
_TRUST_NAMES = frozenset({".rhosts", ".shosts"})
_TRUST_PATHS = frozenset({"etc/hosts.equiv", "etc/shosts.equiv", "etc/ssh/shosts.equiv"})


def _text(file: FileView) -> str:
    return file.data.decode("utf-8", "backslashreplace")


def parse_sudoers(text: str) -> Iterator[Directive]:
    """Logical lines: `include`, `includedir`, `defaults`, `alias` (context its kind, name = value), `user` (the user list, the rest)."""
    for number, line in _logical_lines(text):
        word, _, rest = line.partition(" ")
        if word in ("#include", "@include", "#includedir", "@includedir"):
            yield Directive(line=number, name=word[1:], value=rest.strip().strip('"'))
        elif line.startswith("#") and not re.match(r"#\d", line):
            continue
        elif word.startswith("Defaults"):
            yield Directive(line=number, name="defaults", value=_flags(rest), context=word.removeprefix("Defaults"))
        elif word in ("User_Alias", "Runas_Alias", "Host_Alias", "Cmnd_Alias", "Cmd_Alias"):
            for part in re.split(r"\s*:\s*(?=[A-Z])", rest):
                name, _, value = part.partition("=")
                yield Directive(line=number, name=name.strip(), value=value.strip(), context="Cmnd_Alias" if word == "Cmd_Alias" else word)
        elif "=" in line:
            found = re.match(r"((?:\"[^\"]*\"|[^\s,\"]+)(?:\s*,\s*(?:\"[^\"]*\"|[^\s,\"]+))*)\s+(.*)\Z", line)
            if found:
                yield Directive(line=number, name="user", value=found[2], context=re.sub(r"\s+", "", found[1]))


def _flags(text: str) -> str:
    """Only `authenticate` and its negation matter; other defaults may hold anything."""
    return ", ".join(re.findall(r"!?\bauthenticate\b", text))


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """(number of the first line, line without comment and with continuations joined)."""
    start, joined = 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        start = start or number
        joined += line.rstrip("\\") + " " if line.endswith("\\") else line
        if line.endswith("\\"):
            continue
        if not joined.lstrip().startswith("#"):
            joined = re.sub(r"(?<!\\)\s#(?!\d).*", "", joined)
        if joined.strip():
            yield start, joined.strip().replace("\t", " ")
        start, joined = 0, ""


def parse_keys(text: str) -> Iterator[Directive]:
    """One directive for each usable key: name = its type, value = SHA256 fingerprint, context = names of its options."""
    for number, line in enumerate(text.splitlines(), start=1):
        found = None if line.lstrip().startswith("#") or len(line) > MAX_KEY_LINE else _KEY.search(line)
        if found is None:
            continue
        try:
            blob = base64.b64decode(found[2] + "=" * (-len(found[2]) % 4))
        except ValueError:
            continue
        print_ = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
        options = _QUOTED.sub("", line[: found.start()].strip()).split(",")
        yield Directive(
            line=number,
            name=found[1],
            value=f"SHA256:{print_}",
            context=",".join(one.partition("=")[0].strip() for one in options if one)[:200],
        )


def _plain(text: str) -> Iterator[Directive]:
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#", 1)[0].split()
        if words:
            yield Directive(line=number, name=words[0], value=" ".join(words[1:]))


class Trust(BaseCollector):
    """The files of this module, wherever their names allow."""

    name: ClassVar[str] = "trust"
    version: ClassVar[int] = 3
    tells: ClassVar[tuple[type[Fact], ...]] = (Configuration,)
    wanted: ClassVar[Wanted] = Wanted(
        names=_TRUST_NAMES | {"authorized_keys", "authorized_keys2"},
        paths=_TRUST_PATHS | {"etc/sudoers", "usr/local/etc/sudoers", "etc/ld.so.preload"},
        folders=("etc/sudoers.", "usr/local/etc/sudoers.d/", "etc/ssh/authorized_keys"),
        max_bytes=4 * 1024 * 1024,
    )

    def collect(self, file: FileView) -> Iterable[Fact]:
        name = file.path.rpartition("/")[2]
        if _KEPT_ASIDE.match(file.path):
            return
        if file.path.endswith("etc/sudoers") or "/sudoers." in file.path:
            software, parsed = "sudoers", parse_sudoers(_text(file))
        elif file.path == "etc/ld.so.preload":
            words = re.sub(r"#.*", lambda found: " " * len(found[0]), _text(file))
            software, parsed = "ld_so_preload", _libraries(words)
        elif name in _TRUST_NAMES or file.path in _TRUST_PATHS:
            software, parsed = "host_trust", _plain(_text(file))
        else:
            software, parsed = "authorized_keys", parse_keys(_text(file))
        directives, more = up_to(MAX_SETTINGS, parsed, file.path, self.name)
        yield from more
        if directives or software == "sudoers":
            yield Configuration(path=file.path, software=software, directives=directives)


def _libraries(text: str) -> Iterator[Directive]:
    """Libraries are separated by spaces or colons."""
    for number, line in enumerate(text.splitlines(), start=1):
        for word in re.split(r"[\s:]+", line):
            if word:
                yield Directive(line=number, name=word)
