"""The fuzzer itself, and a short run of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from analyzers.contract import BaseCollector, FileView, Wanted
from schemas.facts import Fact
from tests.fuzz.__main__ import fuzz


class Fragile(BaseCollector):
    """Breaks on a zero byte."""

    name: ClassVar[str] = "fragile"
    version: ClassVar[int] = 1
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"package.json"}))

    def collect(self, file: FileView) -> Iterator[Fact]:
        yield from ()
        if b"\0" in file.data:
            raise KeyError("a zero byte")


def test_a_crash_is_found_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tally = fuzz(1.0, 1, (Fragile,))
    [(what, name)] = tally.failures.items()
    assert what.startswith("fragile: KeyError") and b"\0" in (tmp_path / name).read_bytes()


def test_broken_input_survives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tally = fuzz(6.0, 20260101)
    assert tally.failures == {} and min(count for what, count in tally.fed.items() if not what.startswith("archives/")) > 50
    assert any(what.startswith("archives/") for what in tally.fed)
