"""What people ask about fixes: begin one, take one back, try one again. Answers with tasks and statuses, or with why not."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import orjson

from schemas.messages import ActionRequested
from sinks.fixes import ACTIVE, CANCELLED, CANCELLING, FAILED, FIXING, QUEUED, FixTask, tasks
from sinks.images import Place, places_of
from sinks.risks import RiskState, risks_of_images
from sinks.store import Store
from streams.clock import now_ms
from streams.fix.job import FixPlan, PackageUpgrade, StaysOpen
from streams.fix.plan import FIXABLE
from streams.fix.stored import default_tag, plan_of
from streams.registries.accounts import LOCAL

FIX, CANCEL, RETRY = "fix", "fix-cancel", "fix-retry"
FIX_ACTIONS = (FIX, CANCEL, RETRY)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True)
class Answer:
    """What a request comes to: tasks as they will stand, and their risks as they stand now. `refused` is why nothing is done."""

    refused: str = ""
    tasks: tuple[FixTask, ...] = ()
    risks: tuple[RiskState, ...] = ()


def answer(store: Store, request: ActionRequested) -> Answer:
    """Nothing is written."""
    if not request.reason.strip():
        return Answer("a reason is required")
    if request.action == FIX:
        return _begin(store, request)
    known = tasks(store, [request.value])
    if not known:
        return Answer(f"there is no fix {request.value!r}")
    return _cancel(store, known[0]) if request.action == CANCEL else _retry(store, known[0], request)


def _begin(store: Store, request: ActionRequested) -> Answer:
    if request.tag and not _TAG.fullmatch(request.tag):
        return Answer(f"{request.tag!r} is no tag: letters, digits, dots, dashes and underscores, at most 128")
    digests = [request.target] if request.target else _images_with(store, request.finding_id)
    if not digests:
        return Answer(f"no image has finding {request.finding_id} open")
    found: list[FixTask] = []
    refused: list[str] = []
    for digest in digests:
        one = _task(store, request, digest, {task.new_tag for task in found})
        if isinstance(one, str):
            refused.append(one)
        else:
            found.append(one)
    if not found:
        return Answer("; ".join(refused))
    return _with_risks(store, found)


def _images_with(store: Store, finding_id: str) -> list[str]:
    rows = store.query(
        "SELECT image_digest FROM risks WHERE finding_id = {finding:String} AND status IN {open:Array(String)} ORDER BY image_digest",
        {"finding": finding_id, "open": sorted(FIXABLE)},
    )
    return [row[0] for row in rows]


def _task(store: Store, request: ActionRequested, digest: str, taken: set[str]) -> FixTask | str:
    """The task for one image, or why there can be none. The same request again gives the task as it stands."""
    task_id = hashlib.blake2b(f"{request.id}\0{digest}".encode(), digest_size=8).hexdigest()
    known = tasks(store, [task_id])
    if known:
        return known[0]
    places = [place for place in places_of(store, digest) if place.registry != LOCAL]
    if not places:
        return f"image {digest} lies in no registry that a fixed image could be pushed to"
    busy = [one for one in tasks(store, states=ACTIVE) if one.image_digest == digest]
    if busy:
        return f"image {digest} is being fixed already: {busy[0].id} ({busy[0].state})"
    flaws = [one.strip() for one in request.value.split(",") if one.strip()] if request.subject == "image" else []
    plan = plan_of(store, digest, findings=[request.finding_id] if request.subject == "finding" else (), flaws=flaws)
    if not plan.upgrades:
        return nothing_to_do(plan)
    place = places[0]
    old_tag = _tag_of(store, place)
    moment = request.requested_at
    new_tag = request.tag or default_tag(old_tag, moment)
    while not request.tag and new_tag in taken:
        moment += 1000
        new_tag = default_tag(old_tag, moment)
    return FixTask(
        id=task_id, state=QUEUED, registry=place.registry,
        repository=place.repository, old_tag=old_tag, image_digest=digest, new_tag=new_tag, flaws=plan.flaws,
        finding_ids=tuple(sorted({one for upgrade in plan.upgrades for one in upgrade.findings})),
        packages=tuple((one.name, one.arch, one.installed_version, one.fixed_version) for one in plan.upgrades),
        package_manager=plan.package_manager, plan=orjson.dumps(asdict(plan)).decode(), actor=request.actor,
        cause="auto" if request.source == "auto" else "hand", because=request.reason[:1000], requested_at=request.requested_at,
        changed_at=now_ms(),
    )  # fmt: skip


def nothing_to_do(plan: FixPlan) -> str:
    """Why a plan has no upgrades, in one sentence."""
    if plan.proposal:
        return plan.proposal
    reasons = sorted({one.text for one in plan.stays_open if one.reason != "not_chosen"})
    return f"nothing to fix: {'; '.join(reasons)}" if reasons else "nothing to fix: no such open system vulnerability in this image"


def read_plan(text: str) -> FixPlan:
    """The plan of a task."""
    values = orjson.loads(text)
    upgrades = tuple(
        PackageUpgrade(**{**one, "flaws": tuple(one["flaws"]), "findings": tuple(one["findings"])}) for one in values["upgrades"]
    )
    return FixPlan(**{**values, "upgrades": upgrades, "stays_open": tuple(StaysOpen(**one) for one in values["stays_open"])})


def _tag_of(store: Store, place: Place) -> str:
    rows = store.query(
        "SELECT tag FROM image_tags FINAL WHERE registry = {registry:String} AND repository = {repository:String} "
        "AND image_digest = {digest:String} ORDER BY changed_at DESC, tag LIMIT 1",
        {"registry": place.registry, "repository": place.repository, "digest": place.image_digest},
    )
    return str(rows[0][0]) if rows else ""


def _cancel(store: Store, task: FixTask) -> Answer:
    if task.state not in (QUEUED, FIXING):
        return Answer(f"fix {task.id} is {task.state}: only a queued or running one can be taken back")
    now = now_ms()
    if task.state == FIXING:
        return Answer(tasks=(replace(task, state=CANCELLING, changed_at=now),))
    ended = replace(task, state=CANCELLED, reason="taken back before it began", changed_at=now, ended_at=now)
    return _with_risks(store, [ended])


def _retry(store: Store, task: FixTask, request: ActionRequested) -> Answer:
    if task.state not in (FAILED, CANCELLED):
        return Answer(f"fix {task.id} is {task.state}: only one that failed or was cancelled can be tried again")
    again = replace(
        task, state=QUEUED, reason="", log="", new_digest="", started_at=0, pushed_at=0, ended_at=0, still_open=(), changed_at=now_ms(),
        requested_at=request.requested_at, new_tag=request.tag or task.new_tag,
    )  # fmt: skip
    return _with_risks(store, [again])


def _with_risks(store: Store, found: Sequence[FixTask]) -> Answer:
    return Answer("", tuple(found), tuple(risks_in_tasks(store, found)))


def risks_in_tasks(store: Store, found: Sequence[FixTask]) -> list[RiskState]:
    """The risks that tasks are about."""
    wanted = {(finding, task.image_digest) for task in found for finding in task.finding_ids}
    return [one for one in risks_of_images(store, {task.image_digest for task in found}) if (one.finding_id, one.image_digest) in wanted]
