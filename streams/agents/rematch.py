"""rematch: advisory.updates -> what the changed flaws say about the images they concern -> image.findings. No image is loaded.

Where a scan was not complete, and when everything changed, the image is analyzed again in whole: image.ready.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import structlog

from schemas.findings import Finding
from schemas.messages import AdvisoriesUpdated, FindingsPart, ImageReady, Message
from schemas.vocabulary import CategoryId, Cause, ScanState
from sinks.advisories import asserting
from sinks.matches import affected_images
from sinks.packages import images_with_packages
from sinks.risks import places_with_rules
from sinks.scans import not_complete
from sinks.store import Store
from streams.advisories.delta import Place, delta_findings
from streams.agents.step import Received, Rejected, Step
from streams.clock import now_ms
from streams.reading import Reading
from streams.surroundings import Assets
from streams.topics import ADVISORY_UPDATES, IMAGE_FINDINGS, IMAGE_READY, Topic
from streams.vex.heed import heed

log = structlog.get_logger(__name__)
CATEGORIES = [CategoryId.SYSTEM_VULNERABILITY.value, CategoryId.APPLICATION_VULNERABILITY.value]
SENT_AT_ONCE = 500
PART_FINDINGS = 500
Outgoing = tuple[Topic, str, Message]


class Rematch:
    """The handler; one for each worker."""

    def __init__(self, step: Step, store: Store, reading: Reading) -> None:
        self.step, self.store, self.reading = step, store, reading
        step.reads(ADVISORY_UPDATES, self.handle, limit=10, together=True)

    async def handle(self, batch: Sequence[Received]) -> None:
        """Say what each update changes."""
        for received in batch:
            update = received.message
            if not isinstance(update, AdvisoriesUpdated):
                raise Rejected(f"{type(update).__name__} does not belong on {ADVISORY_UPDATES.name}")
            outgoing = await asyncio.to_thread(consequences, self.store, update, self.reading().assets)
            for begin in range(0, len(outgoing), SENT_AT_ONCE):
                await self.step.send_all(outgoing[begin : begin + SENT_AT_ONCE], received.trace)


def consequences(store: Store, update: AdvisoriesUpdated, assets: Assets) -> list[Outgoing]:
    """The messages that an update leads to."""
    if update.everything:
        return [_again(digest, update.updated_at) for digest in images_with_packages(store)]
    # What a part does not say about its flaws is withdrawn: so it must say what the records that did not change say of them.
    ids = sorted({*update.ids, *asserting(store, update.flaws)})
    concerned = affected_images(store, ids)
    log.info("advisories changed", records=len(update.ids), images=len(concerned))
    known = places_with_rules(store, update.flaws)
    found = dict(delta_findings(store, ids, update.flaws, datetime.now(UTC).date(), assets)) if concerned else {}
    heeded = heed(store, [(digest, findings) for (digest, _), findings in found.items()], update.updated_at)
    found = {place: one.findings for place, one in zip(found, heeded, strict=True)}
    places = sorted(place for place in {*known, *found} if known.get(place) or found.get(place))
    whole = not_complete(store, places)
    outgoing: list[Outgoing] = [_again(digest, update.updated_at) for digest in sorted(whole)]
    for place in places:
        if place[0] not in whole:
            outgoing += _parts(place, found.get(place, []), known.get(place, set()), update.updated_at)
    return outgoing


def _parts(place: Place, findings: Sequence[Finding], known: Iterable[str], at: int) -> list[Outgoing]:
    """One message for a few hundred findings; each speaks about the rules of its own findings, the last about what is gone too."""
    digest, category = place
    by_rule: dict[str, list[Finding]] = {rule: [] for rule in sorted({*known, *(one.rule for one in findings)})}
    for one in findings:
        by_rule[one.rule].append(one)
    chunks: list[list[str]] = [[]]
    size = 0
    for rule, some in by_rule.items():
        if chunks[-1] and size + len(some) > PART_FINDINGS:
            chunks.append([])
            size = 0
        chunks[-1].append(rule)
        size += len(some)
    return [
        (IMAGE_FINDINGS, digest, FindingsPart(
            image_digest=digest, category=category, cause=Cause.ADVISORY, requested_at=at, analyzed_at=now_ms(), part=0, final=True,
            findings=[one for rule in rules for one in by_rule[rule]], state=ScanState.SUCCEEDED, flaws=rules,
        ))
        for rules in chunks
    ]  # fmt: skip


def _again(digest: str, at: int) -> Outgoing:
    return IMAGE_READY, digest, ImageReady(image_digest=digest, cause=Cause.ADVISORY, requested_at=at, categories=list(CATEGORIES))
