"""containers: container.events -> container rows; an image that nobody knows yet is asked for. Part of the step resolve.

Many small messages: one insert for all that wait, and a message only for an image that is new.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import orjson

from schemas.messages import ContainerReport, ImageRequested, Message
from schemas.vocabulary import Cause
from sinks.containers import ContainerEvent, write_events, write_resolution
from sinks.images import platforms_of
from sinks.store import Store
from streams.agents.step import Received, Rejected, Step
from streams.clock import now_ms
from streams.gateway import runtime
from streams.gateway.events import BadNotification
from streams.registries.accounts import Accounts, AccountsError
from streams.topics import CONTAINER_EVENTS, IMAGE_EVENTS, Topic

BATCH = 1000


class Containers:
    """The handler; one for each worker."""

    def __init__(self, step: Step, store: Store, accounts: Accounts) -> None:
        self.step, self.store, self.accounts = step, store, accounts
        step.reads(CONTAINER_EVENTS, self.handle, limit=BATCH, together=True)

    async def handle(self, batch: Sequence[Received]) -> None:
        """Write all events, then make the images known."""
        events = [_event(received.message) for received in batch]
        outgoing = await asyncio.to_thread(self._write, events)
        await self.step.send_all(outgoing, batch[0].trace)

    def _write(self, events: Sequence[ContainerEvent]) -> list[tuple[Topic, str, Message]]:
        write_events(self.store, events)
        outgoing: list[tuple[Topic, str, Message]] = []
        by_image: dict[tuple[str, str], list[ContainerEvent]] = {}
        for event in events:
            if event.action == "start":
                by_image.setdefault((event.image, event.digest), []).append(event)
        for (image, digest), started in by_image.items():
            known = platforms_of(self.store, digest) if digest else []
            if known:
                write_resolution(self.store, started, known[0], now_ms())
                continue
            try:
                wanted = self.accounts.resolve(image)
            except AccountsError as error:
                write_resolution(self.store, started, "", now_ms(), str(error))
                continue
            outgoing.append((IMAGE_EVENTS, wanted.registry, _request(wanted.registry, wanted.repository, wanted.reference, started)))
        return outgoing


def _event(message: Message) -> ContainerEvent:
    """Raises Rejected for what is no report."""
    if not isinstance(message, ContainerReport):
        raise Rejected(f"{type(message).__name__} does not belong on {CONTAINER_EVENTS.name}")
    try:
        report = runtime.parse(message.body)
    except BadNotification as error:
        raise Rejected(str(error)) from error
    one = report.container
    labels = orjson.dumps(one.labels, option=orjson.OPT_SORT_KEYS).decode()
    return ContainerEvent(
        report.id, message.agent, report.action, report.happened_at, one.cluster, one.id, report.host, one.name, one.namespace, one.pod,
        one.image, one.image_digest, labels,
    )  # fmt: skip


def _request(registry: str, repository: str, reference: str, started: Sequence[ContainerEvent]) -> ImageRequested:
    digest = started[0].digest
    return ImageRequested(
        registry=registry,
        repository=repository,
        reference=digest if digest.startswith("sha256:") and "@" in started[0].image else reference,
        cause=Cause.RUNTIME,
        requested_at=max(event.happened_at for event in started),
        event_id=started[0].id,
    )
