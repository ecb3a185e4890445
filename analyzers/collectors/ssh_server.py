"""OpenSSH server: sshd_config with its included files, and host keys. Source: sshd_config(5).

Configuration facts `sshd`: directive names in lower case, `context` the criteria of the Match block; `sshd_named` the same of files that
sshd reads only if its command line names them. Facts `ssh_host_key` for keys that hold something.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar

from analyzers.contract import BaseCollector, FileView, Wanted
from schemas.facts import Configuration, Directive, Fact

_KEEP = frozenset({
    "include", "permitrootlogin", "permitemptypasswords", "passwordauthentication", "ciphers", "macs", "kexalgorithms", "hostkeyalgorithms",
    "pubkeyacceptedalgorithms", "pubkeyacceptedkeytypes", "protocol", "authenticationmethods",
    "usepam", "kbdinteractiveauthentication", "challengeresponseauthentication",
})  # fmt: skip
_HOST_KEY = re.compile(r"ssh_host_\w*key\Z")
_DROPBEAR_KEY = re.compile(r"etc/dropbear/dropbear_\w+_host_key\Z")
_NAMED = re.compile(r"etc/ssh/(?!ssh_config|moduli|ssh_known_hosts|ssh_import_id)[^/]+|(?:.*/)?sshd(?:_config|\.conf)")
_TESTS = re.compile(r"(?:\A|/)(?:tests?|testdata|fixtures)/")
_LINE = re.compile(r"(\w+)(?:\s*=\s*|\s+)(.*)\Z")


def parse_sshd(text: str) -> Iterator[Directive]:
    """Settings in the order of the file; a Match block lasts until the next one."""
    context = ""
    for number, line in enumerate(text.splitlines(), start=1):
        found = _LINE.match(line.strip())
        if not found or line.lstrip().startswith("#"):
            continue
        name, value = found[1].lower(), _unquoted(found[2])
        if name == "match":
            context = f"Match {value}"
        elif name in _KEEP:
            yield Directive(line=number, name=name, value=value, context=context)


def _unquoted(text: str) -> str:
    """Without quotes and without a comment after the value (OpenSSH 8.5 and later)."""
    words = re.findall(r'"[^"]*"|\S+', text)
    kept: list[str] = []
    for word in words:
        if word.startswith("#"):
            break
        kept.append(word.strip('"'))
    return " ".join(kept)


class SshServer(BaseCollector):
    """sshd_config, files of sshd_config.d, what else may configure sshd, and host keys of OpenSSH and Dropbear."""

    name: ClassVar[str] = "ssh_server"
    version: ClassVar[int] = 6
    tells: ClassVar[tuple[type[Fact], ...]] = (Configuration,)
    wanted: ClassVar[Wanted] = Wanted(
        names=frozenset({"sshd_config", "sshd.conf", *(f"ssh_host_{kind}_key" for kind in ("rsa", "dsa", "ecdsa", "ed25519"))}),
        folders=("etc/ssh/", "etc/dropbear/", "usr/etc/ssh/", "usr/share/openssh/sshd_config.d/"),
        max_bytes=1024 * 1024,
    )

    def collect(self, file: FileView) -> Iterable[Fact]:
        folder, _, name = file.path.rpartition("/")
        included = "/sshd_config.d" in folder and name.endswith(".conf")
        if included or (name == "sshd_config" and folder.startswith(("etc", "usr/etc", "usr/local/etc", "opt"))):
            yield _configuration(file, "sshd")
        elif _holds_host_key(file.path, name, file.data):
            yield Configuration(path=file.path, software="ssh_host_key")
        elif _NAMED.fullmatch(file.path) and not _TESTS.search(file.path):
            fact = _configuration(file, "sshd_named")
            yield from [fact] if fact.directives else ()


def _configuration(file: FileView, software: str) -> Configuration:
    directives = tuple(parse_sshd(file.data.decode("utf-8", "backslashreplace")))
    return Configuration(path=file.path, software=software, directives=directives)


def _holds_host_key(path: str, name: str, data: bytes) -> bool:
    if _DROPBEAR_KEY.match(path):
        return bool(data)
    return _HOST_KEY.match(name) is not None and b"PRIVATE KEY" in data[:200] and not _TESTS.search(path)
