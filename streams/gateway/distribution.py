"""Notifications of the CNCF distribution registry (docker-registry): envelope, batches, what to leave out.

Source: distribution's documentation, "Work with notifications", and what version 2.8 sends: blobs as push events of type
application/octet-stream, two bodies for the deletion of a manifest, the same id again after a failed delivery.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from streams.gateway.events import BadNotification, RegistryEvent

CONTENT_TYPES = frozenset({"application/vnd.docker.distribution.events.v1+json", "application/vnd.docker.distribution.events.v2+json"})
_MANIFESTS = frozenset(
    {
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
    }
)
OWN_AGENT = "imagerisk"
"""How our client names itself: its own pulls come back as events."""


def check(body: bytes) -> int:
    """Refuse what is no notification before it is accepted; returns the number of events. Raises BadNotification."""
    return sum(1 for _ in _events(body))


def parse(body: bytes, received_at: int) -> list[RegistryEvent]:
    """The events about images, in the order of the body. Raises BadNotification."""
    return [event for raw in _events(body) if (event := _event(raw, received_at)) is not None]


def _events(body: bytes) -> Iterator[Mapping[str, Any]]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadNotification(f"the body is no JSON: {error}") from error
    events = document.get("events") if isinstance(document, dict) else None
    if not isinstance(events, list):
        raise BadNotification("the body has no list `events`")
    for number, event in enumerate(events):
        if not isinstance(event, dict) or not isinstance(event.get("target", {}), dict):
            raise BadNotification(f"events[{number}] is no event")
        yield event


def _event(raw: Mapping[str, Any], received_at: int) -> RegistryEvent | None:
    target, action = raw.get("target") or {}, raw.get("action")
    request, actor = raw.get("request"), raw.get("actor")
    agent = request.get("useragent", "") if isinstance(request, dict) else ""
    repository, digest, tag = (_text(target.get(name)) for name in ("repository", "digest", "tag"))
    if not repository or not (digest or tag) or action not in ("push", "delete", "mount"):
        return None
    if action != "delete" and (action == "mount" or target.get("mediaType") not in _MANIFESTS or str(agent).startswith(OWN_AGENT)):
        return None
    if action == "delete" and digest and "mediaType" in target and target["mediaType"] not in _MANIFESTS:
        return None
    return RegistryEvent(
        id=_text(raw.get("id")),
        action="delete" if action == "delete" else "push",
        repository=repository,
        tag=tag,
        digest=digest,
        happened_at=_milliseconds(raw.get("timestamp"), received_at),
        actor=_text(actor.get("name")) if isinstance(actor, dict) else "",
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _milliseconds(value: object, default: int) -> int:
    """RFC 3339 with up to nine digits of a second; what cannot be read counts as received now. Never later than received."""
    if not isinstance(value, str):
        return default
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return default
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(int(moment.timestamp() * 1000), default)
