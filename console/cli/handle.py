"""`imagerisk handle`: decide about risks."""

from __future__ import annotations

import asyncio
import getpass
import re
import time
import uuid
from datetime import UTC, datetime, timedelta

import click

from console.cli.session import open_store, settings_or_exit, unreachable

ACTIONS = ("whitelist", "ignore", "false-positive", "reopen")
SCOPES = ("image", "repository", "namespace", "registry", "global")
ANSWER_WITHIN_S = 60.0
_RISK = re.compile(r"([0-9a-f]{32})(?:@(sha256:[0-9a-f]{64}))?")


@click.command()
@click.argument("risks", nargs=-1, required=True, metavar="RISK...")
@click.option("--action", type=click.Choice(ACTIONS), required=True)
@click.option("--scope", type=click.Choice(SCOPES), default="image", show_default=True, help="How far the decision reaches.")
@click.option("--target", default="", help="Name of the repository, namespace or registry; for `image` its digest.")
@click.option("--reason", required=True, help="Why; it is kept with the decision.")
@click.option("--expires", default="", help="Date (2027-01-31) or number of days (30d) after which the decision ends.")
def handle(risks: tuple[str, ...], action: str, scope: str, target: str, reason: str, expires: str) -> None:
    """Decide about each RISK: FINDING_ID, for every image that has it, or FINDING_ID@IMAGE_DIGEST.

    Example: imagerisk handle 0f3c...e1 --action ignore --reason 'only reachable from the build network' --expires 30d"""
    if not reason.strip():
        raise click.UsageError("--reason is empty: say why, it is kept with the decision")
    until = _expiry(expires)
    parsed = []
    for risk in risks:
        match = _RISK.fullmatch(risk.strip())
        if not match:
            raise click.UsageError(f"{risk!r} is no risk: give the 32 digits of its finding_id, with @sha256:... for one image")
        parsed.append((match[1], match[2] or target))
    settings = settings_or_exit()
    store = open_store(settings)
    ids = asyncio.run(_publish(settings.kafka_address, parsed, action, scope, reason, until))
    end = time.monotonic() + ANSWER_WITHIN_S
    while True:
        rows = store.rows("SELECT id, finding_id, state, answer, touched FROM actions WHERE id IN {ids:Array(String)}", {"ids": ids})
        if len(rows) == len(ids):
            break
        if time.monotonic() > end:
            raise unreachable(f"the action was published but not answered within {ANSWER_WITHIN_S:.0f} s")
        time.sleep(0.05)
    for row in rows:
        click.echo(f"{row['finding_id']}: {row['answer'] or '{} for {} image(s)'.format(action, row['touched'])}")
    if any(row["state"] == "refused" for row in rows):
        raise click.exceptions.Exit(2)


async def _publish(broker: str, parsed: list[tuple[str, str]], action: str, scope: str, reason: str, until: int) -> list[str]:
    from schemas.messages import ActionRequested
    from streams.agents.step import now_ms
    from streams.publisher import BrokerDown, Publisher
    from streams.topics import ACTION_REQUESTS

    ids = []
    try:
        async with Publisher(broker, "cli") as publisher:
            for finding, target in parsed:
                request = ActionRequested(
                    id=uuid.uuid4().hex, action=action, finding_id=finding, scope=scope, target=target, reason=reason,
                    actor=getpass.getuser(), expires_at=until, requested_at=now_ms(),
                )  # fmt: skip
                await publisher.send(ACTION_REQUESTS, finding, request)
                ids.append(request.id)
    except BrokerDown as error:
        raise unreachable(str(error)) from error
    return ids


def _expiry(text: str) -> int:
    """Milliseconds since 1970, 0 for never. Raises UsageError."""
    if not text:
        return 0
    if re.fullmatch(r"\d{1,5}d", text):
        moment = datetime.now(UTC) + timedelta(days=int(text[:-1]))
    else:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise click.UsageError(f"--expires {text!r}: give a date such as 2027-01-31, or days such as 30d") from error
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment <= datetime.now(UTC):
        raise click.UsageError(f"--expires {text!r} lies in the past")
    return int(moment.timestamp() * 1000)


COMMANDS = (handle,)
