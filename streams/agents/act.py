"""act: action.requests -> decisions, risk table -> action.results, risk.changes."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.messages import ActionDone, ActionRequested, Message, RiskChanged
from sinks.decisions import SCOPES, STATUS_OF, Action, Decision, Whereabouts, decide, decisions_about, write_action, write_decisions
from sinks.images import places_of
from sinks.risks import RiskState, risks_of_finding, write_transitions, write_verdicts
from sinks.store import Store
from streams.agents.merge import change, transition
from streams.agents.step import Received, Rejected, Step, now_ms
from streams.topics import ACTION_REQUESTS, ACTION_RESULTS, RISK_CHANGES, Topic

BATCH = 50


@dataclass(frozen=True)
class Outcome:
    """What an action came to."""

    done: ActionDone
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
            outcome = await asyncio.to_thread(carry_out, self.store, request)
            outgoing: list[tuple[Topic, str, Message]] = [(RISK_CHANGES, one.finding_id, one) for one in outcome.changes]
            outgoing.append((ACTION_RESULTS, request.finding_id, outcome.done))
            await self.step.send_all(outgoing, received.trace)


def carry_out(store: Store, request: ActionRequested) -> Outcome:
    """Decide about the risks that a request means; a request that cannot be carried out is refused with the reason."""
    risks = risks_of_finding(store, request.finding_id)
    reason = refusal(request, risks)
    if reason:
        return Outcome(_answer(store, request, "refused", reason, 0))
    places = {digest: frozenset((p.registry, p.repository) for p in places_of(store, digest)) for digest in risks}
    decisions = _decisions(request, risks)
    meant = {
        digest: risk for digest, risk in risks.items() if any(Whereabouts(digest, places[digest]).covered_by(one) for one in decisions)
    }
    if not meant:
        text = f"no image that has this finding lies in {request.scope} {request.target}".rstrip()
        return Outcome(_answer(store, request, "refused", text, 0))
    write_decisions(store, decisions)  # before the risks are looked up again: merge looks here after it wrote
    log = decisions_about(store, [request.finding_id])[request.finding_id]
    verdicts = {
        (request.finding_id, digest): verdict
        for digest in meant
        if (verdict := decide(log, Whereabouts(digest, places[digest]), now_ms())) is not None
    }
    write_verdicts(store, list(meant.values()), verdicts)
    after = risks_of_finding(store, request.finding_id)
    changes = tuple(
        change(after[digest], "status", was.status.label, request.requested_at, request.action)
        for digest, was in meant.items()
        if after[digest].status != was.status
    )
    write_transitions(store, [transition(one) for one in changes])
    return Outcome(_answer(store, request, "done", "", len(meant)), changes)


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
