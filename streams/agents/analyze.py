"""analyze: image.ready -> one category looks at the image -> image.findings. Each category has an app and a consumer group of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from analyzers.contract import AnalysisInputs, Category
from analyzers.image import ImageView
from analyzers.packages import image_packages
from schemas.facts import Skipped
from schemas.findings import Finding, ScanReport
from schemas.messages import FindingsPart, ImageReady
from sinks.advisories import advisory_version, known_ecosystems
from sinks.images import image
from sinks.store import Store
from streams.advisories.matching import match_packages
from streams.agents.assemble import PACKAGE_KINDS, lying_diff_ids
from streams.agents.loaded import load_blobs, load_view
from streams.agents.step import Received, Rejected, Step, now_ms
from streams.analysis import inputs_for, report_of
from streams.topics import IMAGE_FINDINGS, IMAGE_READY

AT_ONCE = 4
PART_FINDINGS = 1500
PART_BYTES = 700_000


class Analyze:
    """The handler for one category."""

    def __init__(self, step: Step, store: Store, category: type[Category]) -> None:
        self.step, self.store, self.category = step, store, category
        step.reads(IMAGE_READY, self.handle, limit=AT_ONCE, together=False)

    async def handle(self, batch: Sequence[Received]) -> None:
        """Analyze each image and publish what was found, in numbered parts."""
        for received in batch:
            ready = received.message
            if not isinstance(ready, ImageReady):
                raise Rejected(f"{type(ready).__name__} does not belong on {IMAGE_READY.name}")
            if ready.categories and self.category.id not in ready.categories:
                continue
            report = await asyncio.to_thread(analyze, self.store, self.category, ready.image_digest)
            parts = parts_of(report, ready, now_ms())
            await self.step.send_all([(IMAGE_FINDINGS, ready.image_digest, part) for part in parts], received.trace)


def analyze(store: Store, category: type[Category], digest: str) -> ScanReport:
    """What a category finds in an image of the store. Raises Rejected for an image that is not there."""
    row = image(store, digest)
    if row is None:
        raise Rejected(f"image {digest} is not in the store")
    blobs = load_blobs(store, row)
    kinds = {*category.kinds, Skipped.kind, *(PACKAGE_KINDS if category.matches else ())}
    view = load_view(store, blobs, kinds)
    view = replace(view, partial=(*lying_diff_ids(blobs), *view.partial))
    return report_of(category, view, _inputs(store, view) if category.matches else inputs_for(_today()))


def _inputs(store: Store, view: ImageView) -> AnalysisInputs:
    packages = image_packages(view).packages
    matched = match_packages(store, packages)
    return inputs_for(_today(), packages, matched.all, known_ecosystems(store), advisory_version(store))


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


def _today() -> date:
    return datetime.now(UTC).date()
