"""What an application scan says of ecosystems that nobody imported advisories for."""

from __future__ import annotations

from datetime import date

import pytest

from analyzers.application_vulnerabilities import ApplicationVulnerabilities
from analyzers.contract import AnalysisInputs
from analyzers.image import ImageView, Located
from analyzers.packages import image_packages
from schemas.facts import Package
from schemas.findings import ScanReport
from schemas.vocabulary import ScanState

SITE = "usr/lib/python3/site-packages"
WHEEL = Package(path=f"{SITE}/fast-1.0.dist-info/METADATA", type="pypi", name="fast", version="1.0")


def crate(path: str, name: str = "ring") -> Package:
    return Package(path=path, type="cargo", name=name, version="0.17.0")


def scanned(*packages: Package) -> ScanReport:
    view = ImageView("sha256:0", ("sha256:1",), tuple(Located(0, one) for one in packages))
    inputs = AnalysisInputs(today=date(2026, 1, 1), packages=image_packages(view).packages, ecosystems=frozenset({"PyPI"}))
    return ApplicationVulnerabilities().analyze(view, inputs)


def test_what_a_wheel_carries_along_is_named_and_keeps_the_scan_whole() -> None:
    sbom, module = f"{SITE}/fast-1.0.dist-info/sboms/fast.cyclonedx.json", f"{SITE}/fast/_fast.abi3.so"
    report = scanned(WHEEL, crate(sbom), crate(module, "time"))
    assert (report.state, report.reason) == (ScanState.SUCCEEDED, "")
    (skipped,) = report.skipped
    assert skipped.path == sbom
    assert skipped.reason.startswith("advisories_missing: ") and ": 2 packages " in skipped.reason


@pytest.mark.parametrize(
    "package",
    [
        crate("usr/local/bin/server"),
        crate("srv/node_modules.old/server"),
        Package(path=f"{SITE}/web/node_modules/left-pad/package.json", type="npm", name="left-pad", version="1.0.0"),
        Package(path="srv/gems/specifications/rack-2.0.gemspec", type="gem", name="rack", version="2.0"),
    ],
)
def test_what_was_installed_for_itself_makes_it_partial(package: Package) -> None:
    report = scanned(WHEEL, package)
    assert report.state == ScanState.PARTIAL and report.reason.startswith("advisories_missing: ")
    assert report.skipped == []


def test_a_program_beside_the_wheel_counts() -> None:
    report = scanned(WHEEL, crate(f"{SITE}/fast/_fast.abi3.so"), crate("usr/local/bin/server", "time"))
    assert report.state == ScanState.PARTIAL and report.skipped == []
    both = scanned(WHEEL, crate(f"{SITE}/fast/_fast.abi3.so"), crate("usr/local/bin/server"))
    assert both.state == ScanState.PARTIAL


@pytest.mark.parametrize("path", ["srv/node_modules/swc/swc.node", "usr/lib/ruby/gems/3.2.0/gems/fast-1.0-x86_64-linux/lib/fast.so"])
def test_native_modules_of_npm_and_ruby(path: str) -> None:
    assert scanned(WHEEL, crate(path)).state == ScanState.SUCCEEDED
