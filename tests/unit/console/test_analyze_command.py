"""`imagerisk analyze` runs the rules that the settings name, as the workers do; options win."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from console.cli.analyze import analyze

NOT_CHOSEN = ("Only the strategy full has it.", "It is not among the chosen items.")


@pytest.fixture
def image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root file system, with a data folder beside it."""
    monkeypatch.setenv("IMAGERISK_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    (tmp_path / "root/etc/ssh").mkdir(parents=True)
    (tmp_path / "root/etc/ssh/sshd_config").write_text("PermitRootLogin yes\n")
    (tmp_path / "root/etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    return tmp_path / "root"


def ran(image: Path, *options: str) -> frozenset[str]:
    """The items that were looked at."""
    result = CliRunner().invoke(analyze, [str(image), "--category", "baseline", "--format", "json", *options])
    assert result.exit_code == 0, result.output
    (scan,) = json.loads(result.stdout)["scans"]
    return frozenset(item["item"] for item in scan["items"] if item["reason"] not in NOT_CHOSEN)


def settings(image: Path, text: str) -> None:
    (image.parent / "home" / "config.toml").write_text(text)


def test_the_strategy_of_the_settings(image: Path) -> None:
    usual = ran(image)
    settings(image, 'strategy = "full"\n')
    assert ran(image) == ran(image, "--rules", "full") > usual
    assert ran(image, "--rules", "default") == usual


def test_the_items_of_the_settings(image: Path) -> None:
    usual = ran(image)
    settings(image, 'baseline_items = "service_config.ssh"\n')
    of_ssh = ran(image)
    assert "permit_root_login" in of_ssh and of_ssh < usual
    assert ran(image, "--items", "lifecycle").isdisjoint(of_ssh)
    assert ran(image, "--items", "") == ran(image, "--rules", "default") == usual


def test_a_project_is_a_target_and_has_no_configuration(image: Path) -> None:
    project = image.parent / "project"
    (project / "service").mkdir(parents=True)
    (project / "requirements.txt").write_text("requests==2.19.1\n")
    result = CliRunner().invoke(analyze, [str(project), "--category", "build-command", "--json"])
    assert result.exit_code == 0, result.output
    analysed = json.loads(result.stdout)
    assert [one["purl"] for one in analysed["packages"]] == ["pkg:pypi/requests@2.19.1"]
    assert analysed["findings"] == []
    assert analysed["scans"][0]["reason"].startswith("no_history: a folder has neither")
    (project / "requirements.txt").unlink()
    assert CliRunner().invoke(analyze, [str(project)]).exit_code == 3


def test_any_folder_is_a_target(image: Path) -> None:
    folder = image.parent / "delivered"
    folder.mkdir()
    result = CliRunner().invoke(analyze, [str(folder)])
    assert result.exit_code == 3 and "holds no file" in result.output
    with zipfile.ZipFile(folder / "Fast_Thing-1.2.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("fast_thing/__init__.py", "")
    with zipfile.ZipFile(folder / "web-5.0.1.jar", "w") as jar:
        jar.writestr("META-INF/maven/org.example/web/pom.properties", "groupId=org.example\nartifactId=web\nversion=5.0.1\n")
    purl = {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:npm/left-pad@1.0.0"}
    package = {"SPDXID": "SPDXRef-1", "name": "left-pad", "versionInfo": "1.0.0", "externalRefs": [purl]}
    (folder / "shop.spdx.json").write_text(json.dumps({"spdxVersion": "SPDX-2.3", "packages": [package]}))
    result = CliRunner().invoke(analyze, [str(folder), "--category", "build-command", "--json"])
    assert result.exit_code == 0, result.output
    found = sorted(one["purl"] for one in json.loads(result.stdout)["packages"])
    assert found == ["pkg:maven/org.example/web@5.0.1", "pkg:npm/left-pad@1.0.0", "pkg:pypi/fast-thing@1.2.0"]


@pytest.mark.parametrize("content", [b"PK\x03\x04", b'{"packages": {}}', b"text"])
def test_a_single_file_is_told_where_to_go(image: Path, content: bytes) -> None:
    (image.parent / "one").write_bytes(content)
    result = CliRunner().invoke(analyze, [str(image.parent / "one")])
    assert result.exit_code == 3 and result.output.count("give the folder that it lies in") == 1
