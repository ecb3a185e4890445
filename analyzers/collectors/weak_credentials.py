"""Password files of services: htpasswd, svn, VNC, rsync secrets. Configuration facts `htpasswd`, `svn`, `vnc`, `rsync_secrets`:
name = user, value = what the password is worth, never the password. Sources: htpasswd(1), the svn book (svnserve.conf), vncpasswd(1),
rsyncd.conf(5)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from typing import ClassVar

from analyzers.collectors.accounts import MAX_NAME, NO_HASH
from analyzers.collectors.formats.key_values import assignments
from analyzers.collectors.passwords.guessing import BUDGET_MS, Guesser, candidates, plain_weakness
from analyzers.collectors.passwords.schemes import scheme_of
from analyzers.collectors.passwords.vnc import vnc_password
from analyzers.collectors.service_files import worth
from analyzers.contract import BaseCollector, FileView, PassContext, Wanted
from schemas.facts import Configuration, Directive, Fact, Skipped
from schemas.vocabulary import Reason

MAX_LINES = 2_000
_HTPASSWD = frozenset({".htpasswd", "htpasswd", ".htpasswds", "passwd.htpasswd", "htpasswd.users"})
_RSYNC = frozenset({"rsyncd.secrets", "rsync.secrets", "rsyncd.passwd", "rsync.passwd", "rsyncd.pass", "rsync.pass", "rsyncd.password"})
_VNC = frozenset({"vncpasswd", "passwd"})


class WeakCredentials(BaseCollector):
    """One Configuration fact for each password file; guesses share one budget, as in the collector of accounts."""

    name: ClassVar[str] = "weak_credentials"
    version: ClassVar[int] = 5
    tells: ClassVar[tuple[type[Fact], ...]] = (Configuration,)
    wanted: ClassVar[Wanted] = Wanted(names=_HTPASSWD | _RSYNC | _VNC, suffixes=frozenset({".htpasswd"}), max_bytes=512 * 1024)

    def __init__(self, context: PassContext) -> None:
        super().__init__(context)
        self._guesser = Guesser(BUDGET_MS / 4)

    def collect(self, file: FileView) -> Iterable[Fact]:
        name = file.path.rpartition("/")[2]
        text = file.data.decode("utf-8", "backslashreplace")
        if name in _HTPASSWD or name.endswith(".htpasswd"):
            lines = text.splitlines()
            yield from self._too_long(file.path, lines)
            yield from self._htpasswd(file.path, lines[:MAX_LINES])
        elif name in _RSYNC:
            lines = text.splitlines()
            yield from self._too_long(file.path, lines)
            yield from _fact(file.path, "rsync_secrets", _colons(lines[:MAX_LINES]))
        elif "[users]" in text and not file.path.startswith("etc/"):
            yield from _fact(file.path, "svn", _svn(text))
        elif (name == "vncpasswd" or "/.vnc/" in file.path or "/tigervnc/" in file.path) and 8 <= len(file.data) <= 24:
            weakness = plain_weakness("", vnc_password(file.data)) or plain_weakness("vnc", vnc_password(file.data))
            value = f"(weak: {weakness})" if weakness else "(set)"
            yield from _fact(file.path, "vnc", [Directive(line=1, name="vnc", value=value)])

    def _too_long(self, path: str, lines: list[str]) -> Iterator[Fact]:
        if len(lines) > MAX_LINES:
            yield Skipped(path=path, collector=self.name, reason=f"{Reason.EXPANSION_LIMIT}: lines after {MAX_LINES}")

    def _htpasswd(self, path: str, lines: list[str]) -> Iterator[Fact]:
        read: list[tuple[int, str, str]] = []
        for number, line in enumerate(lines, start=1):
            user, colon, stored = line.strip().partition(":")
            stored = stored.partition(":")[0]
            if colon and not user.startswith("#") and stored:
                read.append((number, user, stored))
        guessed = self._guesser.weaknesses([(user, stored) for _, user, stored in read])
        found: list[Directive] = []
        for (number, user, stored), (weak, left_out) in zip(read, guessed, strict=True):
            if stored.startswith("$") and not scheme_of(stored):
                yield Skipped(path=path, collector=self.name, reason=f"{NO_HASH} (user {user[:MAX_NAME]})")
            weakness = weak if scheme_of(stored) else _plain_or_sha(user, stored)
            if left_out:
                yield Skipped(path=path, collector=self.name, reason=f"{left_out} (user {user})")
            found.append(Directive(line=number, name=user, value=f"(weak: {weakness})" if weakness else "(set)"))
        yield from _fact(path, "htpasswd", found)


def _plain_or_sha(user: str, stored: str) -> str:
    """Why a password is weak that is stored as it is, or as SHA-1 without a salt."""
    if stored.startswith("{SHA}"):
        return next((how for word, how in candidates(user) if _sha(word) == stored), "")
    return plain_weakness(user, stored.removeprefix("{PLAIN}"))


def _fact(path: str, software: str, directives: Iterable[Directive]) -> Iterator[Fact]:
    found = tuple(directives)
    if found:
        yield Configuration(path=path, software=software, directives=found)


def _sha(word: str) -> str:
    return "{SHA}" + base64.b64encode(hashlib.sha1(word.encode(), usedforsecurity=False).digest()).decode()


def _colons(lines: list[str]) -> Iterator[Directive]:
    for number, line in enumerate(lines, start=1):
        user, colon, password = line.strip().partition(":")
        if colon and user and user[0] not in "#;":
            yield Directive(line=number, name=user, value=worth(user, password))


def _svn(text: str) -> Iterator[Directive]:
    for one in assignments(text):
        if one.context == "users" and one.value:
            yield Directive(line=one.line, name=one.name, value=worth(one.name, one.value))
