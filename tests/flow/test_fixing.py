"""Fixing: a vulnerable Debian image gets a fixed tag, and its risks close because the new image was scanned; whatever goes wrong says why.

A real registry, a real buildah, a real apt with a package source of our own."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from streams.fix.isolation import build_folder
from tests.flow.fixable_images import FLAW, PACKAGE, SETTINGS, UNFIXED_FLAW, advisories, fixable_image, package_source
from tests.flow.local_home import eventually, need
from tests.flow.pipeline import NAME, Pipeline
from tests.flow.real_registry import PASSWORD
from tests.flow.sample_images import Image, write_records


@dataclass
class Shop:
    """The system with advisories about the sample package, and the folder that names its package source."""

    pipeline: Pipeline
    sources: Path

    def pushed(self, repository: str, **options: Any) -> Image:
        """A vulnerable image, scanned."""
        image = fixable_image(repository, **options)
        digest = self.pipeline.registry.push(repository, "1.0", image)
        self.pipeline.await_success(digest)
        assert self.status(digest)[FLAW] == "open"
        return image

    def status(self, digest: str) -> dict[str, str]:
        """Flaw -> status, for the sample package of an image."""
        return {one["rule"]: one["status"] for one in self.pipeline.risks(digest) if one["package"] == PACKAGE}

    def becomes(self, digest: str, wanted: str) -> bool:
        """Wait for a status of the flaw: a task is written a moment before its risks."""
        eventually(f"the risk is {wanted}", self.pipeline.patiently(lambda: self.status(digest)[FLAW] == wanted), 20)
        return True

    def fix(self, repository: str, *options: str) -> dict[str, Any]:
        """Fix by command and wait for the end; the task."""
        done = self.pipeline.command("fix", f"{NAME}/{repository}:1.0", "--json", *options, timeout_s=300)
        assert done.stdout, done.stderr
        task: dict[str, Any] = json.loads(done.stdout)
        assert done.returncode == (0 if task["state"] == "fixed" else 1)
        return task

    def task(self, repository: str) -> dict[str, Any]:
        """The newest task of a repository."""
        rows = self.pipeline.rows(f"SELECT * FROM fixes WHERE repository = '{repository}' ORDER BY requested_at DESC")
        return rows[0] if rows else {"state": "", "id": ""}

    def manifest(self, repository: str, tag: str) -> tuple[int, dict[str, Any]]:
        kind = {"Accept": "application/vnd.oci.image.manifest.v1+json"}
        answer, body = self.pipeline.registry._ask("loud", "GET", f"/v2/{repository}/manifests/{tag}", headers=kind)
        return answer.status, json.loads(body)


@pytest.fixture(scope="module")
def shop(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    need("buildah", "mmdebstrap", "dpkg-deb")
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode:
        pytest.skip("builds of images need mounts, which this machine does not allow")
    records = write_records(pipeline.folder / "fix-advisories", *advisories())
    imported = pipeline.command("advisories", "import", str(records))
    assert imported.returncode == 0, imported.stderr
    with package_source(tmp_path_factory.mktemp("packages")) as sources:
        kept = pipeline.settings.home / "fix-sources"
        shutil.copytree(sources, kept)
        yield Shop(pipeline, kept)
        shutil.rmtree(kept)


@pytest.fixture
def unreachable(shop: Shop) -> Iterator[None]:
    """A package source that takes connections and never answers."""
    import socket

    path = shop.sources / "apt.list"
    before = path.read_text()
    with socket.create_server(("127.0.0.1", 0)) as server:
        path.write_text(f"deb [trusted=yes] http://127.0.0.1:{server.getsockname()[1]} ./\n")
        yield
        path.write_text(before)


def test_fixed_by_one_command(shop: Shop) -> None:
    old = shop.pushed("fix/hand")
    plan = json.loads(shop.pipeline.command("fix", f"{NAME}/fix/hand:1.0", "--dry-run", "--json").stdout)
    assert [(one["name"], one["fixed_version"], one["installed_kib"]) for one in plan["upgrades"]] == [(PACKAGE, "1.0-2", 12)]
    assert {(one["flaw"], one["reason"]) for one in plan["stays_open"]} == {(UNFIXED_FLAW, "no_fixed_version")}
    before = time.time()
    task = shop.fix("fix/hand")
    assert task["state"] == "fixed", task
    assert task["flaws"] == [FLAW] and task["actor"] and task["cause"] == "hand"
    prefix, _, seconds = task["new_tag"].rpartition("_")
    assert prefix == "1.0_fix" and abs(int(seconds) - before) < 120
    assert shop.becomes(old.digest, "fixed")
    assert shop.status(old.digest) == {FLAW: "fixed", UNFIXED_FLAW: "open"}
    assert shop.status(task["new_digest"]) == {UNFIXED_FLAW: "open"}
    changes = shop.pipeline.rows(
        f"SELECT before, after FROM risk_transitions FINAL WHERE image_digest = '{old.digest}' AND change != 'opened' ORDER BY changed_at"
    )
    assert [(one["before"], one["after"]) for one in changes] == [("open", "fixing"), ("fixing", "verifying"), ("verifying", "fixed")]


def test_what_is_kept(shop: Shop) -> None:
    """Configuration and old tag stay; one layer is added; the base is named; nothing is left on this machine, no password in a log."""
    task = shop.task("fix/hand")
    if task["state"] != "fixed":
        pytest.skip("needs the image of the test before")
    status, manifest = shop.manifest("fix/hand", task["new_tag"])
    _, old = shop.manifest("fix/hand", "1.0")
    assert status == 200
    assert len(manifest["layers"]) == len(old["layers"]) + 1
    assert manifest["annotations"]["org.opencontainers.image.base.digest"] == task["image_digest"]
    _, body = shop.pipeline.registry._ask("loud", "GET", f"/v2/fix/hand/blobs/{manifest['config']['digest']}")
    config = json.loads(body)
    assert config["config"] == SETTINGS
    assert len(config["history"]) == len(old["layers"]) + 1
    assert list(build_folder(shop.pipeline.settings.home).iterdir()) == []
    log = shop.pipeline.command("fixes", "log", task["id"]).stdout
    assert "Setting up sample-tool (1.0-2)" in log and PASSWORD not in log
    assert "the script is enclosed" in log, "a package's own script has no network"


def test_an_existing_tag_is_never_moved(shop: Shop) -> None:
    old = shop.pushed("fix/taken")
    shop.pipeline.registry.put_manifest("fix/taken", "secure", old, "quiet")
    task = shop.fix("fix/taken", "--tag", "secure")
    assert task["state"] == "failed" and "exists already" in task["reason"]
    assert shop.becomes(old.digest, "fix_failed")
    assert shop.manifest("fix/taken", "secure")[1] == json.loads(old.manifest)
    retried = shop.pipeline.command("fixes", "retry", task["id"], "--tag", "secure-2")
    assert retried.returncode == 0, retried.stderr
    eventually("the second try ends", lambda: shop.task("fix/taken")["state"] in ("fixed", "failed"), 120)
    assert shop.task("fix/taken")["state"] == "fixed", shop.task("fix/taken")
    assert shop.becomes(old.digest, "fixed")


def test_a_broken_package_manager(shop: Shop) -> None:
    old = shop.pushed("fix/broken", damage={"usr/bin/dpkg": b"#!/bin/sh\nexit 1\n"})
    task = shop.fix("fix/broken")
    assert task["state"] == "failed" and "dpkg" in task["reason"], task
    assert shop.becomes(old.digest, "fix_failed")
    assert shop.manifest("fix/broken", task["new_tag"])[0] == 404
    assert "dpkg" in shop.pipeline.command("fixes", "log", task["id"]).stdout


def test_a_read_only_registry(shop: Shop) -> None:
    old = shop.pushed("fix/readonly")
    registry = shop.pipeline.registry
    path = registry.folder / "loud.json"
    before = path.read_text()
    settings = json.loads(before)
    settings["storage"]["maintenance"] = {"readonly": {"enabled": True}}
    registry.stop("loud")
    path.write_text(json.dumps(settings))
    registry.start("loud")
    try:
        task = shop.fix("fix/readonly")
    finally:
        registry.stop("loud")
        path.write_text(before)
        registry.start("loud")
    assert task["state"] == "failed" and "push" in task["reason"], task
    assert shop.becomes(old.digest, "fix_failed")


@pytest.mark.usefixtures("unreachable")
def test_cancelled_while_it_is_built(shop: Shop) -> None:
    old = shop.pushed("fix/cancelled")
    shop.pipeline.json("fix", f"{NAME}/fix/cancelled:1.0", "--no-wait", "--json")
    eventually("the build runs", lambda: shop.task("fix/cancelled")["state"] == "fixing", 60)
    assert shop.status(old.digest)[FLAW] == "fixing"
    cancelled = shop.pipeline.command("fixes", "cancel", shop.task("fix/cancelled")["id"])
    assert cancelled.returncode == 0, cancelled.stderr
    eventually("the build ends", lambda: shop.task("fix/cancelled")["state"] == "cancelled", 60)
    assert shop.becomes(old.digest, "open")
    assert list(build_folder(shop.pipeline.settings.home).iterdir()) == []


def test_killed_in_the_middle(shop: Shop) -> None:
    """The worker dies while it builds: the task is taken up again, and ends once."""
    old = shop.pushed("fix/killed")
    shop.pipeline.json("fix", f"{NAME}/fix/killed:1.0", "--no-wait", "--json")
    folder = build_folder(shop.pipeline.settings.home)
    eventually("the build runs", lambda: any(folder.glob("*/storage")), 60)
    shop.pipeline.kill("worker-inspect")
    eventually("the task ends", shop.pipeline.patiently(lambda: shop.task("fix/killed")["state"] in ("fixed", "failed")), 150)
    assert shop.task("fix/killed")["state"] == "fixed", shop.task("fix/killed")
    assert shop.becomes(old.digest, "fixed")
    tags = json.loads(shop.pipeline.registry._ask("loud", "GET", "/v2/fix/killed/tags/list")[1])["tags"]
    assert sorted(tags) == sorted(["1.0", shop.task("fix/killed")["new_tag"]])
    told = shop.pipeline.value(f"SELECT count() FROM risk_transitions FINAL WHERE image_digest = '{old.digest}' AND after = 'fixed'")
    assert told == 1


@pytest.mark.usefixtures("unreachable")
def test_nothing_of_a_killed_build_goes_on(shop: Shop) -> None:
    """What runs inside the image dies with the worker that builds it."""
    shop.pushed("fix/orphans")
    task = shop.pipeline.json("fix", f"{NAME}/fix/orphans:1.0", "--no-wait", "--json")["id"]
    mark = f"/{task}/storage"
    eventually("apt runs in the image", lambda: any("apt-get" in line for line in descendants(mark).values()), 60)
    before = descendants(mark)
    shop.pipeline.await_reborn("worker-inspect", shop.pipeline.kill("worker-inspect"))
    eventually("all of the build is dead", lambda: not before.keys() & descendants(mark).keys(), 20)
    eventually("it is taken up", lambda: shop.task("fix/orphans")["state"] == "fixing", 30)
    assert shop.pipeline.command("fixes", "cancel", task).returncode == 0
    eventually("the build ends", lambda: shop.task("fix/orphans")["state"] == "cancelled", 60)


def descendants(mark: str) -> dict[int, str]:
    """Process id -> command line, for processes whose command line holds `mark`, and for what they started."""
    listed = subprocess.run(["ps", "-ewwo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout.splitlines()
    processes = {
        int(pid): (int(parent), words) for pid, parent, words in (line.split(None, 2) for line in listed if len(line.split(None, 2)) == 3)
    }
    chosen = {pid for pid, (_, words) in processes.items() if mark in words}
    while more := {pid for pid, (parent, _) in processes.items() if parent in chosen} - chosen:
        chosen |= more
    return {pid: processes[pid][1] for pid in chosen}


def test_auto_fix_keeps_to_its_window(shop: Shop) -> None:
    now = datetime.now(UTC)
    closed = f"{now + timedelta(hours=2):%H:%M}-{now + timedelta(hours=3):%H:%M}"
    opened = f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=2):%H:%M}"
    old = shop.pushed("auto/shop")
    assert shop.pipeline.command("autofix", "set", "--repository", f"{NAME}/auto/*", "--window", closed).returncode == 0
    try:
        time.sleep(20)  # longer than the scheduler's round
        assert shop.task("auto/shop")["state"] == "", "outside its window nothing begins"
        assert shop.pipeline.command("autofix", "set", "--window", opened).returncode == 0
        eventually("auto-fix ends", lambda: shop.task("auto/shop")["state"] in ("fixed", "failed"), 120)
    finally:
        shop.pipeline.command("autofix", "off")
    task = shop.task("auto/shop")
    assert (task["state"], task["cause"], task["actor"]) == ("fixed", "auto", "autofix"), task
    assert shop.becomes(old.digest, "fixed")


def test_refused(shop: Shop) -> None:
    """What cannot be fixed is said at once."""
    image = shop.pipeline.image("fix-plain")
    digest = shop.pipeline.registry.push("fix/plain", "1.0", image)
    shop.pipeline.await_success(digest)
    refused = shop.pipeline.command("fix", f"{NAME}/fix/plain:1.0")
    assert refused.returncode == 2 and "package manager" in refused.stderr and "newer base image" in refused.stderr
    unknown = shop.pipeline.command("fix", f"{NAME}/fix/nothing:1.0")
    assert unknown.returncode == 2 and "scan it first" in unknown.stderr
    bad = shop.pipeline.command("fix", f"{NAME}/fix/hand:1.0", "--tag", "no tag")
    assert bad.returncode == 2 and "is no tag" in bad.stderr
