"""inspect: layer.requests, layer.backfill -> one pass over the blob -> facts in the store -> layer.inspected.

The reading is done by processes of a pool. A pool whose process died is made anew, and the blob is tried again, a second time by itself; a
blob that keeps killing its reader has failed. Backfill has a step and processes of its own, which begin with the first blob that
comes and leave the processor to others.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import structlog

from infra.process_pools import begin_reading, kill_processes
from schemas.messages import BlobInspected, BlobRequested
from schemas.vocabulary import Reason
from sinks.blobs import blob_states, keep_blob, write_blob
from sinks.store import Store
from streams.agents.step import Busy, Received, Rejected, Step
from streams.clock import now_ms
from streams.inspection import Inspected, InspectionSettings, antivirus_answers, failed, inspect_blob, warm_up
from streams.reading import Reading
from streams.topics import LAYER_INSPECTED, Lane

log = structlog.get_logger(__name__)
DEADLINE_S = 1800.0
BLOBS_A_PROCESS = 500
TRIES = 4


class Inspect:
    """The handler for one lane; `processes` blobs are read at the same time, with this much niceness (0-19, see nice(2))."""

    def __init__(self, step: Step, store: Store, reading: Reading, lane: Lane, processes: int, niceness: int = 0) -> None:
        self.step, self.store, self.reading, self.processes, self.niceness = step, store, reading, processes, niceness
        self._failures: dict[str, int] = {}
        self._pool = None if niceness else self._new_pool()
        step.reads(lane.blobs, self.handle, limit=processes * 2, together=False)

    async def handle(self, batch: Sequence[Received]) -> None:
        """Read each blob that was not read yet, and say so."""
        for received in batch:
            request = received.message
            if not isinstance(request, BlobRequested):
                raise Rejected(f"{type(request).__name__} is no request for a blob")
            ended, reason = await self._inspected(request)
            answer = BlobInspected(digest=request.digest, state=ended, reason=reason, requested_at=request.requested_at)
            await self.step.send(LAYER_INSPECTED, request.digest, answer, received.trace)

    async def _inspected(self, request: BlobRequested) -> tuple[str, str]:
        """State of the blob and its reason, once all readers have read it."""
        state = (await asyncio.to_thread(blob_states, self.store, [request.digest])).get(request.digest)
        settings = self.reading()
        readers = settings.readers(request.part)
        lacking = state.lacks(readers) if state else readers
        if state is not None and (state.inspected_at >= request.requested_at or not lacking):
            return state.state, state.reason
        if state is not None and set(lacking) <= state.undone and not await asyncio.to_thread(antivirus_answers, settings):
            await asyncio.to_thread(keep_blob, self.store, request.digest, state.reason, now_ms(), state.state)
            return state.state, state.reason
        outcome = await self._read(settings, request, lacking)
        blob = outcome.blob
        if outcome.retry_after_s is not None and self._failures.get(request.digest, 0) < TRIES:
            self._failures[request.digest] = self._failures.get(request.digest, 0) + 1
            raise Busy(blob.reason, outcome.retry_after_s)
        self._failures.pop(request.digest, None)
        if blob.state == "failed" and state is not None and state.was_read:
            await asyncio.to_thread(keep_blob, self.store, request.digest, blob.reason, blob.inspected_at)
            return "partial", blob.reason
        await asyncio.to_thread(write_blob, self.store, blob, outcome.told)
        return blob.state, blob.reason

    async def _read(self, settings: InspectionSettings, request: BlobRequested, lacking: Sequence[str]) -> Inspected:
        pool = self._pool = self._pool or self._new_pool()
        try:
            future = asyncio.get_running_loop().run_in_executor(pool, inspect_blob, settings, request, lacking)
            return await asyncio.wait_for(asyncio.shield(future), DEADLINE_S)
        except TimeoutError:
            self._renew(pool)
            return Inspected(failed(request, f"{Reason.TIMEOUT}: not read within {DEADLINE_S:.0f} s"), {})
        except BrokenProcessPool:
            self._renew(pool)
            return await self._read_apart(settings, request, lacking)

    async def _read_apart(self, settings: InspectionSettings, request: BlobRequested, lacking: Sequence[str]) -> Inspected:
        """A process of the pool died, nobody knows over which blob: this one gets a process of its own."""
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=begin_reading, initargs=(self.niceness,)) as own:
            try:
                return await asyncio.get_running_loop().run_in_executor(own, inspect_blob, settings, request, lacking)
            except BrokenProcessPool:
                log.error("reader died", digest=request.digest)
                return Inspected(failed(request, f"{Reason.DETECTOR_CRASHED}: the process that read it died"), {})

    def _renew(self, broken: ProcessPoolExecutor) -> None:
        if self._pool is broken:
            self._pool = self._new_pool()
            kill_processes(broken)
            broken.shutdown(wait=False, cancel_futures=True)

    def _new_pool(self) -> ProcessPoolExecutor:
        """A pool whose processes have compiled their rules before the first blob comes."""
        pool = ProcessPoolExecutor(
            self.processes, multiprocessing.get_context("spawn"), initializer=begin_reading, initargs=(self.niceness,),
            max_tasks_per_child=BLOBS_A_PROCESS,
        )  # fmt: skip
        for _ in range(self.processes):
            pool.submit(warm_up, self.reading())
        return pool
