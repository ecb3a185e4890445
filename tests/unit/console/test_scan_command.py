"""`imagerisk scan` takes images and root file systems; a folder that happens to have the name of one is none."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from console.cli.scan import _references
from infra.settings import load_settings
from tests.unit.streams.registries.made_images import Layout


def test_folders_and_layouts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("IMAGERISK_HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "images").mkdir(parents=True)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "package.json").write_text(json.dumps({"name": "shop"}))
    with pytest.raises(click.exceptions.Exit):
        _references(load_settings(), str(tmp_path / "shop"))
    assert "`imagerisk analyze` looks at any folder" in capsys.readouterr().err
    (tmp_path / "shop" / "etc").mkdir()
    (tmp_path / "shop" / "etc" / "passwd").write_text("root:x:0:0::/root:/bin/sh\n")
    assert [one[1:] for one in _references(load_settings(), str(tmp_path / "shop"))] == [("shop", "latest")]
    layout = Layout(tmp_path / "layout")
    layout.name(layout.image({"a": b"1"}), "1.0")
    assert [one[1:] for one in _references(load_settings(), str(tmp_path / "layout"))] == [("layout", "1.0")]
