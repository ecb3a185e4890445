"""`webhooks`: who is told of changes, by HTTP, and how far that is."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli.session import open_store, settings_or_exit, show

if TYPE_CHECKING:
    from streams.webhooks.sender import Answer
    from streams.webhooks.subscriptions import Subscription, Subscriptions

_COLUMNS = ("name", "url", "kinds", "categories", "severity", "priorities", "repositories", "paused")
TEST_FAILED = 3


@click.group()
def webhooks() -> None:
    """Tell other systems of changes: new risks, closed risks, decisions, answers of actions.

    Each change is one POST of a CloudEvent (JSON), signed with the secret of the webhook: `webhook-signature` (Standard Webhooks, over
    id, time and body) and `X-Hub-Signature-256` (over the body, keyed with the secret's text). Verify one of them, answer 2xx within 10
    seconds, and take `webhook-id` as the identity of the change: after a crash the same change may come again under the same id."""


@webhooks.command("add")
@click.argument("name")
@click.argument("url")
@click.option(
    "--kind", "kinds", multiple=True, help="opened, reopened, closed, status, priority or action; repeat it for several. Default: all."
)
@click.option("--category", "categories", multiple=True, help="One of the six categories; repeat it for several. Default: all.")
@click.option("--severity", default="low", show_default=True, help="The lowest severity that is told: low, medium or high.")
@click.option("--priority", "priorities", multiple=True, help="high, medium or low; repeat it for several. Default: all.")
@click.option("--repository", "repositories", multiple=True, help="Pattern with *, such as `team/*` or `registry/team/app`. Default: all.")
@click.option("--secret-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="File with a secret, `whsec_...`.")
@click.option("--json", "as_json", is_flag=True, help="Print the webhook and its secret as JSON.")
def add(name: str, url: str, secret_file: Path | None, as_json: bool, **selection: object) -> None:
    """Tell URL of changes from now on, and print the secret that signs; it is shown this once.

    Example: imagerisk webhooks add chat https://chat.example.org/hook --kind opened --severity high --repository 'shop/*'"""
    given = secret_file.read_text(encoding="utf-8").strip() if secret_file else ""
    with _changed() as known:
        added = known.add(name, url, _now_ms(), given, **selection)
    shown = added.shown if given else {**added.shown, "secret": added.secret}
    if as_json:
        click.echo(json.dumps(shown))
        return
    click.echo(f"webhook {name} is told of changes; try it with `imagerisk webhooks test {name}`")
    if not given:
        click.echo(f"secret (shown this once): {added.secret}")


@webhooks.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_webhooks(as_json: bool) -> None:
    """The webhooks that are known, without their secrets.

    Example: imagerisk webhooks list --json"""
    with _changed() as known:
        rows = [one.shown for one in known.all.values()]
    show(rows, _COLUMNS, as_json=as_json, as_csv=False, nothing="no webhook is known: `imagerisk webhooks add`")


@webhooks.command("show")
@click.argument("name")
def show_webhook(name: str) -> None:
    """One webhook as JSON, without its secret.

    Example: imagerisk webhooks show chat"""
    with _changed() as known:
        click.echo(json.dumps(known.named(name).shown, indent=2))


@webhooks.command("test")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print status, answer and id as JSON.")
def test_webhook(name: str, as_json: bool) -> None:
    """Send a test event now, once, and tell what the receiver answered; exit code 3 if that was no 2xx.

    Example: imagerisk webhooks test chat"""
    with _changed() as known:
        to = known.named(name)
    identity = secrets.token_hex(16)
    answer = asyncio.run(_try(to, identity))
    if as_json:
        click.echo(json.dumps({"id": identity, "status": answer.status, "answer": answer.text, "acknowledged": answer.acknowledged}))
    else:
        click.echo(
            f"{'acknowledged' if answer.acknowledged else 'NOT acknowledged'}: {answer.status or 'no answer'} {answer.text}".rstrip()
        )
    if not answer.acknowledged:
        raise SystemExit(TEST_FAILED)


async def _try(to: Subscription, identity: str) -> Answer:
    from streams.webhooks.events import cloud_event
    from streams.webhooks.sender import new_session, post

    body = cloud_event(identity, "imagerisk.test", _now_ms(), to.name, {"text": "a test of this webhook"})
    async with new_session() as session:
        return await post(session, to, identity, body.encode())


@webhooks.command("deliveries")
@click.argument("name", default="")
@click.option("--state", type=click.Choice(("waiting", "delivered", "given_up")), help="Only those.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1), help="At most so many, the newest first.")
@click.option("--json", "as_json", is_flag=True, help="All columns, with the body, as JSON.")
def deliveries(name: str, state: str | None, limit: int, as_json: bool) -> None:
    """What was sent, what waits and why. The same as the view `deliveries`.

    Example: imagerisk webhooks deliveries chat --state given_up"""
    values: dict[str, object] = {"limit": limit, **({"name": name} if name else {}), **({"state": state} if state else {})}
    where = " AND ".join(["1", *(["subscription = {name:String}"] if name else []), *(["state = {state:String}"] if state else [])])
    sql = f"SELECT * FROM deliveries WHERE {where} ORDER BY happened_at DESC, event_id LIMIT {{limit:UInt32}}"  # noqa: S608 (fixed texts)
    rows = open_store(settings_or_exit()).rows(sql, values)
    columns = ("happened_at", "subscription", "type", "state", "attempts", "status_code", "answer", "event_id")
    show(rows, columns, as_json=as_json, as_csv=False, nothing="nothing was to be delivered")


@webhooks.command("replay")
@click.argument("name")
@click.argument("event_ids", nargs=-1)
def replay(name: str, event_ids: tuple[str, ...]) -> None:
    """Send again: the named events, or all that were given up.

    Example: imagerisk webhooks replay chat"""
    from sinks.deliveries import WAITING, chosen_deliveries, write_deliveries

    with _changed() as known:
        to = known.named(name)
    store, now = open_store(settings_or_exit()), _now_ms()
    chosen = chosen_deliveries(store, to.id, event_ids)
    again = [replace(one, state=WAITING, attempts=0, due_at=now, version=max(now, one.version + 1)) for one in chosen]
    write_deliveries(store, again)
    if missing := set(event_ids) - {one.event_id for one in chosen}:
        raise click.UsageError(f"{name} has no event {', '.join(sorted(missing))}; {len(again)} others are sent again")
    click.echo(f"{len(again)} events are sent again")


@webhooks.command("pause")
@click.argument("name")
def pause(name: str) -> None:
    """Send nothing until `resume`; changes wait meanwhile.

    Example: imagerisk webhooks pause chat"""
    with _changed() as known:
        known.pause(name, True)
    click.echo(f"webhook {name} is paused; changes wait for `imagerisk webhooks resume {name}`")


@webhooks.command("resume")
@click.argument("name")
def resume(name: str) -> None:
    """Send again, and what waited too.

    Example: imagerisk webhooks resume chat"""
    with _changed() as known:
        known.pause(name, False)
    click.echo(f"webhook {name} is told of changes again")


@webhooks.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Forget a webhook and its secret; what waits for it is not sent.

    Example: imagerisk webhooks remove chat"""
    with _changed() as known:
        known.remove(name)
    click.echo(f"webhook {name} is forgotten")


@contextmanager
def _changed() -> Iterator[Subscriptions]:
    """The subscriptions; what is wrong with a change is a usage error."""
    from streams.webhooks.subscriptions import SubscriptionError, Subscriptions

    try:
        yield Subscriptions(settings_or_exit().home)
    except SubscriptionError as error:
        raise click.UsageError(str(error)) from error


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


COMMANDS = (webhooks,)
