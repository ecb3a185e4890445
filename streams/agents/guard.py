"""Faust with a commit that can be trusted: a ledger of done offsets, batches without a timer, a watchdog, a run loop.

Faust acks what an agent merely received, lets a missing head offset pass, and counts a hole as done; so the ledger here decides what may
be committed: everything below the first delivered message that is not done. A hole that retention does not explain ends the process,
and the supervisor starts it again from the last commit. Written for faust-streaming 0.15.3 and aiokafka 0.14, both pinned.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import faust
import structlog
from faust.sensors.monitor import Monitor
from faust.transport.drivers import aiokafka as driver

log = structlog.get_logger(__name__)
EXIT_CRASH, EXIT_STOP_TIMEOUT, EXIT_STUCK, EXIT_HOLE = 1, 3, 4, 5
FETCH_WAIT_MS = 500
STOP_WITHIN_S = 20.0
LOOK_EVERY_S = 1.0


class Cursor:
    """The deliveries of one partition since its last seek: `next` must come next (None: the first one decides), `open` are delivered
    and not done, ascending."""

    def __init__(self, next_offset: int | None = None) -> None:
        self.next = next_offset
        self.open: dict[int, None] = {}

    @property
    def safe(self) -> int | None:
        """Everything below is done and may be committed."""
        return next(iter(self.open), self.next)


class _ConsumerThread(driver.AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # the driver has 1500 written into it
        return consumer


class GuardedConsumer(driver.Consumer):
    """A consumer that commits from the ledger. No attribute here may be called `_gap`: Faust has one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cursors: dict[Any, Cursor] = {}
        self.last_done = time.monotonic()
        self._deliver, self.callback = self.callback, self._guarded

    def _new_consumer_thread(self) -> _ConsumerThread:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def verify_all_partitions_active(self) -> None:
        """Faust would only log what stands still; `_watch` ends the process."""

    async def _guarded(self, message: Any) -> None:
        """Every record passes here on its way to a stream."""
        tp, offset = message.tp, message.offset
        cursor = self.cursors.setdefault(tp, Cursor())
        if cursor.next is not None and offset > cursor.next:
            first = (await self.earliest_offsets(tp))[tp]
            log.error("offsets not delivered", topic=tp.topic, partition=tp.partition, first=cursor.next, last=offset - 1)
            if first < offset:  # retention does not explain it: start again from the last commit
                os._exit(EXIT_HOLE)
        elif cursor.next is not None and offset < cursor.next:
            cursor.open.clear()  # read again from further back
        cursor.next, cursor.open[offset] = offset + 1, None
        await self._deliver(message)

    def done(self, message: Any) -> None:
        cursor = self.cursors.get(message.tp)
        if cursor is not None:
            cursor.open.pop(message.offset, None)
        self.last_done = time.monotonic()

    def _new_offset(self, tp: Any) -> int | None:
        """What Faust commits."""
        cursor = self.cursors.get(tp)
        safe = None if cursor is None else cursor.safe
        acked = self._acked[tp]  # Faust's own list: only kept short
        if safe is not None and acked:
            self._acked_index[tp].difference_update(o for o in acked if o < safe)
            acked[:] = [o for o in acked if o >= safe]
        return safe

    async def on_partitions_assigned(self, assigned: Any, generation_id: int = 0) -> None:
        self.cursors.clear()  # not at revocation: work in flight may still commit there
        await super().on_partitions_assigned(assigned, generation_id)

    async def perform_seek(self) -> None:
        await super().perform_seek()
        mine = self.assignment()
        self.cursors = {tp: Cursor(o) for tp, o in self._committed_offset.items() if o is not None and tp in mine}

    def behind(self) -> int:
        """Messages that wait, or are delivered and not done."""
        return sum(max(0, (self.highwater(tp) or 0) - (c.safe or 0)) for tp, c in list(self.cursors.items()))


class _Transport(driver.Transport):
    Consumer = GuardedConsumer


class _Monitor(Monitor):
    """Without the averages of each second, which nobody reads."""

    @faust.Service.task
    async def _sampler(self) -> None:
        """Nothing to do."""


class App(faust.App):
    """A Faust app whose agents say themselves what is done."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, Monitor=_Monitor, **kwargs)

    def _new_transport(self) -> _Transport:
        return _Transport(self.conf.broker_consumer, self)

    @property
    def guard(self) -> GuardedConsumer:
        """The consumer, as `_Transport` made it."""
        return cast(GuardedConsumer, self.consumer)

    def done(self, events: Iterable[Any]) -> None:
        """The store, or the next topic, has answered for these."""
        for event in events:
            self.guard.done(event.message)
            event.ack()


@dataclass(frozen=True)
class Gather:
    """Wait so many seconds after the first event of a batch, unless it is `complete` before."""

    seconds: float
    complete: Callable[[Sequence[Any]], bool]


NO_WAIT = Gather(0.0, bool)


async def batches(stream: Any, limit: int, gather: Gather = NO_WAIT) -> AsyncIterator[list[Any]]:
    """All events that wait, up to `limit`, and those that `gather` waits for. The bounded queue lets back-pressure reach the fetcher."""
    queue: asyncio.Queue[Any] = asyncio.Queue(limit)
    end = object()

    async def pump() -> None:
        try:
            async for event in stream.noack().events():
                await queue.put(event)
        finally:
            while queue.full():  # noqa: ASYNC110 (a queue has no event for `not full`, and `put` may never return here)
                await asyncio.sleep(0.01)
            queue.put_nowait(end)

    task = asyncio.ensure_future(pump())
    try:
        while True:
            batch = [await queue.get()]
            until = time.monotonic() + gather.seconds
            while len(batch) < limit and batch[-1] is not end:
                if not queue.empty():
                    batch.append(queue.get_nowait())
                    continue
                left = until - time.monotonic()
                if left <= 0 or gather.complete(batch):
                    break
                with contextlib.suppress(TimeoutError):
                    batch.append(await asyncio.wait_for(queue.get(), left))
            ended = batch[-1] is end
            if ended:
                batch.pop()
            if batch:
                yield batch
            if ended:
                await task  # raises what the stream raised
                return
    finally:
        task.cancel()


def _watch(app: App, stuck_after_s: float, beat: list[float]) -> None:
    """A thread, so that it sees a blocked loop too: ends the process when nothing moves although work waits."""
    while True:
        time.sleep(min(5.0, stuck_after_s / 3))
        try:
            idle, behind = time.monotonic() - app.guard.last_done, app.guard.behind()
        except Exception:  # between two assignments the consumer has no partitions to ask for
            idle, behind = 0.0, 0
        if time.monotonic() - beat[0] > stuck_after_s or (behind and idle > stuck_after_s):
            log.critical("stuck", app=app.conf.id, idle_s=round(idle), behind=behind)
            os._exit(EXIT_STUCK)


async def run(apps: Sequence[tuple[App, float]], ready: Callable[[], None]) -> None:
    """Run apps, each with the seconds after which it counts as stuck, until a signal; `ready` is called once all have started.

    Never returns: a crash exits with 1."""
    loop, stop, beat = asyncio.get_running_loop(), asyncio.Event(), [time.monotonic()]
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    for app, stuck_after_s in apps:
        await app.start()
        threading.Thread(target=_watch, args=(app, stuck_after_s, beat), daemon=True).start()
    ready()
    while not stop.is_set():
        beat[0] = time.monotonic()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK_EVERY_S)
        for app, _ in apps:
            if app.crashed or app.should_stop:
                log.critical("crashed", app=app.conf.id, reason=repr(app.crash_reason))
                os._exit(EXIT_CRASH)  # no stop(): with unacked events it would wait for ever
    try:
        await asyncio.wait_for(asyncio.gather(*(app.stop() for app, _ in apps)), STOP_WITHIN_S)
    except TimeoutError:
        os._exit(EXIT_STOP_TIMEOUT)  # what was not committed comes again
    os._exit(0)
