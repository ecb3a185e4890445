"""People handle risks: what each action does now, to images that come later, and to a rescan; what is refused; what is answered."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

from schemas.messages import ActionDone, ActionRequested, RiskChanged
from streams.publisher import Publisher
from streams.topics import ACTION_REQUESTS
from tests.flow.local_home import eventually
from tests.flow.pipeline import Pipeline
from tests.flow.sample_images import Image, application_layer, base_layer, osv, text, write_records

pytestmark = pytest.mark.flow


class Subject:
    """A finding that only these images have: a Python package of its own, and keys in a folder of its own."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline, self.name = pipeline, f"flow{uuid.uuid4().hex[:10]}"
        self.first = self.image()
        self.push("here", "1.0", self.first)
        self.finding = self.find(self.first, category="sensitive-file", path=f"srv/{self.name}/.env")

    def image(self) -> Image:
        site = f"usr/lib/python3/dist-packages/{self.name}-1.0.dist-info/METADATA"
        extra = {
            site: text(f"Metadata-Version: 2.1\nName: {self.name}\nVersion: 1.0\n\n"),
            f"srv/{self.name}/.env": application_layer("")["srv/shop/.env"],
        }
        return self.pipeline.image("handled", layers=[base_layer("handled"), extra, {"usr/share/doc/mark": text(uuid.uuid4().hex)}])

    def push(self, where: str, tag: str, image: Image) -> None:
        """Push, and wait for the scan that this asks for."""
        before = time.time_ns() // 1_000_000
        self.pipeline.registry.push(f"{self.name}/{where}", tag, image)
        self.pipeline.await_success(image.digest, after=before - 1)

    def find(self, image: Image, **wanted: str) -> str:
        rows = self.pipeline.risks(image.digest)
        found = [row["finding_id"] for row in rows if all(row[name] == value for name, value in wanted.items())]
        assert len(found) == 1, rows
        return str(found[0])

    def handle(self, action: str, *options: str, risk: str = "") -> subprocess.CompletedProcess[str]:
        return self.pipeline.command("handle", risk or self.finding, "--action", action, "--reason", "a test", *options)

    def status(self, image: Image, finding: str = "") -> str:
        return self.pipeline.statuses(image.digest)[finding or self.finding]


@pytest.fixture
def subject(pipeline: Pipeline) -> Subject:
    return Subject(pipeline)


def test_a_whitelist_of_a_repository_covers_what_comes_later(subject: Subject) -> None:
    elsewhere, later = subject.image(), subject.image()
    subject.push("there", "1.0", elsewhere)
    done = subject.handle("whitelist", "--scope", "repository", "--target", f"{subject.name}/here")
    assert done.returncode == 0, done.stderr
    assert (subject.status(subject.first), subject.status(elsewhere)) == ("whitelisted", "open")
    subject.push("here", "2.0", later)
    assert subject.status(later) == "whitelisted"
    subject.push("here", "1.1", subject.first)
    assert subject.status(subject.first) == "whitelisted"
    assert subject.handle("reopen", "--scope", "repository", "--target", f"{subject.name}/here").returncode == 0
    assert (subject.status(subject.first), subject.status(later)) == ("open", "open")


def test_an_ignore_ends_with_a_rescan_and_not_with_new_advisories(subject: Subject) -> None:
    pipeline = subject.pipeline
    inspected = len(pipeline.messages("layer.requests"))
    flaw = f"FLOW-{subject.name}"
    learn(pipeline, osv(flaw, "PyPI", subject.name, "2.0"))
    eventually("the flaw is a risk", lambda: any(row["rule"] == flaw for row in pipeline.risks(subject.first.digest)))
    assert len(pipeline.messages("layer.requests")) == inspected
    finding = subject.find(subject.first, rule=flaw)
    assert subject.handle("ignore", risk=f"{finding}@{subject.first.digest}").returncode == 0
    assert subject.status(subject.first, finding) == "ignored"
    assert subject.status(subject.first) == "open"
    learn(pipeline, osv(flaw, "PyPI", subject.name, "3.0", modified="2026-02-01T00:00:00Z"))
    eventually("it was matched again", lambda: fixed(pipeline, subject.first, finding) == "3.0")
    assert subject.status(subject.first, finding) == "ignored"
    subject.push("here", "1.1", subject.first)
    assert subject.status(subject.first, finding) == "open"
    learn(pipeline, osv(flaw, "PyPI", subject.name, "0.5", modified="2026-03-01T00:00:00Z"))
    eventually("it does not hold any more", lambda: subject.status(subject.first, finding) == "withdrawn")


def learn(pipeline: Pipeline, record: dict[str, Any]) -> None:
    """Import one advisory."""
    done = pipeline.command("advisories", "import", str(write_records(pipeline.folder / f"advisories-{uuid.uuid4().hex}", record)))
    assert done.returncode == 0, done.stderr


def fixed(pipeline: Pipeline, image: Image, finding: str) -> str:
    return next(str(row["fixed_version"]) for row in pipeline.risks(image.digest) if row["finding_id"] == finding)


def test_a_false_positive_outlives_a_rescan(subject: Subject) -> None:
    assert subject.handle("false-positive", "--scope", "global").returncode == 0
    assert subject.status(subject.first) == "false_positive"
    subject.push("here", "1.1", subject.first)
    later = subject.image()
    subject.push("elsewhere", "1.0", later)
    assert (subject.status(subject.first), subject.status(later)) == ("false_positive", "false_positive")
    statistics = subject.pipeline.json("rules", "stats", "--category", "sensitive-file", "--at-least", "1", "--bound", "0", "--json")
    assert {row["category"] for row in statistics} == {"sensitive-file"}
    assert any(row["marked"] >= 1 and row["flagged"] and 0 < row["rate"] <= 1 for row in statistics)


def test_a_decision_with_an_expiry_ends(subject: Subject) -> None:
    request = ask(subject, "whitelist", expires_in_s=2.0)
    eventually("it is answered", lambda: answer(subject.pipeline, request.id) is not None)
    assert subject.status(subject.first) == "whitelisted"
    eventually("it has ended", lambda: time.time() * 1000 > request.expires_at)
    subject.push("here", "1.1", subject.first)
    assert subject.status(subject.first) == "open"


def test_an_expiry_is_an_event_when_it_comes(subject: Subject) -> None:
    """Nobody pushes anything: the scheduler asks for the end, the change is told, once."""
    request = ask(subject, "whitelist", expires_in_s=3.0)
    eventually("it is answered", lambda: answer(subject.pipeline, request.id) is not None)
    assert subject.status(subject.first) == "whitelisted"
    eventually("it is open again", lambda: subject.status(subject.first) == "open", 40)
    sql = f"SELECT after FROM risk_transitions FINAL WHERE finding_id = '{subject.finding}' ORDER BY changed_at, id"
    assert [row["after"] for row in subject.pipeline.rows(sql)] == ["open", "whitelisted", "open"]


def test_a_decision_about_a_path_covers_what_comes_later(subject: Subject) -> None:
    about = ("--path", f"srv/{subject.name}/", "--match", "startsWith", "--category", "sensitive-file", "--scope", "global")
    command = ("handle", *about, "--action", "whitelist", "--reason", "keys for tests")
    seen = subject.pipeline.command(*command, "--dry-run", "--json")
    assert seen.returncode == 0, seen.stderr
    planned = json.loads(seen.stdout)
    assert planned["images"] == 1
    assert subject.finding in {row["finding_id"] for row in planned["touched"]}
    assert subject.status(subject.first) == "open"
    done = subject.pipeline.command(*command)
    assert done.returncode == 0, done.stderr
    assert subject.status(subject.first) == "whitelisted"
    later = subject.image()
    subject.push("there", "1.0", later)
    assert subject.status(later) == "whitelisted"
    changes = [
        one for one in subject.pipeline.messages("risk.changes") if isinstance(one, RiskChanged) and one.finding_id == subject.finding
    ]
    assert [(one.before, one.after) for one in changes if one.image_digest == later.digest] == [("", "whitelisted")]
    assert subject.handle("reopen", "--scope", "global").returncode == 0
    assert subject.status(later) == "open", "a finding is narrower than a path"


def test_other_forms(subject: Subject) -> None:
    pipeline = subject.pipeline
    assert subject.handle("note").returncode == 0
    assert subject.status(subject.first) == "open"
    no_end = subject.handle("accept")
    assert (no_end.returncode, "needs the day" in no_end.stdout) == (2, True)
    assert subject.handle("accept", "--expires", "30d").returncode == 0
    assert subject.status(subject.first) == "whitelisted"
    pattern = pipeline.command(
        "handle", "--path", "srv/.*", "--match", "contains", "--action", "ignore", "--reason", "x", "--scope", "global"
    )
    assert (pattern.returncode, "not as a pattern" in pattern.stdout) == (2, True), pattern.stdout + pattern.stderr
    long = pipeline.command("handle", subject.finding, "--action", "ignore", "--reason", "x" * 100_000)
    assert (long.returncode, "at most 4000" in long.stdout) == (2, True)
    both = pipeline.command("handle", subject.finding, "--rule", "x", "--action", "ignore", "--reason", "x")
    assert both.returncode == 2
    everything = pipeline.command("handle", "--category", "build-command", "--rule", "secret_in_env", "--scope", "global",
                                  "--action", "ignore", "--reason", "x", "--dry-run")  # fmt: skip
    assert "would touch" in everything.stdout


def test_a_file_of_decisions(subject: Subject) -> None:
    """Applied, applied again, exported, pruned; and the table can be rebuilt from the log."""
    pipeline, file = subject.pipeline, subject.pipeline.folder / f"{subject.name}.yaml"
    file.write_text(f"decisions:\n- {{action: whitelist, finding: {subject.finding}, scope: global, reason: from git}}\n")
    first, again = pipeline.command("decisions", "apply", str(file)), pipeline.command("decisions", "apply", str(file))
    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert "1 decisions stood already, 0 were asked for" in again.stdout
    assert subject.status(subject.first) == "whitelisted"
    exported = pipeline.command("decisions", "export").stdout
    assert subject.finding in exported
    rows = "SELECT finding_id, image_digest, status, decision FROM risks ORDER BY ALL"
    before = pipeline.rows(rows)
    rebuilt = pipeline.command("rebuild", "--from", "decisions")
    assert (rebuilt.returncode, "0 statuses changed" in rebuilt.stdout) == (0, True), rebuilt.stderr
    assert pipeline.rows(rows) == before
    file.write_text("decisions: []\n")
    assert pipeline.command("decisions", "apply", str(file), "--prune").returncode == 0
    assert subject.status(subject.first) == "open"
    file.write_text("decisions:\n- {action: explode, rule: x, reason: y}\n")
    bad = pipeline.command("decisions", "apply", str(file))
    assert (bad.returncode, "decision 1" in bad.stderr) == (2, True)


def test_vex_becomes_decisions_and_decisions_become_vex(subject: Subject, tmp_path: Path) -> None:
    pipeline = subject.pipeline
    image = pipeline.image("vexed")
    digest = pipeline.registry.push("vexed/app", "1.0", image)
    pipeline.await_success(digest)
    risk = next(one for one in pipeline.risks(digest) if one["category"] == "system-vulnerability")
    statement = {
        "vulnerability": {"name": risk["rule"]}, "status": "not_affected", "justification": "vulnerable_code_not_in_execute_path",
        "products": [{"@id": digest, "subcomponents": [{"@id": risk["purl"]}]}],
    }  # fmt: skip
    document = {"@context": "https://openvex.dev/ns/v0.2.0", "timestamp": "2026-01-01T00:00:00Z", "statements": [statement]}
    file = tmp_path / "vendor.openvex.json"
    file.write_text(json.dumps(document))
    dry = pipeline.command("decisions", "apply", str(file), "--dry-run")
    assert "false-positive" in dry.stdout and "1 risk(s)" in dry.stdout, dry.stderr
    assert pipeline.statuses(digest)[risk["finding_id"]] == "open"
    assert "1 were asked for" in pipeline.command("decisions", "apply", str(file)).stdout
    decided = next(one for one in pipeline.risks(digest) if one["finding_id"] == risk["finding_id"])
    assert decided["status"] == "false_positive" and "vulnerable_code_not_in_execute_path" in decided["decision_reason"]
    assert "0 were asked for" in pipeline.command("decisions", "apply", str(file)).stdout, "applied again, nothing changes"
    for form in ("openvex", "cyclonedx"):
        ours = pipeline.command("decisions", "export", "--format", form)
        assert ours.returncode == 0 and risk["purl"] in ours.stdout and digest.partition(":")[2] in ours.stdout
        (tmp_path / form).write_text(ours.stdout)
        assert "0 were asked for" in pipeline.command("decisions", "apply", str(tmp_path / form)).stdout


def ask(subject: Subject, action: str, *, scope: str = "global", expires_in_s: float = 0.0) -> ActionRequested:
    """Put a request on the topic, as any program may."""
    now = time.time_ns() // 1_000_000
    request = ActionRequested(
        id=uuid.uuid4().hex, action=action, finding_id=subject.finding, scope=scope, reason="a test", actor="flow",
        expires_at=now + int(expires_in_s * 1000) if expires_in_s else 0, requested_at=now,
    )  # fmt: skip

    async def send() -> None:
        async with Publisher(subject.pipeline.settings.kafka_address, "flow") as publisher:
            await publisher.send(ACTION_REQUESTS, request.finding_id, request)

    asyncio.run(send())
    return request


def answer(pipeline: Pipeline, request: str) -> ActionDone | None:
    found = [one for one in pipeline.messages("action.results") if isinstance(one, ActionDone) and one.id == request]
    return found[0] if found else None


def test_refusals_tell_why(subject: Subject) -> None:
    unknown = subject.handle("ignore", risk="0" * 32)
    assert (unknown.returncode, f"no image has finding {'0' * 32}" in unknown.stdout) == (2, True)
    untargeted = subject.handle("whitelist", "--scope", "repository")
    assert (untargeted.returncode, "needs the name of the repository" in untargeted.stdout) == (2, True)
    elsewhere = subject.handle("whitelist", "--scope", "namespace", "--target", "nobody")
    assert (elsewhere.returncode, "lies in namespace nobody" in elsewhere.stdout) == (2, True)
    no_reason = subject.pipeline.command("handle", subject.finding, "--action", "ignore", "--reason", " ")
    assert no_reason.returncode == 2
    assert subject.handle("ignore", risk="not a risk").returncode == 2
    assert subject.status(subject.first) == "open"


def test_each_action_is_answered_on_its_topic(subject: Subject) -> None:
    pipeline = subject.pipeline
    done, refused = ask(subject, "ignore"), ask(subject, "explode")
    for request in (done, refused):
        eventually("it is answered", lambda request=request: answer(pipeline, request.id) is not None)  # type: ignore[misc]
    good, bad = answer(pipeline, done.id), answer(pipeline, refused.id)
    assert good and bad
    assert (good.state, good.reason, good.touched, good.finding_id) == ("done", "", 1, subject.finding)
    assert (bad.state, bad.touched, "explode" in bad.reason) == ("refused", 0, True)
    changes = [one for one in pipeline.messages("risk.changes") if isinstance(one, RiskChanged) and one.finding_id == subject.finding]
    assert [(one.before, one.after) for one in changes] == [("", "open"), ("open", "ignored")]
    stored = {row["id"]: row for row in pipeline.rows(f"SELECT * FROM actions WHERE finding_id = '{subject.finding}'")}
    assert {(row["state"], row["actor"]) for row in stored.values()} == {("done", "flow"), ("refused", "flow")}


def test_the_same_request_twice_is_one_decision(subject: Subject) -> None:
    request = ask(subject, "ignore")
    eventually("it is answered", lambda: answer(subject.pipeline, request.id) is not None)
    (value,) = [value for key, value in subject.pipeline.records("action.requests") if request.id.encode() in value]
    place = subject.pipeline.publish("action.requests", value, request.finding_id.encode())
    assert place[1] > 0
    other = ask(subject, "reopen")
    eventually("what follows is answered", lambda: answer(subject.pipeline, other.id) is not None)
    sql = f"SELECT count() FROM decisions WHERE finding_id = '{subject.finding}' AND action = 'ignore'"
    assert subject.pipeline.value(sql) == 1
    assert subject.status(subject.first) == "open"


def test_the_counts_are_those_of_the_risks(subject: Subject) -> None:
    """Whoever changed risks in this or an earlier test: the counts that are kept beside them say the same."""
    assert subject.handle("ignore").returncode == 0
    columns = "image_digest, category, severity, priority, status"
    counted = f"SELECT {columns}, risks FROM risk_counts ORDER BY ALL"
    true = f"SELECT {columns}, count() AS risks FROM risks GROUP BY ALL ORDER BY ALL"
    eventually("it is ignored", lambda: subject.status(subject.first) == "ignored")
    eventually("the counts agree", lambda: subject.pipeline.rows(counted) == subject.pipeline.rows(true))
    assert {"ignored", "open"} <= {row["status"] for row in subject.pipeline.rows(counted)}
