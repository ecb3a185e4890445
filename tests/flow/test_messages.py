"""Messages that cannot be handled: each ends in the dead letters with where it came from and why, and what follows is handled."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.messages import AdvisoriesUpdated, BlobRequested, DeadLetter, ImageReady, RegistryNotification, RiskChanged
from schemas.wire import encode
from tests.flow.local_home import eventually
from tests.flow.pipeline import Pipeline

pytestmark = pytest.mark.flow
GARBAGE = b"\x00\xff these bytes are no message \xfe"
READERS = {
    "image.events": 1, "container.events": 1, "image.resolved": 1, "layer.requests": 1, "layer.inspected": 1, "image.ready": 6,
    "image.findings": 1, "action.requests": 1, "advisory.updates": 1,
}  # fmt: skip
"""Input topic -> how many consumer groups read it."""


def letters(pipeline: Pipeline, topic: str, offset: tuple[int, int]) -> list[DeadLetter]:
    """The dead letters of one record."""
    found = [one for one in pipeline.messages("dead.letters") if isinstance(one, DeadLetter)]
    return [one for one in found if (one.topic, one.partition, one.offset) == (topic, *offset)]


@pytest.fixture(scope="module")
def bad(pipeline: Pipeline) -> dict[str, list[tuple[int, int]]]:
    """Topic -> where garbage, nothing, half a message and a message of another topic were put."""
    fields = dict.fromkeys(("id", "change", "finding_id", "image_digest", "category", "rule", "severity", "before", "after"), "x")
    foreign = encode(RiskChanged.model_validate({**fields, "changed_at": 1}))
    half = encode(ImageReady(image_digest="sha256:" + "0" * 64, cause="push", requested_at=1))[:-4]
    values = (GARBAGE, b"", half, foreign)
    return {topic: [pipeline.publish(topic, value) for value in values] for topic in READERS}


@pytest.mark.parametrize("topic", READERS)
def test_what_is_no_message_is_kept_with_its_reason(pipeline: Pipeline, bad: dict[str, list[tuple[int, int]]], topic: str) -> None:
    for place, told in zip(bad[topic], ("unknown schema", "empty or shorter", "no ImageReady", "RiskChanged"), strict=True):
        eventually(f"{told} is buried", lambda place=place: len(letters(pipeline, topic, place)) >= READERS[topic])  # type: ignore[misc]
        found = letters(pipeline, topic, place)
        assert len({one.step for one in found}) == len(found) == READERS[topic]
        assert all(told in one.reason for one in found), found
        assert all(one.key == b"flow" and one.died_at > 0 for one in found)
    assert letters(pipeline, topic, bad[topic][0])[0].value == GARBAGE


def test_the_next_image_goes_on(pipeline: Pipeline, bad: dict[str, list[tuple[int, int]]]) -> None:
    image = pipeline.image("after-garbage")
    pipeline.registry.push("team/after-garbage", "1.0", image)
    pipeline.await_success(image.digest)


def listed(pipeline: Pipeline, topic: str, offset: tuple[int, int]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pipeline.json("dead-letters", "list", "--json")
    return [row for row in rows if (row["topic"], row["partition"], row["offset"]) == (topic, *offset)]


def test_they_are_listed_and_replayed(pipeline: Pipeline) -> None:
    """A notification of a brand that nobody knows: it comes back to its topic as it was, and dies again."""
    value = encode(RegistryNotification(registry="shop", brand="unheard-of", body=b'{"events": []}', received_at=1))
    first = pipeline.publish("image.events", value, b"a key")
    eventually("it is buried", lambda: len(letters(pipeline, "image.events", first)) == 1)
    (row,) = listed(pipeline, "image.events", first)
    assert (row["step"], "unheard-of" in row["reason"], row["bytes"]) == ("resolve", True, len(value))
    replayed = pipeline.command("dead-letters", "replay", str(row["number"]))
    assert (replayed.returncode, replayed.stdout) == (0, "1 messages were put back\n")
    eventually("it comes again", lambda: list(pipeline.records("image.events")).count((b"a key", value)) == 2)
    eventually("it dies again", lambda: sum(one.value == value for one in dead(pipeline)) == 2)
    assert pipeline.command("dead-letters", "replay").returncode == 2


def dead(pipeline: Pipeline) -> list[DeadLetter]:
    return [one for one in pipeline.messages("dead.letters") if isinstance(one, DeadLetter)]


def test_messages_about_what_is_not_there(pipeline: Pipeline) -> None:
    """Well-formed, but about things that nobody has: no step may stumble over them."""
    digest = "sha256:" + "a" * 64
    ready = pipeline.publish("image.ready", encode(ImageReady(image_digest=digest, cause="push", requested_at=1)), digest.encode())
    request = BlobRequested(registry="gone", repository="x", digest=digest, media_type="", size=1, part="layer", requested_at=1)
    pipeline.publish("layer.requests", encode(request))
    pipeline.publish("advisory.updates", encode(AdvisoriesUpdated(source="x", ids=["NONE-1"], flaws=["NONE-1"], updated_at=1)))
    eventually("six steps refuse it", lambda: len(letters(pipeline, "image.ready", ready)) == 6)
    assert {digest in one.reason for one in letters(pipeline, "image.ready", ready)} == {True}
    eventually("the blob has failed", lambda: pipeline.rows(f"SELECT state FROM layers WHERE digest = '{digest}'") == [{"state": "failed"}])
