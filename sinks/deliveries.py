"""Deliveries of outgoing webhooks: what waits, what was tried, what was answered. See ddl/030_webhooks.sql."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sinks.store import External, Store

WAITING, DELIVERED, GIVEN_UP = "waiting", "delivered", "given_up"


@dataclass(frozen=True)
class Delivery:
    """One event for one subscription; times in ms. `version` 0 is the row that a change makes, and never wins over a later one."""

    subscription_id: str
    event_id: str
    subscription: str
    type: str
    body: str
    happened_at: int
    state: str = WAITING
    attempts: int = 0
    status_code: int = 0
    answer: str = ""
    due_at: int = 0
    tried_at: int = 0
    version: int = 0


_COLUMNS = tuple(Delivery.__dataclass_fields__)
_READ = ", ".join(f"toUnixTimestamp64Milli({name}) AS {name}_ms" if name.endswith("_at") else name for name in _COLUMNS)


def write_deliveries(store: Store, deliveries: Sequence[Delivery]) -> None:
    """Append rows; for each subscription and event the highest version counts."""
    store.insert("webhook_rows", _COLUMNS, [tuple(getattr(one, name) for name in _COLUMNS) for one in deliveries])


def due_deliveries(store: Store, subscription_id: str, now_ms: int, limit: int) -> list[Delivery]:
    """What should be sent to a subscription now, the oldest change first."""
    rows = store.query(
        f"SELECT {_READ} FROM webhook_rows FINAL WHERE subscription_id = {{id:String}} AND state = '{WAITING}' "  # noqa: S608 (fixed texts)
        "AND due_at <= fromUnixTimestamp64Milli({now:Int64}) ORDER BY happened_at, event_id LIMIT {limit:UInt32}",
        {"id": subscription_id, "now": now_ms, "limit": limit},
    )
    return [Delivery(*row) for row in rows]


def chosen_deliveries(store: Store, subscription_id: str, event_ids: Sequence[str]) -> list[Delivery]:
    """Deliveries by their events; with none named, those that were given up."""
    names = External("names", [("value", "String")], [(one,) for one in event_ids])
    choice = "event_id IN (SELECT value FROM names)" if event_ids else f"state = '{GIVEN_UP}'"
    rows = store.query(
        f"SELECT {_READ} FROM webhook_rows FINAL WHERE subscription_id = {{id:String}} AND {choice} ORDER BY happened_at, event_id",  # noqa: S608
        {"id": subscription_id},
        external=[names] if event_ids else [],
    )
    return [Delivery(*row) for row in rows]
