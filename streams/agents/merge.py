"""merge: findings -> risk table -> risk.changes.

Decisions come before visibility: a finding that a standing decision covers is born with that status. They are read before the rows are
written and once more after, because a decision that is made in between sees no row and is seen by no row otherwise.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from schemas.findings import Finding
from schemas.messages import FindingsPart, Message, RiskChanged
from schemas.vocabulary import CategoryId, Cause, ScanState, Status
from sinks.decisions import Decision, Verdict, Whereabouts, decide, decisions_about
from sinks.images import last_change, repositories_of
from sinks.risk_counts import count_risks
from sinks.risks import (
    PRESENT,
    WITHDRAWN,
    RiskState,
    Sighting,
    Transition,
    close_missing,
    risks_in,
    withdraw_image,
    write_sightings,
    write_transitions,
    write_verdicts,
)
from sinks.scan_items import ScanItems, write_items
from sinks.scans import ScanRow, write_scans
from sinks.store import Store
from streams.agents.guard import Gather
from streams.agents.step import Received, Rejected, Step
from streams.clock import now_ms
from streams.topics import IMAGE_FINDINGS, RISK_CHANGES, Topic

BATCH = 200
GATHER_S = 0.3
"""So long findings wait for those of the other categories of their image: one merge costs half of two."""


@dataclass(frozen=True)
class _Scan:
    """Parts of one scan (or of one look for some flaws) that came together."""

    parts: tuple[FindingsPart, ...]
    trace: str

    @property
    def head(self) -> FindingsPart:
        return self.parts[0]

    @property
    def place(self) -> tuple[str, str]:
        return self.head.image_digest, self.head.category

    @property
    def rules(self) -> tuple[str, ...]:
        """The only rules that were looked for; empty for a scan."""
        return tuple(sorted(self.head.flaws))

    @property
    def final(self) -> FindingsPart | None:
        return next((part for part in self.parts if part.final), None)

    @property
    def closes(self) -> bool:
        """Whether what it did not find is withdrawn: only a complete look closes anything."""
        return self.final is not None and self.final.state == ScanState.SUCCEEDED

    @cached_property
    def findings(self) -> list[Finding]:
        return list({one.id: one for part in self.parts for one in part.findings}.values())


class Merge:
    """The handler; one for each worker."""

    def __init__(self, step: Step, store: Store) -> None:
        self.step, self.store = step, store
        step.reads(IMAGE_FINDINGS, self.handle, limit=BATCH, together=True, gather=Gather(GATHER_S, _whole_images))

    async def handle(self, batch: Sequence[Received]) -> None:
        """Merge all parts that wait, with one write for all of them. What will change is told before it is written: a repeated message
        finds the same difference and tells it under the same id, so no change is lost to a crash in between."""
        for wave in waves(batch):
            plans = await asyncio.to_thread(plan_merge, self.store, wave)
            await self._tell(wave, [plan.changes for plan in plans])
            await self._tell(wave, await asyncio.to_thread(carry_out, self.store, wave, plans))

    async def _tell(self, wave: Sequence[_Scan], changes: Sequence[Sequence[RiskChanged]]) -> None:
        by_trace: dict[str, list[tuple[Topic, str, Message]]] = {}
        for scan, some in zip(wave, changes, strict=True):
            by_trace.setdefault(scan.trace, []).extend((RISK_CHANGES, one.finding_id, one) for one in some)
        for trace, outgoing in by_trace.items():
            await self.step.send_all(outgoing, trace)


def _whole_images(events: Sequence[Any]) -> bool:
    """Whether each image has a message of each category, at least by number."""
    return min(Counter(event.message.key for event in events).values()) >= len(CategoryId)


def waves(batch: Sequence[Received]) -> list[list[_Scan]]:
    """The scans of a batch, in lists that hold each image and category once: a later scan must see what an earlier one wrote."""
    scans: dict[tuple[object, ...], list[Received]] = {}
    for received in batch:
        part = received.message
        if not isinstance(part, FindingsPart):
            raise Rejected(f"{type(part).__name__} does not belong on {IMAGE_FINDINGS.name}")
        scans.setdefault((part.image_digest, part.category, part.requested_at, tuple(part.flaws)), []).append(received)
    found: list[dict[tuple[str, str], _Scan]] = []
    for group in scans.values():
        scan = _Scan(tuple(one.message for one in group if isinstance(one.message, FindingsPart)), group[0].trace)
        wave = next((wave for wave in found if scan.place not in wave), None)
        if wave is None:
            found.append(wave := {})
        wave[scan.place] = scan
    return [list(wave.values()) for wave in found]


@dataclass(frozen=True)
class _Plan:
    """What a scan comes to before it is written. `gone_at` (ms) is set when the image lies nowhere any more; `misses`: it closes risks."""

    where: Whereabouts
    verdicts: dict[str, Verdict]
    gone_at: int
    misses: bool
    changes: tuple[RiskChanged, ...]


def plan_merge(store: Store, wave: Sequence[_Scan]) -> list[_Plan]:
    """Read what is there, derive what will be there, and remember the difference; one plan a scan."""
    places = repositories_of(store, {scan.head.image_digest for scan in wave})
    decisions = _decisions(store, wave)
    before = _before(store, wave)
    plans = []
    for scan in wave:
        where = Whereabouts(scan.head.image_digest, places.get(scan.head.image_digest, frozenset()))
        left_at = 0 if where.repositories else last_change(store, scan.head.image_digest)
        gone_at = max(left_at, scan.head.requested_at + 1) if left_at else 0
        verdicts = _verdicts(scan, decisions, where)
        after = _expected(scan, before[scan.place], verdicts, gone_at)
        changes = changes_between(before[scan.place], after, scan.head.requested_at, scan.head.cause)
        plans.append(_Plan(where, verdicts, gone_at, scan.closes and _misses(scan, before[scan.place]), tuple(changes)))
    write_transitions(store, [transition(change) for plan in plans for change in plan.changes])
    return plans


def _decisions(store: Store, wave: Sequence[_Scan]) -> dict[str, list[Decision]]:
    findings = {one.id: one for scan in wave for one in scan.findings}
    return decisions_about(store, findings) if findings else {}


def _before(store: Store, wave: Sequence[_Scan]) -> dict[tuple[str, str], dict[str, RiskState]]:
    """The risks that each scan is about, as they stand."""
    found: dict[tuple[str, str], dict[str, RiskState]] = {}
    for rules, some in _by_rules(wave).items():
        found |= risks_in(store, [scan.place for scan in some], rules)
    return found


def _by_rules(wave: Sequence[_Scan]) -> dict[tuple[str, ...], list[_Scan]]:
    found: dict[tuple[str, ...], list[_Scan]] = {}
    for scan in wave:
        found.setdefault(scan.rules, []).append(scan)
    return found


def _expected(scan: _Scan, before: Mapping[str, RiskState], verdicts: Mapping[str, Verdict], gone_at: int) -> dict[str, RiskState]:
    """The risks as the writes of `carry_out` will leave them: the same maxima, taken here."""
    head, at = scan.head, scan.head.requested_at
    rescan = at if Cause(head.cause).rescan else 0
    after = dict(before)
    for one in scan.findings:
        was = before.get(one.id) or RiskState(one.id, head.image_digest, head.category, one.rule, one.severity, 0, 0, (0, ""))
        decided = max(was.decided, verdicts[one.id].packed) if one.id in verdicts else was.decided
        evidence = max(was.evidence, at << 8 | PRESENT)
        severity = one.severity if evidence >> 8 == at else was.severity
        after[one.id] = replace(was, evidence=evidence, rescan=max(was.rescan, rescan), decided=decided, severity=severity)
    closing_at = gone_at or (at if scan.closes else 0)
    if closing_at:  # what is present at the same time wins over this, here as in the table
        after = {finding: replace(risk, evidence=max(risk.evidence, closing_at << 8 | WITHDRAWN)) for finding, risk in after.items()}
    return after


def _misses(scan: _Scan, before: Mapping[str, RiskState]) -> bool:
    """Whether older risks are not among the findings. Closed ones count: what is late and older must not open them again."""
    found = {one.id for one in scan.findings}
    return any(risk.evidence >> 8 < scan.head.requested_at for risk in before.values() if risk.finding_id not in found)


def carry_out(store: Store, wave: Sequence[_Scan], plans: Sequence[_Plan]) -> list[list[RiskChanged]]:
    """Write the plans; returns, for each scan, what a decision changed that was made meanwhile. The same again changes nothing."""
    write_sightings(store, [(_sighting(scan.head), scan.findings, plan.verdicts) for scan, plan in zip(wave, plans, strict=True)])
    for rules, some in _by_rules([scan for scan, plan in zip(wave, plans, strict=True) if plan.misses]).items():
        close_missing(store, [(*scan.place, scan.head.requested_at) for scan in some], rules)
    for plan in plans:
        if plan.gone_at:
            withdraw_image(store, plan.where.image_digest, plan.gone_at)
    changes = _late_decisions(store, wave, plans)
    count_risks(store, {scan.head.image_digest for scan in wave})
    ended = [scan.final for scan in wave if scan.final and not scan.rules]
    write_items(store, [_items(final) for final in ended if final.category == CategoryId.BASELINE])
    write_scans(store, [_scan_row(final) for final in ended])
    return changes


def _sighting(head: FindingsPart) -> Sighting:
    return Sighting(head.image_digest, head.requested_at, head.analyzed_at, Cause(head.cause).rescan)


def _late_decisions(store: Store, wave: Sequence[_Scan], plans: Sequence[_Plan]) -> list[list[RiskChanged]]:
    """A decision that was made while the rows were written saw none of them: it is applied here."""
    decisions = _decisions(store, wave)
    changed: dict[tuple[str, str], Verdict] = {}
    for scan, plan in zip(wave, plans, strict=True):
        late = _verdicts(scan, decisions, plan.where)
        image = scan.head.image_digest
        changed |= {(finding, image): verdict for finding, verdict in late.items() if plan.verdicts.get(finding) != verdict}
    if not changed:
        return [[] for _ in wave]
    before = _before(store, wave)
    write_verdicts(store, [risk for some in before.values() for risk in some.values()], changed)
    after = _before(store, wave)
    changes = [changes_between(before[scan.place], after[scan.place], scan.head.requested_at, scan.head.cause) for scan in wave]
    write_transitions(store, [transition(change) for some in changes for change in some])
    return changes


def _verdicts(scan: _Scan, decisions: Mapping[str, Sequence[Decision]], where: Whereabouts) -> dict[str, Verdict]:
    """Finding id -> what the decisions about it come to in this image."""
    now = now_ms()
    made = {one.id: decide(decisions[one.id], where, now) for one in scan.findings if one.id in decisions}
    return {finding: verdict for finding, verdict in made.items() if verdict}


def _items(final: FindingsPart) -> ScanItems:
    return ScanItems(final.image_digest, final.category, final.requested_at, tuple(final.items))


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
        if was and was.severity != now.severity and now.status not in _CLOSED:
            found.append(change(now, "priority", was.severity, now.severity, at_ms, cause))
        if old == new:
            continue
        kind = "status"
        if was is None:
            kind = "opened" if now.evidence & 255 == PRESENT else "closed"
        elif now.status in _CLOSED:
            kind = "closed"
        elif now.status is Status.OPEN:
            kind = "reopened"
        found.append(change(now, kind, old, new, at_ms, cause))
    return found


def change(risk: RiskState, kind: str, before: str, after: str, at_ms: int, cause: str) -> RiskChanged:
    """One change; the id is a hash of what changed and when."""
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
