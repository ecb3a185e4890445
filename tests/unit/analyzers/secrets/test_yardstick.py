"""What a foreign rule file knows, our own rules know too."""

from __future__ import annotations

from pathlib import Path

from tests.bench.yardstick import NOT_SECRET, TRIES, missed_in


def test_every_form_is_found(reference_data: Path) -> None:
    known, missed = missed_in(reference_data / "rules" / "gitleaks.toml")
    weak = {"generic-api-key"}  # ten signs behind any name: a drawn one is sometimes not random enough
    assert known > 200
    assert set(missed) - NOT_SECRET - weak == set()
    assert all(missed.get(one, TRIES) >= TRIES // 2 for one in weak)
