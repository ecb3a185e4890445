"""A real ClamAV daemon: what it finds becomes risks, and an image that was scanned without it is sent to it once it is back."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from analyzers.antivirus import Verdict
from analyzers.collectors.eicar import TEST_STRING
from console.demo.oci_archive import Member, write_image
from streams.clamd import Clamd, ClamdSettings
from streams.inspection import WITH_CLAMAV, WITHOUT_CLAMAV
from tests.flow.local_home import ROOT, argv, eventually, need, processes_of, variables
from tests.flow.pipeline import Pipeline
from tests.flow.real_clamd import MARK, address, running
from tests.flow.sample_images import HISTORY, application_layer, base_layer

pytestmark = pytest.mark.flow
PROGRAM = b"\x7fELF" + bytes(60) + MARK


def zipped(content: bytes) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bin/inner", content)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need("clamd")
    return tmp_path_factory.mktemp("clamd")


def test_the_daemon_itself(folder: Path) -> None:
    with running(folder):
        clamd = Clamd(ClamdSettings(address(folder)))

        def verdict(content: bytes) -> Verdict:
            one = clamd.begin(len(content))
            one.send(content)
            return one.verdict()

        assert verdict(b"#!/bin/sh\n") == Verdict("clean")
        assert verdict(PROGRAM) == Verdict("infected", "Unix.Coinminer.Local")
        assert verdict(zipped(b"x" * 5000 + MARK)).state == "infected"
        assert verdict(b"#!/bin/sh\nclam_local_shell\n").signature == "YARA.Local_Webshell"
        assert "size limit exceeded" in verdict(os.urandom(8 << 20)).note
        assert verdict(os.urandom(8 << 20)).note.startswith("larger than") and verdict(PROGRAM).state == "infected"
        assert not clamd.absent


def analyzed(home: Path, target: Path, **settings: str) -> dict[str, Any]:
    environment = {**os.environ, **variables(home), "PYTHONPATH": str(ROOT), **settings}
    done = subprocess.run(
        argv("analyze", str(target), "--category", "malicious-sample", "--format", "json"),
        capture_output=True, text=True, timeout=180, env=environment, cwd=home, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_analyze_asks_it_too(folder: Path, tmp_path: Path) -> None:
    files = {"srv/bot": PROGRAM, "srv/a.jar": zipped(MARK), "srv/test.com": TEST_STRING, "srv/fine": b"#!/bin/sh\n"}
    write_image(tmp_path / "app.tar", [base_layer("clamd"), {name: Member(data) for name, data in files.items()}], {}, HISTORY)
    with running(folder):
        document = analyzed(tmp_path, tmp_path / "app.tar", IMAGERISK_CLAMD=address(folder))
    found = {one["path"]: (one["rule"], one["score"], one["details"]["sources"]) for one in document["findings"]}
    assert found == {
        "srv/bot": ("Miner", 90.0, "clamav"), "srv/a.jar": ("Miner", 90.0, "clamav"),
        "srv/test.com": ("Engtest", 100.0, "clamav, test-file"),
    }  # fmt: skip
    absent = analyzed(tmp_path, tmp_path / "app.tar", IMAGERISK_CLAMD=address(folder))
    [row], [told] = absent["scans"], document["scans"]
    assert (row["state"], row["rules"].endswith(WITHOUT_CLAMAV), told["rules"].endswith(WITH_CLAMAV)) == ("succeeded", True, True)
    assert [one["reason"].partition(":")[0] for one in row["skipped"]] == ["antivirus_not_asked"] * 2 and told["skipped"] == []


@pytest.fixture(scope="module")
def watched(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """A system that is told of a daemon, which does not run yet."""
    need("mvn", "npm", "node", "docker-registry")
    one = Pipeline(tmp_path_factory.mktemp("watched"))
    one.environment["IMAGERISK_CLAMD"] = address(folder)
    try:
        one.start()
        yield one
    finally:
        one.stop()
    assert processes_of(one.settings.home) == []


def age(watched: Pipeline, digest: str) -> None:
    """Let the scan of samples lie two hours back."""
    watched.execute(
        "INSERT INTO scan_rows SELECT * REPLACE (updated_at - INTERVAL 2 HOUR AS updated_at, version + 1 AS version) FROM scan_rows FINAL "
        f"WHERE image_digest = '{digest}' AND category = 'malicious-sample'"
    )


def readings(watched: Pipeline) -> int:
    return int(watched.value("SELECT uniqExact(blob, run) FROM facts WHERE run LIKE 'clamav%'"))


def test_an_image_is_sent_to_the_daemon_once_it_is_back(folder: Path, watched: Pipeline) -> None:
    image = watched.image("clamav", layers=[base_layer("clamav"), {**application_layer("clamav"), "srv/bot": Member(PROGRAM)}])
    watched.registry.push("team/clamav", "1.0", image)
    watched.await_success(image.digest)

    def row() -> dict[str, Any]:
        return watched.scans(image.digest)["malicious-sample"]

    first = row()
    assert first["rules"].endswith(WITHOUT_CLAMAV) and "antivirus_not_asked" in str(first["skipped"])
    assert "srv/bot" not in {one["path"] for one in watched.risks(image.digest)}
    tried = readings(watched)
    age(watched, image.digest)
    eventually("it is tried again", lambda: row()["asked"] > first["asked"] and row()["state"] == "succeeded", 90)
    assert (row()["rules"], readings(watched)) == (first["rules"], tried), "while it is away no layer is fetched for it"
    with running(folder):
        age(watched, image.digest)
        eventually("it takes part", lambda: row()["rules"].endswith(WITH_CLAMAV), 90)
        assert (row()["state"], row()["cause"], row()["skipped"]) == ("succeeded", "detector", [])
        found = {one["path"]: one["details"]["sources"] for one in watched.risks(image.digest) if one["score"] >= 90}
        assert found["srv/bot"] == "clamav"
