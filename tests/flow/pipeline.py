"""One running system for all flow tests: its command, its store, its topics, its processes, and a registry that notifies it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from infra.settings import Settings, load_settings
from schemas.messages import Message
from schemas.vocabulary import CATEGORIES
from schemas.wire import Undecodable, decode
from tests.flow.local_home import ROOT, alive, argv, eventually, variables
from tests.flow.real_registry import PASSWORD, USERNAME, RealRegistry
from tests.flow.sample_images import ADVISORIES, Image, sample, write_records

AT_REST = frozenset({"failed", "partial", "succeeded"})
ALL = frozenset(category.value for category in CATEGORIES)
NAME = "shop"
"""How the system calls the registry."""


class Pipeline:
    """The running system. Everything is looked at from outside: by command, by SQL over HTTP, by reading topics."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.own = variables(folder)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("IMAGERISK_") or name == "IMAGERISK_CACHE"}
        self.environment = {**inherited, **self.own, "PYTHONPATH": str(ROOT)}
        self.settings: Settings = load_settings(self.environment, folder)
        self.registry = RealRegistry(folder / "registry")
        self.webhook: dict[str, str] = {}
        self._outputs = (folder / "outputs.txt").open("a", encoding="utf-8")
        self._images = 0

    def start(self) -> None:
        """Start the system, import advisories, and let the registry notify it."""
        up = self.command("up", timeout_s=600)
        assert up.returncode == 0, up.stderr
        imported = self.command("advisories", "import", str(write_records(self.folder / "advisories", *ADVISORIES)))
        assert imported.returncode == 0, imported.stderr
        self.registry.start("quiet")
        password = self.folder / "password"
        password.write_text(PASSWORD)
        self.webhook = self.json(
            "registries", "add", NAME, f"http://{self.registry.host}", "--username", USERNAME, "--password-file", str(password), "--json"
        )
        self.registry.start("loud", self.webhook)

    def stop(self) -> None:
        """Stop everything; a second time it does nothing."""
        if self._outputs.closed:
            return
        self.registry.stop()
        self.command("down")
        self._outputs.close()

    # the command

    def command(self, *arguments: str, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
        """Run `imagerisk` in a folder that is not the checkout; what it prints is kept."""
        done = subprocess.run(
            argv(*arguments), capture_output=True, text=True, timeout=timeout_s, env=self.environment, cwd="/", check=False
        )
        self._outputs.write(done.stdout + done.stderr)
        self._outputs.flush()
        return done

    def json(self, *arguments: str) -> Any:
        """What a command prints as JSON."""
        done = self.command(*arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    # the store

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """Ask the store over HTTP, as an analyst does."""
        url = f"http://127.0.0.1:{self.settings.clickhouse_http_port}/?output_format_json_quote_64bit_integers=0"
        with urllib.request.urlopen(url, f"{sql} FORMAT JSONEachRow".encode(), timeout=60) as answer:
            return [json.loads(line) for line in answer.read().splitlines()]

    def execute(self, sql: str) -> None:
        """Change the store behind the system's back."""
        url = f"http://127.0.0.1:{self.settings.clickhouse_http_port}/"
        urllib.request.urlopen(url, sql.encode(), timeout=60).close()

    def value(self, sql: str) -> Any:
        """The only value of the only row."""
        return next(iter(self.rows(sql)[0].values()))

    def scans(self, digest: str) -> dict[str, dict[str, Any]]:
        """Category -> scan row of an image."""
        sql = f"SELECT *, toUnixTimestamp64Milli(requested_at) AS asked FROM scans WHERE image_digest = '{digest}'"
        return {row["category"]: row for row in self.rows(sql)}

    def ended(self, digest: str, after: int = 0) -> bool:
        """Whether a scan that was asked for after `after` (ms) has ended in every category."""
        found = self.scans(digest)
        return set(found) == ALL and all(row["state"] in AT_REST and row["asked"] > after for row in found.values())

    def await_scan(self, digest: str, *, after: int = 0, limit_s: float = 90) -> dict[str, tuple[str, str]]:
        """Wait for the end of a scan; category -> (state, reason)."""
        eventually(f"the scan of {digest} ends", self.patiently(lambda: self.ended(digest, after)), limit_s)
        return {category: (row["state"], row["reason"]) for category, row in self.scans(digest).items()}

    def await_success(self, digest: str, *, after: int = 0, limit_s: float = 90) -> None:
        """Wait until all six categories succeeded."""
        states = self.await_scan(digest, after=after, limit_s=limit_s)
        assert {state for state, _ in states.values()} == {"succeeded"}, states

    def risks(self, digest: str) -> list[dict[str, Any]]:
        """All risk rows of an image."""
        return self.rows(f"SELECT * FROM risks WHERE image_digest = '{digest}' ORDER BY finding_id")

    def statuses(self, digest: str) -> dict[str, str]:
        """Finding id -> status, for the risks of an image; a finding that stands twice fails."""
        rows = self.rows(f"SELECT finding_id, status FROM risks WHERE image_digest = '{digest}'")
        assert len({row["finding_id"] for row in rows}) == len(rows), "a risk stands twice"
        return {row["finding_id"]: row["status"] for row in rows}

    def patiently(self, condition: Callable[[], bool]) -> Callable[[], bool]:
        """The condition, False while the store does not answer."""

        def asked() -> bool:
            try:
                return condition()
            except (OSError, http.client.HTTPException):
                return False

        return asked

    # the registry

    def image(self, name: str, **options: Any) -> Image:
        """A sample image that nobody has seen."""
        self._images += 1
        return sample(self.folder / "images", f"{name}-{self._images}-{time.time_ns()}", **options)

    def post(self, path: str, body: bytes, token: str = "", kind: str = "application/json") -> tuple[int, dict[str, Any]]:
        """POST to the gateway: (status, answer). A server that refuses early may close while we still send."""
        link = http.client.HTTPConnection("127.0.0.1", self.settings.gateway_port, timeout=60)
        headers = {"Content-Type": kind, **({"Authorization": f"Bearer {token}"} if token else {})}
        try:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                link.request("POST", path, body, headers)
            answer = link.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            link.close()

    def notify(self, body: bytes) -> int:
        """Deliver a notification of the registry."""
        kind = "application/vnd.docker.distribution.events.v1+json"
        return self.post(f"/v1/events/registry/{NAME}", body, self.webhook["token"], kind)[0]

    # topics

    def publish(self, topic: str, value: bytes, key: bytes = b"flow") -> tuple[int, int]:
        """Put bytes on a topic; returns (partition, offset)."""
        producer = KafkaProducer(bootstrap_servers=self.settings.kafka_address, acks="all")
        try:
            sent = producer.send(topic, value, key).get(30)
            return sent.partition, sent.offset
        finally:
            producer.close()

    def messages(self, topic: str) -> list[Message]:
        """All messages that lie on a topic, decoded; bytes that are none are left out."""
        found = []
        for _, value in self.records(topic):
            try:
                found.append(decode(value))
            except Undecodable:
                continue
        return found

    def records(self, topic: str) -> Iterator[tuple[bytes, bytes]]:
        """(key, value) of all that lies on a topic."""
        consumer = KafkaConsumer(bootstrap_servers=self.settings.kafka_address, enable_auto_commit=False)
        try:
            partitions = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
            consumer.assign(partitions)
            consumer.seek_to_beginning(*partitions)
            ends = consumer.end_offsets(partitions)
            while any(consumer.position(one) < end for one, end in ends.items()):
                for batch in consumer.poll(timeout_ms=1000).values():
                    yield from ((record.key or b"", record.value or b"") for record in batch)
        finally:
            consumer.close()

    # processes

    def processes(self) -> dict[str, dict[str, Any]]:
        """Name -> what the supervisor says."""
        state: Mapping[str, Any] = json.loads((self.settings.run / "state.json").read_text())
        return {one["name"]: one for one in state["processes"]}

    def kill(self, name: str) -> int:
        """SIGKILL a process; returns its pid."""
        pid = int(self.processes()[name]["pid"])
        os.kill(pid, signal.SIGKILL)
        return pid

    def await_reborn(self, name: str, old: int, limit_s: float = 60) -> None:
        """Wait until another process of this name runs."""

        def reborn() -> bool:
            one = self.processes()[name]
            return one["state"] == "running" and one["pid"] not in (old, None) and alive(one["pid"])

        eventually(f"{name} runs again", reborn, limit_s)
