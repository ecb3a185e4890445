"""merge: findings -> risk table -> risk.changes.

Decisions come before visibility: a finding that a standing decision covers is born with that status. They are read before the rows are
written and once more after, because a decision that is made in between sees no row and is seen by no row otherwise.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.findings import Finding
from schemas.messages import FindingsPart, Message, RiskChanged
from schemas.vocabulary import Cause, ScanState, Status
from sinks.decisions import Decision, Verdict, Whereabouts, decide, decisions_about
from sinks.images import last_change, places_of
from sinks.risks import (
    PRESENT,
    RiskState,
    Sighting,
    Transition,
    close_missing,
    risks_of_image,
    status_of,
    withdraw_image,
    write_findings,
    write_transitions,
    write_verdicts,
)
from sinks.scans import ScanRow, write_scans
from sinks.store import Store
from streams.agents.step import Received, Rejected, Step, now_ms
from streams.topics import IMAGE_FINDINGS, RISK_CHANGES, Topic

BATCH = 40


@dataclass(frozen=True)
class _Scan:
    """Parts of one scan that came together."""

    parts: tuple[FindingsPart, ...]

    @property
    def head(self) -> FindingsPart:
        return self.parts[0]

    @property
    def final(self) -> FindingsPart | None:
        return next((part for part in self.parts if part.final), None)

    @property
    def findings(self) -> list[Finding]:
        return list({one.id: one for part in self.parts for one in part.findings}.values())


class Merge:
    """The handler; one for each worker."""

    def __init__(self, step: Step, store: Store) -> None:
        self.step, self.store = step, store
        step.reads(IMAGE_FINDINGS, self.handle, limit=BATCH, together=True)

    async def handle(self, batch: Sequence[Received]) -> None:
        """Merge all parts that wait, one write for each image and category."""
        scans: dict[tuple[str, str, int], list[Received]] = {}
        for received in batch:
            part = received.message
            if not isinstance(part, FindingsPart):
                raise Rejected(f"{type(part).__name__} does not belong on {IMAGE_FINDINGS.name}")
            scans.setdefault((part.image_digest, part.category, part.requested_at), []).append(received)
        for group in scans.values():
            parts = tuple(one.message for one in group if isinstance(one.message, FindingsPart))
            changes = await asyncio.to_thread(merge, self.store, _Scan(parts))
            await self.step.send_all([_outgoing(change) for change in changes], group[0].trace)


def merge(store: Store, scan: _Scan) -> list[RiskChanged]:
    """Merge the parts of one scan; returns what changed. The same parts twice change nothing more."""
    head, findings, final = scan.head, scan.findings, scan.final
    cause = Cause(head.cause)
    where = Whereabouts(head.image_digest, frozenset((p.registry, p.repository) for p in places_of(store, head.image_digest)))
    before = risks_of_image(store, head.image_digest, [head.category])
    ids = [one.id for one in findings]
    decisions = decisions_about(store, ids) if ids else {}
    verdicts = _verdicts(decisions, where)
    sighting = Sighting(head.image_digest, head.requested_at, head.analyzed_at, cause.rescan)
    write_findings(store, sighting, findings, verdicts)
    closing = final is not None and final.state == ScanState.SUCCEEDED
    if closing:
        close_missing(store, head.image_digest, head.category, head.requested_at)
    if final:
        write_scans(store, [_scan_row(final)])
    if not where.repositories and (left_at := last_change(store, head.image_digest)):
        withdraw_image(store, head.image_digest, max(left_at, head.requested_at))
    late = _verdicts(decisions_about(store, ids), where) if ids else {}
    changed = {key: verdict for key, verdict in late.items() if verdicts.get(key) != verdict}
    after = risks_of_image(store, head.image_digest, [head.category])
    if changed:
        write_verdicts(store, list(after.values()), {(key, head.image_digest): verdict for key, verdict in changed.items()})
        after = risks_of_image(store, head.image_digest, [head.category])
    changes = changes_between(before, after, head.requested_at, head.cause)
    write_transitions(store, [transition(change) for change in changes])
    return changes


def _verdicts(decisions: Mapping[str, Sequence[Decision]], where: Whereabouts) -> dict[str, Verdict]:
    now = now_ms()
    made = {finding: decide(about, where, now) for finding, about in decisions.items()}
    return {finding: verdict for finding, verdict in made.items() if verdict}


def _scan_row(final: FindingsPart) -> ScanRow:
    return ScanRow(
        final.image_digest,
        final.category,
        ScanState(final.state),
        final.cause,
        final.requested_at,
        now_ms(),
        final.reason,
        tuple((one.path, one.reason) for one in final.skipped),
        final.rules,
        final.advisories,
        final.total,
    )


_CLOSED = frozenset({Status.FIXED, Status.WITHDRAWN})


def changes_between(before: Mapping[str, RiskState], after: Mapping[str, RiskState], at_ms: int, cause: str) -> list[RiskChanged]:
    """What changed for the risks of one image, as messages with stable ids."""
    found = []
    for finding, now in after.items():
        was = before.get(finding)
        old, new = (was.status.label if was else ""), now.status.label
        if old == new:
            continue
        kind = "status"
        if was is None:
            kind = "opened" if now.evidence & 255 == PRESENT else "closed"
        elif now.status in _CLOSED:
            kind = "closed"
        elif now.status is Status.OPEN:
            kind = "reopened"
        found.append(change(now, kind, old, at_ms, cause))
    return found


def change(risk: RiskState, kind: str, before: str, at_ms: int, cause: str) -> RiskChanged:
    """One change; the id is a hash of what changed and when."""
    after = status_of(risk.evidence, risk.rescan, risk.decided[0]).label
    subject = "\0".join((risk.finding_id, risk.image_digest, kind, before, after, str(at_ms)))
    return RiskChanged(
        id=hashlib.blake2b(subject.encode(), digest_size=16).hexdigest(),
        change=kind,
        finding_id=risk.finding_id,
        image_digest=risk.image_digest,
        category=risk.category,
        rule=risk.rule,
        severity=risk.severity,
        before=before,
        after=after,
        changed_at=at_ms,
        cause=cause,
    )


def transition(change: RiskChanged) -> Transition:
    """The change as a row."""
    return Transition(
        change.id, change.finding_id, change.image_digest, change.change, change.before, change.after, change.cause, change.changed_at
    )


def _outgoing(change: RiskChanged) -> tuple[Topic, str, Message]:
    return RISK_CHANGES, change.finding_id, change
