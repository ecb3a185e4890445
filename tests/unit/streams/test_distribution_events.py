"""What docker-registry sends, and what is left out of it."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.gateway.distribution import check, parse
from streams.gateway.events import BadNotification

OCI = "application/vnd.oci.image.manifest.v1+json"
DIGEST = "sha256:" + "a" * 64
RECEIVED = 1_800_000_000_000


def event(action: str = "push", agent: str = "skopeo/1.9.3", **target: Any) -> dict[str, Any]:
    return {
        "id": "9d51", "timestamp": "2026-11-23T14:44:58.638889058Z", "action": action,
        "target": {"mediaType": OCI, "digest": DIGEST, "repository": "team/app", "tag": "1.0", **target},
        "request": {"id": "6489", "useragent": agent}, "actor": {"name": "ci"},
    }  # fmt: skip


def body(*events: object) -> bytes:
    return json.dumps({"events": list(events)}).encode()


def test_a_push_is_one_event() -> None:
    [push] = parse(body(event()), RECEIVED)
    assert (push.id, push.action, push.repository, push.tag, push.digest, push.actor) == ("9d51", "push", "team/app", "1.0", DIGEST, "ci")
    assert push.happened_at == 1795445098638


@pytest.mark.parametrize(
    "left_out",
    [
        event(mediaType="application/octet-stream", tag=""),
        event(agent="imagerisk/1"),
        event(action="pull"),
        event(action="mount"),
        event(repository=""),
        event(digest="", tag=""),
    ],
)
def test_blobs_pulls_and_our_own_are_left_out(left_out: dict[str, Any]) -> None:
    assert parse(body(left_out), RECEIVED) == []


def test_the_two_bodies_of_a_deletion() -> None:
    by_digest = {**event("delete"), "target": {"digest": DIGEST, "repository": "team/app"}}
    by_tag = {**event("delete"), "target": {"repository": "team/app", "tag": "1.0"}}
    assert [(one.action, one.digest, one.tag) for one in parse(body(by_digest, by_tag), RECEIVED)] == [
        ("delete", DIGEST, ""),
        ("delete", "", "1.0"),
    ]


def test_an_event_is_never_from_the_future() -> None:
    [push] = parse(body({**event(), "timestamp": "2999-01-01T00:00:00Z"}), RECEIVED)
    assert push.happened_at == RECEIVED


@pytest.mark.parametrize("bad", [b"", b"{", b"[]", b'{"events": {}}', b'{"events": [1]}', b'{"events": [{"target": 3}]}'])
def test_what_is_no_notification_is_refused(bad: bytes) -> None:
    with pytest.raises(BadNotification):
        check(bad)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["events", "target", "action", "digest", "tag", "repository", "mediaType", "request", "actor", "timestamp", "id"]
            ),
            inner,
            max_size=5,
        )
    ),
)


@given(JSON)
def test_any_json_is_parsed_or_refused(value: object) -> None:
    with contextlib.suppress(BadNotification):
        parse(json.dumps(value).encode(), RECEIVED)
