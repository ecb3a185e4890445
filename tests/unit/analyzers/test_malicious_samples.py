"""The category: bands, types, agreement of sources, ownership, deleted files, identity, completeness."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.collectors.sample_types import TYPE_LEVELS, band, level_of
from analyzers.contract import AnalysisInputs
from analyzers.image import ImageView, Located
from analyzers.malicious_samples import MaliciousSamples
from schemas.facts import Configuration, Directive, Fact, File, OwnedFiles, Sample, Skipped
from schemas.findings import ScanReport
from schemas.vocabulary import ScanState

INPUTS = AnalysisInputs(date(2026, 1, 1))


def sample(type_: str = "WebShell", score: int = 90, source: str = "yara", path: str = "srv/x", **more: object) -> Sample:
    return Sample.model_validate(
        {"path": path, "type": type_, "score": score, "source": source, "rule": f"{source}-{type_}", "sha256": "ab" * 32, **more}
    )


def analyze(*facts: Fact, hidden: frozenset[tuple[int, str]] = frozenset(), partial: tuple[str, ...] = ()) -> ScanReport:
    view = ImageView("sha256:i", ("sha256:a", "sha256:b"), tuple(Located(0, fact) for fact in facts), hidden, partial=partial)
    return MaliciousSamples().analyze(view, INPUTS)


@pytest.mark.parametrize(
    ("score", "level"),
    [(0, None), (60, None), (61, "notice"), (70, "notice"), (71, "suspicious"), (80, "suspicious"), (81, "urgent"), (100, "urgent")],
)
def test_bands(score: int, level: str | None) -> None:
    assert band(score) == level


@given(st.sampled_from(sorted(TYPE_LEVELS)), st.integers(0, 100))
def test_level_is_the_lower_of_type_and_score(type_: str, score: int) -> None:
    level = level_of(type_, score)
    by_score = band(score)
    assert (level is None) == (by_score is None)
    if level is not None and by_score is not None:
        assert level.rank == min(by_score.rank, TYPE_LEVELS[type_].rank)


def test_independent_sources_agree() -> None:
    (one,) = analyze(sample(score=75), sample(score=74, source="heuristic")).findings
    assert (one.score, one.severity, one.rule) == (85, "urgent", "WebShell")
    (same,) = analyze(sample(score=75), sample(score=74, rule="other")).findings
    assert (same.score, same.severity) == (75, "suspicious")
    (most,) = analyze(sample(score=100), sample(score=100, source="hash-list")).findings
    assert most.score == 100


def test_gravest_type_wins_and_groups_follow_path_and_content() -> None:
    report = analyze(
        sample("Scanner", 95), sample("Miner", 85, rule="m"), sample("Miner", 85, path="srv/y"), sample("Miner", 85, sha256="cd" * 32)
    )
    assert [(one.path, one.rule, one.details["sha256"][:2]) for one in report.findings] == [
        ("srv/x", "Miner", "ab"),
        ("srv/x", "Miner", "cd"),
        ("srv/y", "Miner", "ab"),
    ]
    assert len({one.id for one in report.findings}) == 3


def test_low_scores_are_no_findings() -> None:
    assert analyze(sample(score=60)).findings == []


def test_ownership_and_unmerged_paths() -> None:
    packed = sample("RiskWare", 65, "heuristic", "usr/bin/packed", details={"unowned": "1"})
    assert len(analyze(packed).findings) == 1
    assert analyze(packed, OwnedFiles(path="d", package="p", files=("bin/packed",))).findings == []
    hook = sample("Rootkit", 75, "heuristic", "etc/ld.so.preload", details={"unowned": "1", "library": "/lib/libhook.so"})
    assert len(analyze(hook).findings) == 1
    assert analyze(hook, OwnedFiles(path="d", package="p", files=("usr/lib/libhook.so",))).findings == []


def program(md5: str) -> File:
    return File(path="usr/bin/ls", type="file", mode=0o755, md5=md5, sha256="ef" * 32, details={"seen": "system-program"})


def test_changed_system_programs() -> None:
    owned = OwnedFiles(path="d", package="coreutils", files=("bin/ls",), md5=("a" * 32,))
    (one,) = analyze(program("b" * 32), owned).findings
    assert (one.rule, one.severity, one.details["package"]) == ("Malbaseware", "suspicious", "coreutils")
    assert analyze(program("a" * 32), owned).findings == []
    assert analyze(program("b" * 32), OwnedFiles(path="d", package="x", files=("bin/ls",))).findings == []
    diverted = Configuration(path="v", software="dpkg-diversions", directives=(Directive(line=1, name="bin/ls", value="bin/ls.distrib"),))
    assert analyze(program("b" * 32), owned, diverted).findings == []


def test_deleted_files_and_members_of_archives() -> None:
    inside = sample(details={"member": "a/b.php"})
    (one,) = analyze(inside, hidden=frozenset({(0, "srv/x")})).findings
    assert (one.path, one.removed_in_later_layer, one.layer) == ("srv/x!/a/b.php", True, "sha256:a")


def test_completeness() -> None:
    assert analyze().state is ScanState.SUCCEEDED
    encrypted = Skipped(path="a.zip!/x", collector="samples", reason="unreadable: encrypted")
    report = analyze(encrypted)
    assert (report.state, report.skipped[0].path) == (ScanState.SUCCEEDED, "a.zip!/x")
    for reason, path in (
        ("unreadable: bad.yar: line 1: syntax error", ""),
        ("expansion_limit: bomb", "a.zip"),
        ("detector_crashed: x", "b"),
    ):
        report = analyze(Skipped(path=path, collector="samples", reason=reason))
        assert (report.state, report.reason) == (ScanState.PARTIAL, reason)
    assert analyze(Skipped(path="x", collector="python", reason="timeout")).state is ScanState.SUCCEEDED
    assert analyze(partial=("truncated_layer",)).reason == "truncated_layer"
