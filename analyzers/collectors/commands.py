"""Credentials in command lines: shell histories, build steps, start commands. Text in, spans of secret values out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from analyzers.collectors.command_forms import FORMS
from analyzers.collectors.patterns.checksums import is_url_password, spelt
from analyzers.collectors.patterns.named import holds_secret, sets_password
from analyzers.collectors.patterns.values import is_placeholder

MAX_TEXT = 256 * 1024
MAX_HITS = 200
# One of these stands on every line where a form of command_forms.py begins.
_WORDS = (
    "://", "authorization", "token", "api-key", "apikey", "secret", "access-key", "auth-key", "passw", "passphrase", "cookie", "machine",
    "login", "sudo", "mysql", "mariadb", "curl", "http", "wget", "redis", "mongo", "ldap", "-pass", "openssl", "composer", "-storepass",
    "-keypass", "useradd", "usermod", "adduser", "net user", "identified", "_auth", "aws_secret", "requirepass", "masterauth", "sqlplus",
    "expdp", "impdp", "rman", "sqlldr", "sqlcmd", "bcp", "osql", "isql", "tsql", "influx", "signtool", "etcdctl", "x11vnc", "storepass",
)  # fmt: skip
_COMMAND_LINE = re.compile(r"(?:[^\n]{0,2000}\\\n|[^\n]{0,200}<<[^\n]{0,200}\n){0,8}[^\n]{0,2000}")  # what goes on behind its line too
_COMMENTS = ("#", "//", "::", "rem ", "REM ", "echo ", "printf ")

_VALUE = r"""(?:"(?P<d>[^"\n]{1,4096})"|'(?P<s>[^'\n]{1,4096})'|(?P<b>[^\s"'|;&<>()]{1,4096}))"""
_ASSIGN = re.compile(rf"(?P<n>[A-Za-z_][\w.-]{{0,120}})=(?:{_VALUE})")
_OPTION = re.compile(rf"(?<![\w-])--?(?P<n>[A-Za-z][\w.-]{{1,60}}?)(?:[= ]\s{{0,4}})(?:{_VALUE})")
_LEGACY = re.compile(r"(?:^|#\(nop\)\s+|^\s*)(?:ENV|LABEL|ARG)\s+(?P<n>[A-Za-z_][\w.-]{0,120})[ \t]+(?P<b>[^\s=][^=\n]{0,4096}?)\s*$")


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


def script_secrets(text: str) -> Iterator[CommandSecret]:
    """Passwords that the tools in a script get on their command lines. Stricter than `command_secrets`: scripts are written for many, full
    of variables, comments and words that stand for a password."""
    for found in islice(_on_lines_of_tools(text[:MAX_TEXT]), MAX_HITS):
        line = text[text.rfind("\n", 0, found.start) + 1 : found.start].lstrip(" \t-")
        if (
            found.name != "header"
            and not line.startswith(_COMMENTS)
            and len(found.value) >= 6
            and is_url_password(found.value)
            and spelt(found.value)
        ):
            yield found


def _on_lines_of_tools(text: str) -> Iterator[CommandSecret]:
    """As `_of_tools`, which would be slow on every line of every script: only on those with a word of theirs."""
    lowered, starts = text.lower(), set()
    for word in _WORDS:
        at = lowered.find(word)
        while at >= 0:
            starts.add(text.rfind("\n", 0, at) + 1)
            end = text.find("\n", at)
            at = lowered.find(word, end) if end >= 0 else -1
    done = 0
    for start in sorted(starts):
        line = _COMMAND_LINE.match(text, start)
        if line is None or start < done:
            continue
        done = line.end()
        for found in _of_tools(line[0].replace("\\\n", "  ")):
            yield replace(found, start=found.start + start, end=found.end + start)


def _all(text: str) -> Iterator[CommandSecret]:
    yield from _of_tools(text)
    for expression in (_ASSIGN, _OPTION):
        for match in expression.finditer(text):
            yield from _named(match)
    if (legacy := _LEGACY.search(text)) and _counts(legacy["n"], legacy["b"]):
        yield CommandSecret(legacy["n"], legacy["b"], legacy.start("b"), legacy.end("b"))


def _of_tools(text: str) -> Iterator[CommandSecret]:
    for name, expression in FORMS:
        for match in expression.finditer(text):
            value = match["b"]
            if not is_placeholder(value) or _weak_login(name, value):
                yield CommandSecret(name, value, match.start("b"), match.end("b"))


def _counts(name: str, value: str) -> bool:
    return bool(holds_secret(name, value)) or sets_password(name, value)


def _weak_login(name: str, value: str) -> bool:
    """A password that is set for an account counts even when it is the word `password`."""
    return name in ("chpasswd", "passwd") and value.isalnum()


def _named(match: re.Match[str]) -> Iterator[CommandSecret]:
    group = next(key for key in ("d", "s", "b") if match[key] is not None)
    value = match[group]
    if group == "b" and value.startswith("-"):
        return  # the next option
    if _counts(match["n"], value):
        yield CommandSecret(match["n"], value, match.start(group), match.end(group))
