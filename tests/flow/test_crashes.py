"""Processes that are killed, a broker and an engine that go away: the risks are those of a run without trouble, and none stands twice."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable

import pytest

from tests.flow.local_home import eventually
from tests.flow.pipeline import NAME, Pipeline
from tests.flow.sample_images import Image

pytestmark = pytest.mark.flow
IMAGES = 3


@pytest.fixture(scope="module")
def calm(pipeline: Pipeline) -> set[str]:
    """The findings of a sample image when nothing goes wrong."""
    image = pipeline.image("calm")
    pipeline.registry.push("calm/app", "1.0", image)
    pipeline.await_success(image.digest)
    return set(pipeline.statuses(image.digest))


def storm(pipeline: Pipeline, calm: set[str], disturb: Callable[[], None], began: str = "waiting") -> None:
    """Push images whose layers nobody has seen, disturb while their scans are under way, and compare."""
    images = [pipeline.image("storm") for _ in range(IMAGES)]
    for place, image in enumerate(images):
        pipeline.registry.push(f"storm/app{place}", "1.0", image)
    eventually("the work has begun", lambda: under_way(pipeline, images, began))
    disturb()
    for image in images:
        pipeline.await_success(image.digest, limit_s=120)
    for image in images:
        statuses = pipeline.statuses(image.digest)
        assert set(statuses) == calm
        assert set(statuses.values()) == {"open"}
        eventually("each change is told once", lambda image=image: told(pipeline, image) == sorted(calm))  # type: ignore[misc]


def under_way(pipeline: Pipeline, images: list[Image], state: str) -> bool:
    """Whether one of the images is in this state or further."""
    later = {"waiting", "running", "succeeded"} if state == "waiting" else {"running", "succeeded"}
    return any({row["state"] for row in pipeline.scans(image.digest).values()} & later for image in images)


def told(pipeline: Pipeline, image: Image) -> list[str]:
    """Findings of all changes of an image's risks."""
    sql = f"SELECT finding_id FROM risk_transitions FINAL WHERE image_digest = '{image.digest}' ORDER BY finding_id"
    return [row["finding_id"] for row in pipeline.rows(sql)]


@pytest.mark.parametrize(
    ("name", "began"),
    [("worker-flow", "waiting"), ("worker-inspect", "waiting"), ("worker-analyze", "running"), ("worker-flow", "running")],
)
def test_a_killed_worker(pipeline: Pipeline, calm: set[str], name: str, began: str) -> None:
    def disturb() -> None:
        pipeline.await_reborn(name, pipeline.kill(name))

    storm(pipeline, calm, disturb, began)


def test_a_killed_reader(pipeline: Pipeline, calm: set[str]) -> None:
    """The processes that read blobs are children of their own."""

    def disturb() -> None:
        parent = pipeline.processes()["worker-inspect"]["pid"]
        for pid in children(parent):
            os.kill(pid, signal.SIGKILL)

    storm(pipeline, calm, disturb)


def children(parent: int) -> list[int]:
    with open(f"/proc/{parent}/task/{parent}/children") as file:
        return [int(pid) for pid in file.read().split()]


def test_a_killed_engine(pipeline: Pipeline, calm: set[str]) -> None:
    storm(pipeline, calm, lambda: pipeline.await_reborn("clickhouse", pipeline.kill("clickhouse")))


def test_a_broken_handshake_with_the_engine(pipeline: Pipeline, calm: set[str]) -> None:
    def disturb() -> None:
        before = pipeline.processes()["clickhouse"]["restarts"]
        with socket.create_connection(("127.0.0.1", pipeline.settings.clickhouse_native_port)) as link:
            link.sendall(bytes([5]) * 300)
        eventually("the engine started anew", lambda: pipeline.processes()["clickhouse"]["restarts"] > before)

    storm(pipeline, calm, disturb, "running")


def test_a_killed_gateway_gets_the_event_later(pipeline: Pipeline, calm: set[str]) -> None:
    image, old = pipeline.image("gateway"), pipeline.kill("gateway")
    pipeline.registry.push("storm/gateway", "1.0", image)
    pipeline.await_reborn("gateway", old)
    pipeline.await_success(image.digest)
    assert set(pipeline.statuses(image.digest)) == calm


def test_a_killed_broker(pipeline: Pipeline, calm: set[str]) -> None:
    storm(pipeline, calm, lambda: pipeline.await_reborn("kafka", pipeline.kill("kafka")))


def test_a_broker_that_stands_still(pipeline: Pipeline, calm: set[str]) -> None:
    """The gateway says so, and nothing that it took is lost."""
    image, broker = pipeline.image("still"), int(pipeline.processes()["kafka"]["pid"])
    os.kill(broker, signal.SIGSTOP)
    try:
        kind = "application/vnd.docker.distribution.events.v1+json"
        status, answer = pipeline.post(f"/v1/events/registry/{NAME}", b'{"events": []}', pipeline.webhook["token"], kind)
        assert (status, "broker" in answer["error"]) == (503, True)
        pipeline.registry.push("storm/still", "1.0", image)
    finally:
        os.kill(broker, signal.SIGCONT)
    pipeline.await_success(image.digest, limit_s=120)
    assert set(pipeline.statuses(image.digest)) == calm
