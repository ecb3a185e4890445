"""What every step shares: decoding, retries, dead letters, sending, and the Faust app around its handler.

A handler takes received messages and returns when the store and the next topics have answered. It raises `Rejected` for a message that
can never be handled, `Busy` for one that may be handled later; anything else is a bug of ours: logged, dead-lettered, counted.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from schemas.messages import DeadLetter, Message
from schemas.wire import Undecodable, decode, encode
from sinks.store import StoreDown
from streams.agents.guard import EXIT_CRASH, NO_WAIT, App, Gather, batches
from streams.clock import now_ms
from streams.headers import event_headers, header_text, trace_of
from streams.topics import DEAD_LETTERS, MESSAGE_LIMIT_BYTES, Topic

log = structlog.get_logger(__name__)
RAW: dict[str, Any] = {"value_type": bytes, "value_serializer": "raw", "key_type": bytes, "key_serializer": "raw"}
BUG_LIMIT = 50
"""So many unexpected errors in a row, and the process stops instead of dead-lettering everything."""


class Rejected(Exception):
    """This message can never be handled; the text says why. It goes to the dead letters."""


class Busy(Exception):
    """This message cannot be handled now. `retry_after_s` is a wish."""

    def __init__(self, reason: str, retry_after_s: float = 1.0) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class TooLarge(ValueError):
    """A message over the limit of its topic: whoever made it must split it."""


@dataclass(frozen=True)
class Received:
    """A decoded message with the trace that it belongs to."""

    message: Message
    trace: str


Handler = Callable[[Sequence[Received]], Awaitable[None]]


@dataclass
class Step:
    """One step: an app of its own, one agent for each inbox.

    `together` handlers get all that waits (up to `limit`) at once and in order; others get one message each, up to `limit` at the same
    time and in no order. `attempts` bounds the tries of a busy message."""

    name: str
    broker: str
    slot: str = "0"
    stuck_after_s: float = 300.0
    rebalance_timeout_s: float = 60.0
    attempts: int = 6
    app: App = field(init=False)
    bugs: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.app = App(
            f"imagerisk-{self.name}",
            broker=[f"kafka://{address}" for address in self.broker.split(",")],
            topic_allow_declare=False,
            topic_disable_leader=True,
            table_standby_replicas=0,
            web_enabled=False,
            agent_supervisor="mode.CrashingSupervisor",
            consumer_group_instance_id=f"{self.name}-{self.slot}",
            consumer_auto_offset_reset="earliest",
            broker_session_timeout=10,
            broker_heartbeat_interval=3,
            broker_rebalance_timeout=self.rebalance_timeout_s,
            broker_commit_interval=1.0,
            producer_max_request_size=2 * MESSAGE_LIMIT_BYTES,
        )

    def reads(self, topic: Topic, handler: Handler, *, limit: int, together: bool, gather: Gather = NO_WAIT) -> None:
        """Let `handler` handle what comes on `topic`."""
        inbox = self.app.topic(topic.name, **RAW)

        async def agent(stream: Any) -> None:
            slots = asyncio.Semaphore(limit)
            tasks: set[asyncio.Task[None]] = set()
            async for events in batches(stream, limit, gather):
                if together:
                    await self._handle(events, handler)
                    continue
                for event in events:
                    await slots.acquire()
                    task = asyncio.ensure_future(self._alone(event, handler, slots))
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)

        self.app.agent(inbox, name=f"{self.name}:{topic.name}")(agent)

    async def send(self, topic: Topic, key: str, message: Message, trace: str) -> None:
        """Publish one message and wait for the broker's answer. Raises TooLarge."""
        await self.send_all([(topic, key, message)], trace)

    async def send_all(self, messages: Sequence[tuple[Topic, str, Message]], trace: str) -> None:
        """Publish messages and wait for all answers."""
        producer = await self.app.maybe_start_producer()
        waiting = []
        for topic, key, message in messages:
            value = encode(message)
            if len(value) > MESSAGE_LIMIT_BYTES:
                raise TooLarge(f"{type(message).__name__} for {topic.name}: {len(value)} bytes, the limit is {MESSAGE_LIMIT_BYTES}")
            headers = list(event_headers(self.name, message, value, trace).items())
            waiting.append(await producer.send(topic.name, key.encode("utf-8", "backslashreplace"), value, None, None, headers))
        for sent in waiting:
            await sent

    async def _alone(self, event: Any, handler: Handler, slots: asyncio.Semaphore) -> None:
        try:
            await self._handle([event], handler)
        except Exception:  # a task that dies would lose its event in silence
            log.critical("step failed", step=self.name, exc_info=True)
            os._exit(EXIT_CRASH)
        finally:
            slots.release()

    async def _handle(self, events: list[Any], handler: Handler) -> None:
        """Decode and handle a batch; whatever happens, each event ends as done or in the dead letters."""
        good: list[tuple[Any, Received]] = []
        for event in events:
            try:
                good.append((event, Received(decode(event.message.value), trace_of(event.headers))))
            except Undecodable as error:
                await self._bury(event, str(error))
        try:
            if good:
                await handler([received for _, received in good])
        except Exception as error:
            log.info("batch falls apart", step=self.name, size=len(good), error=f"{type(error).__name__}: {str(error)[:300]}")
            for event, received in good:
                await self._persist(event, received, handler)
        self.app.done(events)

    async def _persist(self, event: Any, received: Received, handler: Handler) -> None:
        for attempt in range(1, self.attempts + 1):
            try:
                await handler([received])
                self.bugs = 0
                return
            except Rejected as error:
                await self._bury(event, str(error))
                return
            except StoreDown:
                raise  # no message's fault: the process ends, the supervisor starts it again, the message comes again
            except Busy as error:
                if attempt == self.attempts:
                    await self._bury(event, f"gave up after {attempt} attempts: {error}")
                    return
                await asyncio.sleep(max(error.retry_after_s, min(10.0, 0.5 * 2**attempt)) * random.uniform(0.8, 1.2))  # noqa: S311 (spreads retries)
            except Exception as error:
                log.error(
                    "handler failed", step=self.name, message_type=type(received.message).__name__, trace=received.trace, exc_info=True
                )
                self.bugs += 1
                if self.bugs > BUG_LIMIT:
                    raise
                await self._bury(event, f"{type(error).__name__}: {str(error)[:500]}")
                return

    async def _bury(self, event: Any, reason: str) -> None:
        message = event.message
        log.warning("dead letter", step=self.name, topic=message.topic, partition=message.partition, offset=message.offset, reason=reason)
        letter = DeadLetter(
            topic=message.topic,
            partition=message.partition,
            offset=message.offset,
            key=message.key or b"",
            value=(message.value or b"")[: MESSAGE_LIMIT_BYTES - 10_000],
            headers={name: header_text(value) for name, value in (event.headers or {}).items()},
            step=self.name,
            reason=reason,
            died_at=now_ms(),
        )
        await self.send(DEAD_LETTERS, message.topic, letter, trace_of(event.headers))
