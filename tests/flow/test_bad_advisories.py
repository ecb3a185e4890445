"""Deliveries that lie, break off or say nonsense: what is bad is named, everything else is imported, nothing is taken back by mistake."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from infra.local.embedded import embedded
from sinks.advisories import advisory_version
from sinks.store import Store, StoreError
from streams.advisories.feeds import MAX_RECORD_BYTES, find_feeds
from streams.advisories.importer import import_advisories
from streams.advisories.side_by_side import import_side_by_side
from tests.flow.deliveries import THING, ZERO, deliver, feed, flaws_of, osv, package
from tests.flow.empty_store import empty_store
from tests.flow.local_home import need, settings_of

pytestmark = pytest.mark.flow
GOOD = osv("PYSEC-1", ZERO, {"fixed": "2.0"})


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    need("npm", "node")
    with pytest.MonkeyPatch.context() as patch, embedded(settings_of(tmp_path_factory.mktemp("bad"), patch)) as own:
        yield f"clickhouse://127.0.0.1:{own.clickhouse_native_port}"


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    with empty_store(address) as one:
        yield one


def broken(**changed: Any) -> dict[str, Any]:
    return {**osv("PYSEC-2", ZERO), **changed}


BAD_RECORDS: dict[str, tuple[dict[str, Any] | bytes, str]] = {
    "deep": (b'{"id": "x", "affected": ' + b"[" * 100_000, "depth limit"),
    "deep list": (b"[" * 100_000, "depth limit"),
    "no UTF-8": (b'{"id": "x\xff"}', "1.json: "),
    "cut": (json.dumps(GOOD).encode()[:-20], "1.json: "),
    "nothing": (b"", "1.json: "),
    "no introduced": (osv("PYSEC-2", {"fixed": "1.0"}), "without an introduced event"),
    "no events": (osv("PYSEC-2"), "without an introduced event"),
    "no version": (osv("PYSEC-2", ZERO, {"fixed": "no version!"}), "no version!"),
    "numbers for texts": (
        broken(affected=[{"package": {"ecosystem": "PyPI", "name": "x"}, "ranges": [{"events": [{"introduced": {}}]}]}]),
        "introduced",
    ),
    "events that are none": (broken(affected=[{"package": {"ecosystem": "PyPI", "name": "x"}, "ranges": [{"events": 5}]}]), "1.json"),
    "affected that is none": (broken(affected="all"), "1.json"),
    "50 MB": (b'{"id": "PYSEC-2", "details": "' + bytes(50_000_000).replace(b"\0", b"x") + b'"}', f"larger than {MAX_RECORD_BYTES}"),
    "foreign": (osv("A-2", ZERO, ecosystem="Homebrew"), "1 records are about Homebrew only"),
}


@pytest.mark.parametrize("name", BAD_RECORDS)
def test_a_bad_record_is_named_and_the_rest_is_imported(store: Store, tmp_path: Path, name: str) -> None:
    record, reason = BAD_RECORDS[name]
    path = tmp_path / "PyPI" / "all.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, one in enumerate((GOOD, record)):
            archive.writestr(f"{place}.json", one if isinstance(one, bytes) else json.dumps(one))
    for _ in range(2):  # it is named again
        [outcome] = import_advisories(store, [path]).feeds
        assert (outcome.skipped, len(outcome.problems)) == (1, 1) and reason in outcome.problems[0]
        assert flaws_of(store, THING) == {"PYSEC-1"}


@pytest.mark.parametrize(
    ("events", "inside", "outside"),
    [
        ([{"fixed": "1.0"}, {"introduced": "2.0"}], ["2.0", "9"], ["0.5", "1.5"]),  # the schema's evaluation: open from 2.0 on
        ([{"fixed": "2.0"}, ZERO, {"fixed": "1.0"}], ["0.5"], ["1.0", "1.5", "2.0"]),
        ([{"last_affected": "1.5"}, {"introduced": "1.0"}], ["1.0", "1.5"], ["0.9", "1.6"]),
        ([ZERO, {"limit": "2.0"}, {"limit": "*"}], ["1.9"], ["2.0"]),
        ([{"introduced": "1.0", "fixed": "2.0"}], ["1.0"], ["2.0"]),
    ],
)
def test_events_in_any_order(store: Store, tmp_path: Path, events: Sequence[dict[str, str]], inside: list[str], outside: list[str]) -> None:
    deliver(store, tmp_path, osv("PYSEC-1", *events))
    found = {version: bool(flaws_of(store, package("PyPI", "thing", version))) for version in (*inside, *outside)}
    assert found == {**dict.fromkeys(inside, True), **dict.fromkeys(outside, False)}


def test_a_record_that_is_damaged_now_is_not_taken_back(store: Store, tmp_path: Path) -> None:
    path = feed(tmp_path, GOOD, osv("PYSEC-2", ZERO, name="other"))
    import_advisories(store, [path])
    data = path.read_bytes()
    place = data.index(b'"fixed": "2.0"')
    path.write_bytes(data[:place] + b"XXXXX" + data[place + 5 :])
    [outcome] = import_advisories(store, [path]).feeds
    assert (outcome.vanished, outcome.skipped) == (0, 1) and "Bad CRC-32" in outcome.problems[0]
    assert flaws_of(store, THING) == {"PYSEC-1"}
    path.write_bytes(data[: len(data) // 2])
    [outcome] = import_advisories(store, [path]).feeds
    assert outcome.vanished == 0 and any("not a zip archive" in one for one in outcome.problems)
    assert flaws_of(store, THING) == {"PYSEC-1"}


def test_feeds_read_side_by_side_give_what_they_give_one_by_one(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.advisories.side_by_side._WORTH_BYTES", 1)
    paths = [
        feed(tmp_path, GOOD, b"no record"),
        feed(tmp_path, osv("GHSA-1", ZERO, ecosystem="npm", aliases=["CVE-2024-1111"]), name="npm"),
        feed(tmp_path, osv("GO-1", ZERO, ecosystem="Go", upstream=["CVE-2024-1111"]), name="Go"),
    ]
    told: list[tuple[str, int]] = []
    outcome = import_advisories(store, paths, lambda one, count: told.append((one.source, count)), processes=2)
    assert sorted(told) == [("Go", 1), ("PyPI", 2), ("npm", 1)]
    assert [(one.feed.source, one.records, one.changed, one.skipped) for one in outcome.feeds] == [
        ("Go", 1, 1, 0), ("PyPI", 2, 1, 1), ("npm", 1, 1, 0)
    ]  # fmt: skip
    assert outcome.advisories == ("GHSA-1", "GO-1", "PYSEC-1") and "CVE-2024-1111" in outcome.flaws
    assert flaws_of(store, THING, package("npm", "thing", "1.0", "npm")) == {"PYSEC-1", "CVE-2024-1111"}
    assert import_advisories(store, paths).advisories == ()


def test_a_store_that_refuses_ends_an_import_side_by_side(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.advisories.side_by_side._WORTH_BYTES", 1)
    feeds = find_feeds([feed(tmp_path, GOOD), feed(tmp_path, GOOD, name="other")])
    with pytest.raises(StoreError, match="nowhere does not exist"):
        import_side_by_side(Store(f"{address}/nowhere"), feeds, None, 2)


def test_a_zip_of_zips_and_one_without_records_do_not_look_imported(store: Store, tmp_path: Path) -> None:
    inner = feed(tmp_path, GOOD)
    path = tmp_path / "everything.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(inner, "PyPI/all.zip")
    [outcome] = import_advisories(store, [path]).feeds
    assert (outcome.records, outcome.skipped) == (1, 1) and "archive inside of an archive" in outcome.problems[0]
    assert advisory_version(store) == ""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("README.txt", "nothing here")
    [outcome] = import_advisories(store, [path]).feeds
    assert outcome.problems == ["everything: no records are in it"]


def test_of_two_records_with_one_id_the_first_counts(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "PyPI" / "all.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        for name, one in (("a", GOOD), ("b", osv("PYSEC-1", ZERO, {"fixed": "0.1"})), ("c", GOOD)):
            archive.writestr(f"{name}.json", json.dumps(one))
    for changed in (1, 0):
        [outcome] = import_advisories(store, [path]).feeds
        assert (outcome.changed, outcome.skipped) == (changed, 1) and "has the id PYSEC-1" in outcome.problems[0]
        assert flaws_of(store, THING) == {"PYSEC-1"}


@pytest.mark.parametrize("table", ["advisory_ranges", "advisory_records"])
def test_an_import_that_was_cut_off_is_made_good_by_the_next(
    store: Store, tmp_path: Path, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert = store.insert

    def cut_off(name: str, *arguments: Any, **more: Any) -> Any:
        if name == table:
            raise StoreError("the disk is full")
        return insert(name, *arguments, **more)

    with monkeypatch.context() as patch:
        patch.setattr(store, "insert", cut_off)
        with pytest.raises(StoreError, match="the disk is full"):
            deliver(store, tmp_path, GOOD)
    assert import_advisories(store, [tmp_path / "PyPI" / "all.zip"]).advisories == ("PYSEC-1",)
    assert flaws_of(store, THING) == {"PYSEC-1"}
    before = advisory_version(store)
    assert import_advisories(store, [tmp_path / "PyPI" / "all.zip"]).advisories == ()
    assert advisory_version(store) == before


def test_one_bad_package_of_a_tracker_is_named_and_takes_nothing_back(store: Store, tmp_path: Path) -> None:
    release = {"releases": {"bookworm": {"status": "resolved", "fixed_version": "2-1"}}}
    path = tmp_path / "tracker.json"
    tracker: dict[str, Any] = {"curl": {"CVE-2024-1000": release}, "zlib": {"CVE-2024-2000": release}}
    path.write_text(json.dumps(tracker))
    import_advisories(store, [path])
    path.write_text(json.dumps({**tracker, "zlib": {"CVE-2024-2000": ["nonsense"]}, "xz": {"CVE-2024-3000": release}}))
    [outcome] = import_advisories(store, [path]).feeds
    assert outcome.vanished == 0 and "zlib CVE-2024-2000" in outcome.problems[0] and "nothing was taken back" in outcome.problems[1]
    found = {name: flaws_of(store, package("Debian:12", name, "1-1", "deb")) for name in ("curl", "zlib", "xz")}
    assert found == {"curl": {"CVE-2024-1000"}, "zlib": {"CVE-2024-2000"}, "xz": {"CVE-2024-3000"}}
