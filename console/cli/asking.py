"""Putting actions on their topic and waiting for the answers: what `handle` and `decisions apply` share."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from console.cli.session import unreachable

if TYPE_CHECKING:
    from schemas.messages import ActionRequested
    from sinks.risks import RiskState
    from sinks.store import Store

ANSWER_WITHIN_S = 60.0
SHOWN = 20


def ask(broker: str, store: Store, requests: Sequence[ActionRequested]) -> list[dict[str, Any]]:
    """Publish actions and wait for all answers: rows of the view `actions`, in the order of the requests."""
    asyncio.run(_publish(broker, requests))
    ids = [one.id for one in requests]
    end = time.monotonic() + ANSWER_WITHIN_S
    while True:
        rows = store.rows(
            "SELECT id, action, subject, operator, value, finding_id, scope, target, state, answer, touched FROM actions "
            "WHERE id IN {ids:Array(String)}", {"ids": ids},
        )  # fmt: skip
        if len(rows) == len(ids):
            return sorted(rows, key=lambda row: ids.index(row["id"]))
        if time.monotonic() > end:
            raise unreachable(f"the action was published but not answered within {ANSWER_WITHIN_S:.0f} s: look at `imagerisk status`")
        time.sleep(0.05)


async def _publish(broker: str, requests: Sequence[ActionRequested]) -> None:
    from streams.publisher import BrokerDown, Publisher
    from streams.topics import ACTION_REQUESTS

    try:
        async with Publisher(broker, "cli") as publisher:
            for one in requests:
                await publisher.send(ACTION_REQUESTS, one.finding_id or one.value, one)
    except BrokerDown as error:
        raise unreachable(str(error)) from error


def preview(store: Store, requests: Sequence[ActionRequested]) -> tuple[list[RiskState], list[str]]:
    """The risks that requests would touch, and why some would be refused. Nothing is written."""
    from streams.agents.act import nothing_touched, refusal, touched

    found: dict[tuple[str, str], RiskState] = {}
    refused = []
    for one in requests:
        reason = refusal(one)
        meant = [] if reason else touched(store, one)
        found |= {(risk.finding_id, risk.image_digest): risk for risk in meant}
        if not meant:
            refused.append(reason or nothing_touched(store, one))
    return list(found.values()), refused


def expiry(text: str) -> int:
    """Milliseconds since 1970 of a date (2027-01-31) or a number of days (30d), 0 for never. Raises UsageError."""
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
