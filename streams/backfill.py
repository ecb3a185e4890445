"""What is looked at again although nothing was pushed: scans made by other rules or readers than today's, and images whose cycle is over.

The scan rows say by which rules they were made, so what must be done anew is a query. An image of which only rules changed goes straight to
those categories, no layer is read; one that lacks readers is asked for whole, and each blob is read by the readers that it lacks. What is
asked for waits from that moment on, so that no later round asks for it again, however long the registry takes to answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.messages import ImageRequested, ImageResolved, Message
from schemas.vocabulary import Cause, ScanState
from sinks.images import Place, image, places_of, platforms_of
from sinks.scans import ScanRow, not_looked_at_since, outdated, same_in_all, under_way, write_scans
from sinks.store import Store
from streams.agents.loaded import load_blobs
from streams.inspection import InspectionSettings
from streams.topics import IMAGE_BACKFILL, IMAGE_RESOLVED, Topic

AT_ONCE = 50
"""Images of backfill under way at a time: what fresh work finds before it in the topics that both use is seconds."""
BESIDE_FRESH = 5
"""The same while fresh work is under way: where something is always pushed, backfill must get on too."""
FRESH_WITHIN_MS = 120_000
ANTIVIRUS_AGAIN_MS = 3_600_000
"""After so long it is tried again to ask ClamAV about what it did not answer."""
Outgoing = tuple[Topic, str, Message]


def due_again(store: Store, settings: InspectionSettings, cycle_ms: int, passing: Sequence[str], now: int) -> list[Outgoing]:
    """What to ask for now: as many images as there is room for, few of them while fresh work is under way. `cycle_ms` 0 = no cycles;
    `passing`: reasons for which a failed image is tried again soon."""
    fresh, backfill = under_way(store, now - FRESH_WITHIN_MS, passing)
    room = (BESIDE_FRESH if fresh else AT_ONCE) - backfill
    if room <= 0:
        return []
    rules = settings.rules()
    without = {category: text for category, text in settings.rules(antivirus_absent=True).items() if text != rules[category]}
    stale = outdated(store, rules, without, now - ANTIVIRUS_AGAIN_MS, room)
    asked = [_again(store, settings, digest, categories, now) for digest, categories in stale.items()]
    if cycle_ms and len(asked) < room:
        old = not_looked_at_since(store, now - cycle_ms, room - len(asked))
        asked += [_whole(place, Cause.SCHEDULE, now) for place in (_place(store, digest) for digest in old) if place]
    found = list(dict.fromkeys(one for one in asked if one))  # the platforms of one index are asked for together
    write_scans(store, [scan for _, _, message in found if isinstance(message, ImageRequested) for scan in _waiting(store, message)])
    return found


def _again(store: Store, settings: InspectionSettings, digest: str, stale: Sequence[str], now: int) -> Outgoing | None:
    row, place = image(store, digest), _place(store, digest)
    if row is None or place is None:
        return None
    if load_blobs(store, row).missing(settings.readers, now):
        return _whole(place, Cause.DETECTOR, now)
    write_scans(store, [ScanRow(digest, category, ScanState.WAITING, Cause.DETECTOR, now, now) for category in stale])
    resolved = ImageResolved(
        image_digest=digest, registry=place.registry, repository=place.repository, cause=Cause.DETECTOR, requested_at=now
    )  # fmt: skip
    return IMAGE_RESOLVED, digest, resolved


def _waiting(store: Store, request: ImageRequested) -> Iterator[ScanRow]:
    """The rows that the request will have: all platforms of an index are looked at."""
    for digest in platforms_of(store, request.reference) or [request.reference]:
        yield from same_in_all(digest, ScanState.WAITING, request.cause, request.requested_at, request.requested_at)


def _place(store: Store, digest: str) -> Place | None:
    """One of the places where an image lies."""
    return next(iter(places_of(store, digest)), None)


def _whole(place: Place, cause: Cause, now: int) -> Outgoing:
    reference = place.index_digest or place.image_digest
    request = ImageRequested(
        registry=place.registry, repository=place.repository, reference=reference, cause=cause, requested_at=now
    )  # fmt: skip
    return IMAGE_BACKFILL, place.registry, request
