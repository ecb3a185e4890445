"""A change as a receiver gets it: CloudEvents 1.0 in structured JSON mode, with what the store knows about the risk.

Source: CloudEvents 1.0.2, JSON event format. `id` is that of the change, so that the same change has the same id however often it comes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from schemas.messages import ActionDone, RiskChanged

SOURCE = "/imagerisk/risks"
TEXT_LIMIT, LIST_LIMIT = 1000, 50
"""So much of a text, and of a list, is told: a body stays below 100 kB whatever an image says."""
_TOLD = (
    "rule", "aliases", "title", "severity", "priority", "score", "package", "version", "purl", "path", "fixed_version", "status",
)  # fmt: skip


@dataclass(frozen=True)
class Event:
    """One event with what subscriptions select by. `places` are (registry, repository)."""

    id: str
    type: str
    kind: str
    category: str
    severity: str
    priority: str
    places: tuple[tuple[str, str], ...]
    happened_at: int
    body: str


def event_of(message: RiskChanged | ActionDone, risk: Mapping[str, Any], places: Sequence[Mapping[str, Any]]) -> Event:
    """The event of a message. `risk`: columns of the view `risks`, empty if there is no such risk; `places`: registry, repository and
    tags of the image."""
    if isinstance(message, RiskChanged):
        kind, name, at = message.change, f"imagerisk.risk.{message.change}", message.changed_at
        data: dict[str, Any] = {
            "change": message.change, "before": message.before, "after": message.after, "cause": message.cause,
            "image_digest": message.image_digest, "category": message.category, "rule": message.rule, "severity": message.severity,
        }  # fmt: skip
    else:
        kind, name, at = "action", f"imagerisk.action.{message.state}", message.done_at
        data = {"action": message.action, "state": message.state, "reason": message.reason, "touched": message.touched}
        data["category"] = risk.get("category", "")
    data |= {column: risk[column] for column in _TOLD if column in risk}
    if isinstance(message, RiskChanged):
        data["status"] = message.after
    data |= {"finding_id": message.finding_id, "images": list(places)}
    told = bounded(data)
    where = tuple((str(place["registry"]), str(place["repository"])) for place in places)
    severity, priority = str(data.get("severity", "")), str(risk.get("priority", ""))
    body = cloud_event(message.id, name, at, message.finding_id, told)
    return Event(message.id, name, kind, str(data["category"]), severity, priority, where, at, body)


def cloud_event(event_id: str, name: str, at_ms: int, subject: str, data: Mapping[str, Any]) -> str:
    """The JSON of a CloudEvent."""
    event = {
        "specversion": "1.0", "id": event_id, "source": SOURCE, "type": name, "subject": subject,
        "time": datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json", "data": data,
    }  # fmt: skip
    return orjson.dumps(event).decode()


def bounded(value: Any) -> Any:
    """The same with long texts and lists cut, and without what JSON cannot hold."""
    if isinstance(value, str):
        value = value.encode("utf-8", "replace").decode()
        return value if len(value) <= TEXT_LIMIT else value[: TEXT_LIMIT - 1] + "…"
    if isinstance(value, Mapping):
        return {name: bounded(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [bounded(one) for one in value[:LIST_LIMIT]]
    return value
