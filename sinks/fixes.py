"""Fixes: the tasks that build fixed images, and the status of the risks that are in one. See ddl/040_fixes.sql."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from schemas.vocabulary import Status
from sinks.risk_counts import count_risks
from sinks.risks import RiskState, amended, joined
from sinks.store import External, Store

QUEUED, FIXING, CANCELLING, VERIFYING, FIXED, FAILED, CANCELLED = (
    "queued", "fixing", "cancelling", "verifying", "fixed", "failed", "cancelled",
)  # fmt: skip
ACTIVE = (QUEUED, FIXING, CANCELLING, VERIFYING)


@dataclass(frozen=True)
class FixTask:
    """One task; times in ms, 0 = not yet. `packages`: (name, architecture, installed version, fixed version). `plan` is JSON."""

    id: str
    state: str
    registry: str
    repository: str
    old_tag: str
    image_digest: str
    new_tag: str
    flaws: tuple[str, ...]
    finding_ids: tuple[str, ...]
    packages: tuple[tuple[str, str, str, str], ...]
    package_manager: str
    plan: str
    actor: str
    cause: str
    because: str
    requested_at: int
    changed_at: int
    reason: str = ""
    new_digest: str = ""
    log: str = ""
    started_at: int = 0
    pushed_at: int = 0
    ended_at: int = 0
    still_open: tuple[str, ...] = ()

    @property
    def status(self) -> dict[str, Status]:
        """Finding id -> where its risk stands by this task."""
        return {finding: self._status_of(finding) for finding in self.finding_ids}

    def _status_of(self, finding: str) -> Status:
        if self.state == FAILED:
            return Status.FIX_FAILED if not self.still_open or finding in self.still_open else Status.FIXED
        return {VERIFYING: Status.VERIFYING, FIXED: Status.FIXED, CANCELLED: Status.OPEN}.get(self.state, Status.FIXING)


_COLUMNS = tuple(field.name for field in fields(FixTask))
_READ = ", ".join(f"toUnixTimestamp64Milli({name}) AS {name}_ms" if name.endswith("_at") else name for name in _COLUMNS)


def write_task(store: Store, task: FixTask) -> None:
    """Write a task as it stands; of two rows the one that changed later counts."""
    store.insert("fix_rows", _COLUMNS, [tuple(getattr(task, name) for name in _COLUMNS)])


def tasks(store: Store, ids: Iterable[str] = (), states: Iterable[str] = ()) -> list[FixTask]:
    """Tasks by id or state (all without either), the oldest first; those of auto-fix after those that people asked for."""
    wanted = {"ids": sorted(set(ids)), "states": sorted(set(states))}
    conditions = [
        text for name, text in (("ids", "id IN {ids:Array(String)}"), ("states", "state IN {states:Array(String)}")) if wanted[name]
    ]
    rows = store.query(
        f"SELECT {_READ} FROM fix_rows FINAL {'WHERE ' + ' AND '.join(conditions) if conditions else ''} "  # noqa: S608 (fixed texts)
        "ORDER BY cause = 'auto', requested_at, id",
        {name: value for name, value in wanted.items() if value},
    )
    return [_task(row) for row in rows]


def _task(row: Sequence[Any]) -> FixTask:
    values = dict(zip(_COLUMNS, row, strict=True))
    for name in ("flaws", "finding_ids", "still_open"):
        values[name] = tuple(values[name])
    values["packages"] = tuple(tuple(one) for one in values["packages"])
    return FixTask(**values)


def write_repairs(store: Store, risks: Sequence[RiskState], status: Mapping[str, Status], at_ms: int) -> None:
    """Say where risks stand in a fix. `status`: finding id -> FIXING, VERIFYING, FIX_FAILED, FIXED, or OPEN for a task taken back."""
    rows = [(one.finding_id, one.image_digest, repair_of(status[one.finding_id], at_ms)) for one in risks if one.finding_id in status]
    if not rows:
        return
    external = [External("repairs", [("finding", "String"), ("image", "String"), ("packed", "UInt64")], rows)]
    store.command(amended(joined("repairs"), repair="v.packed"), external=external)
    count_risks(store, {one.image_digest for one in risks})


def repair_of(status: Status, at_ms: int) -> int:
    """As `risk_rows.repair` holds it: the newest wins."""
    return at_ms << 8 | status
