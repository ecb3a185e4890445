"""Software as it is published says nothing grave: the wheels of this environment and documents of Debian packages."""

from __future__ import annotations

import sysconfig
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import pytest

from console.demo.drawn import Drawn
from tests.bench.false_positives import below, debian, examine, judgement

DOCUMENTS = 3000


@pytest.fixture(scope="module")
def wheels() -> tuple[Path, list[Path]]:
    root = Path(sysconfig.get_paths()["purelib"])
    return root, list(below(root))


def rate_is_low(name: str, root: Path, files: Iterable[Path]) -> None:
    """At most one finding of level high that nobody judged to be right in 10,000 files, and none in fewer."""
    report = examine(root, iter(files))
    assert report.files > 500
    wrong = [one for one in report.grave if not judgement(name, one[2], one[3]).startswith("right")]
    assert len(wrong) <= report.files // 10_000, wrong


def test_wheels(wheels: tuple[Path, list[Path]]) -> None:
    rate_is_low("wheels", *wheels)


def test_debian() -> None:
    shared = list(islice((path for path in debian() if path.is_relative_to("/usr/share")), DOCUMENTS))
    if len(shared) < DOCUMENTS:
        pytest.skip(f"only {len(shared)} files of Debian packages below /usr/share")
    rate_is_low("debian", Path("/"), shared)


def test_what_is_planted_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("nothing here\n")
    (tmp_path / "deploy.env").write_bytes(Drawn(5).fill("SLACK=xoxb-{digits:12}-{digits:13}-{base62:24}\n"))
    report = examine(tmp_path, below(tmp_path))
    assert (report.files, [one[1:4] for one in report.grave]) == (2, [("high", "slack_token", "deploy.env")])
