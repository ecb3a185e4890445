"""act: action.requests -> decisions, risk table -> action.results, risk.changes."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from schemas.messages import ActionDone, ActionRequested, Message, RiskChanged
from schemas.vocabulary import Status
from sinks.decisions import (
    EXPIRE,
    NOTE,
    OPERATORS,
    SCOPES,
    STATUS_OF,
    SUBJECTS,
    Action,
    Decision,
    Verdict,
    Whereabouts,
    decide,
    decisions_about,
    write_action,
    write_decisions,
)
from sinks.fixes import FixTask, repair_of, write_repairs, write_task
from sinks.images import repositories_of
from sinks.risk_counts import count_risks
from sinks.risks import RiskState, images_about, risks_about, status_of, write_transitions, write_verdicts
from sinks.store import Store
from streams.agents.merge import change, transition
from streams.agents.step import Received, Rejected, Step
from streams.clock import now_ms
from streams.fix import requests as fix_requests
from streams.topics import ACTION_REQUESTS, ACTION_RESULTS, RISK_CHANGES, Topic

BATCH = 50


REASON_LIMIT, VALUE_LIMIT = 4000, 1000
NAMED_SCOPES = ("repository", "namespace", "registry")


@dataclass(frozen=True)
class _Plan:
    """What an action comes to before it is written; `refused` is why it is not carried out."""

    refused: str = ""
    meant: tuple[RiskState, ...] = ()
    verdicts: Mapping[tuple[str, str], Verdict] = field(default_factory=dict)
    changes: tuple[RiskChanged, ...] = ()
    fixes: tuple[FixTask, ...] = ()


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
    if request.action in fix_requests.FIX_ACTIONS:
        return _plan_fix(store, request)
    reason = refusal(request)
    images = {} if reason else _images(store, request)
    if not images:
        return _Plan(refused=reason or nothing_touched(store, request))
    if request.action != EXPIRE:
        write_decisions(store, _decisions(request, images))
    meant = tuple(touched(store, request))  # after the decisions are there: merge looks for those after it wrote risks
    where = _whereabouts(store, meant)
    log = decisions_about(store, {risk.finding_id: risk for risk in meant})
    verdicts = {
        (risk.finding_id, risk.image_digest): verdict
        for risk in meant
        if (verdict := decide(log.get(risk.finding_id, ()), where[risk.image_digest], now_ms())) is not None
    }
    changes = [_change(risk, verdicts[key], request) for risk in meant if (key := (risk.finding_id, risk.image_digest)) in verdicts]
    told = tuple(one for one in changes if one.before != one.after)
    write_transitions(store, [transition(one) for one in told])
    return _Plan("", meant, verdicts, told)


def _plan_fix(store: Store, request: ActionRequested) -> _Plan:
    """A fix is a task of its own: here it is queued, and its risks are `fixing` from now on."""
    found = fix_requests.answer(store, request)
    told = repair_changes(found.tasks, found.risks, request.action)
    write_transitions(store, [transition(one) for one in told])
    return _Plan(found.refused, found.risks, changes=tuple(told), fixes=found.tasks)


def repair_changes(tasks: Sequence[FixTask], risks: Sequence[RiskState], cause: str) -> list[RiskChanged]:
    """What changes for risks when fixes stand where they stand: the same tasks give the same changes under the same ids."""
    found = []
    by_image = {task.image_digest: task for task in tasks}
    for one in risks:
        task = by_image[one.image_digest]
        after = replace(one, repair=max(one.repair, repair_of(task.status[one.finding_id], task.changed_at))).status
        if after is not one.status:
            kind = {Status.FIXED: "closed", Status.OPEN: "reopened"}.get(after, "status")
            found.append(change(one, kind, one.status.label, after.label, task.changed_at, cause))
    return found


def carry_out(store: Store, request: ActionRequested, plan: _Plan) -> ActionDone:
    """Write the plan and the answer."""
    if plan.refused:
        return _answer(store, request, "refused", plan.refused, 0)
    if plan.fixes:
        for task in plan.fixes:
            write_repairs(store, [one for one in plan.meant if one.image_digest == task.image_digest], task.status, task.changed_at)
            write_task(store, task)
        return _answer(store, request, "done", ", ".join(task.id for task in plan.fixes), len(plan.meant))
    write_verdicts(store, list(plan.meant), plan.verdicts)
    count_risks(store, {one.image_digest for one in plan.meant})
    return _answer(store, request, "done", "", len(plan.meant))


def touched(store: Store, request: ActionRequested) -> list[RiskState]:
    """The risks that a request is about, in the images that its scope covers. Nothing is written."""
    decision = _decision(request, request.target, request.category)
    risks = risks_about(store, decision)
    if request.scope == "image" and not request.target:
        return risks
    where = _whereabouts(store, risks)
    return [risk for risk in risks if where[risk.image_digest].covered_by(decision)]


def _images(store: Store, request: ActionRequested) -> dict[str, tuple[str, str]]:
    """The images with risks that a request is about and its scope covers, each with (category, rule) of one of them."""
    decision = _decision(request, request.target, request.category)
    found = images_about(store, decision)
    if request.scope == "image" and not request.target:
        return found
    places = repositories_of(store, found)
    return {digest: one for digest, one in found.items() if Whereabouts(digest, places.get(digest, frozenset())).covered_by(decision)}


def nothing_touched(store: Store, request: ActionRequested) -> str:
    """Why a request touches nothing."""
    about = request.finding_id if request.subject == "finding" else f"{request.subject} {request.operator} {request.value!r}"
    if images_about(store, _decision(request, "", request.category)):
        return f"no image that has this finding lies in {request.scope} {request.target}".rstrip()
    literal = (
        " (the value is compared as it stands, not as a pattern)"
        if request.subject != "finding" and set(request.value) & set("*^$|[")
        else ""
    )
    return f"no image has finding {about}{literal}"


def _whereabouts(store: Store, risks: Sequence[RiskState]) -> dict[str, Whereabouts]:
    digests = {risk.image_digest for risk in risks}
    places = repositories_of(store, digests)
    return {digest: Whereabouts(digest, places.get(digest, frozenset())) for digest in digests}


def _change(risk: RiskState, verdict: Verdict, request: ActionRequested) -> RiskChanged:
    decided, _ = max(risk.decided, verdict.packed)
    after = status_of(risk.evidence, risk.rescan, decided, risk.repair).label
    return change(risk, "status", risk.status.label, after, request.requested_at, request.action)


def refusal(request: ActionRequested) -> str:
    """Why a request cannot be carried out, whatever the risks are; empty if it can."""
    known = (*STATUS_OF, NOTE, EXPIRE)
    checks = (
        (request.action not in known, f"unknown action {request.action!r}: one of {', '.join(known)}"),
        (request.scope not in SCOPES, f"unknown scope {request.scope!r}: one of {', '.join(SCOPES)}"),
        (request.subject not in SUBJECTS, f"unknown subject {request.subject!r}: one of {', '.join(SUBJECTS)}"),
        (request.operator not in OPERATORS, f"unknown operator {request.operator!r}: one of {', '.join(OPERATORS)}"),
        (request.operator != "equals" and request.subject != "path", f"{request.operator} goes with a path, not with a {request.subject}"),
        (request.subject != "finding" and not request.value, f"a decision about a {request.subject} needs its value"),
        (len(request.value) > VALUE_LIMIT, f"the value has {len(request.value)} characters, at most {VALUE_LIMIT} are kept"),
        (not request.reason.strip(), "a reason is required"),
        (len(request.reason) > REASON_LIMIT, f"the reason has {len(request.reason)} characters, at most {REASON_LIMIT} are kept"),
        (request.scope in NAMED_SCOPES and not request.target, f"scope {request.scope} needs the name of the {request.scope}"),
        (request.scope == "image" and request.subject != "finding" and not request.target, "scope image needs the digest of the image"),
        (request.action == "accept" and not request.expires_at, "an accepted risk needs the day on which that ends"),
        (0 < request.expires_at <= request.requested_at and request.action != EXPIRE, "the expiry lies in the past"),
    )  # fmt: skip
    return next((reason for wrong, reason in checks if wrong), "")


def _decisions(request: ActionRequested, images: Mapping[str, tuple[str, str]]) -> list[Decision]:
    """The decisions that a request stands for: scope `image` without a target means each image that has the finding now."""
    category, rule = next(iter(images.values())) if request.subject == "finding" else (request.category, "")
    targets = sorted(images) if request.scope == "image" and not request.target else [request.target]
    return [replace(_decision(request, target, category), rule=rule) for target in targets]


def _decision(request: ActionRequested, target: str, category: str) -> Decision:
    return Decision(
        id=hashlib.blake2b(f"{request.id}\0{target}".encode(), digest_size=16).hexdigest(),
        action=request.action,
        finding_id=request.finding_id,
        category=category,
        rule="",
        scope=request.scope,
        target=target,
        reason=request.reason,
        actor=request.actor,
        expires_at=request.expires_at,
        decided_at=request.requested_at,
        subject=request.subject,
        operator=request.operator,
        value=request.value,
        source=request.source,
    )


def _answer(store: Store, request: ActionRequested, state: str, answer: str, touched: int) -> ActionDone:
    done_at = now_ms()
    write_action(
        store,
        Action(
            request.id, request.action, request.finding_id, request.scope, request.target, request.reason[:REASON_LIMIT], request.actor,
            state, answer, touched, request.requested_at, done_at, request.subject, request.operator, request.value[:VALUE_LIMIT],
        ),
    )  # fmt: skip
    return ActionDone(
        id=request.id, action=request.action, finding_id=request.finding_id, state=state, reason=answer, touched=touched, done_at=done_at
    )
