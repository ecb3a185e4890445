"""act: action.requests -> decisions, risk table -> action.results, risk.changes."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from schemas.messages import ActionDone, ActionRequested, Message, RiskChanged
from sinks.decisions import (
    SCOPES,
    STATUS_OF,
    Action,
    Decision,
    Verdict,
    Whereabouts,
    decide,
    decisions_about,
    write_action,
    write_decisions,
)
from sinks.images import places_of
from sinks.risks import RiskState, risks_of_finding, write_transitions, write_verdicts
from sinks.store import Store
from streams.agents.merge import change, transition
from streams.agents.step import Received, Rejected, Step, now_ms
from streams.topics import ACTION_REQUESTS, ACTION_RESULTS, RISK_CHANGES, Topic

BATCH = 50


@dataclass(frozen=True)
class _Plan:
    """What an action comes to before it is written; `refused` is why it is not carried out."""

    refused: str = ""
    meant: tuple[RiskState, ...] = ()
    verdicts: Mapping[tuple[str, str], Verdict] = field(default_factory=dict)
    changes: tuple[RiskChanged, ...] = ()


class Act:
    """The handler; one for each worker."""

    def __init__(self, step: Step, store: Store) -> None:
        self.step, self.store = step, store
        step.reads(ACTION_REQUESTS, self.handle, limit=BATCH, together=True)

    async def handle(self, batch: Sequence[Received]) -> None:
        """Carry out actions one after the other, in the order in which they were asked for."""
        for received in batch:
            request = received.message
            if not isinstance(request, ActionRequested):
                raise Rejected(f"{type(request).__name__} does not belong on {ACTION_REQUESTS.name}")
            plan = await asyncio.to_thread(plan_action, self.store, request)
            changes: list[tuple[Topic, str, Message]] = [(RISK_CHANGES, one.finding_id, one) for one in plan.changes]
            await self.step.send_all(changes, received.trace)  # before the table has them: no change is lost to a crash in between
            done = await asyncio.to_thread(carry_out, self.store, request, plan)
            await self.step.send(ACTION_RESULTS, request.finding_id, done, received.trace)


def plan_action(store: Store, request: ActionRequested) -> _Plan:
    """Decide about the risks that a request means, and derive what changes; refuses what cannot be carried out."""
    risks = risks_of_finding(store, request.finding_id)
    reason = refusal(request, risks)
    if reason:
        return _Plan(refused=reason)
    decisions = _decisions(request, risks)
    if not _covered(store, decisions, risks):
        return _Plan(refused=f"no image that has this finding lies in {request.scope} {request.target}".rstrip())
    write_decisions(store, decisions)
    risks = risks_of_finding(store, request.finding_id)  # after the decisions are there: merge looks for those after it wrote risks
    meant = _covered(store, decisions, risks)
    log = decisions_about(store, [request.finding_id])[request.finding_id]
    verdicts = {
        (request.finding_id, digest): verdict for digest, where in meant.items() if (verdict := decide(log, where, now_ms())) is not None
    }
    changes = [_change(risks[digest], verdict, request) for (_, digest), verdict in verdicts.items()]
    told = tuple(one for one in changes if one.before != one.after)
    write_transitions(store, [transition(one) for one in told])
    return _Plan("", tuple(risks[digest] for digest in meant), verdicts, told)


def carry_out(store: Store, request: ActionRequested, plan: _Plan) -> ActionDone:
    """Write the plan and the answer."""
    if plan.refused:
        return _answer(store, request, "refused", plan.refused, 0)
    write_verdicts(store, list(plan.meant), plan.verdicts)
    return _answer(store, request, "done", "", len(plan.meant))


def _covered(store: Store, decisions: Sequence[Decision], risks: Mapping[str, RiskState]) -> dict[str, Whereabouts]:
    """Image digest -> whereabouts, for the images that a decision covers."""
    places = {digest: Whereabouts(digest, frozenset((p.registry, p.repository) for p in places_of(store, digest))) for digest in risks}
    return {digest: where for digest, where in places.items() if any(where.covered_by(one) for one in decisions)}


def _change(risk: RiskState, verdict: Verdict, request: ActionRequested) -> RiskChanged:
    after = replace(risk, decided=max(risk.decided, verdict.packed))
    return change(after, "status", risk.status.label, request.requested_at, request.action)


def refusal(request: ActionRequested, risks: dict[str, RiskState]) -> str:
    """Why a request cannot be carried out; empty if it can."""
    if request.action not in STATUS_OF:
        return f"unknown action {request.action!r}: one of {', '.join(STATUS_OF)}"
    if request.scope not in SCOPES:
        return f"unknown scope {request.scope!r}: one of {', '.join(SCOPES)}"
    if not request.reason.strip():
        return "a reason is required"
    if request.scope in ("repository", "namespace", "registry") and not request.target:
        return f"scope {request.scope} needs the name of the {request.scope}"
    if 0 < request.expires_at <= request.requested_at:
        return "the expiry lies in the past"
    if not risks:
        return f"no image has finding {request.finding_id}"
    return ""


def _decisions(request: ActionRequested, risks: dict[str, RiskState]) -> list[Decision]:
    """The decisions that a request stands for: scope `image` without a target means each image that has the finding now."""
    any_risk = next(iter(risks.values()))
    targets = [request.target]
    if request.scope == "image" and not request.target:
        targets = sorted(risks)
    return [
        Decision(
            hashlib.blake2b(f"{request.id}\0{target}".encode(), digest_size=16).hexdigest(),
            request.action,
            request.finding_id,
            any_risk.category,
            any_risk.rule,
            request.scope,
            target,
            request.reason,
            request.actor,
            request.expires_at,
            request.requested_at,
        )
        for target in targets
    ]


def _answer(store: Store, request: ActionRequested, state: str, answer: str, touched: int) -> ActionDone:
    done_at = now_ms()
    write_action(
        store,
        Action(
            request.id, request.action, request.finding_id, request.scope, request.target, request.reason, request.actor, state, answer,
            touched, request.requested_at, done_at,
        ),
    )  # fmt: skip
    return ActionDone(
        id=request.id, action=request.action, finding_id=request.finding_id, state=state, reason=answer, touched=touched, done_at=done_at
    )
