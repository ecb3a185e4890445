"""From feeds and package databases to findings, on a real engine."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from analyzers.application_vulnerabilities import ApplicationVulnerabilities
from analyzers.collectors.apk import Apk
from analyzers.collectors.dpkg import Dpkg
from analyzers.collectors.os_release import OsRelease
from analyzers.contract import AnalysisInputs, Entry, FileView, ImagePackage, PassContext
from analyzers.image import ImageView, Located
from analyzers.packages import image_packages
from analyzers.sbom_documents import read_sbom
from analyzers.system_vulnerabilities import SystemVulnerabilities
from console.sbom.cyclonedx import write_cyclonedx
from console.sbom.spdx import write_spdx
from console.sbom.subject import Subject
from infra.local.embedded import embedded
from schemas.findings import ScanReport
from schemas.messages import FindingsPart
from sinks.advisories import advisory_version, import_status, known_ecosystems
from sinks.images import ImageRow, LayerRow, write_image
from sinks.matches import affected_images
from sinks.migrate import migrate
from sinks.packages import stored_packages
from sinks.risks import Sighting, write_findings
from sinks.store import External, Store, StoreDown, StoreError
from streams.advisories.delta import delta_findings
from streams.advisories.importer import ImportOutcome, import_advisories, update_of
from streams.advisories.matching import match_packages, store_packages
from streams.agents.rematch import consequences
from streams.surroundings import ALIKE
from tests.flow.csaf_documents import RED_HAT
from tests.flow.deliveries import THING, ZERO, deliver, feed, flaws_of, osv, package
from tests.flow.empty_store import empty_store
from tests.flow.local_home import need, settings_of

pytestmark = pytest.mark.flow
TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    need("npm", "node")
    with pytest.MonkeyPatch.context() as patch:
        settings = settings_of(tmp_path_factory.mktemp("matching"), patch)
        with embedded(settings) as own:
            yield f"clickhouse://127.0.0.1:{own.clickhouse_native_port}"


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    with empty_store(address) as one:
        yield one


@pytest.fixture(scope="module")
def full(address: str, reference_data: Path) -> Iterator[Store]:
    """All advisories and scores of the reference data."""
    one = Store(f"{address}/full", patience=10)
    migrate(one)
    import_advisories(one, [reference_data / name for name in ("advisories", "kev.json", "epss.csv", "cvss.csv")])
    yield one
    one.close()


def view_of(folder: Path) -> ImageView:
    """An image with the package database of a folder."""
    places = {
        "status": ("var/lib/dpkg/status", Dpkg),
        "installed": ("lib/apk/db/installed", Apk),
        "os-release": ("etc/os-release", OsRelease),
    }
    facts = []
    for name, (place, kind) in places.items():
        if (folder / name).exists():
            data, collector = (folder / name).read_bytes(), kind(PassContext(b"key"))
            facts += [*collector.collect(FileView(Entry(place, "file", 0o644, 0, 0, len(data)), data)), *collector.finish()]
    return ImageView("sha256:image", ("sha256:layer",), tuple(Located(0, fact) for fact in facts))


def system_report(store: Store, view: ImageView) -> ScanReport:
    packages = image_packages(view).packages
    matched = match_packages(store, packages)
    return SystemVulnerabilities().analyze(
        view, AnalysisInputs(TODAY, packages, matched.all, advisory_version(store), known_ecosystems(store))
    )


@pytest.mark.parametrize("name", ["dpkg-bookworm-updated", "apk-alpine-3.16", "apk-alpine-3.18"])
def test_known_databases_give_exactly_the_known_findings(full: Store, reference_data: Path, name: str) -> None:
    folder = reference_data / "databases" / name
    report = system_report(full, view_of(folder))
    records = json.loads((folder / "expected_findings.json").read_text())
    expected = {(one["package"], flaw.removeprefix("DEBIAN-").removeprefix("ALPINE-")) for one in records for flaw in one["ids"]}
    assert {(one.package, one.rule) for one in report.findings} == expected
    assert (report.state, report.reason) == ("succeeded", "")
    assert [one.rule for one in report.findings if not one.fixed_version or not one.evidence or not one.fix_command] == []
    assert len({one.id for one in report.findings}) == len(report.findings)


@pytest.mark.parametrize("name", ["dpkg-bookworm-updated", "apk-alpine-3.18"])
def test_a_delta_says_what_a_scan_says(full: Store, reference_data: Path, name: str) -> None:
    """The findings that are made from the inventory alone are those of the category."""
    view = replace(view_of(reference_data / "databases" / name), digest=f"sha256:{name}")
    layer = LayerRow("sha256:layer", "", 1, "")
    write_image(full, ImageRow(view.digest, "", "", "linux", "amd64", (layer,), 1))
    store_packages(full, view.digest, image_packages(view).packages, 1)
    report = system_report(full, view)
    records = sorted({one for finding in report.findings for one in finding.details["advisories"].split(", ")})
    flaws = {finding.rule for finding in report.findings}
    [found] = [some for place, some in delta_findings(full, records, flaws, TODAY, ALIKE) if place == (view.digest, "system-vulnerability")]
    assert report.findings and found == report.findings
    assert any("depend" in one.details["impact"] for one in found)
    assert {one.details["confidence"] for one in found} == {"100"}
    half = set(sorted(flaws)[::2])
    some = dict(delta_findings(full, records, half, TODAY, ALIKE))[view.digest, "system-vulnerability"]
    assert {one.rule for one in some} == half


@pytest.mark.parametrize("name", ["dpkg-bookworm-updated", "apk-alpine-3.18"])
def test_an_sbom_of_an_image_has_the_findings_of_the_image(full: Store, reference_data: Path, name: str) -> None:
    view = view_of(reference_data / "databases" / name)
    subject = Subject("shop:1", view.digest, layers=view.layers)
    want = {(one.id, one.fixed_version, one.details.get("impact")) for one in system_report(full, view).findings}
    for write in (write_cyclonedx, write_spdx):
        document = read_sbom(write(subject, image_packages(view)))
        assert document.distribution is not None
        facts = (document.distribution, *document.packages)
        again = system_report(full, ImageView("sha256:sbom", ("sha256:sbom",), tuple(Located(0, fact) for fact in facts)))
        assert {(one.id, one.fixed_version, one.details.get("impact")) for one in again.findings} == want and want


@pytest.mark.parametrize(
    ("one", "flaws"),
    [
        (package("PyPI", "Requests", "2.19.1"), {"CVE-2018-18074", "CVE-2023-32681"}),
        (package("PyPI", "requests", "2.31.0"), set()),
        (package("npm", "minimist", "0.2.1", "npm"), {"CVE-2021-44906", "GHSA-7fhm-mqm4-2wp7"}),
        (package("Maven", "org.apache.commons:commons-text", "1.9", "maven"), {"CVE-2022-42889"}),
        (package("Go", "github.com/gin-gonic/gin", "1.9.1", "golang"), set()),
    ],
)
def test_language_packages(full: Store, one: ImagePackage, flaws: set[str]) -> None:
    matched = match_packages(full, [one])
    assert {match.flaw for match in matched.all} == flaws
    report = ApplicationVulnerabilities().analyze(
        ImageView("d", ("l",), ()), AnalysisInputs(TODAY, (one,), matched.all, "", known_ecosystems(full))
    )
    assert (report.state, len(report.findings)) == ("succeeded", len(flaws))


def test_the_same_import_again_changes_nothing(full: Store, reference_data: Path) -> None:
    before = advisory_version(full)
    outcome = import_advisories(full, [reference_data / "advisories"])
    assert (outcome.advisories, sum(one.changed + one.vanished for one in outcome.feeds)) == ((), 0)
    assert advisory_version(full) == before
    assert [one["source"] for one in import_status(full) if not one["stored"]] == []


def affected_packages(store: Store, advisories: list[str]) -> list[str]:
    return [row["package_id"] for row in stored_packages(store, advisories)]


def test_changed_withdrawn_and_vanished_records_take_ranges_back(store: Store, tmp_path: Path) -> None:
    first = osv("PYSEC-1", ZERO, {"fixed": "2.0"}, aliases=["CVE-2024-1000"])
    other = osv("PYSEC-2", ZERO, {"fixed": "2.0"}, name="other")
    assert deliver(store, tmp_path, first, other).advisories == ("PYSEC-1", "PYSEC-2")
    assert flaws_of(store, THING) == {"CVE-2024-1000"}
    outcome = deliver(store, tmp_path, osv("PYSEC-1", ZERO, {"fixed": "0.5"}, aliases=["CVE-2024-1000"]), other)
    assert (outcome.advisories, outcome.flaws) == (("PYSEC-1",), ("CVE-2024-1000",))
    assert flaws_of(store, THING) == set()
    deliver(store, tmp_path, first, other)
    assert flaws_of(store, THING) == {"CVE-2024-1000"}
    deliver(store, tmp_path, {**first, "withdrawn": "2024-02-01T00:00:00Z"}, other)
    assert flaws_of(store, THING) == set()
    deliver(store, tmp_path, first, other)
    moved = osv("PYSEC-1", ZERO, {"fixed": "2.0"}, name="elsewhere", aliases=["CVE-2024-1000"])
    deliver(store, tmp_path, moved, other)
    assert flaws_of(store, THING) == set() and flaws_of(store, package("PyPI", "elsewhere", "1.0")) == {"CVE-2024-1000"}
    assert deliver(store, tmp_path, other).feeds[0].vanished == 1
    assert flaws_of(store, package("PyPI", "elsewhere", "1.0")) == set()
    assert flaws_of(store, package("PyPI", "other", "1.0")) == {"PYSEC-2"}


def test_advisories_of_a_product_that_was_not_known_reach_stored_packages(store: Store, tmp_path: Path) -> None:
    """A package may be looked up in products that had no advisories when it was stored."""
    old = package("Red Hat:enterprise_linux:9", "openssl-libs", "1:3.0.7-16.el9", "rpm")
    store_packages(store, "sha256:a", [old, package("PyPI", "thing", "1.0")], 1000)
    (tmp_path / "cve-2024-1.json").write_text(json.dumps(RED_HAT))
    import_advisories(store, [tmp_path / "cve-2024-1.json"])
    assert affected_packages(store, ["RHVEX-CVE-2024-1"]) == [old.id]
    assert affected_images(store, ["RHVEX-CVE-2024-1"]) == ["sha256:a"]


def test_red_hat_says_what_is_fixed_what_stays_and_what_is_not_affected(store: Store, tmp_path: Path) -> None:
    (tmp_path / "cve-2024-1.json").write_text(json.dumps(RED_HAT))
    outcome = import_advisories(store, [tmp_path / "cve-2024-1.json"])
    assert outcome.feeds[0].skipped == 0, outcome.feeds[0].problems
    release = "Red Hat:enterprise_linux:9"
    fixed = match_packages(store, [package(release, "openssl-libs", "1:3.0.7-16.el9", "rpm")]).all
    assert [(one.flaw, one.fixed_version, one.fixed_on) for one in fixed] == [("CVE-2024-1", "1:3.0.7-27.el9", "2024-05-20")]
    assert flaws_of(store, package(release, "openssl-libs", "1:3.0.7-27.el9", "rpm")) == set()
    [unfixed] = match_packages(store, [package(release, "compat-openssl11", "1:1.1.1k-4.el9", "rpm")]).all
    assert (unfixed.fixed_version, unfixed.unfixed_reason) == ("", "Will not fix")
    assert flaws_of(store, package(release, "nodejs", "1:20.1-1.module+el9+1", "rpm", module="nodejs:20:9:c")) == set()
    assert flaws_of(store, package(release, "nodejs", "1:18.1-1.module+el9+1", "rpm", module="nodejs:18:9:c")) == {"CVE-2024-1"}
    assert flaws_of(store, package(release, "edk2-ovmf", "1-1.el9", "rpm")) == set()
    assert flaws_of(store, package("Red Hat:enterprise_linux:8", "openssl-libs", "1:1.0-1.el8", "rpm")) == set()
    assert import_advisories(store, [tmp_path / "cve-2024-1.json"]).advisories == ()


def test_an_empty_or_broken_delivery_takes_nothing_back(store: Store, tmp_path: Path) -> None:
    deliver(store, tmp_path, osv("PYSEC-1", ZERO))
    for break_it in (lambda path: path.write_bytes(b"no zip"), lambda path: feed(tmp_path)):
        path = tmp_path / "PyPI" / "all.zip"
        break_it(path)
        outcome = import_advisories(store, [path])
        assert outcome.feeds[0].skipped and outcome.feeds[0].vanished == 0
        assert flaws_of(store, THING) == {"PYSEC-1"}


def test_bad_records_are_named_and_the_others_count(store: Store, tmp_path: Path) -> None:
    outcome = deliver(store, tmp_path, osv("PYSEC-1", ZERO), b"{", b'{"id": 1}', osv("PYSEC-2", ZERO, {"fixed": "no version!"}))
    assert outcome.feeds[0].skipped == 3 and flaws_of(store, THING) == {"PYSEC-1"}
    again = import_advisories(store, [tmp_path / "PyPI" / "all.zip"])
    assert (again.feeds[0].skipped, again.advisories) == (3, ())
    assert import_status(store)[0]["skipped"] == 3


def test_status_counts_what_is_stored_after_many_imports(store: Store, tmp_path: Path) -> None:
    for turn in range(30):
        deliver(store, tmp_path, osv(f"PYSEC-{turn}", ZERO), osv("PYSEC-X", ZERO), name=f"feed-{turn % 12}")
    for _ in range(20):
        assert {one["source"]: one["stored"] for one in import_status(store)} == {f"feed-{number}": 2 for number in range(12)}


def test_names_of_flaws_follow_their_records(store: Store, tmp_path: Path) -> None:
    pysec, ghsa = osv("PYSEC-1", ZERO, aliases=["GHSA-a"]), osv("GHSA-a", ZERO)
    deliver(store, tmp_path, pysec, ghsa)
    assert flaws_of(store, THING) == {"GHSA-a"}
    outcome = deliver(store, tmp_path, pysec, {**ghsa, "aliases": ["CVE-2024-1000"]})
    assert outcome.advisories == ("GHSA-a", "PYSEC-1") and outcome.flaws == ("CVE-2024-1000", "GHSA-a")
    (match,) = match_packages(store, [THING]).all
    assert (match.flaw, match.aliases, match.advisories) == ("CVE-2024-1000", ("GHSA-a", "PYSEC-1"), ("GHSA-a", "PYSEC-1"))


def test_a_crash_between_writing_and_naming_is_made_good(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("streams.advisories.importer.derive", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            deliver(store, tmp_path, osv("PYSEC-1", ZERO))
    outcome = import_advisories(store, [tmp_path / "PyPI" / "all.zip"])
    assert outcome.feeds[0].changed == 0 and outcome.advisories == ("PYSEC-1",)
    assert flaws_of(store, THING) == {"PYSEC-1"}


def test_the_lowest_fix_that_is_in_no_affected_range(store: Store, tmp_path: Path) -> None:
    events = [ZERO, {"fixed": "1.5"}, {"introduced": "2.0"}, {"fixed": "2.3"}]
    deliver(store, tmp_path, osv("PYSEC-1", *events, aliases=["CVE-2024-1000"]),
            osv("PYSEC-2", ZERO, {"fixed": "1.7"}, aliases=["CVE-2024-1000"]), osv("PYSEC-3", ZERO, aliases=["CVE-2024-1000"]))  # fmt: skip
    found = match_packages(store, [THING, package("PyPI", "thing", "2.1")]).matches
    assert {identity: one.fixed_version for identity, (one,) in found.items()} == {THING.id: "1.7", "PyPI thing 2.1": "2.3"}


def test_days_of_disclosure_and_fix_reach_the_finding(store: Store, tmp_path: Path) -> None:
    about = {"ecosystem": "Debian:12", "name": "curl"}
    flaw = osv("DEBIAN-CVE-2024-1000", ZERO, {"fixed": "2-1"}, published="2024-01-02T03:04:05Z", upstream=["CVE-2024-1000"], **about)
    bulletin = osv("DSA-1-1", ZERO, {"fixed": "2-1"}, published="2024-03-04T05:06:07Z", upstream=["CVE-2024-1000"], **about)
    deliver(store, tmp_path, flaw, osv("DEBIAN-CVE-2024-2000", ZERO, {"fixed": "2-1"}, upstream=["CVE-2024-2000"], **about), bulletin)
    curl = package("Debian:12", "curl", "1-1", "deb")
    inputs = AnalysisInputs(TODAY, (curl,), match_packages(store, [curl]).all)
    found = {one.rule: one.details for one in SystemVulnerabilities().analyze(ImageView("d", ("l",), ()), inputs).findings}
    dates = {rule: (details.get("disclosed"), details.get("fixed_on")) for rule, details in found.items()}
    assert dates == {"CVE-2024-1000": ("2024-01-02", "2024-03-04"), "CVE-2024-2000": (None, None)}


def test_module_streams_do_not_speak_for_each_other(store: Store, tmp_path: Path) -> None:
    def bulletin(identity: str, stream: str, fixed: str, cve: str) -> dict[str, Any]:
        more = {"summary": f"Important: nodejs:{stream} security update", "related": [cve]}
        return osv(identity, ZERO, {"fixed": fixed}, ecosystem="AlmaLinux:8", name="nodejs", **more)

    deliver(store, tmp_path, bulletin("ALSA-1", "18", "1:18.9-1.module_el8+1", "CVE-2024-1000"), name="AlmaLinux-8")
    twelve = package("AlmaLinux:8", "nodejs", "1:12.1-1.module_el8+1", "rpm", module="nodejs:12:80:abc")
    eighteen = package("AlmaLinux:8", "nodejs", "1:18.1-1.module_el8+1", "rpm", module="nodejs:18:80:abc")
    plain = package("AlmaLinux:8", "nodejs", "1:12.1-1.el8", "rpm")
    assert [flaws_of(store, one) for one in (twelve, eighteen, plain)] == [set(), {"CVE-2024-1000"}, set()]
    assert flaws_of(store, replace(eighteen, module="")) == {"CVE-2024-1000"}


def test_one_record_about_two_streams_of_a_package(store: Store, tmp_path: Path) -> None:
    record = osv("RHSA-1", name="nodejs", ecosystem="AlmaLinux:8", upstream=["CVE-2024-1000"])
    fixes = {"nodejs:16": "1:16.9-1.module_el8+1", "nodejs:18": "1:18.9-1.module_el8+1"}
    entries = [
        {**osv("", ZERO, {"fixed": fixed}, ecosystem="AlmaLinux:8", name="nodejs")["affected"][0], "ecosystem_specific": {"rpmmod": stream}}
        for stream, fixed in fixes.items()
    ]
    deliver(store, tmp_path, {**record, "affected": entries}, name="AlmaLinux-8")
    old, new = (package("AlmaLinux:8", "nodejs", f"1:16.{minor}-1.module_el8+1", "rpm", module="nodejs:16:8:a") for minor in (1, 9))
    found = match_packages(store, [old, new, package("AlmaLinux:8", "nodejs", "1:20.1-1.module_el8+1", "rpm", module="nodejs:20:8:a")])
    assert {identity: one.fixed_version for identity, (one,) in found.matches.items()} == {old.id: fixes["nodejs:16"]}
    deliver(store, tmp_path, {**record, "affected": entries[1:]}, name="AlmaLinux-8")
    assert flaws_of(store, old) == set()


def test_of_one_record_in_two_feeds_the_newer_speaks_for_all_streams(store: Store, tmp_path: Path) -> None:
    entry = osv("", ZERO, ecosystem="AlmaLinux:8", name="nodejs")["affected"][0]
    older = {**osv("ALSA-1", name="nodejs"), "affected": [{**entry, "ecosystem_specific": {"rpmmod": "nodejs:16"}}]}
    newer = {**older, "modified": "2024-02-01T00:00:00Z", "affected": [{**entry, "ecosystem_specific": {"rpmmod": "nodejs:18"}}]}
    deliver(store, tmp_path, newer, name="first")
    deliver(store, tmp_path, older, name="second")
    streams = [package("AlmaLinux:8", "nodejs", "1-1.module_el8+1", "rpm", module=f"nodejs:{one}:8:a") for one in (16, 18)]
    assert [flaws_of(store, one) for one in streams] == [set(), {"ALSA-1"}]


def test_a_version_without_order_is_told_and_still_found_by_name(store: Store, tmp_path: Path) -> None:
    record = osv("PYSEC-1", ZERO)
    record["affected"].append({"package": {"ecosystem": "PyPI", "name": "odd"}, "versions": ["2004d"]})
    deliver(store, tmp_path, record)
    odd, bad = package("PyPI", "odd", "2004d"), package("PyPI", "thing", "not a version")
    matched = match_packages(store, [odd, bad])
    assert set(matched.unmatched) == {odd.id, bad.id} and set(matched.matches) == {odd.id}


def test_priorities_change_with_the_lists(store: Store, tmp_path: Path) -> None:
    deliver(store, tmp_path, osv("PYSEC-1", ZERO, aliases=["CVE-2024-1000"]))
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "kev.json").write_text(
        json.dumps({"catalogVersion": "1", "vulnerabilities": [{"cveID": "CVE-2024-1000", "dateAdded": "2024-02-01"}]})
    )
    (lists / "epss.csv").write_text("cve,epss,percentile\nCVE-2024-1000,0.05,0.5\nCVE-2024-9999,0.9,0.99\n")
    outcome = import_advisories(store, [lists])
    assert (outcome.advisories, outcome.flaws) == (("PYSEC-1",), ("CVE-2024-1000",))
    (match,) = match_packages(store, [THING]).all
    assert match.known_exploited and match.epss == pytest.approx(0.05)
    (lists / "epss.csv").write_text("cve,epss,percentile\nCVE-2024-1000,0.06,0.5\nCVE-2024-9999,0.9,0.99\n")
    assert import_advisories(store, [lists]).advisories == ()
    (lists / "epss.csv").write_text("cve,epss,percentile\nCVE-2024-1000,0.2,0.5\n")
    assert import_advisories(store, [lists]).advisories == ("PYSEC-1",)


def test_from_an_advisory_to_images(store: Store, tmp_path: Path) -> None:
    fixed, elsewhere = package("PyPI", "thing", "2.0"), package("PyPI", "else", "1.0")
    owned = replace(THING, id="owned", matched=False, unmatched_reason="belongs to another")
    for digest, packages in (("sha256:a", [THING, elsewhere]), ("sha256:b", [fixed]), ("sha256:c", [owned])):
        store_packages(store, digest, packages, 1000)
        store_packages(store, digest, packages, 1000)
    deliver(store, tmp_path, osv("PYSEC-1", ZERO, {"fixed": "2.0"}))
    assert affected_images(store, ["PYSEC-1"]) == ["sha256:a"]
    assert THING.id in affected_packages(store, ["PYSEC-1"])
    assert store.query("SELECT count() FROM packages WHERE image_digest = 'sha256:a'") == [(2,)]
    store_packages(store, "sha256:a", [elsewhere], 2000)
    assert affected_images(store, ["PYSEC-1"]) == []
    assert store.query("SELECT name FROM packages WHERE image_digest = 'sha256:a'") == [("else",)]


def test_a_delta_says_what_depends_on_the_package_in_that_image(store: Store, tmp_path: Path) -> None:
    debian = {"ecosystem": "Debian:12", "kind": "deb"}
    lib, user, other = (
        package(name=name, version="1-1", depends=depends, installed_kib=kib, matched=matched, **debian)
        for name, depends, kib, matched in (("lib", (), 7, True), ("user", ("lib", "else"), 0, False), ("other", ("else",), 0, True))
    )
    script = package("PyPI", "script", "1.0", depends=("lib",))
    for digest, packages in (("sha256:a", [lib, user, other, script]), ("sha256:b", [lib, other])):
        store_packages(store, digest, [replace(one, depends=()) for one in packages], 1)
        store_packages(store, digest, packages, 2)
    deliver(store, tmp_path, osv("DEBIAN-CVE-2024-1000", ZERO, ecosystem="Debian:12", name="lib", upstream=["CVE-2024-1000"]))
    found = dict(delta_findings(store, ["DEBIAN-CVE-2024-1000"], ["CVE-2024-1000"], TODAY, ALIKE))
    told = {digest: [(one.package, one.details.get("impact")) for one in some] for (digest, category), some in found.items() if some}
    assert told == {"sha256:a": [("lib", "In this image user depends on it.")], "sha256:b": [("lib", None)]}


def told_of(store: Store, outcome: ImportOutcome) -> dict[str, list[str]]:
    """Image -> packages of the findings that an update leads to, which are written as merge does. What is not among them is withdrawn."""
    told: dict[str, list[str]] = {}
    for _, digest, message in consequences(store, update_of(outcome, "test"), ALIKE):
        assert isinstance(message, FindingsPart)
        write_findings(store, Sighting(digest, message.requested_at, message.analyzed_at, False), message.findings, {})
        told.setdefault(digest, []).extend(one.package for one in message.findings)
    return told


def test_what_other_records_say_of_a_flaw_stays_when_one_is_added_or_goes(store: Store, tmp_path: Path) -> None:
    for digest, one in (("sha256:a", THING), ("sha256:b", package("PyPI", "else", "1.0"))):
        store_packages(store, digest, [one], 1000)
    first, second = (osv(f"PYSEC-{number}", ZERO, name=name, aliases=["CVE-2024-1000"]) for number, name in ((1, "thing"), (2, "else")))
    assert told_of(store, deliver(store, tmp_path, first)) == {"sha256:a": ["thing"]}
    assert told_of(store, deliver(store, tmp_path, first, second)) == {"sha256:a": ["thing"], "sha256:b": ["else"]}
    assert told_of(store, deliver(store, tmp_path, second)) == {"sha256:a": [], "sha256:b": ["else"]}


def test_an_erratum_of_a_minor_release_takes_back_what_that_of_the_release_said(store: Store, tmp_path: Path) -> None:
    red_hat = package("Red Hat:enterprise_linux:9", "less", "590-2.el9_2.1", "rpm")
    store_packages(store, "sha256:a", [red_hat], 1000)
    release, minor = (
        osv(f"RHSA-2024:{number}", ZERO, {"fixed": fixed}, ecosystem=f"Red Hat:{product}", name="less", upstream=["CVE-2024-1000"])
        for number, product, fixed in (
            (1, "enterprise_linux:9::baseos", "590-5.el9_4"),
            (2, "rhel_eus:9.2::baseos", "590-2.el9_2.1"),
        )
    )
    assert told_of(store, deliver(store, tmp_path, release)) == {"sha256:a": ["less"]}
    assert told_of(store, deliver(store, tmp_path, release, minor)) == {"sha256:a": []}


def test_states_of_the_system_category(store: Store, tmp_path: Path, reference_data: Path) -> None:
    folder = tmp_path / "image"
    folder.mkdir()
    assert system_report(store, view_of(folder)).state == "succeeded"
    databases = reference_data / "databases"
    shutil.copy(databases / "dpkg-bookworm-updated" / "os-release", folder)
    assert system_report(store, view_of(folder)).reason.startswith("no_package_database")
    shutil.copy(databases / "dpkg-seven" / "status", folder)
    assert system_report(store, view_of(folder)).reason == "advisories_missing: no advisories for Debian:12"
    (folder / "os-release").write_text("ID=unheard-of\nVERSION_ID=1\n")
    assert system_report(store, view_of(folder)).reason.startswith("unsupported_distribution")
    (folder / "os-release").unlink()
    report = system_report(store, view_of(folder))
    assert report.state == "partial" and "os-release" in report.reason


def test_parameters_come_through_whole(store: Store) -> None:
    text, moment = 'it\'s \\ \n \t "x" 日本', datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)
    sql = "SELECT {a:String}, {b:Array(String)}, {c:DateTime64(3, 'UTC')}, {d:UInt8}, {e:Array(UInt64)}"
    assert store.query(sql, {"a": text, "b": [text, "b"], "c": moment, "d": True, "e": [1, 2]}) == [(text, [text, "b"], moment, 1, [1, 2])]
    external = External("given", [("key", "String")], [(b"\x00\xff",), (b"a",)])
    assert store.rows("SELECT hex(key) AS shown FROM given ORDER BY key", external=[external]) == [{"shown": "00FF"}, {"shown": "61"}]


def test_refusals_and_absence_are_told_apart(store: Store, address: str) -> None:
    with pytest.raises(StoreError, match="nothing_here"):
        store.query("SELECT * FROM nothing_here")
    with pytest.raises(StoreError, match="does not exist"):
        Store(f"{address}/absent", patience=1).ping()
    with pytest.raises(StoreDown):
        Store("clickhouse://127.0.0.1:1/default", patience=0.3).ping()
    store.ping()


def test_migrating_again_does_nothing(store: Store) -> None:
    assert migrate(store) == []
