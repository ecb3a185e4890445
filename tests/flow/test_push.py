"""From a push to risks: all categories, repeated deliveries, tags, shared layers, deletions, an absent registry."""

from __future__ import annotations

import json
import subprocess
import time

import pytest

from schemas.messages import RegistryNotification
from tests.flow.local_home import eventually, need
from tests.flow.pipeline import ALL, NAME, Pipeline
from tests.flow.sample_images import application_layer, base_layer, text

pytestmark = pytest.mark.flow


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def inspections(pipeline: Pipeline, *digests: str) -> int:
    """How often these blobs were asked for."""
    return sum(getattr(message, "digest", "") in digests for message in pipeline.messages("layer.requests"))


def notification_of(pipeline: Pipeline, digest: str) -> bytes:
    """The body in which the registry announced an image."""
    found = [one.body for one in pipeline.messages("image.events") if isinstance(one, RegistryNotification) and digest.encode() in one.body]
    assert found
    return found[0]


def test_a_push_becomes_risks_of_all_categories(pipeline: Pipeline) -> None:
    image = pipeline.image("first")
    assert pipeline.registry.push("team/first", "1.0", image) == image.digest
    pipeline.await_success(image.digest)
    rows = pipeline.risks(image.digest)
    assert {row["category"] for row in rows} == ALL
    assert {row["status"] for row in rows} == {"open"}
    assert {(row["repository"], row["namespace"], tuple(row["tags"])) for row in rows} == {("team/first", "team", ("1.0",))}
    flaws = {(row["package"], name) for row in rows for name in [row["rule"], *row["aliases"]] if row["package"]}
    assert {("curl", "CVE-2023-38545"), ("requests", "CVE-2018-18074")} <= flaws
    paths = {(row["category"], row["path"]) for row in rows}
    assert {("sensitive-file", "srv/shop/.env"), ("malicious-sample", "srv/shop/uploads/test.com"), ("baseline", "etc/shadow")} <= paths
    layers = {row["path"]: row["layer"] for row in rows}
    assert layers["srv/shop/.env"] == image.layers[1]
    assert layers["etc/shadow"] == image.layers[0]


def test_the_same_delivery_again_changes_nothing(pipeline: Pipeline) -> None:
    image = pipeline.image("twice")
    pipeline.registry.push("team/twice", "1.0", image)
    pipeline.await_success(image.digest)
    body, before, scans = notification_of(pipeline, image.digest), pipeline.risks(image.digest), pipeline.scans(image.digest)
    for _ in range(3):
        assert pipeline.notify(body) == 202
    settle(pipeline)
    assert pipeline.risks(image.digest) == before
    assert pipeline.scans(image.digest) == scans
    assert inspections(pipeline, *image.blobs) == len(image.blobs)


def settle(pipeline: Pipeline) -> None:
    """Wait until an image that was pushed later has been looked at: each step has handled what came before, or nearly so."""
    last = pipeline.image("settle")
    pipeline.registry.push("team/settle", "1.0", last)
    pipeline.await_success(last.digest)


def test_another_tag_reads_no_layer_and_opens_nothing(pipeline: Pipeline) -> None:
    image = pipeline.image("tagged")
    pipeline.registry.push("team/tagged", "1.0", image)
    pipeline.await_success(image.digest)
    opened = ["opened"] * len(pipeline.risks(image.digest))
    eventually("each risk was told", lambda: changes(pipeline, image.digest) == opened)
    before = now_ms()
    pipeline.registry.put_manifest("team/tagged", "2.0", image)
    pipeline.await_success(image.digest, after=before - 5)
    assert {frozenset(row["tags"]) for row in pipeline.risks(image.digest)} == {frozenset({"1.0", "2.0"})}
    assert inspections(pipeline, *image.blobs) == len(image.blobs)
    assert changes(pipeline, image.digest) == opened


def changes(pipeline: Pipeline, digest: str) -> list[str]:
    """What the risks of an image went through."""
    return [row["change"] for row in pipeline.rows(f"SELECT change FROM risk_transitions FINAL WHERE image_digest = '{digest}'")]


def test_a_moved_tag_and_a_shared_layer(pipeline: Pipeline) -> None:
    old, new = pipeline.image("moved", base="a base for two"), pipeline.image("moved", base="a base for two")
    assert old.layers[0] == new.layers[0]
    for image in (old, new):
        pipeline.registry.push("team/moved", "latest", image)
        pipeline.await_success(image.digest)
    assert inspections(pipeline, old.layers[0]) == 1
    assert pipeline.statuses(old.digest) == pipeline.statuses(new.digest)
    tags = {
        row["image_digest"]: row["tags"] for row in pipeline.rows("SELECT image_digest, tags FROM images WHERE repository = 'team/moved'")
    }
    assert tags == {old.digest: [], new.digest: ["latest"]}


def test_a_deleted_image_has_no_open_risk(pipeline: Pipeline) -> None:
    image = pipeline.image("deleted")
    for repository in ("team/here", "team/there"):
        pipeline.registry.push(repository, "1.0", image)
    eventually("it lies in both", lambda: places(pipeline, image.digest) == ["team/here", "team/there"])
    pipeline.await_success(image.digest)
    pipeline.registry.delete("team/here", image.digest)
    eventually("it lies in one", lambda: places(pipeline, image.digest) == ["team/there"])
    assert set(pipeline.statuses(image.digest).values()) == {"open"}
    pipeline.registry.delete("team/there", image.digest)
    eventually("its risks are withdrawn", lambda: set(pipeline.statuses(image.digest).values()) == {"withdrawn"})
    pipeline.registry.push("team/here", "1.0", image)
    eventually("they are open again", lambda: set(pipeline.statuses(image.digest).values()) == {"open"})


def places(pipeline: Pipeline, digest: str) -> list[str]:
    sql = f"SELECT repository FROM image_places FINAL WHERE image_digest = '{digest}' AND present ORDER BY repository"
    return [row["repository"] for row in pipeline.rows(sql)]


def test_a_registry_that_is_down_is_asked_again(pipeline: Pipeline) -> None:
    image = pipeline.image("absent")
    pipeline.registry.push("team/absent", "1.0", image, "quiet")
    pipeline.registry.stop("loud")
    try:
        assert pipeline.notify(event("team/absent", image.digest, "1.0")) == 202
        eventually("the outage is told", lambda: reasons(pipeline, image.digest) == {"registry_unreachable"})
    finally:
        pipeline.registry.start("loud")
    eventually("it is looked at", lambda: {row["state"] for row in pipeline.scans(image.digest).values()} == {"succeeded"})
    assert {row["category"] for row in pipeline.risks(image.digest)} == ALL


def event(repository: str, digest: str, tag: str) -> bytes:
    """A notification as the registry writes it."""
    target = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest, "repository": repository, "tag": tag}
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return json.dumps({"events": [{"id": f"flow-{time.time_ns()}", "timestamp": moment, "action": "push", "target": target}]}).encode()


def reasons(pipeline: Pipeline, digest: str) -> set[str]:
    return {row["reason"].partition(":")[0] for row in pipeline.scans(digest).values() if row["state"] == "failed"}


def test_what_nobody_announced_is_found_by_listing(pipeline: Pipeline) -> None:
    image = pipeline.image("silent")
    pipeline.registry.push("team/silent", "1.0", image, "quiet")
    done = pipeline.command("registries", "reconcile", NAME)
    assert done.returncode == 0, done.stderr
    pipeline.await_success(image.digest)
    assert {row["cause"] for row in pipeline.scans(image.digest).values()} == {"listing"}


def test_an_index_leads_to_all_its_platforms(pipeline: Pipeline) -> None:
    images = {"amd64": pipeline.image("index"), "arm64": pipeline.image("index")}
    pipeline.registry.push_index("team/index", "1.0", images)
    for image in images.values():
        pipeline.await_success(image.digest)
        assert {tuple(row["tags"]) for row in pipeline.risks(image.digest)} == {("1.0",)}


def test_an_image_that_skopeo_pushed(pipeline: Pipeline) -> None:
    need("skopeo")
    image = pipeline.image("skopeo", layers=[base_layer("skopeo"), application_layer("skopeo"), {"srv/extra": text("extra")}])
    archive = max((pipeline.folder / "images").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    target = f"docker://{pipeline.registry.host}/team/skopeo:1.0"
    login = ["--dest-creds", "ci:flow-pass", "--dest-tls-verify=false"]
    subprocess.run(["skopeo", "copy", "-q", *login, f"oci-archive:{archive}:latest", target], check=True, stdin=subprocess.DEVNULL)
    pipeline.await_success(image.digest)
    assert {row["category"] for row in pipeline.risks(image.digest)} == ALL
