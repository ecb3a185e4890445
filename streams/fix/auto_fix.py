"""Fixing by itself: how often, which repositories, in which hours; one file in the data folder, read at each look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from infra.document_file import DocumentFile, first_problem
from schemas.messages import ActionRequested
from sinks.store import Store
from streams.fix.plan import FIXABLE
from streams.fix.requests import FIX

DAY_MS = 86_400_000


class AutoFixError(ValueError):
    """Settings that cannot be used; the text says what to do."""


class AutoFix(BaseModel):
    """`cycle_days`: a repository's images are fixed at most so often; `repositories`: patterns such as `shop/*` of registry/repository;
    `modified_days`: only images that came to their repository within so many days; `window`: HH:MM-HH:MM in UTC, empty for always."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)
    on: bool = False
    cycle_days: int = Field(default=7, ge=1, le=365)
    repositories: tuple[str, ...] = ()
    modified_days: int = Field(default=30, ge=1, le=3650)
    window: str = ""

    @field_validator("window")
    @classmethod
    def _hours(cls, value: str) -> str:
        if value:
            _window(value)
        return value

    def open_at(self, moment: datetime) -> bool:
        """Whether a fix may begin at a moment (UTC). A window may go over midnight."""
        if not self.window:
            return True
        begin, end = _window(self.window)
        now = moment.time()
        return begin <= now < end if begin <= end else now >= begin or now < end

    def wants(self, registry: str, repository: str) -> bool:
        """Whether a repository is in the scope; no pattern means all."""
        return not self.repositories or any(fnmatchcase(f"{registry}/{repository}", pattern) for pattern in self.repositories)


def _file(home: Path) -> DocumentFile[AutoFix]:
    return DocumentFile(home / "autofix.json", AutoFix, AutoFixError)


def read_auto_fix(home: Path) -> AutoFix:
    """The settings; off where nothing was set. Raises AutoFixError."""
    return _file(home).read()


def write_auto_fix(home: Path, **values: object) -> AutoFix:
    """Change some settings. Raises AutoFixError."""
    try:
        with _file(home).changing() as settings:
            for name, value in values.items():
                setattr(settings, name, value)
    except ValidationError as error:
        raise AutoFixError(first_problem(error)) from error
    return settings


def due_fixes(store: Store, settings: AutoFix, now_ms: int) -> list[ActionRequested]:
    """What auto-fix asks for at a moment (ms). Only the newest tagged image of a repository, and only where no fix of the repository began
    within the cycle. The ids are stable within a cycle: asked for twice it is one task."""
    if not settings.on or not settings.open_at(datetime.fromtimestamp(now_ms / 1000, UTC)):
        return []
    cycle = settings.cycle_days * DAY_MS
    due = [
        ActionRequested(
            id=f"autofix-{digest}-{now_ms // cycle}", action=FIX, finding_id="", scope="image", target=digest, requested_at=now_ms,
            reason=f"auto-fix: every {settings.cycle_days} days, images modified within {settings.modified_days} days",
            actor="autofix", subject="image", source="auto",
        )
        for registry, repository, digest in _candidates(store, now_ms - cycle, now_ms - settings.modified_days * DAY_MS)
        if settings.wants(registry, repository)
    ]  # fmt: skip
    answered = store.query("SELECT id FROM action_rows WHERE id IN {ids:Array(String)}", {"ids": [one.id for one in due]}) if due else []
    return [one for one in due if (one.id,) not in set(answered)]


def _candidates(store: Store, fixed_before: int, modified_after: int) -> Sequence[tuple[str, str, str]]:
    """(registry, repository, digest) of the newest image of each repository, with an open system vulnerability that has a fixed version."""
    return store.query(
        "SELECT registry, repository, newest FROM (SELECT registry, repository, argMax(image_digest, changed_at) AS newest, "
        "max(changed_at) AS modified FROM (SELECT * FROM image_tags FINAL WHERE image_digest != '' AND registry != 'local') "
        "GROUP BY registry, repository) "
        "WHERE toUnixTimestamp64Milli(modified) >= {modified:Int64} "
        "AND newest IN (SELECT image_digest FROM risks WHERE category = 'system-vulnerability' AND fixed_version != '' "
        "AND status IN {open:Array(String)}) "
        "AND (registry, repository) NOT IN (SELECT registry, repository FROM fix_rows FINAL "
        "WHERE state IN ('queued', 'fixing', 'cancelling', 'verifying') OR toUnixTimestamp64Milli(requested_at) > {cycle:Int64}) "
        "ORDER BY registry, repository",
        {"modified": modified_after, "cycle": fixed_before, "open": sorted(FIXABLE)},
    )


def _window(text: str) -> tuple[time, time]:
    begin, dash, end = text.partition("-")
    try:
        found = time.fromisoformat(begin), time.fromisoformat(end)
    except ValueError as error:
        raise ValueError(f"{text!r} is no window: it reads HH:MM-HH:MM, in UTC") from error
    if not dash or found[0] == found[1]:
        raise ValueError(f"{text!r} is no window: it reads HH:MM-HH:MM, in UTC")
    return found
