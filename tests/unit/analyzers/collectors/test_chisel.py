"""Manifests of Chisel, and the table of sources that they lack."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from backports import zstd

from analyzers.baseline.gaps import gaps_of
from analyzers.collectors import chisel
from analyzers.collectors.chisel import NO_SOURCE, Chisel
from analyzers.collectors.control_file import paragraphs, source_of
from analyzers.contract import AnalysisInputs
from analyzers.image import ImageView, Located
from analyzers.packages import image_packages
from analyzers.system_vulnerabilities import SystemVulnerabilities
from analyzers.ubuntu_sources import ubuntu_source
from schemas.facts import Distribution, Fact, OwnedFiles, Package, Skipped
from schemas.findings import ScanReport
from schemas.vocabulary import ScanState
from tests.unit.analyzers.collectors.collecting import collected

PLACE = "var/lib/chisel/manifest.wall"
LINES = (
    {"jsonwall": "1.0", "schema": "1.0", "count": 9},
    {"kind": "content", "slice": "libssl3t64_libs", "path": "/usr/lib/x86_64-linux-gnu/libssl.so.3"},
    {"kind": "content", "slice": "libssl3t64_copyright", "path": "/usr/share/doc/"},
    {"kind": "content", "slice": "gone_libs", "path": "/usr/lib/gone.so"},
    {"kind": "package", "name": "libssl3t64", "version": "3.0.13-0ubuntu3.4", "sha256": "0", "arch": "amd64"},
    {"kind": "package", "name": "libgcc-s1", "version": "14.2.0-4ubuntu2~24.04", "sha256": "0", "arch": "amd64"},
    {"kind": "path", "path": "/usr/lib/x86_64-linux-gnu/libssl.so.3", "mode": "0644", "slices": ["libssl3t64_libs"], "size": 1},
    {"kind": "slice", "name": "libssl3t64_libs"},
)
STRANGER = {"kind": "package", "name": "libnobodyknows7", "version": "1.0-1", "arch": "amd64"}
NOBLE = Distribution(path="etc/os-release", id="ubuntu", version="24.04")


def manifest(*more: object) -> bytes:
    return zstd.compress("".join(json.dumps(line) + "\n" for line in (*LINES, *more)).encode())


def scanned(facts: list[Fact]) -> tuple[ImageView, ScanReport]:
    view = ImageView("sha256:0", ("sha256:1",), tuple(Located(0, fact) for fact in (NOBLE, *facts)))
    inputs = AnalysisInputs(today=date(2026, 1, 1), packages=image_packages(view).packages, ecosystems=frozenset({"Ubuntu:24.04:LTS"}))
    return view, SystemVulnerabilities().analyze(view, inputs)


def test_packages_and_their_files() -> None:
    ssl, gcc, owned = collected(Chisel, {PLACE: manifest(), "srv/other.wall": b"x"})
    assert isinstance(ssl, Package) and isinstance(gcc, Package) and isinstance(owned, OwnedFiles)
    assert (ssl.type, ssl.name, ssl.version, ssl.arch, ssl.source) == ("deb", "libssl3t64", "3.0.13-0ubuntu3.4", "amd64", "openssl")
    assert (gcc.source, gcc.source_version) == ("gcc-14", "14.2.0-4ubuntu2~24.04")
    assert (owned.package, owned.files) == ("libssl3t64", ("usr/lib/x86_64-linux-gnu/libssl.so.3",))
    view, report = scanned([ssl, gcc, owned])
    assert report.state == ScanState.SUCCEEDED and image_packages(view).packages[0].match_name == "openssl"


def test_a_source_that_nobody_knows_makes_the_scan_partial_and_no_check_of_packages() -> None:
    facts = collected(Chisel, {PLACE: manifest(STRANGER)})
    (told,) = [fact for fact in facts if isinstance(fact, Skipped)]
    assert told.reason == f"{NO_SOURCE} of 1 packages, libnobodyknows7 first"
    view, report = scanned(facts)
    assert report.state == ScanState.PARTIAL and report.reason == f"{told.reason} ({PLACE})" and gaps_of(view) == []


@pytest.mark.parametrize("data", [manifest()[:-9], b"no zstd", zstd.compress(b'{"kind":'), zstd.compress(b"[" * 5000), manifest() + b"x"])
def test_damage_is_told(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = collected(Chisel, {PLACE: data})
    assert isinstance(facts[-1], Skipped) and facts[-1].reason.startswith("unreadable: ")
    assert gaps_of(scanned(facts)[0])
    monkeypatch.setattr(chisel, "MAX_BYTES", 100)
    (only,) = collected(Chisel, {PLACE: manifest()})
    assert isinstance(only, Skipped) and only.reason == "unreadable: more than 100 bytes unpacked"


def test_no_source_is_another_than_the_database_of_real_systems_says(reference_data: Path) -> None:
    said = 0
    for status in reference_data.glob("databases/*/status"):
        for fields in paragraphs(status.read_bytes()):
            if "package" in fields and "version" in fields:
                source = ubuntu_source(fields["package"], fields["version"])
                said += bool(source)
                assert source in ("", source_of(fields)[0]), fields["package"]
    assert said > 50


@pytest.mark.parametrize(
    ("name", "version", "source"),
    [
        ("libc6", "2.39-0ubuntu8.3", "glibc"), ("libstdc++6", "12.3.0-1ubuntu1~22.04", "gcc-12"), ("libicu74", "74.2-1ubuntu3", "icu"),
        ("openjdk-21-jre-headless", "21.0.5+11-1ubuntu1~24.04", "openjdk-21"), ("openjdk-11-jre-headless", "11.0.25+9-1", "openjdk-lts"),
        ("libpython3.12-stdlib", "3.12.3-1ubuntu0.3", "python3.12"), ("python3", "3.12.3-0ubuntu2", "python3-defaults"),
        ("aspnetcore-runtime-8.0", "8.0.11-0ubuntu1~24.04.1", "dotnet8"), ("dotnet-host", "8.0.11-0ubuntu1", "dotnet8"),
        ("libpq5", "16.4-0ubuntu0.24.04.2", "postgresql-16"), ("libgnutls30t64", "3.8.3-1.1ubuntu3.2", "gnutls28"), ("libx", "1", ""),
    ],
)  # fmt: skip
def test_sources_of_ubuntu(name: str, version: str, source: str) -> None:
    assert ubuntu_source(name, version) == source
