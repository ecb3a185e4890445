"""`imagerisk up`, `status`, `logs` and `down` with the real broker and the real engine."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from infra.local.control import down
from infra.local.kafka import kafka_answers
from infra.settings import Settings
from tests.flow.local_home import command, eventually, listens, need, processes_of, settings_of

pytestmark = pytest.mark.flow


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    need("mvn", "npm", "node")
    settings = settings_of(tmp_path, monkeypatch)
    yield settings
    down(settings)
    assert processes_of(settings.home) == []


def status() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(command("status", "--json").stdout)
    return document


def pids() -> dict[str, int]:
    return {one["name"]: one["pid"] for one in status()["processes"]}


def test_up_twice_status_logs_and_down(home: Settings) -> None:
    first = command("up", "kafka", "clickhouse", "--json")
    assert first.returncode == 0, first.stderr
    document = json.loads(first.stdout)
    assert [sorted(one) for one in document["processes"]] == [["name", "pid", "restarts", "state"]] * 2
    assert {one["name"]: one["state"] for one in document["processes"]} == {"kafka": "running", "clickhouse": "running"}
    assert set(document["urls"]) == {"gateway", "console", "clickhouse_http", "clickhouse_native", "kafka"}
    before = pids()
    assert command("up", "kafka", "clickhouse").returncode == 0
    assert pids() == before
    assert "clickhouse" in command("status").stdout
    assert command("logs", "supervisor", "-n", "1").stdout.count("\n") == 1
    assert command("logs", "nobody").returncode == 2
    assert command("down").returncode == 0
    assert processes_of(home.home) == []
    assert [port for port in (home.kafka_port, home.kafka_controller_port, home.clickhouse_http_port) if listens(port)] == []
    after = command("status", "--json")
    assert (after.returncode, json.loads(after.stdout)["processes"]) == (4, [])


def test_a_taken_port_is_named_with_its_owner_and_setting(home: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", home.kafka_port))
        other.listen()
        refused = command("up", "kafka", "clickhouse")
    assert refused.returncode == 4
    assert f"port {home.kafka_port} on 127.0.0.1 is taken" in refused.stderr
    assert f"process {os.getpid()}" in refused.stderr
    assert "IMAGERISK_KAFKA_PORT" in refused.stderr


def test_the_broker_keeps_acknowledged_messages_when_killed(home: Settings) -> None:
    assert command("up", "kafka").returncode == 0
    admin = KafkaAdminClient(bootstrap_servers=home.kafka_address)
    admin.create_topics([NewTopic("kept", 1, 1)])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=home.kafka_address, acks="all")
    for number in range(50):
        producer.send("kept", str(number).encode()).get(30)
    producer.close()
    old = pids()["kafka"]
    os.kill(old, signal.SIGKILL)
    eventually("another one runs", lambda: pids().get("kafka") not in {old, None} and kafka_answers("127.0.0.1", home.kafka_port))
    consumer = KafkaConsumer("kept", bootstrap_servers=home.kafka_address, auto_offset_reset="earliest", consumer_timeout_ms=20_000)
    found = [next(consumer).value for _ in range(50)]
    consumer.close()
    assert found == [str(number).encode() for number in range(50)]


def test_nothing_outlives_a_killed_supervisor_and_up_works_again(home: Settings) -> None:
    assert command("up", "kafka", "clickhouse").returncode == 0
    os.kill(int((home.run / "supervisor.pid").read_text()), signal.SIGKILL)
    again = command("up", "kafka", "clickhouse")
    assert again.returncode == 0, again.stderr
    assert set(pids()) == {"kafka", "clickhouse"}


def test_existing_servers_take_the_place_of_local_ones(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGERISK_KAFKA", "broker.example:9092")
    assert command("up", "kafka", "clickhouse").returncode == 0
    assert list(pids()) == ["clickhouse"]
    assert status()["urls"]["kafka"] == "broker.example:9092"


def test_a_bad_setting_is_a_usage_error(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGERISK_KAFKA_PORT", "many")
    refused = command("up")
    assert refused.returncode == 2
    assert "IMAGERISK_KAFKA_PORT" in refused.stderr


def test_changed_broker_files_are_refused(home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    for folder in home.cache.glob("kafka-*"):
        (cache / folder.name / "jars").mkdir(parents=True)
        for jar in (folder / "jars").iterdir():
            (cache / folder.name / "jars" / jar.name).symlink_to(jar)
    monkeypatch.setenv("IMAGERISK_CACHE", str(cache))
    next(cache.glob("kafka-*/jars")).joinpath("evil.jar").write_bytes(b"PK")
    refused = command("up", "kafka")
    assert refused.returncode == 4
    assert "evil.jar does not belong there" in refused.stderr
