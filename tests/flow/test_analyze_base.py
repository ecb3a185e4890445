"""`analyze` without a pipeline: where findings come from, and VEX files of the image."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from console.demo.oci_archive import Member, write_image
from tests.flow.local_home import argv, variables
from tests.flow.sample_images import ADVISORIES, HISTORY, application_layer, base_layer, write_records

BASE, APP = base_layer("analyze-base"), application_layer("analyze-base")
VEX = {
    "@context": "https://openvex.dev/ns/v0.2.0", "timestamp": "2026-01-01T00:00:00Z",
    "statements": [{
        "vulnerability": {"name": "CVE-2023-38545"}, "status": "not_affected", "justification": "component_not_present",
        "products": [{"@id": "pkg:deb/debian/curl"}],
    }],
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("analyze")
    write_image(folder / "base.tar", [BASE], {}, ())
    write_image(folder / "app.tar", [BASE, APP], {}, HISTORY)
    write_image(folder / "vex.tar", [BASE | {"usr/share/vex/a.openvex.json": Member(json.dumps(VEX).encode())}, APP], {}, HISTORY)
    run(folder, "advisories", "import", str(write_records(folder / "records", *ADVISORIES)))
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables(folder), "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(argv(*arguments), capture_output=True, text=True, timeout=180, env=environment, cwd=folder, check=False)


def analyzed(folder: Path, *arguments: str) -> dict[str, Any]:
    done = run(folder, "analyze", *arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_origin(home: Path) -> None:
    found = analyzed(home, "app.tar", "--base", "base.tar")["findings"]
    origins = {one["category"]: one["details"].get("origin") for one in found if one["layer"]}
    assert (origins["system-vulnerability"], origins["application-vulnerability"]) == ("base", "here"), origins
    assert all("origin" not in one["details"] for one in analyzed(home, "app.tar")["findings"])
    done = run(home, "analyze", "base.tar", "--base", "app.tar")
    assert done.returncode == 0 and "does not begin with the layers" in done.stderr
    assert run(home, "analyze", "app.tar", "--base", "records").returncode == 2


def test_vex_files_of_the_image(home: Path) -> None:
    [one] = [one for one in analyzed(home, "vex.tar")["findings"] if one["rule"] == "CVE-2023-38545"]
    assert one["details"]["vex"].startswith("file usr/share/vex/a.openvex.json: not_affected, component_not_present (unsigned")
    believed = analyzed(home, "vex.tar", "--trust-vex")
    assert not [one for one in believed["findings"] if one["rule"] == "CVE-2023-38545"]
    assert [(one["status"], one["finding"]["rule"]) for one in believed["suppressed"]] == [("not_affected", "CVE-2023-38545")]
