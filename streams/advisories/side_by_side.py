"""Whole feeds imported side by side: their records cost Python's time, and no such feed looks at what another one says."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import Future, ProcessPoolExecutor, wait
from multiprocessing.queues import SimpleQueue
from typing import TypeAlias

from infra.process_pools import begin_reading, kill_processes
from sinks.store import Store
from streams.advisories.feeds import Feed
from streams.advisories.outcome import FeedOutcome, Progress
from streams.advisories.record_import import import_records

_WORTH_BYTES = 16 << 20
"""Another process takes half a second of CPU time to begin; this much of feeds (packed) takes some seconds to read."""
_PAUSE_S = 0.2
Told: TypeAlias = "SimpleQueue[tuple[Feed, int]]"
_here: tuple[Store, Told]
"""Of a process of the pool: what its feeds are imported with."""


def import_side_by_side(store: Store, feeds: list[Feed], progress: Progress | None, processes: int) -> list[FeedOutcome]:
    """One outcome a feed, in their order. Raises StoreError, BrokenProcessPool when a process was killed; an import may be repeated."""
    sizes = {feed: sum(path.stat().st_size for path in feed.files) for feed in feeds}
    beside = (sum(sizes.values()) - max(sizes.values(), default=0)) // _WORTH_BYTES
    processes = min(processes, 1 + beside, len(feeds))
    if processes < 2:
        return [import_records(store, feed, progress) for feed in feeds]
    context = multiprocessing.get_context("spawn")
    told: Told = context.SimpleQueue()
    with ProcessPoolExecutor(processes, context, initializer=_begin, initargs=(store, told)) as pool:
        # The largest feed first: what remains at the end is small.
        work = {feed: pool.submit(_import, feed) for feed in sorted(feeds, key=lambda one: -sizes[one])}
        try:
            _report(list(work.values()), told, progress)
            return [work[feed].result() for feed in feeds]
        except BaseException:  # an interrupt too: what was written stands, the next import goes on
            kill_processes(pool)
            raise


def _report(work: list[Future[FeedOutcome]], told: Told, progress: Progress | None) -> None:
    """Hand on what the processes tell until all are done."""
    left = set(work)
    while left:
        left = wait(left, timeout=_PAUSE_S).not_done
        while not told.empty():
            news = told.get()
            if progress:
                progress(*news)


def _begin(store: Store, told: Told) -> None:
    global _here
    begin_reading()
    _here = store, told


def _import(feed: Feed) -> FeedOutcome:
    store, told = _here
    return import_records(store, feed, lambda *news: told.put(news))
