"""Known flaws in distribution packages (dpkg, apk, rpm), by the distribution's own advisories."""

from __future__ import annotations

import re
from typing import ClassVar

from analyzers.advisory_names import where_to_look
from analyzers.collectors.apk import Apk
from analyzers.collectors.chisel import Chisel
from analyzers.collectors.dpkg import Dpkg
from analyzers.collectors.opkg import Opkg
from analyzers.collectors.os_release import OsRelease
from analyzers.collectors.rpm import Rpm
from analyzers.contract import AnalysisInputs, ImagePackage
from analyzers.distributions import Release, chosen, release_of
from analyzers.image import ImageView
from analyzers.purl_facts import BUNDLED, DISTRIBUTION_TYPES
from analyzers.vulnerability_findings import findings_of, incomparable, not_read
from schemas.facts import Distribution, Skipped
from schemas.findings import Finding, ScanReport, SkippedItem
from schemas.vocabulary import CategoryId, Reason, ScanState

_COLLECTORS = frozenset(kind.name for kind in (OsRelease, Dpkg, Chisel, Apk, Rpm, Opkg))
_KERNEL_SOURCE = re.compile(
    r"linux(?:-\d[\w.]*)?\Z|linux-(?:signed|meta|aws|azure|gcp|gke|gkeop|oracle|oem|kvm|raspi|raspi2|hwe|lowlatency|riscv|ibm|nvidia|lts|virt"
    r"|edge|rpi|grsec|snapdragon|bluefield|intel|xilinx|fips|cloud)(?:-[\w.-]*)?\Z|kernel(?:-[a-z][\w.-]*)?\Z"
)
_KERNEL_BINARY = re.compile(r"linux-(?:image|headers|modules|libc-dev|kbuild|compiler|config)\b")
_RESTART = re.compile(r"(?:glibc|libc6?|musl|openssl|libssl[\w.]*|systemd|dbus|gnutls\w*|libgnutls[\w.]*|zlib\w*|nss|libnss\w*)\Z")


class SystemVulnerabilities:
    """The category. It reads the packages and matches of its inputs, and of the image only which distribution it is.

    States: partial with unsupported_distribution where packages cannot be compared because nobody knows whose they are; partial with
    advisories_missing where there are no advisories for the distribution; partial with no_package_database for an image that says
    which distribution it is and lists no package; partial with the reason where a database could not be read to its end. An image without
    a distribution and without packages has nothing to look at: that is a success with nothing found. A derivative that is read as its
    parent, a release without support, and copies that Python packages bring along are noted and make no scan partial."""

    id: ClassVar[CategoryId] = CategoryId.SYSTEM_VULNERABILITY
    version: ClassVar[str] = "7"
    kinds: ClassVar[frozenset[str]] = frozenset({Distribution.kind, Skipped.kind})
    matches: ClassVar[bool] = True

    def analyze(self, image: ImageView, inputs: AnalysisInputs) -> ScanReport:
        """The report of one image."""
        distribution = chosen(fact for _, fact in image.visible(Distribution))
        release = release_of(distribution)
        named = [one for one in inputs.packages if one.type in DISTRIBUTION_TYPES]
        packages = [one for one in named if one.unmatched_reason != BUNDLED]
        unread = not_read(image, _COLLECTORS)
        reason = _why_partial(distribution, release, packages, inputs)
        reason = reason or (f"{unread[0].reason} ({unread[0].path})" if unread else _whose(packages))
        findings = system_findings(image, inputs, release)
        place = distribution.path if distribution else ""
        notes = {Reason.DERIVATIVE: release.note, Reason.UNMAINTAINED: _end_of_life(release, inputs)}
        unread += [SkippedItem(path=place, reason=f"{reason}: {note}") for reason, note in notes.items() if note]
        return ScanReport(
            category=self.id, state=ScanState.PARTIAL if reason else ScanState.SUCCEEDED, reason=reason,
            skipped=[*unread, *_skipped(named)], rules=self.version, advisories=inputs.advisories, findings=findings,
        )  # fmt: skip


def system_findings(image: ImageView, inputs: AnalysisInputs, release: Release) -> list[Finding]:
    """The findings about distribution packages."""
    findings = findings_of(
        CategoryId.SYSTEM_VULNERABILITY, image, inputs, lambda one: one.type in DISTRIBUTION_TYPES, kernel=is_kernel,
        restart=lambda one: bool(_RESTART.match(one.name) or _RESTART.match(one.match_name)), distribution=release.id,
    )  # fmt: skip
    note = _end_of_life(release, inputs)
    return [one.model_copy(update={"details": {**one.details, "end_of_life": note}}) for one in findings] if note else findings


def _end_of_life(release: Release, inputs: AnalysisInputs) -> str:
    if not release.support_ends or release.support_ends >= inputs.today:
        return ""
    return f"{release.distro} has had no security support since {release.support_ends.isoformat()}"


def is_kernel(package: ImagePackage) -> bool:
    """Whether a package is (a part of) an operating system kernel, or only describes one."""
    source = package.match_name if package.type != "rpm" else package.name
    return bool(_KERNEL_SOURCE.match(source) or _KERNEL_BINARY.match(package.name))


def _why_partial(distribution: Distribution | None, release: Release, packages: list[ImagePackage], inputs: AnalysisInputs) -> str:
    if distribution is None and not packages:
        return ""
    if distribution is None:
        return f"{Reason.UNSUPPORTED_DISTRIBUTION}: no os-release or other file says which distribution the {len(packages)} packages are of"
    if not release.supported:
        return f"{Reason.UNSUPPORTED_DISTRIBUTION}: {release.reason}"
    if not packages:
        return f"{Reason.NO_PACKAGE_DATABASE}: {release.distro} names itself, but no database of installed packages was found"
    if inputs.ecosystems.isdisjoint(where_to_look(release.ecosystem, "", inputs.ecosystems)):
        return f"{Reason.ADVISORIES_MISSING}: no advisories for {release.ecosystem}"
    return ""


def _whose(packages: list[ImagePackage]) -> str:
    """Why some packages are of no known distribution, empty if all are."""
    reasons = (one.unmatched_reason for one in packages if not one.matched)
    return next((reason for reason in reasons if reason.startswith(Reason.UNSUPPORTED_DISTRIBUTION)), "")


def _skipped(packages: list[ImagePackage]) -> list[SkippedItem]:
    told = [(one, one.unmatched_reason) for one in packages if not one.matched and one.unmatched_reason]
    return [SkippedItem(path=f"{one.name} {one.version}", reason=reason) for one, reason in (*told, *incomparable(packages))]
