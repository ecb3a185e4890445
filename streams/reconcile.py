"""What registries hold and nobody announced: their lists compared with what is known."""

from __future__ import annotations

import asyncio

import structlog

from schemas.messages import ImageRequested
from schemas.vocabulary import Cause
from sinks.store import Store
from streams.clock import now_ms
from streams.publisher import Publisher
from streams.registries.manifests import RegistryError
from streams.registries.sources import Sources
from streams.topics import IMAGE_BACKFILL
from streams.vex.referrers import is_attachment_tag

log = structlog.get_logger(__name__)


async def reconcile(store: Store, sources: Sources, publisher: Publisher, only: str = "") -> int:
    """Compare what each registry lists with what is known, and ask for the gap; returns its size."""
    count = 0
    for name in [only] if only else list(sources.accounts.registries):
        try:
            count += await _list(store, sources, publisher, name)
        except RegistryError as error:
            log.warning("listing failed", registry=name, error=str(error))
    return count


async def _list(store: Store, sources: Sources, publisher: Publisher, name: str) -> int:
    source = await sources.open(name)
    known = await asyncio.to_thread(_known_tags, store, name)
    count = 0
    for repository in await source.repositories():
        for tag in await source.tags(repository):
            if is_attachment_tag(tag):  # read with the image that it is attached to
                continue
            manifest = await source.manifest(repository, tag)
            if (repository, tag) in known and known[repository, tag] & {manifest.digest}:
                continue
            message = ImageRequested(
                registry=name,
                repository=repository,
                reference=tag,
                cause=Cause.LISTING,
                requested_at=now_ms(),
                event_id=manifest.digest,
            )
            await publisher.send(IMAGE_BACKFILL, name, message)
            count += 1
    return count


def _known_tags(store: Store, name: str) -> dict[tuple[str, str], set[str]]:
    """(repository, tag) -> digests of the image and of the index that it leads to."""
    rows = store.query(
        "SELECT t.repository, t.tag, t.image_digest, p.index_digest FROM "
        "(SELECT * FROM image_tags FINAL WHERE registry = {registry:String} AND image_digest != '') AS t "
        "LEFT JOIN (SELECT * FROM image_places FINAL WHERE registry = {registry:String}) AS p "
        "ON p.repository = t.repository AND p.image_digest = t.image_digest",
        {"registry": name},
    )
    known: dict[tuple[str, str], set[str]] = {}
    for repository, tag, digest, index in rows:
        known.setdefault((repository, tag), set()).update({digest, index} - {""})
    return known
