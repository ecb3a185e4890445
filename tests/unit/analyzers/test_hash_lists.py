"""Hash lists: what they say, which files of an image they name, and what a trusted one silences."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from analyzers.collectors.file_hashes import FILES_A_FACT, FileHashCollector
from analyzers.contract import AnalysisInputs, Entry, FileView, PassContext
from analyzers.image import ImageView, Located
from analyzers.malicious_samples import MaliciousSamples
from analyzers.malicious_samples.listed_files import archives_of, only_listed
from analyzers.rule_choice import rule_choice
from analyzers.user_rules.hash_lists import read_lists
from schemas.facts import Fact, FileHashes, Sample
from schemas.findings import ScanReport
from schemas.vocabulary import CategoryId, ScanState
from streams.analysis import report_of

DATA = b"harmless bytes\n"
SHA256, MD5 = hashlib.sha256(DATA), hashlib.md5(DATA)
FILES = FileHashes.of([
    ("srv/x", len(DATA), SHA256.digest(), MD5.digest()),
    ("srv/a.zip!/b.jar!/x", len(DATA), SHA256.digest(), MD5.digest()),
    ("srv/other", 3, bytes(32), bytes(16)),
])  # fmt: skip


def analyze(*facts: Fact, lists: Mapping[str, str], hidden: frozenset[tuple[int, str]] = frozenset()) -> ScanReport:
    view = ImageView("sha256:i", ("sha256:a",), tuple(Located(0, fact) for fact in facts), hidden)
    choice = rule_choice({name: text.encode() for name, text in lists.items()})
    return report_of(MaliciousSamples, view, choice.inputs(CategoryId.MALICIOUS_SAMPLE, AnalysisInputs(date(2026, 1, 1))))


@pytest.mark.parametrize(
    "line",
    [f"{SHA256.hexdigest()};Evil tool;Trojan", f"{MD5.hexdigest().upper()} Evil tool;trojan", f'"{SHA256.hexdigest()}","Evil tool";Trojan'],
)
def test_a_listed_file_is_a_finding_wherever_it_lies(line: str) -> None:
    report = analyze(FILES, lists={"bad.txt": f"# list\n{line}\n"})
    assert report.state is ScanState.SUCCEEDED
    assert [(one.path, one.rule, one.score) for one in report.findings] == [
        ("srv/a.zip!/b.jar!/x", "Trojan", 100),
        ("srv/x", "Trojan", 100),
    ]
    details = report.findings[0].details
    assert (details["sources"], details["file"], details["md5"], details["size"]) == ("hash-list", "bad.txt", MD5.hexdigest(), "15")
    assert "Evil tool" in report.findings[0].evidence


def test_a_file_that_a_later_layer_removed_is_told_as_such() -> None:
    report = analyze(FILES, lists={"bad.txt": SHA256.hexdigest()}, hidden=frozenset({(0, "srv/a.zip")}))
    assert [one.removed_in_later_layer for one in report.findings] == [True, False]


def test_a_listed_file_and_a_rule_agree_in_one_finding() -> None:
    sample = Sample(path="srv/x", type="Trojan", score=85, source="yara", rule="r", sha256=SHA256.hexdigest(), md5=MD5.hexdigest())
    (one,) = [one for one in analyze(FILES, sample, lists={"bad.txt": f"{MD5.hexdigest()};n;Trojan"}).findings if one.path == "srv/x"]
    assert one.details["sources"] == "hash-list, yara"


@pytest.mark.parametrize("value", [SHA256.hexdigest(), MD5.hexdigest()])
def test_a_trusted_file_is_no_finding_whatever_names_it(value: str) -> None:
    sample = Sample(path="srv/x", type="Trojan", score=85, source="yara", rule="r", sha256=SHA256.hexdigest(), md5=MD5.hexdigest())
    other = sample.model_copy(update={"path": "srv/y", "sha256": "ab" * 32, "md5": "cd" * 16})
    found = analyze(FILES, sample, other, lists={"bad.txt": SHA256.hexdigest(), "trusted-ours.txt": value}).findings
    assert [one.path for one in found] == ["srv/y"]
    cut = sample.model_copy(update={"sha256": "", "md5": ""})  # its hash is not known
    assert analyze(cut, lists={"trusted-ours.txt": value}).findings


def test_lines_that_are_no_hash_are_named_and_make_the_scan_partial() -> None:
    report = analyze(FILES, lists={"bad.txt": f"{MD5.hexdigest()}\nnot a hash\n"})
    assert (report.state, len(report.findings)) == (ScanState.PARTIAL, 2)
    assert [(one.path, one.reason) for one in report.skipped] == [("", "unreadable: bad.txt:2: no MD5 or SHA-256")]
    assert analyze(FILES, lists={"notes.txt": "just text\n", "words.txt": "password\n123456\n"}).state is ScanState.SUCCEEDED


def test_lists_have_a_name_of_their_content(reference_data: Path) -> None:
    lists = read_lists({"ioc.txt": (reference_data / "rules" / "ioc-sha256.txt").read_bytes(), "mine.yar": b"rule a {}"})
    assert len(lists.malicious) == 200 and lists.problems == []
    assert len({one.version for one in (lists, read_lists({}), read_lists({"ioc.txt": MD5.hexdigest().encode()}))}) == 3


def test_what_a_view_keeps_of_the_hashes() -> None:
    lists = read_lists({"bad.txt": SHA256.hexdigest().encode()})
    kept = only_listed(FILES, lists)
    assert kept is not None and kept.paths == FILES.paths[:2] and archives_of(kept) == {"srv/x", "srv/a.zip"}
    assert only_listed(FILES, read_lists({})) is None


def test_the_collector_hashes_files_whole_or_in_windows_and_no_empty_ones() -> None:
    one = FileHashCollector(PassContext(b"key"))
    for number in range(FILES_A_FACT - 1):
        assert list(one.collect(FileView(Entry(f"f{number}", "file", 0, 0, 0, 1), b"x"))) == []
    assert list(one.collect(FileView(Entry("empty", "file", 0, 0, 0, 0), b""))) == []
    assert list(one.collect(FileView(Entry("sparse", "file", 0, 0, 0, 9), b"x"))) == []  # without its holes: not what the file holds
    (full,) = one.collect(FileView(Entry("x", "file", 0, 0, 0, len(DATA)), DATA))
    assert isinstance(full, FileHashes) and len(full.paths) == FILES_A_FACT
    assert list(full.rows())[-1] == ("x", len(DATA), SHA256.digest(), MD5.digest())
    assert list(one.finish()) == []


@pytest.mark.parametrize("heading", ["sha256;name", "MD5,signature,type", '"sha256_hash","first_seen"', "hash", "file hash\tname"])
def test_names_of_columns_are_no_problem(heading: str) -> None:
    lists = read_lists({"a.csv": f"{heading}\n{SHA256.hexdigest()};x\n".encode()})
    assert len(lists.malicious) == 1 and not lists.problems


@pytest.mark.parametrize("line", ["sha256sums", "hashes of files", "0123"])
def test_anything_else_that_is_no_hash_is_a_problem(line: str) -> None:
    assert len(read_lists({"a.csv": f"{line}\n{SHA256.hexdigest()};x\n".encode()}).problems) == 1
