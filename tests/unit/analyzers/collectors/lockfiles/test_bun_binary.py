"""Bun's binary lock file. Those in the folder `bun` were written by Bun 1.1.38 (format 2) and 1.3.2 (format 3) for this project:

{"name": "shop", "workspaces": ["packages/*"], "dependencies": {"minimist": "1.2.5", "@babel/code-frame": "7.22.5", "react": "19.0.0-rc.1",
"old-debug": "npm:debug@2.6.9"}, "devDependencies": {"left-pad": "1.3.0", "is-odd": "3.0.1"}, "optionalDependencies": {"ms": "2.1.2"}}
packages/a: {"name": "a", "version": "1.0.0", "dependencies": {"is-number": "7.0.0"}, "devDependencies": {"ansi-styles": "4.3.0"}}

Only the host in their addresses was changed afterwards. What they hold is what Bun printed of them (`bun bun.lockb`); what is for
development was reasoned out from these lists.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.collectors.lockfiles.bun_binary import MAGIC
from analyzers.collectors.lockfiles.bun_lock import BunLock
from schemas.facts import Package, Skipped
from tests.unit.analyzers.collectors.collecting import collected, names

FILES = {path.stem: path.read_bytes() for path in sorted(Path(__file__).with_name("bun").glob("*.lockb"))}
HELD = [
    "@babel/code-frame@7.22.5", "@babel/helper-validator-identifier@7.29.7", "@babel/highlight@7.25.9", "ansi-styles@3.2.1",
    "chalk@2.4.2", "color-convert@1.9.3", "color-name@1.1.3", "debug@2.6.9",
    "escape-string-regexp@1.0.5", "has-flag@3.0.0", "is-number@7.0.0", "js-tokens@4.0.0",
    "minimist@1.2.5", "ms@2.0.0", "ms@2.1.2", "picocolors@1.1.1",
    "react@19.0.0-rc.1", "supports-color@5.5.0",
]  # fmt: skip
DEVELOPMENT = ["ansi-styles@4.3.0", "color-convert@2.0.1", "color-name@1.1.4", "is-number@6.0.0", "is-odd@3.0.1", "left-pad@1.3.0"]
NAMES = {"format-2", "format-3"}


@pytest.mark.parametrize("form", sorted(NAMES))
def test_what_bun_wrote(form: str) -> None:
    assert sorted(names(BunLock, {"srv/bun.lockb": FILES[form]})) == sorted([*HELD, *(f"{one} dev" for one in DEVELOPMENT)])


@pytest.mark.parametrize("form", sorted(NAMES))
def test_a_cut_file_is_told(form: str) -> None:
    size = int.from_bytes(FILES[form][len(MAGIC) + 36 :][:8], "little")  # workspaces and overrides come after it
    assert len(FILES[form]) > size > 9000
    for end in range(0, size, 97):
        told = collected(BunLock, {"srv/bun.lockb": FILES[form][:end]})
        assert [fact.reason.partition(":")[0] for fact in told if isinstance(fact, Skipped)] == ["unreadable"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no lock file of Bun"),
        (b"{}", "no lock file of Bun"),
        (MAGIC + b"\1\0\0\0" + bytes(96), "format 1 of Bun's binary lock file"),
        (MAGIC + b"\2\0\0\0" + bytes(96), "damaged: its table does not fit"),
        (MAGIC + b"\2\0\0\0" + b"\xff" * 96, "damaged: its table does not fit"),
    ],
)
def test_what_is_none_is_told(data: bytes, why: str) -> None:
    assert collected(BunLock, {"srv/bun.lockb": data}) == [Skipped(path="srv/bun.lockb", collector="bun-lock", reason=f"unreadable: {why}")]


@given(st.sampled_from(sorted(NAMES)), st.integers(0, 12_000), st.binary(min_size=1, max_size=9))
def test_damage_is_told_or_does_no_harm(form: str, place: int, wrong: bytes) -> None:
    whole = FILES[form]
    facts = collected(BunLock, {"srv/bun.lockb": whole[:place] + wrong + whole[place + len(wrong) :]})
    assert facts and all(isinstance(fact, Package | Skipped) for fact in facts)
