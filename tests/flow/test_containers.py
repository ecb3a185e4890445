"""Reports of containers: starts, stops, repetitions, images that are known, new, or not to be found."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest

from tests.flow.local_home import eventually
from tests.flow.pipeline import NAME, Pipeline
from tests.flow.sample_images import Image

pytestmark = pytest.mark.flow


@pytest.fixture(scope="module")
def agent(pipeline: Pipeline) -> dict[str, str]:
    """An agent that may report: {url, token}."""
    added: dict[str, str] = pipeline.json("runtimes", "add", "node-1", "--json")
    return added


@pytest.fixture(scope="module")
def known(pipeline: Pipeline) -> Image:
    """An image that was looked at."""
    image = pipeline.image("running")
    pipeline.registry.push("team/running", "1.0", image)
    pipeline.await_success(image.digest)
    return image


def report(action: str, container: str, image: str, digest: str = "", at: float = 0.0, **labels: str) -> bytes:
    moment = time.time() + at
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) + f".{int(moment * 1000) % 1000:03d}Z"
    inner: dict[str, Any] = {
        "id": container,
        "name": f"web-{container[:4]}",
        "image": image,
        "image_digest": digest,
        "namespace": "shop",
        "cluster": "c1",
    }
    inner |= {"labels": labels} if labels else {}
    return json.dumps({"id": uuid.uuid4().hex, "time": stamp, "host": "node-1", "action": action, "container": inner}).encode()


def tell(pipeline: Pipeline, agent: dict[str, str], body: bytes) -> None:
    assert agent["url"].endswith("/v1/events/runtime")
    assert pipeline.post("/v1/events/runtime", body, agent["token"])[0] == 202


def container(pipeline: Pipeline, name: str) -> dict[str, Any]:
    rows = pipeline.rows(f"SELECT * FROM containers WHERE container_id = '{name}'")
    assert len(rows) <= 1
    return rows[0] if rows else {}


def running(pipeline: Pipeline, digest: str) -> set[int]:
    return {row["running_containers"] for row in pipeline.risks(digest)}


def test_start_and_stop_each_told_twice(pipeline: Pipeline, agent: dict[str, str], known: Image) -> None:
    name = uuid.uuid4().hex
    for action, count in (("start", 1), ("stop", 0)):
        body = report(action, name, f"{pipeline.registry.host}/team/running:1.0", known.digest)
        for _ in range(2):
            tell(pipeline, agent, body)
        eventually(f"{count} runs", lambda count=count: running(pipeline, known.digest) == {count})  # type: ignore[misc]
    row = container(pipeline, name)
    assert (row["image_digest"], bool(row["running"]), row["agent"], row["namespace"]) == (known.digest, False, "node-1", "shop")
    assert pipeline.value(f"SELECT count() FROM container_events FINAL WHERE container_id = '{name}'") == 2


def test_a_stop_that_comes_before_its_start(pipeline: Pipeline, agent: dict[str, str], known: Image) -> None:
    name, image = uuid.uuid4().hex, f"{pipeline.registry.host}/team/running:1.0"
    start, stop = report("start", name, image, known.digest, -10), report("stop", name, image, known.digest)
    tell(pipeline, agent, stop)
    tell(pipeline, agent, start)
    eventually("both came", lambda: bool(container(pipeline, name).get("image_digest")))
    assert not container(pipeline, name)["running"]
    again = report("start", name, image, known.digest, 1)
    tell(pipeline, agent, again)
    eventually("it runs", lambda: running(pipeline, known.digest) == {1})
    tell(pipeline, agent, report("stop", name, image, known.digest, 2))
    eventually("none runs", lambda: running(pipeline, known.digest) == {0})


def test_the_configuration_digest_leads_to_the_image(pipeline: Pipeline, agent: dict[str, str], known: Image) -> None:
    """Container engines report the id of the image, which is the digest of its configuration."""
    name = uuid.uuid4().hex
    tell(pipeline, agent, report("start", name, "running", known.config))
    eventually("it is resolved", lambda: container(pipeline, name).get("image_digest") == known.digest)
    tell(pipeline, agent, report("stop", name, "running", known.config, 1))


def test_an_image_that_nobody_announced_is_looked_at(pipeline: Pipeline, agent: dict[str, str]) -> None:
    image, name = pipeline.image("started"), uuid.uuid4().hex
    pipeline.registry.push("team/started", "1.0", image, "quiet")
    tell(pipeline, agent, report("start", name, f"{pipeline.registry.host}/team/started:1.0"))
    pipeline.await_success(image.digest)
    assert {row["cause"] for row in pipeline.scans(image.digest).values()} == {"runtime"}
    eventually("it is resolved", lambda: container(pipeline, name).get("image_digest") == image.digest)
    assert running(pipeline, image.digest) == {1}


def test_an_image_of_no_configured_registry_is_named(pipeline: Pipeline, agent: dict[str, str]) -> None:
    name = uuid.uuid4().hex
    tell(pipeline, agent, report("start", name, "elsewhere.example/team/app:1.0"))
    eventually("it is told", lambda: "elsewhere.example/team/app:1.0" in container(pipeline, name).get("unresolved", ""))
    assert NAME in container(pipeline, name)["unresolved"]


def test_an_image_that_the_registry_does_not_have_is_named(pipeline: Pipeline, agent: dict[str, str]) -> None:
    name, image = uuid.uuid4().hex, f"{pipeline.registry.host}/team/running:absent"
    tell(pipeline, agent, report("start", name, image))
    eventually("it is told", lambda: "image_not_found" in container(pipeline, name).get("unresolved", ""))


def test_flaws_are_weighed_anew_when_a_container_is_reachable_from_outside_and_when_it_stops(
    pipeline: Pipeline, agent: dict[str, str], known: Image
) -> None:
    name, image = uuid.uuid4().hex, f"{pipeline.registry.host}/team/running:1.0"
    labels = {"imagerisk.exposed": "LoadBalancer 443"}
    before = {category: row["rules"] for category, row in pipeline.scans(known.digest).items()}
    flaws = {category for category in before if category.endswith("-vulnerability")}
    tell(pipeline, agent, report("start", name, image, known.digest, 3, **labels))
    exposed = {category: rules + " exposed" if category in flaws else rules for category, rules in before.items()}
    eventually("flaws are weighed so", lambda: {c: row["rules"] for c, row in pipeline.scans(known.digest).items()} == exposed)
    tell(pipeline, agent, report("stop", name, image, known.digest, 4, **labels))
    eventually("and as before", lambda: {c: row["rules"] for c, row in pipeline.scans(known.digest).items()} == before)
    assert {pipeline.scans(known.digest)[category]["cause"] for category in flaws} == {"detector"}
