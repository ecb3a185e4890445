"""analyze: image.ready -> one category looks at the image -> image.findings. Each category has an app and a consumer group of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from analyzers.contract import Category
from schemas.findings import Finding, ScanReport
from schemas.messages import FindingsPart, ImageReady
from sinks.scans import EXPOSED_MARK
from streams.agents.recent import RecentImages
from streams.agents.step import Received, Rejected, Step
from streams.analysis import inputs_for, report_of
from streams.clock import now_ms
from streams.surroundings import surroundings
from streams.topics import IMAGE_FINDINGS, IMAGE_READY
from streams.vex.heed import heed

IMAGES_AT_ONCE = 4
PART_FINDINGS = 1500
PART_BYTES = 700_000
OUTDATED = "outdated"


class Analyze:
    """The handler for one category."""

    def __init__(self, step: Step, images: RecentImages, category: type[Category]) -> None:
        self.step, self.images, self.category = step, images, category
        step.reads(IMAGE_READY, self.handle, limit=IMAGES_AT_ONCE, together=False)

    async def handle(self, batch: Sequence[Received]) -> None:
        """Analyze each image and publish what was found, in numbered parts."""
        for received in batch:
            ready = received.message
            if not isinstance(ready, ImageReady):
                raise Rejected(f"{type(ready).__name__} does not belong on {IMAGE_READY.name}")
            if ready.categories and self.category.id not in ready.categories:
                continue
            report = await asyncio.to_thread(analyze, self.images, self.category, ready)
            parts = parts_of(report, ready, now_ms())
            await self.step.send_all([(IMAGE_FINDINGS, ready.image_digest, part) for part in parts], received.trace)


def analyze(images: RecentImages, category: type[Category], ready: ImageReady) -> ScanReport:
    """What a category finds in an image of the store, with the rules that it was judged by; of an outdated image the scheduler takes
    care once more. Raises Rejected for an image that is not there."""
    look = images.take(category, ready.image_digest, ready.requested_at)
    reading = look.settings
    rules = {"rules": OUTDATED if look.outdated else reading.rules(antivirus_absent=look.undone)[category.id]}
    today = datetime.now(UTC).date()
    inputs = reading.choice.inputs(category.id, inputs_for(today, strategy=reading.strategy, chosen=reading.baseline_items))
    if look.matched is None:
        return report_of(category, look.view, inputs).model_copy(update=rules)
    matched = look.matched
    around = surroundings(images.store, [ready.image_digest], reading.assets)[ready.image_digest]
    rules["rules"] += EXPOSED_MARK if around.exposed else ""
    inputs = replace(
        inputs, packages=matched.packages, matches=matched.matches, ecosystems=matched.ecosystems, advisories=matched.advisories,
        exposed=around.exposed, asset=around.asset,
    )  # fmt: skip
    report = report_of(category, look.view, inputs)
    heeded = heed(images.store, [(ready.image_digest, report.findings)], ready.requested_at)[0]
    return report.model_copy(update={"findings": heeded.findings, "skipped": [*report.skipped, *heeded.skipped], **rules})


def parts_of(report: ScanReport, ready: ImageReady, analyzed_at: int) -> Iterator[FindingsPart]:
    """Messages below the limit of the topic; the last is final."""
    chunks = list(_chunks(report.findings)) or [[]]
    for number, findings in enumerate(chunks):
        final = number == len(chunks) - 1
        yield FindingsPart(
            image_digest=ready.image_digest,
            category=report.category,
            cause=ready.cause,
            requested_at=ready.requested_at,
            analyzed_at=analyzed_at,
            part=number,
            final=final,
            findings=findings,
            total=len(report.findings) if final else 0,
            state=report.state if final else "",
            reason=report.reason if final else "",
            skipped=report.skipped if final else [],
            rules=report.rules if final else "",
            advisories=report.advisories if final else "",
            items=report.items if final else [],
        )


def _chunks(findings: Sequence[Finding]) -> Iterator[list[Finding]]:
    chunk: list[Finding] = []
    size = 0
    for finding in findings:
        weight = len(finding.model_dump_json())
        if chunk and (len(chunk) >= PART_FINDINGS or size + weight > PART_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(finding)
        size += weight
    if chunk:
        yield chunk
