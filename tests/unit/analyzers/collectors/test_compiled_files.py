"""What is kept of compiled rules: the last used, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from analyzers.collectors.compiled_files import KEPT, keep_compiled, read_compiled
from analyzers.collectors.patterns.database import load_database


def test_what_was_not_used_for_long_is_given_up(tmp_path: Path) -> None:
    keep_compiled(str(tmp_path), "other-1.bin", b"other")
    for number in range(KEPT):
        keep_compiled(str(tmp_path), f"kind-{number}.bin", b"%d" % number)
        os.utime(tmp_path / f"kind-{number}.bin", (number, number))
    assert read_compiled(str(tmp_path), "kind-0.bin") == b"0"
    keep_compiled(str(tmp_path), "kind-new.bin", b"new")
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"other-1.bin", "kind-0.bin", "kind-new.bin"} | {f"kind-{number}.bin" for number in range(2, KEPT)}


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    keep_compiled("", "kind-1.bin", b"a")
    (tmp_path / "file").write_text("no folder")
    keep_compiled(str(tmp_path / "file"), "kind-1.bin", b"a")
    assert [read_compiled(folder, "kind-1.bin") for folder in ("", str(tmp_path / "file"), str(tmp_path))] == [None, None, None]


def test_a_damaged_pattern_database_is_compiled_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for damage in (b"", b"no database"):
        monkeypatch.setattr("analyzers.collectors.patterns.database._LOADED", {})
        assert load_database(["ab+c"], str(tmp_path)).scan(b"xabbc") == [(0, 5)]
        [kept] = tmp_path.iterdir()
        assert len(kept.read_bytes()) > 20
        kept.write_bytes(damage)
