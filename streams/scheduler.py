"""scheduler: what is overdue is asked for again, what a registry has and nobody announced is asked for at all, what has expired ends.

The state of work is a query: whatever message was lost, the scan row still waits, and here it is found.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from schemas.messages import ActionRequested, ImageRequested
from schemas.vocabulary import Reason
from sinks.decisions import EXPIRE, due_expiries
from sinks.images import places_of
from sinks.retention import forget_before
from sinks.scans import Overdue, overdue
from sinks.store import Store, StoreDown
from streams.advisories.feeds import UnknownFeed
from streams.advisories.importer import import_advisories, update_of
from streams.advisories.sync import FeedSources, SyncError, fetch
from streams.backfill import due_again
from streams.clamd_signatures import follow_signatures
from streams.clock import now_ms
from streams.fix.auto_fix import AutoFixError, due_fixes, read_auto_fix
from streams.publisher import BrokerDown, Publisher
from streams.reading import Reading
from streams.reconcile import reconcile
from streams.registries.manifests import RegistryError
from streams.registries.sources import Sources
from streams.topics import ACTION_REQUESTS, ADVISORY_UPDATES, lane_of

log = structlog.get_logger(__name__)
OVERDUE_AFTER_MS = 120_000
BACKFILL_OVERDUE_AFTER_MS = 3_600_000
RETRY_FAILED_AFTER_MS = 300_000
PASSING: tuple[str, ...] = (Reason.REGISTRY_UNREACHABLE, Reason.THROTTLED, Reason.STORE_DOWN, Reason.TIMEOUT)
CHECK_EVERY_S = 15.0
EXPIRIES_EVERY_S = 5.0
FIXES_EVERY_S = 15.0
BACKFILL_EVERY_S = 10.0
SIGNATURES_EVERY_S = 300.0
RETENTION_EVERY_S = 3600.0
DAY_MS = 86_400_000


@dataclass(frozen=True)
class Periods:
    """Seconds between two listings of each registry, two downloads of the feeds, two looks at each image; days by which ClamAV's database
    must be newer before known layers are sent to it again; days for which history is kept; 0 = never, for ever."""

    listing_s: float = 0.0
    sync_s: float = 0.0
    cycle_s: float = 0.0
    reread_days: int = 0
    kept_days: int = 0


class Scheduler:
    """Rounds, each with its own period (0 = never). `home` has what auto-fix may do and which feeds are downloaded; `reading` gives
    today's rules and readers."""

    def __init__(self, store: Store, sources: Sources, publisher: Publisher, home: Path, reading: Reading, periods: Periods) -> None:
        self.store, self.sources, self.publisher, self.home = store, sources, publisher, home
        self.reading, self.periods = reading, periods

    async def run(self) -> None:
        """Until cancelled."""
        rounds = [self._every(CHECK_EVERY_S, self.ask_again), self._every(EXPIRIES_EVERY_S, self.end_decisions),
                  self._every(FIXES_EVERY_S, self.begin_fixes), self._every(BACKFILL_EVERY_S, self.look_again)]  # fmt: skip
        if self.periods.listing_s:
            rounds.append(self._every(self.periods.listing_s, self.list_registries))
        if self.periods.sync_s:
            rounds.append(self._every(self.periods.sync_s, self.sync_feeds))
        if self.reading().clamd:
            rounds.append(self._every(SIGNATURES_EVERY_S, self.note_signatures))
        if self.periods.kept_days:
            rounds.append(self._every(RETENTION_EVERY_S, self.forget))
        await asyncio.gather(*rounds)

    async def _every(self, seconds: float, work: Callable[[], Awaitable[int]]) -> None:
        while True:
            await asyncio.sleep(seconds)
            begin = time.monotonic()
            try:
                done = await work()
            except (StoreDown, BrokerDown, RegistryError, AutoFixError, SyncError, UnknownFeed) as error:
                log.warning("round failed", round=work.__name__, error=str(error))
                continue
            if done:
                log.info("round", round=work.__name__, asked=done, seconds=round(time.monotonic() - begin, 2))

    async def ask_again(self) -> int:
        """Ask again for scans that should have ended; returns how many."""
        now = now_ms()
        late = await asyncio.to_thread(
            overdue, self.store, now - OVERDUE_AFTER_MS, now - BACKFILL_OVERDUE_AFTER_MS, PASSING, now - RETRY_FAILED_AFTER_MS
        )
        count = 0
        for one in late:
            count += await self._again(one)
        return count

    async def _again(self, one: Overdue) -> int:
        places = await asyncio.to_thread(places_of, self.store, one.image_digest)
        if not places:
            return 0
        place = places[0]
        message = ImageRequested(
            registry=place.registry,
            repository=place.repository,
            reference=place.index_digest or one.image_digest,
            cause=one.cause,
            requested_at=one.requested_at,
        )
        await self.publisher.send(lane_of(one.cause).images, place.registry, message)
        return 1

    async def look_again(self) -> int:
        """Ask for images whose scans are not by today's rules, or too old; returns how many."""
        asked = await asyncio.to_thread(due_again, self.store, self.reading(), int(self.periods.cycle_s * 1000), PASSING, now_ms())
        for topic, key, message in asked:
            await self.publisher.send(topic, key, message)
        return len(asked)

    async def forget(self) -> int:
        """Delete what is older than it is kept; returns of how many images."""
        return await asyncio.to_thread(forget_before, self.store, now_ms() - self.periods.kept_days * DAY_MS)

    async def note_signatures(self) -> int:
        """Note how new ClamAV's database is, if that means to read layers again; returns whether it was noted."""
        clamd = self.reading().clamd
        if clamd is None:
            return 0
        return await asyncio.to_thread(follow_signatures, self.home, clamd.address, self.periods.reread_days)

    async def list_registries(self) -> int:
        """Ask for what registries hold and nobody announced; returns how many."""
        return await reconcile(self.store, self.sources, self.publisher)

    async def end_decisions(self) -> int:
        """Ask for the end of each decision whose expiry has come; returns how many. Asked for twice it changes nothing."""
        due = await asyncio.to_thread(due_expiries, self.store, now_ms())
        for one in due:
            message = ActionRequested(
                id=f"expire-{one.id}", action=EXPIRE, finding_id=one.finding_id, scope=one.scope, target=one.target,
                reason=f"decision {one.id} has expired", actor="scheduler", expires_at=one.expires_at, requested_at=now_ms(),
                subject=one.subject, operator=one.operator, value=one.value, category=one.category, source="scheduler",
            )  # fmt: skip
            await self.publisher.send(ACTION_REQUESTS, one.finding_id, message)
        return len(due)

    async def sync_feeds(self) -> int:
        """Download the feeds that changed and import them; returns the number of changed advisories."""
        fetched = await fetch(FeedSources(self.home))
        for one in fetched:
            if one.error:
                log.warning("feed not fetched", source=one.source.name, error=one.error)
        changed = [one.path for one in fetched if one.changed]
        outcome = await asyncio.to_thread(import_advisories, self.store, changed) if changed else None
        if outcome is None or not outcome.advisories:
            return 0
        await self.publisher.send(ADVISORY_UPDATES, "sync", update_of(outcome, "sync"))
        return len(outcome.advisories)

    async def begin_fixes(self) -> int:
        """Ask for the fixes that auto-fix has due; returns how many."""
        settings = await asyncio.to_thread(read_auto_fix, self.home)
        due = await asyncio.to_thread(due_fixes, self.store, settings, now_ms())
        for one in due:
            await self.publisher.send(ACTION_REQUESTS, one.target, one)
        return len(due)
