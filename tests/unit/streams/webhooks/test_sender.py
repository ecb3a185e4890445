"""What an answer does to a delivery, and what a real receiver gets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web

from schemas.messages import ActionDone, RiskChanged
from sinks.deliveries import DELIVERED, GIVEN_UP, WAITING, Delivery
from streams.webhooks import sender
from streams.webhooks.events import event_of
from streams.webhooks.sender import ATTEMPTS, Answer, after, new_session, pause_s, post
from streams.webhooks.signature import headers
from streams.webhooks.subscriptions import Subscriptions

WAITS = Delivery("s", "e", "chat", "imagerisk.risk.opened", "{}", 5)
CHANGE = RiskChanged(
    id="c1", change="opened", finding_id="f", image_digest="sha256:a", category="baseline", rule="r", severity="low", before="",
    after="open", changed_at=1_700_000_000_123, cause="push",
)  # fmt: skip


@pytest.mark.parametrize(
    ("status", "state"), [(200, DELIVERED), (204, DELIVERED), (302, WAITING), (500, WAITING), (0, WAITING), (410, GIVEN_UP)]
)
def test_only_2xx_delivers_and_only_gone_ends_at_once(status: int, state: str) -> None:
    assert after(WAITS, Answer(status, ""), 1000).state == state


def test_failures_are_tried_again_over_hours_and_then_given_up() -> None:
    one, now = WAITS, 1_000_000
    while one.state == WAITING:
        one = after(one, Answer(503, "later"), now)
        now = max(now, one.due_at)
    assert (one.state, one.attempts) == (GIVEN_UP, ATTEMPTS)
    assert 18 < (now - 1_000_000) / 3_600_000 < 30
    pauses = [pause_s(attempts) for attempts in range(1, ATTEMPTS)]
    assert pauses == sorted(pauses) and pauses[0] == 5


def test_what_was_tried_wins_over_the_row_of_the_change() -> None:
    first = after(WAITS, Answer(500, ""), 1000)
    assert WAITS.version < first.version < after(first, Answer(200, ""), 1000).version


def test_an_event_tells_what_the_store_knows() -> None:
    risk = {"title": "t" * 5000, "severity": "high", "priority": "medium", "fixed_version": "2", "aliases": ["CVE-1"] * 99, "status": "?"}
    event = event_of(CHANGE, risk, [{"registry": "reg", "repository": "team/app", "tags": ["1.0"]}])
    told = json.loads(event.body)
    assert (told["specversion"], told["id"], told["type"], told["time"]) == (
        "1.0",
        "c1",
        "imagerisk.risk.opened",
        "2023-11-14T22:13:20.123Z",
    )
    data = told["data"]
    assert (data["status"], data["before"], data["severity"], data["fixed_version"]) == ("open", "", "high", "2")
    assert len(data["title"]) == 1000 and len(data["aliases"]) == 50
    assert data["images"] == [{"registry": "reg", "repository": "team/app", "tags": ["1.0"]}]
    assert (event.severity, event.priority, event.places) == ("high", "medium", (("reg", "team/app"),))


def test_an_answer_of_an_action_is_an_event_too() -> None:
    done = ActionDone(id="a1", action="ignore", finding_id="f", state="refused", reason="a reason is required", done_at=5)
    event = event_of(done, {}, [])
    assert (event.kind, event.type, json.loads(event.body)["data"]["reason"]) == (
        "action",
        "imagerisk.action.refused",
        "a reason is required",
    )


async def attempt(home: Path, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Answer:
    """One attempt at a real server that answers as `handler` says."""
    app = web.Application()
    app.router.add_post("/hook", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        to = Subscriptions(home).add("chat", f"http://127.0.0.1:{runner.addresses[0][1]}/hook", 1)
        async with new_session() as session:
            return await post(session, to, "e1", b'{"id": "e1"}')
    finally:
        await runner.cleanup()


def test_a_receiver_can_verify_what_it_gets(tmp_path: Path) -> None:
    got: list[tuple[dict[str, str], bytes]] = []

    async def take(request: web.Request) -> web.Response:
        got.append((dict(request.headers), await request.read()))
        return web.Response(status=202, text="x" * 100_000)

    answer = asyncio.run(attempt(tmp_path, take))
    assert answer.acknowledged and len(answer.text) <= sender.ANSWER_BYTES
    secret = Subscriptions(tmp_path).named("chat").secret
    ((sent, body),) = got
    assert body == b'{"id": "e1"}'
    for name, value in headers(secret, "e1", int(sent["webhook-timestamp"]), body).items():
        assert sent[name] == value


def test_redirects_are_not_followed(tmp_path: Path) -> None:
    seen: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        seen.append(request.path)
        raise web.HTTPTemporaryRedirect("/hook?again")

    answer = asyncio.run(attempt(tmp_path, elsewhere))
    assert (answer.status, answer.acknowledged, seen) == (307, False, ["/hook"])


def test_silence_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "TIMEOUT_S", 0.2)

    async def silent(_: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.Response()

    answer = asyncio.run(attempt(tmp_path, silent))
    assert answer.status == 0 and "no answer within" in answer.text


def test_nobody_there_is_an_answer(tmp_path: Path) -> None:
    async def refused() -> Answer:
        to = Subscriptions(tmp_path).add("chat", "http://127.0.0.1:1/secret-path", 1)
        async with new_session() as session:
            return await post(session, to, "e", b"{}")

    answer = asyncio.run(refused())
    assert answer.status == 0 and answer.text and "secret-path" not in answer.text
