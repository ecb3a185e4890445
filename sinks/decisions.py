"""Decisions: what people said about findings, appended and never rewritten, and which of them counts for a risk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from schemas.vocabulary import Status
from sinks.store import External, Store

SCOPES: tuple[str, ...] = ("image", "repository", "namespace", "registry", "global")
"""From the narrowest to the widest."""
SUBJECTS: tuple[str, ...] = ("finding", "hash", "path", "package", "rule")
"""What a decision is about, from the narrowest to the widest; within one scope the narrower beats the wider."""
OPERATORS: tuple[str, ...] = ("equals", "contains", "startsWith", "endsWith")
STATUS_OF: dict[str, Status] = {
    "whitelist": Status.WHITELISTED,
    "accept": Status.WHITELISTED,
    "ignore": Status.IGNORED,
    "handled-offline": Status.IGNORED,
    "false-positive": Status.FALSE_POSITIVE,
    "reopen": Status.OPEN,
}
"""Action -> status. What was handled elsewhere comes back, as an ignored one does, if a rescan still finds it; `accept` always ends."""
NOTE, EXPIRE = "note", "expire"
"""Actions without a status: a remark, and the end of a decision (asked for by the scheduler)."""
_COLUMNS = (
    "id", "action", "finding_id", "category", "rule", "scope", "target", "reason", "actor", "expires_at", "decided_at", "subject",
    "operator", "value", "source",
)  # fmt: skip


class Handled(Protocol):
    """What a decision looks at: a finding or a risk. `hashes` are MD5 or SHA-256 of its file, hexadecimal."""

    @property
    def category(self) -> str: ...
    @property
    def rule(self) -> str: ...
    @property
    def package(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def hashes(self) -> Collection[str]: ...


@dataclass(frozen=True)
class Decision:
    """One decision; times in ms, `expires_at` 0 = never. `target`: digest, repository, namespace or registry; empty for global. `subject`,
    `operator`, `value` as in ActionRequested; a package is NAME or NAME@VERSION."""

    id: str
    action: str
    finding_id: str
    category: str
    rule: str
    scope: str
    target: str
    reason: str
    actor: str
    expires_at: int
    decided_at: int
    subject: str = "finding"
    operator: str = "equals"
    value: str = ""
    source: str = ""

    def concerns(self, finding_id: str, risk: Handled) -> bool:
        """Whether a risk is what this decision is about, wherever it is."""
        if self.subject == "finding":
            return finding_id == self.finding_id
        if self.category and self.category != risk.category:
            return False
        if self.subject == "rule":
            return risk.rule == self.value
        if self.subject == "package":
            return bool(risk.package) and self.value in (risk.package, f"{risk.package}@{risk.version}")
        if self.subject == "hash":
            return self.value in risk.hashes
        return _compared(risk.path, self.operator, self.value)


def _compared(path: str, operator: str, value: str) -> bool:
    if operator == "equals":
        return path == value
    if operator == "contains":
        return value in path
    return path.startswith(value) if operator == "startsWith" else path.endswith(value)


STAMP_BITS = 42
WEIGHT_LIMIT = (1 << (64 - STAMP_BITS - 8)) - 1


@dataclass(frozen=True)
class Verdict:
    """What decisions come to for one risk: the status, since when (ms), and the decision that won. `weight` counts the decisions and
    expiries that it was made from: the log only grows, so of two verdicts the heavier knows more, in whatever order they are written."""

    stamp: int
    status: Status
    decision: str
    weight: int = 1

    @property
    def packed(self) -> tuple[int, str]:
        """As `risk_rows.decided` holds it: weight, stamp and status in one number whose maximum is the verdict that knows most."""
        return min(self.weight, WEIGHT_LIMIT) << (STAMP_BITS + 8) | self.stamp << 8 | self.status, self.decision


def stamp_of(packed: int) -> int:
    """The stamp (ms) in a packed verdict."""
    return packed >> 8 & (1 << STAMP_BITS) - 1


@dataclass(frozen=True)
class Whereabouts:
    """Where an image lies: what the scopes of decisions are compared with. `repositories` are (registry, repository)."""

    image_digest: str
    repositories: frozenset[tuple[str, str]]

    def covered_by(self, decision: Decision) -> bool:
        """Whether the scope of a decision holds this image. A repository may be written with or without its registry."""
        if decision.scope == "global":
            return True
        if decision.scope == "image":
            return decision.target == self.image_digest
        names = set()
        for registry, repository in self.repositories:
            name = {"repository": repository, "namespace": repository.rpartition("/")[0], "registry": registry}[decision.scope]
            names |= {name, f"{registry}/{name}"}
        return decision.target in names


def decide(decisions: Iterable[Decision], where: Whereabouts, now_ms: int) -> Verdict | None:
    """The verdict for one finding in one image: the narrowest scope wins, in it the narrowest subject, then the latest decision. None if no
    decision covers it.

    The stamp is the time of the newest decision or expiry that covers the risk: only a rescan after it ends an ignore."""
    covering = [one for one in decisions if one.action in STATUS_OF and where.covered_by(one)]
    if not covering:
        return None
    stamp = max(max(one.decided_at, one.expires_at if 0 < one.expires_at <= now_ms else 0) for one in covering)
    standing = [one for one in covering if not 0 < one.expires_at <= now_ms]
    weight = 2 * len(covering) - len(standing)
    if not standing:
        return Verdict(stamp, Status.OPEN, "", weight)
    winner = min(standing, key=lambda one: (SCOPES.index(one.scope), SUBJECTS.index(one.subject), -one.decided_at, one.id))
    return Verdict(stamp, STATUS_OF[winner.action], winner.id, weight)


def write_decisions(store: Store, decisions: Sequence[Decision]) -> None:
    """Append decisions; the same one twice is one row."""
    store.insert("decisions_log", _COLUMNS, [tuple(getattr(one, name) for name in _COLUMNS) for one in decisions])


_SELECT = (
    "SELECT id, action, finding_id, category, rule, scope, target, reason, actor, toUnixTimestamp64Milli(expires_at), "
    "toUnixTimestamp64Milli(decided_at) AS at, subject, operator, value, source FROM decisions_log FINAL "
)


def decisions_about(store: Store, risks: Mapping[str, Handled]) -> dict[str, list[Decision]]:
    """Finding id -> the decisions that concern it, oldest first; findings without any are left out. `risks`: finding id -> one of it."""
    wanted = External("wanted", [("id", "String")], [(one,) for one in risks])
    sql = _SELECT + "WHERE subject != 'finding' OR finding_id IN (SELECT id FROM wanted) ORDER BY at, id"  # noqa: S608 (constants)
    rows = store.query(sql, external=[wanted])
    found: dict[str, list[Decision]] = {}
    for one in (Decision(*row) for row in rows):
        for finding in [one.finding_id] if one.subject == "finding" else [key for key, risk in risks.items() if one.concerns(key, risk)]:
            found.setdefault(finding, []).append(one)
    return found


def all_decisions(store: Store) -> list[Decision]:
    """The whole log, oldest first."""
    return [Decision(*row) for row in store.query(_SELECT + "ORDER BY at, id")]


def said_with(store: Store, source: str, targets: Iterable[str]) -> list[Decision]:
    """The decisions that were said with one means (the column `source`) about some targets, oldest first."""
    wanted = External("wanted", [("target", "String")], [(one,) for one in sorted(set(targets))])
    sql = _SELECT + "WHERE source = {source:String} AND target IN (SELECT target FROM wanted) ORDER BY at, id"  # noqa: S608 (constants)
    return [Decision(*row) for row in store.query(sql, {"source": source}, external=[wanted])]


def due_expiries(store: Store, now_ms: int, limit: int = 500) -> list[Decision]:
    """Decisions whose expiry has come and was not carried out yet (no answered action `expire-ID`)."""
    sql = (
        _SELECT + "WHERE toUnixTimestamp64Milli(expires_at) BETWEEN 1 AND {now:Int64} "  # noqa: S608 (constants)
        "AND concat('expire-', id) NOT IN (SELECT id FROM action_rows) ORDER BY expires_at, id LIMIT {limit:UInt32}"
    )
    return [Decision(*row) for row in store.query(sql, {"now": now_ms, "limit": limit})]


@dataclass(frozen=True)
class Action:
    """What somebody did, and the answer; times in ms."""

    id: str
    action: str
    finding_id: str
    scope: str
    target: str
    reason: str
    actor: str
    state: str
    answer: str
    touched: int
    requested_at: int
    done_at: int
    subject: str = "finding"
    operator: str = "equals"
    value: str = ""


_ACTION_COLUMNS = tuple(Action.__dataclass_fields__)


def write_action(store: Store, action: Action) -> None:
    """Record an action with its answer."""
    store.insert("action_rows", _ACTION_COLUMNS, [tuple(getattr(action, name) for name in _ACTION_COLUMNS)])
