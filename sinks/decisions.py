"""Decisions: what people said about findings, appended and never rewritten, and which of them counts for a risk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.vocabulary import Status
from sinks.store import Store

SCOPES: tuple[str, ...] = ("image", "repository", "namespace", "registry", "global")
"""From the narrowest to the widest."""
STATUS_OF: dict[str, Status] = {
    "whitelist": Status.WHITELISTED,
    "ignore": Status.IGNORED,
    "false-positive": Status.FALSE_POSITIVE,
    "reopen": Status.OPEN,
}
_COLUMNS = (
    "id", "action", "finding_id", "category", "rule", "scope", "target", "reason", "actor", "expires_at", "decided_at",
)  # fmt: skip


@dataclass(frozen=True)
class Decision:
    """One decision; times in ms, `expires_at` 0 = never. `target`: digest, repository, namespace or registry; empty for global."""

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


@dataclass(frozen=True)
class Verdict:
    """What decisions come to for one risk: the status, since when (ms), and the decision that won."""

    stamp: int
    status: Status
    decision: str

    @property
    def packed(self) -> tuple[int, str]:
        """As `risk_rows.decided` holds it."""
        return self.stamp << 8 | self.status, self.decision


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
    """The verdict for one finding in one image: the narrowest scope wins, in it the latest decision. None if no decision covers it.

    The stamp is the time of the newest decision or expiry that covers the risk, so a verdict made later from more decisions wins."""
    covering = [one for one in decisions if where.covered_by(one)]
    if not covering:
        return None
    stamp = max(max(one.decided_at, one.expires_at if 0 < one.expires_at <= now_ms else 0) for one in covering)
    standing = [one for one in covering if not 0 < one.expires_at <= now_ms]
    if not standing:
        return Verdict(stamp, Status.OPEN, "")
    winner = min(standing, key=lambda one: (SCOPES.index(one.scope), -one.decided_at, one.id))
    return Verdict(stamp, STATUS_OF[winner.action], winner.id)


def write_decisions(store: Store, decisions: Sequence[Decision]) -> None:
    """Append decisions; the same one twice is one row."""
    store.insert("decisions_log", _COLUMNS, [tuple(getattr(one, name) for name in _COLUMNS) for one in decisions])


def decisions_about(store: Store, finding_ids: Iterable[str]) -> dict[str, list[Decision]]:
    """Finding id -> its decisions, oldest first."""
    rows = store.query(
        "SELECT id, action, finding_id, category, rule, scope, target, reason, actor, toUnixTimestamp64Milli(expires_at), "
        "toUnixTimestamp64Milli(decided_at) AS at FROM decisions_log FINAL WHERE finding_id IN {ids:Array(String)} ORDER BY at, id",
        {"ids": sorted(set(finding_ids))},
    )
    found: dict[str, list[Decision]] = {}
    for row in rows:
        found.setdefault(row[2], []).append(Decision(*row))
    return found


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


_ACTION_COLUMNS = tuple(Action.__dataclass_fields__)


def write_action(store: Store, action: Action) -> None:
    """Record an action with its answer."""
    store.insert("action_rows", _ACTION_COLUMNS, [tuple(getattr(action, name) for name in _ACTION_COLUMNS)])
