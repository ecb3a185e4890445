"""Which files are which feed, scores line by line, and the distributions' own forms."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from streams.advisories.feeds import Feed, UnknownFeed, find_feeds, raw_records
from streams.advisories.osv import read_osv
from streams.advisories.record import BadRecord
from streams.advisories.scores import read_scores, step
from streams.advisories.trackers import alpine_secdb, debian_tracker


def make_zip(path: Path, records: dict[str, str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in records.items():
            archive.writestr(name, text)
    return path


def test_folders_of_zips_single_files_and_scores(tmp_path: Path) -> None:
    make_zip(tmp_path / "osv" / "PyPI" / "all.zip", {"a.json": "{}"})
    (tmp_path / "kev.json").write_text('{"catalogVersion": "1", "vulnerabilities": []}')
    (tmp_path / "epss.csv").write_text("#model_version:v1\ncve,epss,percentile\n")
    (tmp_path / "notes.txt").write_text("nothing")
    loose = tmp_path / "loose"
    loose.mkdir()
    (loose / "one.json").write_text('{"id": "x"}')
    found = [(feed.source, feed.kind, feed.complete) for feed in find_feeds([tmp_path])]
    assert found == [("PyPI", "osv", True), ("records", "osv", False), ("epss", "epss", True), ("kev", "kev", True)]


def test_paths_without_advisories_are_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    for path in (tmp_path, tmp_path / "notes.txt", tmp_path / "absent"):
        with pytest.raises(UnknownFeed):
            find_feeds([path])


def test_broken_archives_are_named(tmp_path: Path) -> None:
    path = tmp_path / "PyPI" / "all.zip"
    path.parent.mkdir()
    path.write_bytes(b"no zip")
    (one,) = raw_records(Feed("PyPI", "osv", True, (path,)))
    assert one.problem == "not a zip archive"
    make_zip(path, {"a.json": '{"id": "a"}' * 50, "b.txt": "no record"})
    data = bytearray(path.read_bytes())
    data[40] ^= 0xFF
    path.write_bytes(bytes(data))
    (one,) = raw_records(Feed("PyPI", "osv", True, (path,)))
    assert one.problem.startswith("unreadable")


def test_scores_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "epss.csv"
    path.write_text("cve,epss,percentile\nCVE-2024-1000,0.5,0.9\nnonsense,0.5,0.1\nCVE-2024-1001,2,0.1\nCVE-2024-1002\n")
    problems: list[str] = []
    rows = list(read_scores(Feed("epss", "epss", True, (path,)), problems))
    assert [(row[0], row[3]) for row in rows] == [("CVE-2024-1000", 0.5)] and len(problems) == 3
    path.write_text("a,b\n")
    with pytest.raises(BadRecord):
        list(read_scores(Feed("epss", "epss", True, (path,)), []))
    assert [step(value) for value in (0.0, 0.1, 0.49, 0.5)] == [0, 1, 1, 2]


def test_scores_as_they_are_published(tmp_path: Path) -> None:
    path = tmp_path / "epss_scores-current.csv.gz"
    path.write_bytes(gzip.compress(b"#model_version:v1\ncve,epss,percentile\nCVE-2024-1000,0.5,0.9\n"))
    [feed] = find_feeds([path])
    assert (feed.kind, [row[0] for row in read_scores(feed, [])]) == ("epss", ["CVE-2024-1000"])
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(BadRecord):
        list(read_scores(feed, []))


def test_a_tracker_whose_first_package_has_no_flaws(tmp_path: Path) -> None:
    path = tmp_path / "tracker.json"
    path.write_text(json.dumps({"a": {}, "curl": {"CVE-2024-1000": {"releases": {}}}}))
    assert [feed.kind for feed in find_feeds([path])] == ["debian-tracker"]


def test_debian_tracker(tmp_path: Path) -> None:
    states = {
        "bookworm": {"status": "resolved", "fixed_version": "7.88.1-10+deb12u5", "urgency": "not yet assigned"},
        "trixie": {"status": "open", "urgency": "unimportant", "nodsa_reason": "postponed"},
        "bullseye": {"status": "resolved", "fixed_version": "0"},
        "sid": {"status": "resolved", "fixed_version": "8.1-1"},
    }
    path = tmp_path / "tracker.json"
    path.write_text(json.dumps({"curl": {"CVE-2024-1000": {"description": "text", "releases": states}}}))
    (data,) = debian_tracker(path, [])
    advisory = read_osv(data)
    assert advisory.asserts == ("CVE-2024-1000",)
    table = {one.ecosystem: one for one in advisory.affected}
    assert set(table) == {"Debian:12", "Debian:13", "Debian:14", "Debian:sid"}
    assert table["Debian:12"].spans.fixes == ("7.88.1-10+deb12u5",)
    assert (table["Debian:13"].urgency, table["Debian:13"].unfixed, table["Debian:13"].spans.fixes) == ("unimportant", "postponed", ())


def test_alpine_secdb(tmp_path: Path) -> None:
    fixes = {"1.2-r0": ["CVE-2024-1000 XSA-1"], "0": ["CVE-2024-1001"], "1.3-r0": ["CVE-2024-1000", "XSA-2"]}
    path = tmp_path / "main.json"
    path.write_text(json.dumps({"distroversion": "v3.18", "reponame": "main", "packages": [{"pkg": {"name": "thing", "secfixes": fixes}}]}))
    found = {one.id: one for one in map(read_osv, alpine_secdb(path, []))}
    assert set(found) == {"ALPINE-CVE-2024-1000", "XSA-2"}
    assert found["ALPINE-CVE-2024-1000"].affected[0].spans.texts == ("< 1.2-r0",)


def test_names_as_people_write_them_in_a_secdb_and_packages_that_are_none(tmp_path: Path) -> None:
    names = [
        *("CVE-2024-1000 CVE-2024-1001", "CVE-2024-1002 (+ regression)", "CVE_2024-1003?", "cve-2024-1004,CVE-2024-1005"),
        *("CVE N/A ZBX-1", "GHSA-aaaa-bbbb-cccc"),
    ]
    packages = ["none", {"pkg": None}, {"pkg": {"name": "thing", "secfixes": {"1.2-r0": names}}}]
    path = tmp_path / "main.json"
    path.write_text(json.dumps({"distroversion": "v3.18", "packages": packages}))
    problems: list[str] = []
    found = {one["id"] for one in alpine_secdb(path, problems)}
    assert found == {*(f"ALPINE-CVE-2024-100{place}" for place in range(6)), "ZBX-1", "GHSA-aaaa-bbbb-cccc"} and len(problems) == 2
