"""resolve: image.events, image.backfill -> what an image is made of -> layer.requests, layer.backfill, image.resolved.

A notification is the raw body of a webhook; its events are looked at one by one. The same event twice finds its scan done and asks for
nothing. A deletion closes the risks of what no registry holds any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

import structlog

from schemas.messages import BlobRequested, ImageRequested, ImageResolved, Message, RegistryNotification
from schemas.vocabulary import Cause, Reason, ScanState
from sinks.bases import write_stated_base
from sinks.containers import refuse_waiting, resolve_waiting
from sinks.images import (
    ImageRow,
    LayerRow,
    Place,
    places_of,
    platforms_of,
    tag_platforms,
    tags_of,
    write_image,
    write_place,
    write_tag,
)
from sinks.risk_counts import count_risks
from sinks.risks import withdraw_image
from sinks.scans import progress, same_in_all, write_scans
from sinks.store import Store
from sinks.vex import VexDocument, add_documents, replace_documents
from streams.agents.loaded import Readers, load_blobs
from streams.agents.step import Busy, Received, Rejected, Step
from streams.clock import now_ms
from streams.gateway import distribution
from streams.gateway.events import BadNotification, RegistryEvent
from streams.registries.manifests import Descriptor, ImageManifest, Manifest, PlatformManifest, RegistryError, parse_manifest
from streams.registries.sources import Source, Sources
from streams.topics import IMAGE_RESOLVED, Lane, Topic, lane_of
from streams.vex.referrers import UNASKED, attached_documents, attached_to

log = structlog.get_logger(__name__)
IMAGES_AT_ONCE = 8
PARSERS: Mapping[str, Callable[[bytes, int], list[RegistryEvent]]] = {"distribution": distribution.parse}


class Resolve:
    """The handler for one lane; one for each worker. `readers` names all that must have read a blob."""

    def __init__(self, step: Step, store: Store, sources: Sources, readers: Readers, lane: Lane) -> None:
        self.step, self.store, self.sources, self.readers = step, store, sources, readers
        step.reads(lane.images, self.handle, limit=IMAGES_AT_ONCE, together=False)

    async def handle(self, batch: Sequence[Received]) -> None:
        """Take each message: a notification of a registry, or a request for one image."""
        for received in batch:
            message = received.message
            if isinstance(message, ImageRequested):
                await self._request(message, received.trace)
            elif isinstance(message, RegistryNotification):
                await self._notification(message, received.trace)
            else:
                raise Rejected(f"{type(message).__name__} asks for no image")

    async def _notification(self, message: RegistryNotification, trace: str) -> None:
        parser = PARSERS.get(message.brand)
        if parser is None:
            raise Rejected(f"unknown brand {message.brand!r}")
        try:
            events = parser(message.body, message.received_at)
        except BadNotification as error:
            raise Rejected(str(error)) from error
        for event in events:
            if event.action == "delete":
                await asyncio.to_thread(self._delete, message.registry, event)
            else:
                request = ImageRequested(
                    registry=message.registry,
                    repository=event.repository,
                    reference=event.digest or event.tag,
                    cause=Cause.PUSH,
                    requested_at=event.happened_at,
                    event_id=event.id,
                )
                await self._request(request, trace, event.tag)

    def _delete(self, registry: str, event: RegistryEvent) -> None:
        """Forget a tag, or an image with its tags; an image that lies nowhere any more has no open risk."""
        at = event.happened_at
        if event.tag:
            for platform in tag_platforms(self.store, registry, event.repository, event.tag):
                write_tag(self.store, Place(registry, event.repository, ""), event.tag, platform, at)
        if not event.digest:
            return
        gone = platforms_of(self.store, event.digest)
        for tag, platform in tags_of(self.store, registry, event.repository, gone):
            write_tag(self.store, Place(registry, event.repository, ""), tag, platform, at)
        for digest in gone:
            write_place(self.store, Place(registry, event.repository, digest), present=False, changed_at=at)
            if not places_of(self.store, digest):
                withdraw_image(self.store, digest, at)
                count_risks(self.store, [digest])

    async def _request(self, request: ImageRequested, trace: str, tag: str = "") -> None:
        tag = tag or ("" if request.reference.startswith("sha256:") else request.reference)
        try:
            source = await self.sources.open(request.registry)
            manifest = await source.manifest(request.repository, request.reference)
            subject = attached_to(manifest, tag)
            if subject is not None:
                return await self._attached(source, request, subject, trace)
            parsed = parse_manifest(manifest)
            images = [(manifest, None)] if isinstance(parsed, ImageManifest) else await self._platforms(source, request, parsed)
            if not isinstance(parsed, ImageManifest):
                await asyncio.to_thread(self._forget_refusal, request, manifest.digest)
            for one, platform in images:
                await self._image(request, one, platform, manifest.digest, tag, trace)
        except RegistryError as error:
            await self._refused(request, error)

    async def _attached(self, source: Source, request: ImageRequested, subject: str, trace: str) -> None:
        """VEX that is attached to an image is a reason to look at the image again; other attachments are none."""
        if not subject:
            return
        try:
            await source.manifest(request.repository, subject)
        except RegistryError as error:
            log.info("attached to what is not there", repository=request.repository, subject=subject, error=str(error))
            return
        await self._request(request.model_copy(update={"reference": subject}), trace)

    async def _platforms(
        self, source: Source, request: ImageRequested, entries: Sequence[PlatformManifest]
    ) -> list[tuple[Manifest, PlatformManifest | None]]:
        return [(await source.manifest(request.repository, entry.digest), entry) for entry in entries]

    async def _image(
        self, request: ImageRequested, manifest: Manifest, platform: PlatformManifest | None, top: str, tag: str, trace: str
    ) -> None:
        parsed = parse_manifest(manifest)
        if not isinstance(parsed, ImageManifest):
            raise RegistryError(Reason.UNSUPPORTED_MANIFEST, "an index inside an index")
        row = _image_row(manifest, parsed, platform)
        index = top if top != manifest.digest else ""
        await self._keep_vex(request, manifest.digest, index)
        outgoing = await asyncio.to_thread(self._write, request, row, parsed, index, tag, platform)
        await self.step.send_all(outgoing, trace)

    async def _keep_vex(self, request: ImageRequested, digest: str, index: str) -> None:
        """Keep the VEX documents that the registry has beside an image. If it does not say, what is known stays, with a note."""
        source = await self.sources.open(request.registry)
        origin = (request.registry, request.repository)
        try:
            found = await attached_documents(source, request.repository, [one for one in (digest, index) if one])
        except RegistryError as error:
            found = [VexDocument(UNASKED, problem=str(error))]
            await asyncio.to_thread(add_documents, self.store, digest, origin, found, request.requested_at)
        else:
            await asyncio.to_thread(replace_documents, self.store, digest, origin, found, request.requested_at)

    def _write(
        self, request: ImageRequested, row: ImageRow, parsed: ImageManifest, index: str, tag: str, platform: PlatformManifest | None
    ) -> list[tuple[Topic, str, Message]]:
        """Store what is known now, then ask for what is missing. Nothing to do for a request that was carried out already."""
        place = Place(request.registry, request.repository, row.digest, index)
        write_image(self.store, row)
        write_place(self.store, place, present=True, changed_at=request.requested_at)
        if parsed.base_digest:
            write_stated_base(self.store, row.digest, parsed.base_digest, parsed.base_name, now_ms())
        if tag:
            write_tag(self.store, place, tag, platform.platform if platform else "", request.requested_at)
        names = [row.digest, row.config_digest, *([index] if index else []), f"{request.registry}/{request.repository}:{tag}"]
        account = self.sources.accounts.registries.get(request.registry)
        if account and tag:
            names.append(f"{account.host}/{request.repository}:{tag}")
        resolve_waiting(self.store, row.digest, names, now_ms())
        known = progress(self.store, [row.digest]).get(row.digest)
        if known and known.at_rest and known.requested_at >= request.requested_at:
            if ScanState.FAILED not in known.states.values():
                return []
            request = request.model_copy(update={"requested_at": now_ms()})  # another attempt: rows of the failed one must not win
        scans = same_in_all(row.digest, ScanState.WAITING, request.cause, request.requested_at, now_ms())
        write_scans(self.store, scans)
        blobs = load_blobs(self.store, row)
        missing = blobs.missing(self.readers, request.requested_at)
        outgoing: list[tuple[Topic, str, Message]] = [
            (lane_of(request.cause).blobs, digest, _blob_request(request, row, parsed.config, digest)) for digest in missing
        ]
        resolved = ImageResolved(
            image_digest=row.digest,
            registry=request.registry,
            repository=request.repository,
            cause=request.cause,
            requested_at=request.requested_at,
        )
        return [*outgoing, (IMAGE_RESOLVED, row.digest, resolved)]

    async def _refused(self, request: ImageRequested, error: RegistryError) -> None:
        """What can be had later is tried again; else the scan failed, with the reason."""
        log.warning("not resolved", registry=request.registry, repository=request.repository, reference=request.reference, error=str(error))
        if request.reference.startswith("sha256:"):
            await asyncio.to_thread(self._write_refusal, request, str(error))
        if request.cause == Cause.RUNTIME:
            await asyncio.to_thread(refuse_waiting, self.store, self._names(request), now_ms(), str(error))
        if error.retry_after_s is not None:
            raise Busy(str(error), error.retry_after_s)
        if not request.reference.startswith("sha256:"):
            raise Rejected(f"{request.registry}/{request.repository}:{request.reference}: {error}")

    def _names(self, request: ImageRequested) -> list[str]:
        """How a runtime may have named the image of a request."""
        account = self.sources.accounts.registries.get(request.registry)
        roots = [f"{first}/{request.repository}" for first in (request.registry, account.host if account else "") if first]
        if request.reference.startswith("sha256:"):
            return [request.reference, *(f"{root}@{request.reference}" for root in roots)]
        return [f"{root}:{request.reference}" for root in roots] + (roots if request.reference == "latest" else [])

    def _write_refusal(self, request: ImageRequested, reason: str) -> None:
        for digest in platforms_of(self.store, request.reference) or [request.reference]:
            index = request.reference if digest != request.reference else ""
            place = Place(request.registry, request.repository, digest, index)
            write_place(self.store, place, present=True, changed_at=request.requested_at)
            write_scans(self.store, same_in_all(digest, ScanState.FAILED, request.cause, request.requested_at, now_ms(), reason))

    def _forget_refusal(self, request: ImageRequested, index: str) -> None:
        """An index that could not be had at first stands where images do, and would be asked for without end; its platforms take over."""
        if progress(self.store, [index]):
            write_place(self.store, Place(request.registry, request.repository, index), present=False, changed_at=now_ms())


def _image_row(manifest: Manifest, parsed: ImageManifest, platform: PlatformManifest | None) -> ImageRow:
    layers = tuple(LayerRow(one.digest, "", one.size, one.media_type, one.skipped) for one in parsed.layers)
    return ImageRow(
        manifest.digest,
        manifest.media_type,
        parsed.config.digest,
        platform.os if platform else "",
        platform.architecture if platform else "",
        layers,
        now_ms(),
    )


def _blob_request(request: ImageRequested, row: ImageRow, config: Descriptor, digest: str) -> BlobRequested:
    layer = next((one for one in row.layers if one.digest == digest), None)
    descriptor = Descriptor(digest, layer.size_bytes, layer.media_type) if layer else config
    return BlobRequested(
        registry=request.registry,
        repository=request.repository,
        digest=digest,
        media_type=descriptor.media_type,
        size=descriptor.size,
        part="layer" if layer else "config",
        requested_at=request.requested_at,
        image_digest=row.digest,
    )
