"""Sending what waits: each subscription on its own, so that a receiver that is slow or away holds up no other.

A delivery is done when the receiver answers 2xx, and is then never sent again. Everything else is tried again, ATTEMPTS times with pauses
that grow from seconds to hours, about a day in all; 410 (gone) ends it at once. Redirects are not followed: only the address that was
added is contacted. One process sends at a time, whoever holds the lock in the data folder.
"""

from __future__ import annotations

import asyncio
import fcntl
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import structlog

from sinks.deliveries import DELIVERED, GIVEN_UP, WAITING, Delivery, due_deliveries, write_deliveries
from sinks.store import Store
from streams.webhooks.signature import headers
from streams.webhooks.subscriptions import Subscription, SubscriptionError, Subscriptions

log = structlog.get_logger(__name__)
ATTEMPTS = 10
FIRST_PAUSE_S, PAUSE_GROWS, LONGEST_PAUSE_S = 5.0, 4.0, 6 * 3600.0
TIMEOUT_S = 10.0
ANSWER_BYTES = 300
AT_ONCE, AT_MOST = 4, 200
LOOK_EVERY_S = 1.0
GONE = 410


@dataclass(frozen=True)
class Answer:
    """What a receiver said; status 0: nothing, and `text` is why."""

    status: int
    text: str

    @property
    def acknowledged(self) -> bool:
        return 200 <= self.status < 300


def pause_s(attempts: int) -> float:
    """Seconds until the next attempt after so many failed ones: 5, 20, 80 ... at most six hours."""
    return min(FIRST_PAUSE_S * PAUSE_GROWS ** (attempts - 1), LONGEST_PAUSE_S)


def after(delivery: Delivery, answer: Answer, now_ms: int, spread: float = 1.0) -> Delivery:
    """The delivery after one more attempt. `spread` multiplies the pause, so that receivers are not met by all at once."""
    attempts = delivery.attempts + 1
    tried = replace(
        delivery,
        attempts=attempts,
        status_code=answer.status,
        answer=answer.text,
        tried_at=now_ms,
        version=max(now_ms, delivery.version + 1),
    )
    if answer.acknowledged:
        return replace(tried, state=DELIVERED, due_at=0)
    if answer.status == GONE or attempts >= ATTEMPTS:
        return replace(tried, state=GIVEN_UP, due_at=0)
    return replace(tried, state=WAITING, due_at=now_ms + int(pause_s(attempts) * 1000 * spread))


async def post(session: aiohttp.ClientSession, to: Subscription, event_id: str, body: bytes) -> Answer:
    """One attempt: at most TIMEOUT_S, and the first ANSWER_BYTES of the answer."""
    try:
        signed = headers(to.secret, event_id, int(time.time()), body)
        async with session.post(to.url, data=body, headers=signed, allow_redirects=False) as response:
            text = (await response.content.read(ANSWER_BYTES)).decode("utf-8", "replace")
            if 300 <= response.status < 400:
                text = "redirects are not followed: add the address that it leads to"
            return Answer(response.status, text.replace("\0", ""))
    except TimeoutError:
        return Answer(0, f"no answer within {TIMEOUT_S:.0f} s")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return Answer(0, f"{type(error).__name__}: {error}".replace(to.url, "the address")[:ANSWER_BYTES])


def new_session() -> aiohttp.ClientSession:
    """A client that takes nothing from the environment and keeps no cookies."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=TIMEOUT_S), trust_env=False, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
    )


class Sender:
    """The loop; `now_ms` is the clock."""

    def __init__(self, store: Store, home: Path, now_ms: Callable[[], int]) -> None:
        self.store, self.home, self.now_ms = store, home, now_ms
        self.subscriptions = Subscriptions(home)
        self._sending: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Until cancelled. Waits while another process sends. A store that is away ends the process, and the supervisor starts it again."""
        with (self.home / "webhooks.sender.lock").open("a") as lock:
            while not _locked(lock.fileno()):  # noqa: ASYNC110 (a lock of the file system tells nobody)
                await asyncio.sleep(LOOK_EVERY_S)
            async with new_session() as session:
                try:
                    while True:
                        self.look(session)
                        await asyncio.sleep(LOOK_EVERY_S)
                finally:
                    for task in self._sending.values():
                        task.cancel()
                    await asyncio.gather(*self._sending.values(), return_exceptions=True)

    def look(self, session: aiohttp.ClientSession) -> None:
        """Start sending to every subscription that is not being sent to. Raises what the last sending raised."""
        try:
            known = self.subscriptions.all
        except SubscriptionError as error:
            log.error("webhooks not read", error=str(error))
            return
        for identity in [identity for identity, task in self._sending.items() if task.done()]:
            self._sending.pop(identity).result()
        for one in known.values():
            if not one.paused and one.id not in self._sending:
                self._sending[one.id] = asyncio.ensure_future(self.send_due(session, one))

    async def send_due(self, session: aiohttp.ClientSession, to: Subscription) -> None:
        """Send what is due to one subscription, the oldest first and AT_ONCE at a time; each answer is written before the next."""
        due = await asyncio.to_thread(due_deliveries, self.store, to.id, self.now_ms(), AT_MOST)
        for start in range(0, len(due), AT_ONCE):
            if self._ended(to):
                return
            await asyncio.shield(asyncio.ensure_future(self._send(session, to, due[start : start + AT_ONCE])))

    async def _send(self, session: aiohttp.ClientSession, to: Subscription, some: list[Delivery]) -> None:
        answers = await asyncio.gather(*(post(session, to, one.event_id, one.body.encode()) for one in some))
        spread = random.uniform(0.8, 1.2)  # noqa: S311 (spreads retries)
        tried = [after(one, answer, self.now_ms(), spread) for one, answer in zip(some, answers, strict=True)]
        await asyncio.to_thread(write_deliveries, self.store, tried)
        for one in tried:
            if one.state != DELIVERED:
                log.warning(
                    "not delivered", webhook=to.name, id=one.event_id, state=one.state, attempts=one.attempts, status=one.status_code
                )

    def _ended(self, to: Subscription) -> bool:
        """Whether the subscription was removed, changed or paused meanwhile."""
        with suppress(SubscriptionError):
            return self.subscriptions.all.get(to.name) != to
        return True


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
