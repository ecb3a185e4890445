"""What the gateway takes and what it refuses, and why."""

from __future__ import annotations

import json
from typing import Any

import pytest

from schemas.messages import ImageRequested
from tests.flow.local_home import eventually
from tests.flow.pipeline import NAME, Pipeline
from tests.flow.test_push import event

pytestmark = pytest.mark.flow
REGISTRY = f"/v1/events/registry/{NAME}"
RUNTIME = "/v1/events/runtime"
NOTIFICATION = "application/vnd.docker.distribution.events.v1+json"
EMPTY = b'{"events": []}'


def refused(pipeline: Pipeline, path: str, body: bytes, token: str, kind: str = NOTIFICATION) -> tuple[int, str]:
    status, answer = pipeline.post(path, body, token, kind)
    return status, str(answer.get("error", answer))


def test_an_empty_notification_is_taken(pipeline: Pipeline) -> None:
    status, answer = pipeline.post(REGISTRY, EMPTY, pipeline.webhook["token"], NOTIFICATION)
    assert (status, answer["accepted"], len(answer["trace"])) == (202, True, 32)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"events": 7}',
        b'{"events": [7]}',
        b'{"events": [{"target": "x"}]}',
        b'{"events":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"events": [' + b'"\xff"' + b"]}",
    ],
    ids=["empty", "half", "list", "number", "no event", "no target", "deep", "no UTF-8"],
)
def test_a_body_that_is_no_notification(pipeline: Pipeline, body: bytes) -> None:
    status, reason = refused(pipeline, REGISTRY, body, pipeline.webhook["token"])
    assert status == 400
    assert reason


def test_tokens(pipeline: Pipeline) -> None:
    for token in ("", "wrong", pipeline.webhook["token"][:-1], pipeline.webhook["token"] + "x"):
        assert refused(pipeline, REGISTRY, EMPTY, token) == (401, "the token is missing or wrong")
    agent = pipeline.json("runtimes", "add", "tokens", "--json")["token"]
    assert refused(pipeline, REGISTRY, EMPTY, agent)[0] == 401
    assert refused(pipeline, RUNTIME, EMPTY, pipeline.webhook["token"], "application/json")[0] == 401


def test_an_unknown_registry_is_named(pipeline: Pipeline) -> None:
    status, reason = refused(pipeline, "/v1/events/registry/nobody-knows-it", EMPTY, pipeline.webhook["token"])
    assert status == 404
    assert "nobody-knows-it" in reason


def test_size_and_content_type(pipeline: Pipeline) -> None:
    token = pipeline.webhook["token"]
    for size in (1_000_000, 30_000_000):
        status, reason = refused(pipeline, REGISTRY, b'{"events": ["' + b"x" * size + b'"]}', token)
        assert (status, "900000 bytes" in reason) == (413, True)
    status, reason = refused(pipeline, REGISTRY, EMPTY, token, "text/plain")
    assert (status, "text/plain" in reason) == (415, True)


def test_a_removed_registry_is_unknown(pipeline: Pipeline) -> None:
    token = pipeline.json("registries", "add", "passing", "http://127.0.0.1:1", "--json")["token"]
    path = "/v1/events/registry/passing"
    assert pipeline.post(path, EMPTY, token, NOTIFICATION)[0] == 202
    assert pipeline.command("registries", "remove", "passing").returncode == 0
    assert refused(pipeline, path, EMPTY, token)[0] == 404


@pytest.mark.parametrize(
    ("change", "named"),
    [({"id": ""}, "id"), ({"action": "explode"}, "action"), ({"time": "soon"}, "time"), ({"container": {}}, "container")],
)
def test_a_report_that_is_none(pipeline: Pipeline, change: dict[str, Any], named: str) -> None:
    agent = pipeline.json("runtimes", "add", "careless", "--json")
    report = {"id": "1", "time": "2026-01-01T00:00:00Z", "host": "h", "action": "start", "container": {"id": "c"}, **change}
    status, reason = refused(pipeline, RUNTIME, json.dumps(report).encode(), agent["token"], "application/json")
    assert status == 400
    assert named in reason


def test_a_scan_that_is_asked_for(pipeline: Pipeline) -> None:
    image = pipeline.image("asked")
    pipeline.registry.push("team/asked", "1.0", image, "quiet")
    wanted = json.dumps({"reference": f"{NAME}/team/asked:1.0"}).encode()
    assert pipeline.post("/v1/scans", wanted, "no token")[0] == 401
    token = pipeline.json("pipelines", "add", "builds", "--json")["token"]
    assert pipeline.post("/v1/scans", wanted, token)[0] == 202
    pipeline.await_success(image.digest)
    assert {row["cause"] for row in pipeline.scans(image.digest).values()} == {"manual"}
    assert pipeline.post("/v1/scans", b'{"reference": "elsewhere.example/x:1"}', token)[0] == 400
    assert pipeline.post("/v1/scans", b'{"name": "x"}', token)[0] == 400
    assert pipeline.command("pipelines", "remove", "builds").returncode == 0
    assert pipeline.post("/v1/scans", wanted, token)[0] == 401


def test_a_notification_with_several_events(pipeline: Pipeline) -> None:
    """One body for two images, and an event that is of no interest between them."""
    images = [pipeline.image("several"), pipeline.image("several")]
    bodies = []
    for place, image in enumerate(images):
        pipeline.registry.push(f"team/several{place}", "1.0", image, "quiet")
        bodies += json.loads(event(f"team/several{place}", image.digest, "1.0"))["events"]
    layer = {"action": "push", "target": {"mediaType": "application/octet-stream", "digest": images[0].layers[0], "repository": "team/x"}}
    assert pipeline.notify(json.dumps({"events": [bodies[0], layer, bodies[1]]}).encode()) == 202
    for image in images:
        pipeline.await_success(image.digest)


def test_the_command_scans_and_tells_the_level(pipeline: Pipeline) -> None:
    image = pipeline.image("by-command")
    pipeline.registry.push("team/by-command", "1.0", image, "quiet")
    done = pipeline.command("scan", f"{pipeline.registry.host}/team/by-command:1.0", "--json", "--fail-on", "high")
    assert done.returncode == 1, done.stderr
    assert {row["image_digest"] for row in json.loads(done.stdout)} == {image.digest}
    missing = pipeline.command("scan", f"{pipeline.registry.host}/team/by-command:none")
    assert missing.returncode == 3
    assert "image_not_found" in missing.stderr
    eventually("it was asked for once", lambda: asked(pipeline, "team/by-command") == 1)


def asked(pipeline: Pipeline, repository: str) -> int:
    return sum(isinstance(one, ImageRequested) and one.repository == repository for one in pipeline.messages("image.events"))
