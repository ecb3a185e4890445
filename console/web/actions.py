"""What people do from a page: handle a risk, ask for a scan. Requests go over Kafka; the answers stand in the store."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day

from schemas.messages import ActionRequested, ImageRequested
from schemas.vocabulary import Cause
from sinks.images import places_of
from sinks.scans import progress
from sinks.store import Store
from streams.agents.act import touched
from streams.clock import now_ms
from streams.publisher import BrokerDown, Publisher
from streams.topics import ACTION_REQUESTS, IMAGE_EVENTS

ANSWER_WITHIN_S = 15.0
POLL_S = 0.05
REASON_LIMIT, ACTOR_LIMIT = 2000, 100


class Refused(Exception):
    """What was asked for was not done; the text says why."""


@dataclass(frozen=True)
class Handling:
    """One risk to handle. `expires` is a date (the decision holds to its end, UTC), empty = for ever."""

    finding_id: str
    image_digest: str
    action: str
    scope: str
    reason: str
    actor: str
    expires: str = ""


async def handle(store: Store, publisher: Publisher, wish: Handling) -> int:
    """Publish an action and wait for its answer; returns how many risks it touched. Raises Refused."""
    if len(wish.reason) > REASON_LIMIT:
        raise Refused(f"the reason is longer than {REASON_LIMIT} characters")
    _, count = await ask(store, publisher, await _request(store, wish))
    return count


async def reach(store: Store, wish: Handling) -> tuple[int, int]:
    """How many risks in how many images an action would touch. Raises Refused."""
    risks = await asyncio.to_thread(touched, store, await _request(store, wish))
    return len(risks), len({risk.image_digest for risk in risks})


async def _request(store: Store, wish: Handling) -> ActionRequested:
    return ActionRequested(
        id=uuid.uuid4().hex, action=wish.action, finding_id=wish.finding_id, scope=wish.scope,
        target=await asyncio.to_thread(_target, store, wish), reason=wish.reason, actor=wish.actor[:ACTOR_LIMIT],
        expires_at=_end_of(wish.expires), requested_at=now_ms(), source="console",
    )  # fmt: skip


async def ask(store: Store, publisher: Publisher, request: ActionRequested) -> tuple[str, int]:
    """Publish an action and wait; returns its answer, and how many risks it touched. Raises Refused."""
    try:
        await publisher.send(ACTION_REQUESTS, request.finding_id or request.value or request.target, request)
    except BrokerDown as error:
        raise Refused(str(error)) from error
    end = time.monotonic() + ANSWER_WITHIN_S
    while time.monotonic() < end:
        rows = await asyncio.to_thread(store.query, "SELECT state, answer, touched FROM actions WHERE id = {id:String}", {"id": request.id})
        if rows and rows[0][0] == "done":
            return str(rows[0][1]), int(rows[0][2])
        if rows:
            raise Refused(str(rows[0][1]))
        await asyncio.sleep(POLL_S)
    raise Refused("asked for, but not answered yet: look again in a moment")


def _target(store: Store, wish: Handling) -> str:
    """The value of the scope for this image: its digest, or the first place where it lies."""
    if wish.scope == "global":
        return ""
    if wish.scope not in ("repository", "namespace", "registry"):
        return wish.image_digest
    places = places_of(store, wish.image_digest)
    if not places:
        raise Refused("this image lies in no repository")
    registry, repository = places[0].registry, places[0].repository
    if wish.scope == "registry":
        return registry
    name = repository if wish.scope == "repository" else repository.rpartition("/")[0]
    if not name:
        raise Refused("this image lies in no namespace")
    return f"{registry}/{name}"


def _end_of(day: str) -> int:
    """The end of a day in ms, 0 for none."""
    if not day:
        return 0
    try:
        last = date.fromisoformat(day) + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise Refused(f"{day[:40]!r} is no date: write it as 2030-12-31") from error
    return int(datetime.combine(last, time_of_day(), UTC).timestamp() * 1000)


async def scan_again(store: Store, publisher: Publisher, digest: str) -> None:
    """Ask for a scan of an image and wait until it has begun, so that a page looked at next shows it. Raises Refused."""
    places = await asyncio.to_thread(places_of, store, digest)
    if not places:
        raise Refused("this image lies in no repository any more")
    place = places[0]
    message = ImageRequested(
        registry=place.registry, repository=place.repository, reference=digest, cause=Cause.MANUAL, requested_at=now_ms()
    )
    try:
        await publisher.send(IMAGE_EVENTS, place.registry, message)
    except BrokerDown as error:
        raise Refused(str(error)) from error
    end = time.monotonic() + ANSWER_WITHIN_S
    while time.monotonic() < end:
        state = (await asyncio.to_thread(progress, store, [digest])).get(digest)
        if state and state.requested_at >= message.requested_at:
            return
        await asyncio.sleep(POLL_S)
    raise Refused("asked for, but not begun yet: look again in a moment")
