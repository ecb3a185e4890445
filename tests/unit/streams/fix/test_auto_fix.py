"""Auto-fix settings: the window, the scope, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from streams.fix.auto_fix import AutoFix, AutoFixError, read_auto_fix, write_auto_fix


@pytest.mark.parametrize(
    ("window", "clock", "is_open"),
    [("", "12:00", True), ("10:00-12:00", "10:00", True), ("10:00-12:00", "12:00", False), ("22:00-04:00", "23:30", True),
     ("22:00-04:00", "03:59", True), ("22:00-04:00", "12:00", False)],
)  # fmt: skip
def test_window(window: str, clock: str, is_open: bool) -> None:
    moment = datetime.fromisoformat(f"2026-01-01T{clock}:00").replace(tzinfo=UTC)
    assert AutoFix(window=window).open_at(moment) is is_open


def test_scope() -> None:
    assert AutoFix().wants("shop", "any")
    some = AutoFix(repositories=("shop/team/*",))
    assert some.wants("shop", "team/app") and not some.wants("shop", "other") and not some.wants("elsewhere", "team/app")


def test_kept_in_a_file(tmp_path: Path) -> None:
    assert read_auto_fix(tmp_path) == AutoFix()
    write_auto_fix(tmp_path, on=True, window="22:00-04:00")
    assert write_auto_fix(tmp_path, on=False) == AutoFix(on=False, window="22:00-04:00") == read_auto_fix(tmp_path)


@pytest.mark.parametrize("wrong", [{"window": "always"}, {"window": "10:00-10:00"}, {"cycle_days": 0}, {"colour": "red"}])
def test_wrong_settings_are_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(AutoFixError):
        write_auto_fix(tmp_path, **wrong)
    (tmp_path / "autofix.json").write_text('{"cycle_days": "often"}')
    with pytest.raises(AutoFixError, match="cycle_days"):
        read_auto_fix(tmp_path)
