"""Where packages come from and whether anybody checks them: apt, yum, dnf, zypper, pacman; and clients that were told not to check TLS.

Configuration facts `package_source` (name = `trusted`, `gpgcheck`, ...; context = the repository) and `tls_client` (context = the client).
Only switches that turn a check off are kept. Sources: sources.list(5), apt.conf(5), apt-secure(8), dnf.conf(5), pacman.conf(5),
pip, npm and yarn configuration, git-config(1), curl(1), wget manual.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar

from analyzers.collectors.formats.key_values import assignments
from analyzers.contract import BaseCollector, FileView, Wanted
from schemas.facts import Configuration, Directive, Fact

_ON = frozenset({"yes", "true", "1", "on", "force"})
_OFF = frozenset({"no", "false", "0", "off", "none"})
_APT_LINE = re.compile(r"\s*deb(?:-src)?\s+\[([^\]]*)\]\s*(\S+)\s+(\S+)")
_APT_SWITCH = re.compile(r"(?i)(?:APT|Acquire)::[\w:.-]*?(?:AllowUnauthenticated|AllowInsecureRepositories|Verify-Peer|Verify-Host)")
_APT_TOKEN = re.compile(r"//[^\n]*|#[^\n]*|/\*.*?(?:\*/|\Z)|([{};])|\"([^\"\n]*)\"|([^\s{};\"]+)", re.DOTALL)
MAX_DEPTH = 20
_CREDENTIALS = re.compile(r"//[^/@\s]*@")


def _address(text: str) -> str:
    return _CREDENTIALS.sub("//", text)[:200]


def _apt_list(text: str) -> Iterator[Directive]:
    for number, line in enumerate(text.splitlines(), start=1):
        found = _APT_LINE.match(line)
        for option, value in re.findall(r"([\w-]+)\s*\+?=\s*([^\s\]]+)", found[1][:1000]) if found else ():
            if found and option.lower() in ("trusted", "allow-insecure") and value.lower() in _ON:
                yield Directive(line=number, name=option.lower(), value=value, context=f"{_address(found[2])} {found[3]}")


def _apt_sources(text: str) -> Iterator[Directive]:
    """Paragraphs of the deb822 form; one with `Enabled: no` does not count."""
    paragraph: list[tuple[int, str, str]] = []
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        name, colon, value = line.partition(":")
        if colon and re.fullmatch(r"[A-Za-z][\w-]*", name):
            paragraph.append((number, name.lower(), value.strip()))
        elif not line.strip():
            values = {name: value for _, name, value in paragraph}
            if values.get("enabled", "yes").lower() not in _OFF:
                for where, name, value in paragraph:
                    if name in ("trusted", "allow-insecure") and value.lower() in _ON:
                        yield Directive(line=where, name=name, value=value, context=_address(values.get("uris", "")))
            paragraph = []


def _apt_conf(text: str) -> Iterator[Directive]:
    """Switches that are on at the end, whether their names are written whole or in blocks: the last value of a name counts."""
    last: dict[str, Directive] = {}
    for line, name, value in _apt_values(text):
        if _APT_SWITCH.fullmatch(name):
            last[name.lower()] = Directive(line=line, name=name, value=value, context="tls" if "verify" in name.lower() else "")
    for one in last.values():
        if one.value.lower() in (_OFF if one.context else _ON):
            yield one


def _apt_values(text: str) -> Iterator[tuple[int, str, str]]:
    """(line, whole name, value) of each setting. Source: apt.conf(5), SYNTAX."""
    blocks: list[str] = []
    words: list[str] = []
    line, place = 1, 0
    for token in _APT_TOKEN.finditer(text):
        line += text.count("\n", place, token.start())
        place = token.start()
        sign, word = token[1], token[2] if token[2] is not None else token[3]
        if word is not None:
            words.append(word[:200])
        elif sign == "{" and len(blocks) < MAX_DEPTH:
            blocks.append(words[0] if words else "")
        elif sign == "}":
            del blocks[-1:]
        elif sign == ";" and len(words) == 2:
            yield line, "::".join(filter(None, (*blocks, words[0]))), words[1]
        words = words if word is not None or not sign else []


def _yum(text: str) -> Iterator[Directive]:
    """Enabled repositories with gpgcheck off or sslverify off; [main] sets the default for the others."""
    lines = list(assignments(text))
    disabled = {one.context for one in lines if one.name == "enabled" and one.value.lower() in _OFF}
    for one in lines:
        if one.name in ("gpgcheck", "sslverify") and one.value.lower() in _OFF and one.context not in disabled:
            yield one.model_copy(update={"context": f"tls {one.context}" if one.name == "sslverify" else one.context})


def _pacman(text: str) -> Iterator[Directive]:
    for one in assignments(text):
        if one.name == "SigLevel" and re.search(r"\b(?:Package)?Never\b|\bTrustAll\b", one.value):
            yield one


def _pip(text: str) -> Iterator[Directive]:
    for one in assignments(text):
        if one.name.replace("_", "-") == "trusted-host" and (one.value or one.context):
            yield Directive(line=one.line, name="trusted-host", value=_address(one.value), context="tls pip")


def _switch(pattern: str, client: str) -> Callable[[str], Iterator[Directive]]:
    compiled = re.compile(pattern, re.IGNORECASE)

    def parse(text: str) -> Iterator[Directive]:
        for number, line in enumerate(text.splitlines(), start=1):
            found = compiled.match(line)
            if found:
                yield Directive(line=number, name=found[1], value=(found[2] or "") if compiled.groups > 1 else "", context=f"tls {client}")

    return parse


_GIT = _switch(r"\s*(sslVerify)\s*=\s*\"?(false|no|off|0)\b", "git")
_NPM = _switch(r"\s*(strict-ssl)\s*=\s*\"?(false)\b", "npm")
_YARN = _switch(r"\s*(strict-ssl|\"strict-ssl\"|enableStrictSsl)\s*:?\s+\"?(false)\b", "yarn")
_CURL = _switch(r"\s*(?:--)?(-k\b|insecure\b)()", "curl")
_WGET = _switch(r"\s*(check[_-]?certificate)\s*=\s*(off|no|0|quiet)\b", "wget")
_READERS: tuple[tuple[re.Pattern[str], Callable[[str], Iterable[Directive]]], ...] = (
    (re.compile(r"etc/apt/sources\.list|etc/apt/sources\.list\.d/[\w.-]+\.list"), _apt_list),
    (re.compile(r"etc/apt/sources\.list\.d/[\w.-]+\.sources"), _apt_sources),
    (re.compile(r"etc/apt/apt\.conf|etc/apt/apt\.conf\.d/[\w.-]+"), _apt_conf),
    (re.compile(r"etc/(?:yum\.repos\.d|zypp/repos\.d)/[\w.@ -]+\.repo|etc/yum\.conf|etc/dnf/dnf\.conf|etc/zypp/zypp\.conf"), _yum),
    (re.compile(r"etc/pacman\.conf|etc/pacman\.d/[\w.-]+\.conf"), _pacman),
    (re.compile(r"(?:.*/)?pip\.(?:conf|ini)"), _pip),
    (re.compile(r"(?:.*/)?\.?npmrc"), _NPM),
    (re.compile(r"(?:.*/)?\.yarnrc(?:\.yml)?"), _YARN),
    (re.compile(r"(?:.*/)?\.gitconfig|etc/gitconfig|(?:.*/)?\.config/git/config"), _GIT),
    (re.compile(r"(?:.*/)?\.curlrc"), _CURL),
    (re.compile(r"(?:.*/)?\.wgetrc|etc/wgetrc"), _WGET),
)


class Repositories(BaseCollector):
    """Facts only of files that switch a check off, and of those that could have done so (without directives)."""

    name: ClassVar[str] = "repositories"
    version: ClassVar[int] = 2
    tells: ClassVar[tuple[type[Fact], ...]] = (Configuration,)
    wanted: ClassVar[Wanted] = Wanted(
        names=frozenset({"pip.conf", "pip.ini", ".npmrc", "npmrc", ".yarnrc", ".yarnrc.yml", ".gitconfig", ".curlrc", ".wgetrc", "config"}),
        paths=frozenset({"etc/yum.conf", "etc/dnf/dnf.conf", "etc/zypp/zypp.conf", "etc/pacman.conf", "etc/gitconfig", "etc/wgetrc"}),
        folders=("etc/apt/", "etc/yum.repos.d/", "etc/zypp/repos.d/", "etc/pacman.d/"),
        max_bytes=1024 * 1024,
    )

    def collect(self, file: FileView) -> Iterable[Fact]:
        for pattern, parse in _READERS:
            if pattern.fullmatch(file.path):
                found = tuple(parse(file.data.decode("utf-8", "backslashreplace")))
                source = tuple(one for one in found if not one.context.startswith("tls"))
                client = tuple(one for one in found if one.context.startswith("tls"))
                if file.path.startswith("etc/") and not file.path.endswith(("gitconfig", "wgetrc", "pip.conf", "npmrc")):
                    yield Configuration(path=file.path, software="package_source", directives=source)
                if client or not file.path.startswith("etc/"):
                    yield Configuration(path=file.path, software="tls_client", directives=client)
                return
