"""assemble: image.resolved, layer.inspected -> the parts of an image fit together -> image.ready.

An image whose blobs were all read is ready, whichever message comes last. Here it is told once what a container does not see and which
packages the image has; the categories only read.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

import structlog

from analyzers.packages import KINDS as PACKAGE_KINDS
from analyzers.packages import image_packages
from schemas.facts import ImageSettings, VexFile
from schemas.messages import BlobInspected, ImageReady, ImageResolved
from schemas.vocabulary import Reason, ScanState
from sinks.blobs import read_facts
from sinks.images import ImageRow, image, images_with_blob, write_hidden, write_image
from sinks.scans import progress, same_in_all, write_scans
from sinks.store import Store
from sinks.vex import VexDocument, replace_documents
from streams.advisories.matching import store_packages
from streams.agents.loaded import Blobs, Readers, compute_hidden, load_blobs, load_view
from streams.agents.step import Received, Rejected, Step
from streams.clock import now_ms
from streams.topics import IMAGE_READY, IMAGE_RESOLVED, LAYER_INSPECTED

log = structlog.get_logger(__name__)
BATCH = 20
REMEMBERED = 10_000


class Assemble:
    """The handler; one for each worker."""

    def __init__(self, step: Step, store: Store, readers: Readers) -> None:
        self.step, self.store, self.readers = step, store, readers
        self._told: OrderedDict[tuple[str, int], None] = OrderedDict()
        step.reads(IMAGE_RESOLVED, self.handle, limit=BATCH, together=True)
        step.reads(LAYER_INSPECTED, self.handle, limit=BATCH, together=True)

    async def handle(self, batch: Sequence[Received]) -> None:
        """Tell for each image that these messages concern whether it is ready."""
        concerned: dict[str, str] = {}
        for received in batch:
            message = received.message
            if isinstance(message, ImageResolved):
                concerned[message.image_digest] = received.trace
            elif isinstance(message, BlobInspected):
                for digest in await asyncio.to_thread(images_with_blob, self.store, message.digest):
                    concerned.setdefault(digest, received.trace)
            else:
                raise Rejected(f"{type(message).__name__} belongs neither on {IMAGE_RESOLVED.name} nor on {LAYER_INSPECTED.name}")
        for digest, trace in concerned.items():
            ready = await asyncio.to_thread(self._assemble, digest)
            if ready:
                await self.step.send(IMAGE_READY, digest, ready, trace)
                self._remember(ready)

    def _assemble(self, digest: str) -> ImageReady | None:
        where = progress(self.store, [digest]).get(digest)
        row = image(self.store, digest)
        if where is None or row is None or where.at_rest or (digest, where.requested_at) in self._told:
            return None
        blobs = load_blobs(self.store, row)
        if blobs.missing(self.readers, where.requested_at):
            return None
        assemble(self.store, blobs, where.requested_at)
        running = [scan for scan in same_in_all(digest, ScanState.RUNNING, where.cause, where.requested_at, now_ms())
                   if not where.states[scan.category].at_rest]  # fmt: skip
        write_scans(self.store, running)
        only = [] if len(running) == len(where.states) else [scan.category for scan in running]
        return ImageReady(image_digest=digest, cause=where.cause, requested_at=where.requested_at, categories=only)

    def _remember(self, ready: ImageReady) -> None:
        """Several blobs of an image may end in one moment: one message is enough. A restart forgets, and repeats: that is harmless."""
        self._told[ready.image_digest, ready.requested_at] = None
        while len(self._told) > REMEMBERED:
            self._told.popitem(last=False)


def assemble(store: Store, blobs: Blobs, at_ms: int) -> None:
    """Write what is told of the image as a whole: diff ids and platform, hidden places, packages, VEX documents among its files."""
    _complete(store, blobs)
    write_hidden(store, blobs.image.digest, blobs.fingerprint, compute_hidden(store, blobs))
    view = load_view(store, blobs, PACKAGE_KINDS | {VexFile.kind})
    store_packages(store, blobs.image.digest, image_packages(view).packages, at_ms)
    files = [VexDocument(f"file {fact.path}", body=fact.document) for _, fact in view.visible(VexFile)]
    replace_documents(store, blobs.image.digest, ("", ""), files, at_ms)


def _complete(store: Store, blobs: Blobs) -> None:
    """The configuration knows the platform and the diff ids, the manifest does not."""
    row = blobs.image
    facts = read_facts(store, {row.config_digest: blobs.runs.get(row.config_digest, "")}, [ImageSettings.kind])
    settings = next((fact for fact in facts.get(row.config_digest, ()) if isinstance(fact, ImageSettings)), None)
    if settings is None:
        return
    layers = tuple(
        type(layer)(
            layer.digest, settings.diff_ids[n] if n < len(settings.diff_ids) else "", layer.size_bytes, layer.media_type, layer.skipped
        )
        for n, layer in enumerate(row.layers)
    )
    write_image(store, ImageRow(row.digest, row.media_type, row.config_digest, settings.os, settings.architecture, layers, now_ms()))


def lying_diff_ids(blobs: Blobs) -> list[str]:
    """Layers that are not what the configuration promises."""
    found = []
    for position, layer in enumerate(blobs.image.layers):
        state = blobs.states.get(layer.digest)
        if state and state.diff_id and layer.diff_id and state.diff_id != layer.diff_id:
            found.append(f"{Reason.DIGEST_MISMATCH}: layer {position} unpacks to {state.diff_id}, the configuration says {layer.diff_id}")
    return found
