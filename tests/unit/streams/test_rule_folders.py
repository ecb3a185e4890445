"""The user's folders of rules: recursive, bounded, what cannot be read is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.settings import Settings, load_settings
from streams import rule_folders
from streams.rule_folders import read_rule_files, stamp


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    for place in ("home/rules/team/a.toml", "one/a.toml", "one/deep/b.yar", "one/.git/c.yar", "one/readme.md", "two/one/a.toml"):
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(place)
    folders = ":".join(str(tmp_path / name) for name in ("one", "two/one", "missing"))
    return load_settings({"IMAGERISK_HOME": "home", "IMAGERISK_RULE_FOLDERS": folders}, tmp_path)


def test_all_folders_are_read_recursively(settings: Settings, tmp_path: Path) -> None:
    read = read_rule_files(settings)
    assert {name: content.decode() for name, content in read.contents.items()} == {
        "team/a.toml": "home/rules/team/a.toml", "one/a.toml": "one/a.toml", "one/deep/b.yar": "one/deep/b.yar",
        "one/a~2.toml": "two/one/a.toml",
    }  # fmt: skip
    assert [str(one) for one in read.problems] == [f"{tmp_path / 'missing'}: the folder does not exist"]
    before = stamp(rule_folders.rule_folders(settings))
    (tmp_path / "one" / "deep" / "b.yar").write_text("longer than before")
    assert len(before) == 4 and stamp(rule_folders.rule_folders(settings)) != before


def test_what_cannot_be_read_is_named_and_costs_no_other(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_folders, "MAX_FILE_BYTES", 100)
    (tmp_path / "one" / "large.yar").write_bytes(b"x" * 101)
    (tmp_path / "one" / "gone.yar").symlink_to("nowhere")
    read = read_rule_files(settings)
    assert len(read.contents) == 4
    assert [one.file for one in read.problems] == [str(tmp_path / "missing"), "one/gone.yar", "one/large.yar"]
    monkeypatch.setattr(rule_folders, "MAX_FILES", 1)
    assert len(read_rule_files(settings).contents) == 1


def test_folders_in_the_file_may_be_relative(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('rule_folders = ["mine"]\n')
    settings = load_settings({"IMAGERISK_CONFIG": "config.toml"}, tmp_path)
    assert settings.rule_folders == (tmp_path / "mine",)
    assert settings.environment()["IMAGERISK_RULE_FOLDERS"] == str(tmp_path / "mine")
