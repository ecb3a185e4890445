"""Credentials in command lines: shell histories, build steps, start commands. Text in, spans of secret values out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from analyzers.collectors.patterns.named import holds_secret
from analyzers.collectors.patterns.values import is_placeholder

MAX_TEXT = 256 * 1024
MAX_HITS = 200

_VALUE = r"""(?:"(?P<d>[^"\n]{1,4096})"|'(?P<s>[^'\n]{1,4096})'|(?P<b>[^\s"'|;&<>()]{1,4096}))"""
_ASSIGN = re.compile(rf"(?P<n>[A-Za-z_][\w.-]{{0,120}})=(?:{_VALUE})")
_OPTION = re.compile(rf"(?<![\w-])--?(?P<n>[A-Za-z][\w.-]{{1,60}}?)(?:[= ]\s{{0,4}})(?:{_VALUE})")
_LEGACY = re.compile(r"(?:^|#\(nop\)\s+|^\s*)(?:ENV|LABEL|ARG)\s+(?P<n>[A-Za-z_][\w.-]{0,120})[ \t]+(?P<b>[^\s=][^=\n]{0,4096}?)\s*$")
_SECRET_HEADER = r"(?:x-)?(?:[\w-]{0,40}(?:token|api-?key|secret|access-?key|auth-?key|password))"
_CALLS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(expression))
    for name, expression in (
        ("Authorization", r"(?i:authorization)\s{0,3}[:=]\s{0,3}(?:(?i:bearer|basic|token|digest|negotiate)\s{1,3})?(?P<b>[\w+/=.~:-]{6,4096})"),
        ("header", rf"(?<=['\"\s]){_SECRET_HEADER}\s{{0,3}}:\s{{0,3}}(?P<b>[^\s\"']{{6,4096}})".replace("(?:x-)?", "(?i:x-)?")),
        ("cookie", r"(?i:cookie)\s{0,3}:\s{0,3}[\w.-]{1,60}(?i:session|token|auth)[\w.-]{0,40}=(?P<b>[^\s;\"']{8,4096})"),
        ("url", r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s:/@\"']{0,128}:(?P<b>[^\s@/\"']{1,512})@[\w\[$-]"),
        ("url", r"https?://(?P<b>(?:gh[pousr]_|glpat-|github_pat_)?[A-Za-z0-9_-]{20,255})@[\w-]"),
        ("chpasswd", r"""(?<![\w/.-])["']?[a-z_][\w.-]{0,31}:(?P<b>[^\s"'|:\\]{1,256})(?=(?:\\n[^"'|\n]{0,400})?["']?\s*\|\s*(?:sudo\s+(?:-\w+\s+)*)?(?:/usr/sbin/)?chpasswd\b)"""),
        ("chpasswd", r"""chpasswd\s*(?:-\w+\s+)*<<<\s*["']?[a-z_][\w.-]{0,31}:(?P<b>[^\s"']{1,256})"""),
        ("passwd", r"""(?:echo|printf)\s+(?:-\w+\s+)*["']?(?P<b>[^\s"'|\\]{1,256})(?:\\n[^"'|]{0,256})?["']?\s*\|\s*(?:sudo\s+(?:-\w+\s+)*)?(?:/usr/bin/)?passwd\b"""),
        ("sudo", r"""(?:echo|printf)\s+(?:-\w+\s+)*["']?(?P<b>[^\s"'|\\]{1,256})(?:\\n)?["']?\s*\|\s*sudo\s+-\w*S"""),
        ("stdin", r"""(?:echo|printf)\s+(?:-\w+\s+)*["']?(?P<b>[^\s"'|\\$]{4,512})(?:\\n)?["']?\s*\|\s*[^|;&\n]{0,200}--password-stdin"""),
        ("mysql", r"(?<![\w./-])(?:mysql\w*|mariadb\w*|mysqladmin|mysqldump)\s(?:[^|;&\n]{0,400}?\s)?-p(?P<b>[^\s\"'|;&-][^\s\"'|;&]{0,255})"),
        ("mysql", r"(?<![\w./-])(?:mysql\w*|mariadb\w*)\s(?:[^|;&\n]{0,400}?\s)?-p(?P<q>[\"'])(?P<b>[^\"'\n]{1,255})(?P=q)"),
        ("sshpass", r"(?<![\w./-])sshpass\s+(?:-\w+\s+)*?-p\s{0,2}[\"']?(?P<b>[^\s\"']{1,255})"),
        ("login", r"(?<![\w./-])(?:docker|podman|buildah|skopeo|nerdctl|helm\s+registry|oras|crane(?:\s+auth)?|az|oc|cf|heroku|vault)\s+login\s(?:[^|;&\n]{0,400}?\s)?-p[ =]?[\"']?(?P<b>[^\s\"'-][^\s\"']{0,1023})"),
        ("curl", r"(?<![\w./-])(?:curl|http|https|wget)\s(?:[^|;&\n]{0,2000}?\s)?(?:-u|--user|--proxy-user|-U)[ =]{0,2}[\"']?[^\s:\"']{1,128}:(?P<b>[^\s\"']{1,512})"),
        ("redis", r"(?<![\w./-])redis-cli\s(?:[^|;&\n]{0,400}?\s)?-a\s{1,3}[\"']?(?P<b>[^\s\"']{1,255})"),
        ("mongo", r"(?<![\w./-])(?:mongo\w*)\s(?:[^|;&\n]{0,400}?\s)?-p\s{0,3}[\"']?(?P<b>[^\s\"'-][^\s\"']{0,254})"),
        ("ldap", r"(?<![\w./-])ldap(?:search|add|modify|delete|passwd|whoami)\s(?:[^|;&\n]{0,400}?\s)?-w\s{0,3}[\"']?(?P<b>[^\s\"']{1,255})"),
        ("openssl", r"(?<![\w-])-pass(?:in|out)?\s+[\"']?pass:(?P<b>[^\s\"']{1,255})"),
        ("openssl", r"openssl\s+passwd\s[^|;&\n)`]{0,200}?(?<=\s)(?P<b>[^\s\"'|;&)`$-][^\s\"'|;&)`]{3,255})\s{0,3}(?=$|[\"'|;&)`\n])"),
        ("keytool", r"(?<![\w-])-(?:store|key|src[-]?store|dest[-]?store|srckey|destkey)pass\s+[\"']?(?P<b>[^\s\"':]{1,255})"),
        ("htpasswd", r"htpasswd\s+-\w*b\w*\s+(?:-\w+\s+)*(?:\S+\s+)?\S+\s+[\"']?(?P<b>[^\s\"'>|;&]{1,255})"),
        ("useradd", r"(?:useradd|usermod|adduser)\s(?:[^|;&\n]{0,400}?\s)?(?:-p|--password)[ =]{1,3}[\"']?(?P<b>[^\s\"'!*-][^\s\"']{1,255})"),
        ("net", r"(?i:net)\s+user\s+\S+\s+(?P<b>[^\s/\"']{4,127})\s+/(?i:add|active)"),
        ("sql", r"(?i:identified\s+(?:with\s+\w+\s+)?by)\s+\\?[\"'](?P<b>[^\"'\\]{1,255})\\?[\"']"),
        ("sql", r"(?i:(?:alter|create)\s+(?:user|role)\s+\S+\s+(?:[\w\s]{0,60})password)\s+\\?[\"'](?P<b>[^\"'\\]{1,255})\\?[\"']"),
        ("npm", r"_auth(?:Token)?[ =]\s{0,3}[\"']?(?P<b>[^\s\"']{8,1024})"),
        ("aws", r"aws\s+configure\s+set\s+(?:\S+\.)?aws_secret_access_key\s+[\"']?(?P<b>[^\s\"']{8,256})"),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CommandSecret:
    """A secret value at [start, end) of a text, with the name or the tool that says that it is one."""

    name: str
    value: str
    start: int
    end: int


def command_secrets(text: str) -> Iterator[CommandSecret]:
    """Secrets that a command line gives away: assignments, options, headers, URLs and the ways of single tools. No overlaps.

    Texts above MAX_TEXT are read to that length; at most MAX_HITS come out."""
    taken: list[tuple[int, int]] = []
    for found in _all(text[:MAX_TEXT]):
        if any(found.start < end and start < found.end for start, end in taken):
            continue
        taken.append((found.start, found.end))
        yield found
        if len(taken) >= MAX_HITS:
            return


def _all(text: str) -> Iterator[CommandSecret]:
    for name, expression in _CALLS:
        for match in expression.finditer(text):
            value = match["b"]
            if not is_placeholder(value) or _weak_login(name, value):
                yield CommandSecret(name, value, match.start("b"), match.end("b"))
    for expression in (_ASSIGN, _OPTION):
        for match in expression.finditer(text):
            yield from _named(match)
    if (legacy := _LEGACY.search(text)) and holds_secret(legacy["n"], legacy["b"]):
        yield CommandSecret(legacy["n"], legacy["b"], legacy.start("b"), legacy.end("b"))


def _weak_login(name: str, value: str) -> bool:
    """A password that is set for an account counts even when it is the word `password`."""
    return name in ("chpasswd", "passwd") and value.isalnum()


def _named(match: re.Match[str]) -> Iterator[CommandSecret]:
    group = next(key for key in ("d", "s", "b") if match[key] is not None)
    value = match[group]
    if holds_secret(match["n"], value):
        yield CommandSecret(match["n"], value, match.start(group), match.end(group))
