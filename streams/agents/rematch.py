"""rematch: advisory.updates -> the images that an advisory concerns -> image.ready for the vulnerability categories. No layer is read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from schemas.messages import AdvisoriesUpdated, ImageReady, Message
from schemas.vocabulary import CategoryId, Cause
from sinks.matches import affected_images
from sinks.packages import images_with_packages
from sinks.risks import images_with_rules
from sinks.store import Store
from streams.agents.step import Received, Rejected, Step
from streams.topics import ADVISORY_UPDATES, IMAGE_READY, Topic

CATEGORIES = [CategoryId.SYSTEM_VULNERABILITY.value, CategoryId.APPLICATION_VULNERABILITY.value]
SENT_AT_ONCE = 500


class Rematch:
    """The handler; one for each worker."""

    def __init__(self, step: Step, store: Store) -> None:
        self.step, self.store = step, store
        step.reads(ADVISORY_UPDATES, self.handle, limit=10, together=True)

    async def handle(self, batch: Sequence[Received]) -> None:
        """Let the images that any of these updates concerns be analyzed again."""
        for received in batch:
            update = received.message
            if not isinstance(update, AdvisoriesUpdated):
                raise Rejected(f"{type(update).__name__} does not belong on {ADVISORY_UPDATES.name}")
            digests = await asyncio.to_thread(concerned_images, self.store, update)
            for begin in range(0, len(digests), SENT_AT_ONCE):
                outgoing: list[tuple[Topic, str, Message]] = [
                    (IMAGE_READY, digest, _ready(digest, update.updated_at)) for digest in digests[begin : begin + SENT_AT_ONCE]
                ]
                await self.step.send_all(outgoing, received.trace)


def concerned_images(store: Store, update: AdvisoriesUpdated) -> list[str]:
    """Images that hold a package which an advisory now affects, or that have a risk which may be gone."""
    if update.everything:
        return images_with_packages(store)
    return sorted({*affected_images(store, update.ids), *images_with_rules(store, update.flaws)})


def _ready(digest: str, at: int) -> ImageReady:
    return ImageReady(image_digest=digest, cause=Cause.ADVISORY, requested_at=at, categories=list(CATEGORIES))
