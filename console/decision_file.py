"""Decisions as a YAML file that people keep in git: read, compared with what stands, written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.messages import ActionRequested
from sinks.decisions import OPERATORS, SCOPES, STATUS_OF, SUBJECTS, Decision

Key = tuple[str, str, str, str, str, str]
"""What a decision is about and how far it reaches: (subject, operator, value, category, scope, target)."""


class BadDecisionFile(ValueError):
    """The file is no list of decisions; the text says where and why."""


class Entry(BaseModel):
    """One decision of the file: an action, exactly one of finding, rule, package, path and hash, a scope and a reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    action: str
    finding: str = ""
    rule: str = ""
    package: str = ""
    path: str = ""
    hash: str = ""
    match: str = "equals"
    category: str = ""
    scope: str = "global"
    target: str = ""
    reason: str = Field(min_length=1)
    expires: datetime | None = None

    @model_validator(mode="after")
    def _known(self) -> Entry:
        given = [name for name in SUBJECTS if getattr(self, name)]
        if len(given) != 1:
            raise ValueError(f"exactly one of {', '.join(SUBJECTS)} must be given, not {' and '.join(given) or 'none'}")
        for name, value, known in (
            ("action", self.action, tuple(STATUS_OF)),
            ("scope", self.scope, SCOPES),
            ("match", self.match, OPERATORS),
        ):
            if value not in known:
                raise ValueError(f"{name} {value!r} is none of {', '.join(known)}")
        return self

    @property
    def subject(self) -> str:
        return next(name for name in SUBJECTS if getattr(self, name))

    @property
    def key(self) -> Key:
        category = "" if self.subject == "finding" else self.category
        return self.subject, self.match, getattr(self, self.subject), category, self.scope, self.target

    @property
    def expires_at(self) -> int:
        """Milliseconds, 0 = never."""
        if self.expires is None:
            return 0
        moment = self.expires if self.expires.tzinfo else self.expires.replace(tzinfo=UTC)
        return int(moment.timestamp() * 1000)


def read_entries(path: Path) -> list[Entry]:
    """The decisions of a file. Raises BadDecisionFile, OSError."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise BadDecisionFile(f"{path}: no YAML: {' '.join(str(error).split())[:300]}") from error
    items = document.get("decisions") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise BadDecisionFile(f"{path}: expected a list under `decisions:`")
    entries: dict[Key, Entry] = {}
    for number, item in enumerate(items, 1):
        try:
            entry = Entry.model_validate(item)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise BadDecisionFile(f"{path}: decision {number}: {where + ': ' if where else ''}{first['msg']}") from error
        if entry.key in entries:
            raise BadDecisionFile(f"{path}: decision {number} is about the same as an earlier one")
        entries[entry.key] = entry
    return list(entries.values())


def standing(log: Iterable[Decision], now_ms: int) -> dict[Key, Decision]:
    """What stands: the latest decision of each key, without those that were taken back or have expired. `log` is oldest first."""
    latest = {key_of(one): one for one in log if one.action in STATUS_OF}
    return {key: one for key, one in latest.items() if one.action != "reopen" and not 0 < one.expires_at <= now_ms}


def key_of(one: Decision) -> Key:
    value, category = (one.finding_id, "") if one.subject == "finding" else (one.value, one.category)
    return one.subject, one.operator, value, category, one.scope, one.target


def write_entries(stands: Mapping[Key, Decision]) -> str:
    """What stands as YAML, sorted: the same decisions give the same text."""
    items: list[dict[str, Any]] = []
    for (subject, operator, value, category, scope, target), one in sorted(stands.items()):
        item: dict[str, Any] = {"action": one.action, subject: value}
        item |= {"match": operator} if operator != "equals" else {}
        item |= {"category": category} if category else {}
        item |= {"scope": scope} | ({"target": target} if target else {}) | {"reason": one.reason}
        if one.expires_at:
            item["expires"] = datetime.fromtimestamp(one.expires_at / 1000, UTC)
        items.append(item)
    text: str = yaml.safe_dump({"decisions": items}, sort_keys=False, allow_unicode=True, width=120)
    return text


def difference(entries: Iterable[Entry], log: Iterable[Decision], now_ms: int, actor: str, *, prune: bool) -> list[ActionRequested]:
    """What must be asked for so that the entries stand; with `prune`, what an earlier file said and this one does not is taken back."""
    stands, wanted = standing(log, now_ms), {entry.key: entry for entry in entries}
    requests = []
    for key, entry in wanted.items():
        one = stands.get(key)
        if one is None or (one.action, one.reason, one.expires_at) != (entry.action, entry.reason, entry.expires_at):
            requests.append(_request(key, entry.action, entry.reason, entry.expires_at, now_ms, actor))
    if prune:
        gone = (key for key, one in stands.items() if one.source == "file" and key not in wanted)
        requests += [_request(key, "reopen", "no longer in the file of decisions", 0, now_ms, actor) for key in gone]
    return requests


def _request(key: Key, action: str, reason: str, expires_at: int, now_ms: int, actor: str) -> ActionRequested:
    subject, operator, value, category, scope, target = key
    about = subject == "finding"
    return ActionRequested(
        id=hashlib.blake2b("\0".join((*key, action, reason, str(expires_at), str(now_ms))).encode(), digest_size=16).hexdigest(),
        action=action, finding_id=value if about else "", scope=scope, target=target, reason=reason, actor=actor, expires_at=expires_at,
        requested_at=now_ms, subject=subject, operator=operator, value="" if about else value, category=category, source="file",
    )  # fmt: skip
