"""Plans: which risks the package manager of an image can fix, which stay open and why, and what people do about the rest."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from schemas.vocabulary import ScanState
from sinks.fixes import FixTask
from streams.fix.managers import MANAGERS, manager_for, manager_named
from streams.fix.plan import plan_fix, still_below
from streams.fix.stored import default_tag
from streams.fix.upgrades import plan_upgrades
from streams.fix.verify import evidence

APT = {"usr/bin/apt-get"}


def risk(rule: str = "CVE-1", package: str = "curl", fixed: str = "2.0-1", **more: Any) -> dict[str, Any]:
    return {
        "finding_id": f"{rule}-{package}", "category": "system-vulnerability", "rule": rule, "aliases": [], "severity": "high",
        "package": package, "version": "1.0-1", "purl": f"pkg:deb/debian/{package}@1.0-1", "path": "", "fixed_version": fixed,
        "fix_command": "", "details": {"ecosystem": "Debian:12", "arch": "amd64"}, "status": "open", **more,
    }  # fmt: skip


def plan(*risks: dict[str, Any], paths: set[str] = APT, **chosen: Any) -> Any:
    return plan_fix("sha256:1", risks, paths.__contains__, **chosen)


def test_one_upgrade_a_package_to_the_version_that_fixes_all() -> None:
    found = plan(risk("CVE-1", fixed="1.0-9"), risk("CVE-2", fixed="1.0-10"), risk("CVE-3", "zlib1g"))
    assert [(one.name, one.fixed_version, one.flaws) for one in found.upgrades] == [
        ("curl", "1.0-10", ("CVE-1", "CVE-2")), ("zlib1g", "2.0-1", ("CVE-3",)),
    ]  # fmt: skip
    assert (found.package_manager, found.proposal, found.stays_open) == ("apt", "", ())


def test_whether_an_upgrade_went_far_enough() -> None:
    [curl] = plan(risk(fixed="1.0-10")).upgrades
    assert still_below(curl, "1.0-9") == "curl is 1.0-9 and has to be 1.0-10"
    assert not still_below(curl, "1.0-10") and not still_below(curl, "")
    counted = {"ecosystem": "Debian:12", "source_version": "2.03.16-2"}
    [lvm] = plan(risk(package="lvm", version="2:1.02.185-2", fixed="2.03.17-1", details=counted)).upgrades
    [perl] = plan(risk(package="perl-Errno", version="1.30-1", fixed="5.32-2", details=counted)).upgrades
    assert still_below(lvm, "2:1.02.185-2") == "lvm is still 2:1.02.185-2"
    assert not still_below(perl, "1.30-2")


def test_what_stays_open_says_why() -> None:
    unfixed = risk("CVE-2", fixed="", details={"ecosystem": "Debian:12", "unfixed_reason": "no-dsa: minor issue"})
    found = plan(risk(), unfixed, risk("CVE-3", status="whitelisted"), risk("CVE-4", status="withdrawn"), flaws=["CVE-2", "CVE-3", "CVE-4"])
    assert [(one.flaw, one.reason, one.text) for one in found.stays_open] == [
        ("CVE-1", "not_chosen", "it was not chosen"), ("CVE-2", "no_fixed_version", "there is no fixed version: no-dsa: minor issue"),
        ("CVE-3", "handled", "it is whitelisted"),
    ]  # fmt: skip
    assert found.upgrades == ()


def test_an_image_without_a_package_manager_gets_a_proposal() -> None:
    found = plan(risk(), paths=set())
    assert found.upgrades == () and "rebuild it on a newer base image" in found.proposal
    assert [one.reason for one in found.stays_open] == ["no_package_manager"]


def test_package_managers_are_found_by_their_programs() -> None:
    assert {one.name: manager_for(one.package_type, {one.programs[0]}.__contains__).name for one in MANAGERS} == {  # type: ignore[union-attr]
        name: name for name in ("apt", "apk", "dnf", "microdnf", "tdnf", "yum", "zypper")
    }
    assert manager_for("rpm", {"usr/bin/yum", "usr/bin/dnf"}.__contains__).name == "dnf"  # type: ignore[union-attr]
    assert manager_for("deb", {"sbin/apk"}.__contains__) is None


@pytest.mark.parametrize("manager", MANAGERS, ids=lambda one: one.name)
@pytest.mark.parametrize("own", [True, False])
def test_scripts_are_shell_and_quote_names(manager: Any, own: bool) -> None:
    name = "a b; touch owned $(x)"
    upgrades = plan(risk(package=name)).upgrades
    for script in (manager.upgrade(upgrades, own), manager.check, manager.versions([name])):
        assert subprocess.run(["sh", "-n"], input=script, text=True, capture_output=True, check=False).returncode == 0, script
    if manager.name != "apk":
        assert f"'{name}'" in manager.versions([name])
    assert "'a b; touch owned $(x)" in manager.upgrade(upgrades, own)
    assert (
        (manager.sources_file.partition(".")[0] in manager.upgrade(upgrades, own)) or not own or manager.name in ("microdnf", "tdnf", "yum")
    )


def test_apk_versions_are_read_from_the_database(tmp_path: Any) -> None:
    script = manager_named("apk").versions(["musl", "zlib"]).replace("/lib/apk/db/installed", str(tmp_path / "db"))
    (tmp_path / "db").write_text("C:Q1\nP:musl\nV:1.2.4-r2\n\nP:musl-utils\nV:9\n\nP:zlib\nV:1.3.1-r0\n")
    assert subprocess.run(["sh", "-ec", script], capture_output=True, text=True, check=True).stdout == "musl\t1.2.4-r2\nzlib\t1.3.1-r0\n"


def test_default_tag_fits() -> None:
    assert default_tag("1.0", 1767225600123) == "1.0_fix_1767225600"
    assert default_tag("", 1767225600000) == "image_fix_1767225600"
    long = default_tag("x" * 128, 1767225600000)
    assert len(long) == 128 and long.endswith("_fix_1767225600")


def test_upgrades_of_applications_name_file_and_command() -> None:
    python = risk("CVE-1", "requests", "2.20.0", category="application-vulnerability", purl="pkg:pypi/requests@2.0", version="2.0",
                  path="srv/poetry.lock", details={"ecosystem": "PyPI"})  # fmt: skip
    later = {**python, "rule": "CVE-2", "fixed_version": "2.31.0"}
    open_ended = {**python, "rule": "CVE-3", "fixed_version": ""}
    jar = risk("CVE-9", "org.x:core", "2.17.1", category="application-vulnerability", purl="pkg:maven/org.x/core@2.0", version="2.0",
               path="srv/app.jar", details={"ecosystem": "Maven"}, fix_command="set org.x:core to version 2.17.1")  # fmt: skip
    maven, pypi = plan_upgrades([python, later, open_ended, jar, risk()])
    assert (pypi.fixed_version, pypi.declared_in, pypi.command) == ("2.31.0", "srv/poetry.lock", "poetry add requests@^2.31.0")
    assert (pypi.flaws, pypi.unfixed) == (("CVE-1", "CVE-2"), ("CVE-3",))
    assert (maven.declared_in, maven.command) == ("pom.xml or build.gradle", "set org.x:core to version 2.17.1")
    evil = {**python, "package": "x; rm -rf /"}
    assert plan_upgrades([evil])[0].command == ""


def task(*findings: str) -> FixTask:
    return FixTask("t", "verifying", "shop", "team/app", "1.0", "sha256:1", "1.0_fix", (), findings, (), "apt", "", "", "hand", "", 0, 0)


def test_only_a_clean_complete_scan_is_a_fix() -> None:
    old = [risk(), risk("CVE-2")]
    done = ScanState.SUCCEEDED
    assert evidence(task("CVE-1-curl"), done, "", old, [risk("CVE-2")]).reason == ""
    still = evidence(task("CVE-1-curl", "CVE-2-curl"), done, "", old, [risk("CVE-2", status="open", finding_id="new id")])
    assert still.still_open == ("CVE-2-curl",) and "still there after the fix: CVE-2 in curl" in still.reason
    assert "could not be verified" in evidence(task("CVE-1-curl"), ScanState.PARTIAL, "layer_missing", old, []).reason
    worse = evidence(task("CVE-1-curl"), done, "", old, [risk("CVE-7")])
    assert worse.still_open == ("CVE-1-curl",) and "worse: new CVE-7 in curl" in worse.reason
    assert evidence(task("CVE-1-curl"), done, "", old, [risk("CVE-7", severity="low")]).reason == ""
