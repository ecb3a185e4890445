"""Batches of events: what waits comes together, what is waited for comes too, nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from types import SimpleNamespace
from typing import Any

from streams.agents.guard import NO_WAIT, Gather, batches
from streams.agents.merge import _whole_images


class Inbox:
    """Events with the pauses before them, in the form of a Faust stream."""

    def __init__(self, *events: tuple[float, Any]) -> None:
        self._events = events

    def noack(self) -> Inbox:
        return self

    async def events(self) -> AsyncIterator[Any]:
        for pause_s, event in self._events:
            await asyncio.sleep(pause_s)
            yield event


def taken(inbox: Inbox, limit: int, gather: Gather = NO_WAIT) -> list[list[Any]]:
    async def take() -> list[list[Any]]:
        return [batch async for batch in batches(inbox, limit, gather)]

    return asyncio.run(take())


def test_what_waits_comes_together_up_to_the_limit() -> None:
    found = taken(Inbox(*[(0.0, n) for n in range(10)]), 4)
    assert [one for batch in found for one in batch] == list(range(10))
    assert max(map(len, found)) <= 4


def test_a_batch_is_waited_for_until_it_is_complete() -> None:
    def pair(events: Sequence[int]) -> bool:
        return len(events) == 2

    assert taken(Inbox((0.0, 1), (0.05, 2), (0.05, 3), (0.05, 4)), 9, Gather(60.0, pair)) == [[1, 2], [3, 4]]


def test_the_wait_ends() -> None:
    assert taken(Inbox((0.0, 1), (0.6, 2)), 9, Gather(0.05, lambda _: False)) == [[1], [2]]


def test_the_end_of_the_stream_ends_the_wait() -> None:
    assert taken(Inbox((0.0, 1), (0.0, 2)), 9, Gather(60.0, lambda _: False)) == [[1, 2]]


def test_an_image_is_whole_with_six_messages() -> None:
    def events(**counts: int) -> list[Any]:
        return [SimpleNamespace(message=SimpleNamespace(key=key.encode())) for key, count in counts.items() for _ in range(count)]

    assert _whole_images(events(a=6, b=7))
    assert not _whole_images(events(a=6, b=5))
