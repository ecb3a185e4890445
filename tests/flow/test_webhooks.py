"""Outgoing webhooks on the real system: a real receiver gets each change once, verifies it, and outages of either side lose nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from infra.local.ports import free_ports
from schemas.messages import RiskChanged
from schemas.wire import encode
from tests.flow.local_home import eventually, listens, need
from tests.flow.pipeline import Pipeline

pytestmark = pytest.mark.flow


class Receiver:
    """A server that remembers what it got; it answers `status`."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    threading.Thread(target=one.server.serve_forever, daemon=True).start()
    yield one
    one.server.shutdown()
    one.server.server_close()


@contextmanager
def subscribed(pipeline: Pipeline, name: str, url: str, *options: str) -> Iterator[str]:
    """A webhook while a test runs; gives its secret."""
    yield pipeline.json("webhooks", "add", name, url, "--json", *options)["secret"]
    assert pipeline.command("webhooks", "remove", name).returncode == 0


def verified(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As Standard Webhooks tells a receiver to verify."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    return headers["webhook-signature"] == "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def opened(pipeline: Pipeline, digest: str, category: str) -> set[str]:
    return {row["finding_id"] for row in pipeline.risks(digest) if row["category"] == category}


def test_each_change_comes_once_whoever_is_killed_and_whatever_is_sent_again(pipeline: Pipeline, receiver: Receiver) -> None:
    image = pipeline.image("hooked")
    options = ("--category", "sensitive-file", "--repository", "hooked/*")
    with subscribed(pipeline, "flow-once", receiver.url, *options) as secret:
        pipeline.registry.push("hooked/app", "1.0", image)
        pipeline.registry.push("elsewhere/app", "1.0", pipeline.image("unhooked"))
        pipeline.await_success(image.digest)
        wanted = opened(pipeline, image.digest, "sensitive-file")
        assert wanted
        eventually("all changes are delivered", lambda: delivered(pipeline, "flow-once") == len(wanted))
        assert all(verified(secret, headers, body) for headers, body in receiver.got)
        for event in receiver.events:
            assert (event["type"], event["data"]["category"]) == ("imagerisk.risk.opened", "sensitive-file")
            assert event["data"]["image_digest"] == image.digest
            assert [(one["repository"], one["tags"]) for one in event["data"]["images"]] == [("hooked/app", ["1.0"])]
            assert event["data"]["title"] and event["data"]["path"]

        old, sender = pipeline.kill("worker-flow"), pipeline.kill("worker-inspect")
        again = [m for m in pipeline.messages("risk.changes") if isinstance(m, RiskChanged) and m.image_digest == image.digest]
        for change in again:
            pipeline.publish("risk.changes", encode(change))
        pipeline.await_reborn("worker-flow", old)
        pipeline.await_reborn("worker-inspect", sender)
        finding = min(wanted)
        handled = pipeline.command("handle", f"{finding}@{image.digest}", "--action", "ignore", "--scope", "image", "--reason", "a test")
        assert handled.returncode == 0, handled.stderr
        kinds = {"imagerisk.risk.status", "imagerisk.action.done"}
        eventually("the handling is told", lambda: kinds <= {event["type"] for event in receiver.events})
        names = [event["id"] for event in receiver.events]
        assert len(names) == len(set(names))
        assert {event["subject"] for event in receiver.events if event["type"] == "imagerisk.risk.opened"} == wanted
    assert secret not in pipeline.command("webhooks", "list", "--json").stdout


def test_a_receiver_that_is_away_gets_it_later_and_holds_up_nobody(pipeline: Pipeline, receiver: Receiver) -> None:
    image, options = pipeline.image("patient"), ("--kind", "opened", "--category", "build-command", "--repository", "patient/*")
    broken = Receiver()
    broken.status = 503
    threading.Thread(target=broken.server.serve_forever, daemon=True).start()
    with subscribed(pipeline, "flow-away", broken.url, *options), subscribed(pipeline, "flow-fine", receiver.url, *options):
        pipeline.registry.push("patient/app", "1.0", image)
        pipeline.await_success(image.digest)
        wanted = len(opened(pipeline, image.digest, "build-command"))
        assert wanted
        eventually("the other one has all", lambda: delivered(pipeline, "flow-fine") == wanted)
        eventually("the broken one was tried", lambda: len(broken.got) >= wanted)
        broken.status = 200
        eventually("it gets all when it is back", lambda: delivered(pipeline, "flow-away") == wanted, 120)
        assert {event["id"] for event in broken.events} == {event["id"] for event in receiver.events}
    broken.server.shutdown()
    broken.server.server_close()


def test_debians_receiver_accepts_the_signature_and_refuses_another(pipeline: Pipeline, tmp_path: Path) -> None:
    need("webhook")
    secret = pipeline.json("webhooks", "add", "flow-debian", "http://127.0.0.1:1/hooks/risk", "--json")["secret"]
    assert pipeline.command("webhooks", "remove", "flow-debian").returncode == 0
    signature = {"source": "header", "name": "X-Hub-Signature-256"}
    rule = {"match": {"type": "payload-hmac-sha256", "secret": secret, "parameter": signature}}
    hook = {"id": "risk", "execute-command": shutil.which("true"), "trigger-rule": rule, "trigger-rule-mismatch-http-response-code": 403}
    hooks, own = tmp_path / "hooks.json", tmp_path / "secret"
    hooks.write_text(json.dumps([hook]))
    own.write_text(secret)
    (port,) = free_ports(1)
    server = subprocess.Popen(["webhook", "-hooks", str(hooks), "-ip", "127.0.0.1", "-port", str(port)], stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}/hooks/risk"
    try:
        eventually("the receiver listens", lambda: listens(port))
        added = pipeline.command("webhooks", "add", "flow-debian", url, "--secret-file", str(own))
        assert added.returncode == 0, added.stderr
        with subscribed(pipeline, "flow-stranger", url):
            assert pipeline.command("webhooks", "test", "flow-debian").returncode == 0
            assert pipeline.command("webhooks", "test", "flow-stranger").returncode == 3
        assert pipeline.command("webhooks", "remove", "flow-debian").returncode == 0
    finally:
        server.kill()
        server.wait()


def test_paused_changes_wait_and_are_sent_after_resume_and_what_was_given_up_is_replayed(pipeline: Pipeline, receiver: Receiver) -> None:
    image, options = pipeline.image("paused"), ("--kind", "opened", "--category", "build-command", "--repository", "paused/*")
    with subscribed(pipeline, "flow-paused", receiver.url, *options):
        assert pipeline.command("webhooks", "pause", "flow-paused").returncode == 0
        pipeline.registry.push("paused/app", "1.0", image)
        pipeline.await_success(image.digest)
        wanted = len(opened(pipeline, image.digest, "build-command"))
        eventually("the changes wait", lambda: in_state(pipeline, "flow-paused", "waiting") == wanted)
        assert receiver.got == []
        assert pipeline.command("webhooks", "resume", "flow-paused").returncode == 0
        eventually("they are sent", lambda: delivered(pipeline, "flow-paused") == wanted)
        assert len(receiver.got) == wanted
        event = receiver.events[0]["id"]
        assert pipeline.command("webhooks", "replay", "flow-paused", event).returncode == 0
        eventually("it is sent again under the same id", lambda: [one["id"] for one in receiver.events].count(event) == 2)
        unknown = pipeline.command("webhooks", "replay", "flow-paused", "nothing")
        assert unknown.returncode == 2 and "has no event nothing" in unknown.stderr
        refusing = pipeline.command("webhooks", "resume", "flow-nobody")
        assert refusing.returncode == 2, refusing.stderr


def delivered(pipeline: Pipeline, name: str) -> int:
    return in_state(pipeline, name, "delivered")


def in_state(pipeline: Pipeline, name: str, state: str) -> int:
    return int(pipeline.value(f"SELECT count() AS n FROM deliveries WHERE subscription = '{name}' AND state = '{state}'"))
