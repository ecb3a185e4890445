"""One image full of damaged and hostile package files: each is named in the scan row, and everything else is still counted."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date
from pathlib import Path

import pytest

from analyzers.application_vulnerabilities import ApplicationVulnerabilities
from analyzers.contract import AnalysisInputs, FileView, PassContext
from analyzers.contract import Entry as FileEntry
from analyzers.dispatch import Dispatch
from analyzers.image import ImageView, Located
from analyzers.packages import image_packages
from analyzers.registry import COLLECTORS
from analyzers.system_vulnerabilities import SystemVulnerabilities
from schemas.facts import Fact, Package, Skipped
from schemas.findings import ScanReport
from streams.analysis import report_of

TODAY = date(2026, 1, 1)
KNOWN = frozenset({"Debian:12", "PyPI", "npm", "Maven", "Packagist"})
STATUS = "Package: curl\nStatus: install ok installed\nVersion: 7.88.1-10\nArchitecture: amd64\n\n"
GOOD = {
    "etc/os-release": b"ID=debian\nVERSION_ID=12\n",
    "var/lib/dpkg/status": STATUS.encode(),
    "usr/lib/python3/dist-packages/good-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: good\nVersion: 1.0\n",
}
POM = "META-INF/maven/org.acme/inner/pom.properties"


def jar(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_jar", ".jar"), content)
    return buffer.getvalue()


def nested(times: int) -> bytes:
    data = jar(**{POM: b"groupId=org.acme\nartifactId=inner\nversion=1.0\n"})
    for _ in range(times):
        data = jar(again_jar=data)
    return data


def facts_of(files: dict[str, bytes]) -> list[Fact]:
    """The facts of a pass over the files, by all collectors of the product."""
    collectors = [kind(PassContext(b"key")) for kind in COLLECTORS]
    dispatch = Dispatch(collectors)
    found: list[Fact] = []
    for path, data in files.items():
        entry = FileEntry(path, "file", 0o644, 0, 0, len(data))
        for one in dispatch.wanting(path, data[:8]):
            if len(data) <= one.wanted.max_bytes:
                found.extend(one.collect(FileView(entry, data)))
            elif one.wanted.windows:
                found.extend(one.collect(FileView(entry, b"", len(data) - 1, True)))
            else:
                found.append(Skipped(path=path, collector=one.name, reason=f"file_too_large: {len(data)} bytes"))
    return [*found, *(fact for one in collectors for fact in one.finish())]


def reports(files: dict[str, bytes], ecosystems: frozenset[str] = KNOWN) -> tuple[set[str], ScanReport, ScanReport]:
    """Names of the counted packages, and the scan rows for distribution and language packages."""
    view = ImageView("sha256:0", ("sha256:1",), tuple(Located(0, fact) for fact in facts_of(files)))
    packages = image_packages(view).packages
    inputs = AnalysisInputs(TODAY, packages, ecosystems=ecosystems)
    names = {one.name for one in packages}
    return names, report_of(SystemVulnerabilities, view, inputs), report_of(ApplicationVulnerabilities, view, inputs)


APPLICATION = {
    "truncated jar": ("srv/a-1.0.jar", nested(0)[:-30], "unreadable", "succeeded"),
    "zip bomb": ("srv/bomb.jar",
                 jar(**{f"n{number}_jar": b"PK\x03\x04" + bytes(9_000_000) for number in range(3)}), "expansion_limit", "partial"),
    "archives in archives": ("srv/deep.jar", nested(9), "expansion_limit", "partial"),
    "200 MB package-lock": ("srv/package-lock.json", b" " * 200_000_000, "file_too_large", "partial"),
    "JSON 100,000 deep": ("srv/package-lock.json", b'{"packages":' + b"[" * 100_000, "unreadable", "succeeded"),
    "SBOM 100,000 deep": ("srv/x.cdx.json", b'{"bomFormat": "CycloneDX", "components": ' + b"[" * 100_000, "unreadable", "succeeded"),
    "no UTF-8": ("srv/composer.lock", b'{"packages": [{"name": "\xff\xfe", "version": "1"}]}', "unreadable", "succeeded"),
    "broken SBOM": ("srv/x.cdx.json", b'{"bomFormat": "CycloneDX", "components"', "unreadable", "succeeded"),
}  # fmt: skip


@pytest.mark.parametrize("name", APPLICATION)
def test_language_packages(name: str) -> None:
    path, data, reason, state = APPLICATION[name]
    names, system, application = reports({**GOOD, path: data})
    named = [one for one in application.skipped if one.path.startswith(path)]
    assert named and all(one.reason.startswith(reason) for one in named)
    assert (application.state, system.state) == (state, "succeeded")
    assert {"curl", "good"} <= names


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("var/lib/rpm/rpmdb.sqlite", b"SQLite format 3\0" + bytes(90_000)),
        ("var/lib/rpm/Packages", bytes(12) + b"\x61\x15\x06\x00" + b"\xff" * 9000),
        ("usr/lib/sysimage/rpm/Packages.db", b"RpmP" + b"\xff" * 9000),
        ("var/lib/dpkg/status.d/half", b"Package: half\nArchitecture: all\n"),
    ],
)
def test_damaged_databases(path: str, data: bytes) -> None:
    names, system, application = reports({**GOOD, path: data})
    assert [one.reason.partition(":")[0] for one in system.skipped if one.path == path] == ["unreadable"]
    assert (system.state, system.reason[:10], application.state) == ("partial", "unreadable", "succeeded")
    assert {"curl", "good"} <= names


# database, its place, where four bytes are turned over (a fraction of it, or a fixed offset), and what is still read
DAMAGED = (
    ("rpm-ndb-sle15-bci/Packages.db", "usr/lib/sysimage/rpm/Packages.db", 0.3, "all"),  # within a blob, where its checksum alone tells
    ("rpm-ndb-sle15-bci/Packages.db", "usr/lib/sysimage/rpm/Packages.db", 16 + 32 + 4, "all"),  # a slot
    ("rpm-sqlite-cbl-mariner-2.0/rpmdb.sqlite", "var/lib/rpm/rpmdb.sqlite", 16, "nothing"),  # the page size
    ("rpm-sqlite-cbl-mariner-2.0/rpmdb.sqlite", "var/lib/rpm/rpmdb.sqlite", 4096 * 57, "others"),  # a leaf of the table
    ("rpm-sqlite-cbl-mariner-2.0/rpmdb.sqlite", "var/lib/rpm/rpmdb.sqlite", 4096 * 59, "others"),  # a page on which a package goes on
    ("rpm-bdb-epoch/Packages", "var/lib/rpm/Packages", 4096 + 20, "all"),  # the head of a page, whose values lie on others
)


@pytest.mark.parametrize(("source", "path", "where", "read"), DAMAGED)
def test_a_database_that_is_damaged_in_one_place(reference_data: Path, source: str, path: str, where: float, read: str) -> None:
    data = bytearray((reference_data / "databases" / source).read_bytes())
    whole = {one.name for one in facts_of({path: bytes(data)}) if isinstance(one, Package)}
    place = where if isinstance(where, int) else int(len(data) * where)
    data[place : place + 4] = bytes(one ^ 0xFF for one in data[place : place + 4])
    names, system, application = reports({**GOOD, path: bytes(data)})
    assert [one.reason.partition(":")[0] for one in system.skipped if one.path == path] == ["unreadable"]
    assert (system.state, system.reason[:10], application.state) == ("partial", "unreadable", "succeeded")
    some, all_ = bool(names & whole - {"curl"}), whole <= names
    assert {"curl", "good"} <= names and read == ("all" if all_ else "others" if some else "nothing")


def test_versions_without_a_place_in_the_order() -> None:
    status = STATUS + "Package: odd\nStatus: install ok installed\nVersion: no version!\nArchitecture: amd64\n\n"
    wheel = {"srv/odd-x.dist-info/METADATA": b"Metadata-Version: 2.1\nName: oddwheel\nVersion: not-a-version\n"}
    names, system, application = reports({**GOOD, **wheel, "var/lib/dpkg/status": status.encode()})
    assert {"curl", "good", "odd", "oddwheel"} <= names
    assert any("odd" in one.path for one in system.skipped) and any("oddwheel" in one.reason for one in application.skipped)


@pytest.mark.parametrize("identity", [b"ID=mylinux\nVERSION_ID=3\n", b"ID=debian\nVERSION_ID=99\n", b""])
def test_an_unknown_distribution_is_never_clean(identity: bytes) -> None:
    names, system, _ = reports({**GOOD, "etc/os-release": identity})
    assert "curl" in names and system.state == "partial"
    assert system.reason.startswith(("unsupported_distribution", "advisories_missing"))


def test_repositories_of_which_there_are_no_advisories_are_told_once() -> None:
    purls = ("pkg:github/openssl/openssl@3.0.1", "pkg:github/actions/checkout@v4", "pkg:github/actions/cache@main")
    components = [{"type": "library", "name": one, "purl": one} for one in purls]
    sbom = json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components}).encode()
    names, _, application = reports({**GOOD, "srv/a.cdx.json": sbom}, frozenset({"Debian:12", "GitHub Actions", "PyPI", "npm"}))
    assert {"openssl/openssl", "actions/checkout"} <= names
    told = [one.reason for one in application.skipped if "actions" in one.reason.lower()]
    assert len(told) == 2 and told[0].startswith("actions/cache main: ")
    assert told[1] == "3 repositories (pkg:github) were looked up as GitHub Actions: of others no advisories are known"


MINT = b"ID=linuxmint\nVERSION_ID=21.1\nPRETTY_NAME='Linux Mint 21.1'\nUBUNTU_CODENAME=jammy\n"


@pytest.mark.parametrize(
    ("identity", "advised", "told"),
    [
        (MINT, "Ubuntu:22.04:LTS", ["derivative_distribution: Linux Mint 21.1 is read as Ubuntu:22.04:LTS"]),
        (b"ID=raspbian\nVERSION_ID=12\n", "Debian:12", ["derivative_distribution: raspbian-12 is read as Debian:12"]),
        (b"ID=debian\nVERSION_ID=12\n", "Debian:12", []),
        (b"ID=ubuntu\nVERSION_ID=22.04\n", "Ubuntu:22.04:LTS", []),
    ],
)
def test_a_derivative_says_in_the_scan_what_it_was_read_as(identity: bytes, advised: str, told: list[str]) -> None:
    _, system, _ = reports({**GOOD, "etc/os-release": identity}, frozenset({advised}))
    assert system.state == "succeeded" and [one.reason for one in system.skipped] == told
    assert {one.path for one in system.skipped} <= {"etc/os-release"}


def test_a_distribution_without_support_is_noted_even_if_nothing_is_found() -> None:
    identity = b"ID=debian\nVERSION_ID=10\n"
    _, system, _ = reports({**GOOD, "etc/os-release": identity}, frozenset({"Debian:10"}))
    assert (system.state, system.findings) == ("succeeded", [])
    assert [one.reason.partition(":")[0] for one in system.skipped] == ["unmaintained_distribution"]
