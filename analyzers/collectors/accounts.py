"""Accounts: passwd, shadow, group and gshadow of the image's root. Sources: passwd(5), shadow(5), group(5), gshadow(5).

No hash becomes a fact: it is classified, guessed at once within the budget of the pass, and kept as a keyed hash that only shows
which accounts have the same one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import ClassVar, Literal

from analyzers.collectors.passwords.guessing import BUDGET_MS, Guesser
from analyzers.collectors.passwords.schemes import scheme_of
from analyzers.contract import BaseCollector, FileView, PassContext, Wanted
from schemas.facts import Account, Fact, Skipped
from schemas.vocabulary import Reason

MAX_LINES = 20_000
NO_HASH = f"{Reason.UNREADABLE}: no complete hash"
"""Begins what is told of a field that looks like a hash and that no password fits: cut, or with parameters that its scheme has not."""
MAX_NAME = 64
FileName = Literal["passwd", "shadow", "group", "gshadow"]
State = Literal["", "empty", "locked", "hash", "shadowed"]
_FILES: dict[str, FileName] = {"etc/passwd": "passwd", "etc/shadow": "shadow", "etc/group": "group", "etc/gshadow": "gshadow"}
_MIN_FIELDS: dict[FileName, int] = {"passwd": 6, "shadow": 2, "group": 3, "gshadow": 2}


class Accounts(BaseCollector):
    """Account facts, one for each line; lines that the system itself would not read are left out."""

    name: ClassVar[str] = "accounts"
    version: ClassVar[int] = 4
    tells: ClassVar[tuple[type[Fact], ...]] = (Account,)
    wanted: ClassVar[Wanted] = Wanted(paths=frozenset(_FILES))

    def __init__(self, context: PassContext) -> None:
        super().__init__(context)
        self._guesser = Guesser(BUDGET_MS * 3 / 4)

    def collect(self, file: FileView) -> Iterable[Fact]:
        kind = _FILES[file.path]
        lines = file.data.decode("utf-8", "backslashreplace").splitlines()
        read = [(number, fields) for number, line in enumerate(lines[:MAX_LINES], start=1) if (fields := _fields(kind, line))]
        guessed = self._guesser.weaknesses([(fields[0], _field(fields, 1)) for _, fields in read if kind != "gshadow"])
        for (number, fields), (weak, left_out) in zip(read, guessed or [("", "")] * len(read), strict=True):
            if left_out:
                yield Skipped(path=file.path, collector=self.name, reason=f"{left_out} (account {fields[0]})")
            if kind in ("passwd", "shadow") and _field(fields, 1).startswith(("$", "_")) and not scheme_of(_field(fields, 1)):
                yield Skipped(path=file.path, collector=self.name, reason=f"{NO_HASH} (account {fields[0][:MAX_NAME]})")
            yield self._line(kind, file.path, number, fields, weak)
        if len(lines) > MAX_LINES:
            yield Skipped(path=file.path, collector=self.name, reason=f"file_too_large: lines after {MAX_LINES}")

    def _line(self, kind: FileName, path: str, number: int, fields: list[str], weak: str) -> Account:
        name, stored = fields[0], _field(fields, 1)
        scheme = scheme_of(stored)
        shadow = kind == "shadow"
        return Account(
            path=path,
            file=kind,
            line=number,
            name=name,
            uid=_integer(_field(fields, 2)) if kind == "passwd" else None,
            gid=_gid(kind, fields),
            home=_field(fields, 5) if kind == "passwd" else "",
            shell=_field(fields, 6) if kind == "passwd" else "",
            members=_members(kind, fields),
            password=_password(stored),
            algorithm=scheme.name if scheme else "",
            password_id=self._keyed(stored) if scheme else "",
            weak=weak,
            last_change=_integer(_field(fields, 2)) if shadow else None,
            max_days=_integer(_field(fields, 4)) if shadow else None,
            details={"weak_scheme": "yes"} if scheme and scheme.weak else {},
        )

    def _keyed(self, stored: str) -> str:
        return hashlib.blake2b(stored.encode(), digest_size=16, key=self.context.secret_key[:64]).hexdigest()


def _fields(kind: FileName, line: str) -> list[str]:
    """The fields of a line that the system itself would read; none for any other."""
    fields = line.strip().split(":")
    if line.startswith("#") or not fields[0]:
        return []
    return fields if len(fields) >= _MIN_FIELDS[kind] or fields[0].startswith("+") else []


def _field(fields: list[str], index: int) -> str:
    return fields[index] if index < len(fields) else ""


def _integer(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def _gid(kind: FileName, fields: list[str]) -> int | None:
    if kind == "passwd":
        return _integer(_field(fields, 3))
    return _integer(_field(fields, 2)) if kind == "group" else None


def _members(kind: FileName, fields: list[str]) -> tuple[str, ...]:
    """Members of a group; of a gshadow line its administrators too."""
    if kind not in ("group", "gshadow"):
        return ()
    lists = fields[3:4] if kind == "group" else fields[2:4]
    return tuple(name.strip() for text in lists for name in text.split(",") if name.strip())


def _password(stored: str) -> State:
    if not stored:
        return "empty"
    if stored == "x" or stored.startswith("##"):
        return "shadowed"
    return "hash" if scheme_of(stored) else "locked"
