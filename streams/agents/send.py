"""send: risk.changes, action.results -> deliveries of outgoing webhooks, which the sender of this process carries out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from schemas.messages import ActionDone, RiskChanged
from sinks.deliveries import Delivery, write_deliveries
from sinks.risk_facts import facts_of_risks, places_of_images
from sinks.store import Store
from streams.agents.step import Received, Rejected, Step
from streams.clock import now_ms
from streams.topics import ACTION_RESULTS, RISK_CHANGES
from streams.webhooks.events import Event, event_of
from streams.webhooks.sender import Sender
from streams.webhooks.subscriptions import Subscription, Subscriptions

BATCH = 500
WAITS_FOR_RISK_S, LOOK_AGAIN_S = 10.0, 0.25
"""A change is told before it is written: so long its risk is waited for. A change whose writer crashed comes again under the same id."""
Change = RiskChanged | ActionDone


class Send:
    """The handler; one for each worker."""

    def __init__(self, step: Step, store: Store, home: Path) -> None:
        self.store, self.subscriptions = store, Subscriptions(home)
        self.sender = Sender(store, home, now_ms)
        step.reads(RISK_CHANGES, self.handle, limit=BATCH, together=True)
        step.reads(ACTION_RESULTS, self.handle, limit=BATCH, together=True)
        step.app.task(self.sender.run)

    async def handle(self, batch: Sequence[Received]) -> None:
        """Note who gets which change. The same change again makes the same row, which wins over nothing that was tried."""
        changes = {_change(received).id: _change(received) for received in batch}
        if not self.subscriptions.all:
            return
        events = await self._events(list(changes.values()))
        rows = [_delivery(to, event) for to in self.subscriptions.all.values() for event in events if _fits(to, event)]
        if rows:
            await asyncio.to_thread(write_deliveries, self.store, rows)

    async def _events(self, changes: Sequence[Change]) -> list[Event]:
        keys = {one.id: _key(one) for one in changes}
        facts: dict[tuple[str, str], dict[str, Any]] = {}
        loop = asyncio.get_running_loop()
        end = loop.time() + WAITS_FOR_RISK_S
        while missing := set(keys.values()) - set(facts):
            facts |= await asyncio.to_thread(facts_of_risks, self.store, missing)
            if all(key in facts or not key[1] for key in missing) or loop.time() > end:
                break
            await asyncio.sleep(LOOK_AGAIN_S)
        digests = {one.id: _digests(one, facts.get(keys[one.id], {})) for one in changes}
        places = await asyncio.to_thread(places_of_images, self.store, {digest for some in digests.values() for digest in some})
        return [
            event_of(one, facts.get(keys[one.id], {}), [place for digest in digests[one.id] for place in places.get(digest, [])])
            for one in changes
        ]


def _change(received: Received) -> Change:
    message = received.message
    if not isinstance(message, RiskChanged | ActionDone):
        raise Rejected(f"{type(message).__name__} is no change")
    return message


def _key(change: Change) -> tuple[str, str]:
    return change.finding_id, change.image_digest if isinstance(change, RiskChanged) else ""


def _digests(change: Change, risk: dict[str, Any]) -> list[str]:
    """The images that a change is about; an action is about all that have its finding."""
    return [change.image_digest] if isinstance(change, RiskChanged) else list(risk.get("image_digests", ()))


def _fits(to: Subscription, event: Event) -> bool:
    return to.wants(event.kind, event.category, event.severity, event.priority, event.places)


def _delivery(to: Subscription, event: Event) -> Delivery:
    return Delivery(to.id, event.id, to.name, event.type, event.body, event.happened_at)
