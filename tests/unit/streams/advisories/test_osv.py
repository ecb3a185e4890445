"""OSV records to the normal form."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.advisory_names import advised_name, ecosystem_name, is_product, match_name, names_to_look_up, where_to_look
from streams.advisories.osv import read_osv
from streams.advisories.record import BadRecord


def record(identity: str, ecosystem: str, name: str = "thing", fixed: str = "1.2", **more: Any) -> dict[str, Any]:
    events = [{"introduced": "0"}, {"fixed": fixed}]
    affected = [{"package": {"ecosystem": ecosystem, "name": name}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}]
    return {"id": identity, "affected": affected, **more}


def test_a_distribution_record_asserts_its_cve() -> None:
    assert read_osv(record("DEBIAN-CVE-2024-1111", "Debian:12", upstream=["CVE-2024-1111"])).asserts == ("CVE-2024-1111",)
    assert read_osv(record("UBUNTU-CVE-2024-1111", "Ubuntu:22.04:LTS")).asserts == ("CVE-2024-1111",)


def test_a_bulletin_asserts_each_cve_of_related() -> None:
    found = read_osv(record("ALSA-2024:1", "AlmaLinux:9", fixed="1-2.el9", related=["CVE-2024-2222", "CVE-2024-1111"]))
    assert found.asserts == ("CVE-2024-1111", "CVE-2024-2222") and found.aliases == () and found.security


def test_related_of_a_language_record_says_nothing() -> None:
    assert read_osv(record("GHSA-aaaa-bbbb-cccc", "npm", fixed="1.2.0", related=["CVE-2024-1111"])).asserts == ()


def test_a_record_that_is_the_flaw_asserts_no_other() -> None:
    found = read_osv(record("GHSA-aaaa-bbbb-cccc", "npm", fixed="1.2.0", aliases=["CVE-2024-1111"], upstream=["CVE-2024-2222"]))
    assert (found.aliases, found.asserts) == (("CVE-2024-1111",), ())


def test_bug_fix_bulletins_are_no_flaws() -> None:
    assert not read_osv(record("ALBA-2024:1", "AlmaLinux:9", fixed="1-2.el9")).security
    assert read_osv(record("ALBA-2024:1", "AlmaLinux:9", fixed="1-2.el9", related=["CVE-2024-1111"])).security


def test_a_withdrawn_record_affects_nothing() -> None:
    found = read_osv(record("GHSA-aaaa-bbbb-cccc", "npm", fixed="1.2.0", withdrawn="2024-01-01T00:00:00Z"))
    assert found.withdrawn and found.affected == ()


def test_entries_of_one_package_are_joined() -> None:
    data = record("ALSA-2024:1", "AlmaLinux:9", fixed="1-2.el9")
    data["affected"] += record("x", "AlmaLinux:9", fixed="1-3.el9")["affected"]
    (one,) = read_osv(data).affected
    assert one.spans.fixes == ("1-2.el9", "1-3.el9")


def test_module_streams_come_from_the_title() -> None:
    title = "Important: nodejs:18 security, bug fix, and enhancement update"
    data = record("ALSA-2024:1", "AlmaLinux:8", "nodejs", "1:18.1-1.module_el8.9.0+1", summary=title)
    assert read_osv(data).affected[0].module == "nodejs:18"
    assert (
        read_osv(record("ALSA-2024:2", "AlmaLinux:8", "curl", "1-1.el8", summary="Moderate: curl security update")).affected[0].module == ""
    )


def test_a_stated_module_counts_without_its_version_and_context() -> None:
    data = record("RHSA-2024:1", "Red Hat:enterprise_linux:8::appstream", "nodejs", "1:18.1-1.module+el8.9.0+1")
    data["affected"][0]["ecosystem_specific"] = {"rpmmod": "nodejs:18:8090020240207:489197e6"}
    assert [one.module for one in read_osv(data).affected] == ["nodejs:18"]


def test_severity_from_everywhere() -> None:
    data = record("x", "RubyGems", severity=[{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N"}], database_specific={"cvss_v2": 5.0})
    data["affected"][0]["severity"] = [{"type": "CVSS_V4", "score": "CVSS:4.0/AV:N"}]
    assert read_osv(data).vectors == ("CVSS:3.1/AV:N", "CVSS:4.0/AV:N", "score:2/5.0")


def test_the_publisher_s_word_for_the_severity() -> None:
    [ubuntu] = read_osv(record("UBUNTU-CVE-2024-1111", "Ubuntu:22.04:LTS", severity=[{"type": "Ubuntu", "score": "medium"}])).affected
    [github] = read_osv(record("GHSA-aaaa-bbbb-cccc", "npm", database_specific={"severity": "MODERATE"})).affected
    assert (ubuntu.urgency, github.urgency) == ("medium", "moderate")


@pytest.mark.parametrize(
    ("told", "texts"),
    [("<= 1.2.3", ("<= 1.2.3",)), ("< 1.2.3", ("all versions, below 1.2.3",)), ("<= what", ("all versions",)), ("", ("all versions",))],
)
def test_github_ends_a_range_beside_it(told: str, texts: tuple[str, ...]) -> None:
    data = record("GHSA-aaaa-bbbb-cccc", "npm")
    entry = {"database_specific": {"last_known_affected_version_range": told}, "versions": ["1.0.0", "9.0.0"]}
    data["affected"][0] |= {**entry, "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}]}
    [one] = read_osv(data).affected
    assert (one.spans.texts, one.spans.exact, one.spans.fixes) == (texts, (), ())
    data["affected"][0]["ranges"][0]["events"].append({"fixed": "9.1.0"})
    assert read_osv(data).affected[0].spans.texts == ("< 9.1.0",)


def test_the_day_of_a_fix_is_the_day_of_its_bulletin() -> None:
    def days(identity: str, ecosystem: str, published: str = "2024-05-06T07:08:09Z") -> tuple[str, ...]:
        [one] = read_osv(record(identity, ecosystem, fixed="1-2.el9", published=published)).affected
        return one.spans.fix_days

    for identity in (
        "ALSA-2024:1",
        "RHSA-2024:1",
        "RLSA-2024:1",
        "DSA-5514-1",
        "USN-1-1",
        "SUSE-SU-2024:1-1",
        "ALAS2-2024-1",
        "OESA-2024-1",
    ):
        assert days(identity, "AlmaLinux:9") == ("2024-05-06",)
    for identity in ("DEBIAN-CVE-2024-1111", "CVE-2024-1111", "GHSA-aaaa-bbbb-cccc", "CGA-1", "AZL-1", "DSAX-1"):
        assert days(identity, "AlmaLinux:9") == ("",)
    assert days("openSUSE-SU-2024:10200-1", "openSUSE:Tumbleweed") == ("",)
    assert days("ALSA-2024:1", "AlmaLinux:9", "0001-01-01T00:00:00Z") == days("ALSA-2024:1", "AlmaLinux:9", "soon") == ("",)


def test_the_disclosure_is_the_first_known_day() -> None:
    late = record(
        "GHSA-aaaa-bbbb-cccc", "npm", published="2022-05-14T00:00:00Z", database_specific={"nvd_published_at": "2014-03-02T00:00:00Z"}
    )
    assert read_osv(late).published == "2014-03-02T00:00:00Z"
    assert read_osv(record("x", "npm", published="1970-01-01T00:00:00Z", database_specific={"nvd_published_at": None})).published == ""


def test_malicious_packages() -> None:
    assert read_osv(record("MAL-2024-1", "npm", fixed="1.0.0")).malicious


@pytest.mark.parametrize("bad", [None, [], "text", {}, {"id": 5}, {"id": "x", "affected": [1]}, {"id": "x", "affected": 3}])
def test_what_is_no_record(bad: object) -> None:
    with pytest.raises(BadRecord):
        read_osv(bad)


def test_names() -> None:
    assert match_name("PyPI", "Foo_.Bar") == "foo-bar"
    assert match_name("npm", "Foo") == "Foo"
    assert match_name("Packagist", "Symfony/Yaml") == "symfony/yaml"
    written = ("AlmaLinux:9.2", "Alpine:3.18", "Debian:12", "PyPI", "Rocky:9", "CBL-Mariner:2.0", "Amazon:2")
    assert [ecosystem_name(one) for one in written] == [
        "AlmaLinux:9", "Alpine:v3.18", "Debian:12", "PyPI", "Rocky Linux:9", "Azure Linux:2", "Amazon Linux:2",
    ]  # fmt: skip


def test_where_to_look() -> None:
    jammy = ["Ubuntu:22.04:LTS", "Ubuntu:22.04", "Ubuntu:Pro:22.04:LTS", "Ubuntu:Pro:22.04"]
    assert where_to_look("Ubuntu:22.04:LTS", "1.0", ()) == jammy
    assert where_to_look("Debian:12.5", "1.0", {"Debian:12"}) == ["Debian:12"]
    assert where_to_look("Debian:12", "1.0", {"Debian:12", "Debian", "AlmaLinux"}) == ["Debian:12", "Debian"]
    nine = {"Red Hat:enterprise_linux:9::appstream", "Red Hat:enterprise_linux:9"}
    known = {*nine, "Red Hat:rhel_eus:9.2::baseos", "Red Hat:rhel_eus:9.20", "Red Hat:rhel_els:7", "Red Hat:openshift:4.13::el9"}
    assert set(where_to_look("Red Hat:enterprise_linux:9", "1-1.el9", known)) == nine
    assert set(where_to_look("Red Hat:enterprise_linux:9", "1-1.el9_2", known)) == {*nine, "Red Hat:rhel_eus:9.2::baseos"}
    assert all(is_product(one) for one in known) and is_product("Debian") and not is_product("Debian:12")
    assert "Red Hat:rhel_els:7" in where_to_look("Red Hat:enterprise_linux:7", "1-1.el7", known)


def test_names_of_packages_of_one_architecture() -> None:
    assert advised_name("Wolfi", "perl", "x86_64", alone=True) == "perl?arch=x86_64&subpackages=no"
    assert advised_name("Alpine:v3.18", "perl", "x86_64") == "perl"
    assert names_to_look_up("Alpine:v3.18", "perl", "perl-dev", "x86_64") == ["perl"]
    found = names_to_look_up("Wolfi", "perl", "perl-dev", "x86_64")
    assert {"perl", "perl-dev", "perl?arch=x86_64", "perl-dev?arch=x86_64&subpackages=no"} < set(found)
    assert "perl?subpackages=no" not in found and len(found) == len(set(found)) == 6


def test_the_lowest_of_several_builds_that_hold_a_fix() -> None:
    data = record("ALSA-2024:1", "AlmaLinux:8", fixed="1-2.el8.alma.plus")
    data["affected"] += record("x", "AlmaLinux:8", fixed="1-2.el8.alma")["affected"]
    (one,) = read_osv(data).affected
    assert one.spans.texts == ("< 1-2.el8.alma",) and one.spans.fixes == ("1-2.el8.alma", "1-2.el8.alma.plus")


def test_suse_in_every_product_of_the_release() -> None:
    known = {
        "SUSE:Linux Enterprise Server 15 SP4-LTSS", "SUSE:Linux Enterprise Module for Basesystem 15 SP4",
        "SUSE:Linux Enterprise Server for SAP Applications 15 SP4", "SUSE:Linux Enterprise Server 15-LTSS",
        "SUSE:Linux Enterprise Module for Basesystem 15 SP5", "SUSE:Linux Enterprise Micro 5.4", "SUSE:Linux Micro 6.0",
        "SUSE:Linux Micro Extras 6.0", "openSUSE:Leap 15.4", "SUSE:Linux Enterprise Server LTSS Extended Security 12 SP5",
    }  # fmt: skip
    places = where_to_look("SUSE:Linux Enterprise Server 15 SP4", "1", known)
    assert set(places) == {"SUSE:Linux Enterprise Server 15 SP4", *(one for one in known if " 15 SP4" in one)}
    assert where_to_look("SUSE:Linux Enterprise Server 15", "1", known)[1:] == ["SUSE:Linux Enterprise Server 15-LTSS"]
    assert where_to_look("SUSE:Linux Enterprise Desktop 12 SP5", "1", known)[1:] == [
        "SUSE:Linux Enterprise Server LTSS Extended Security 12 SP5"
    ]
    assert where_to_look("SUSE:Linux Micro 6.0", "1", known) == ["SUSE:Linux Micro 6.0", "SUSE:Linux Micro Extras 6.0"]
    assert where_to_look("SUSE:Linux Enterprise Micro 5.4", "1", known) == ["SUSE:Linux Enterprise Micro 5.4"]
    assert where_to_look("openSUSE:Leap 15.4", "1", known) == ["openSUSE:Leap 15.4"]
