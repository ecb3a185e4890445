"""Known flaws in language packages (PyPI, npm, Maven, Go, RubyGems, Packagist ...), and packages that are malicious themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar

from analyzers.collectors.applications import APPLICATION_COLLECTORS
from analyzers.collectors.sbom import Sbom
from analyzers.contract import AnalysisInputs, ImagePackage
from analyzers.image import ImageView
from analyzers.purl_facts import DISTRIBUTION_TYPES
from analyzers.vulnerability_findings import findings_of, incomparable, not_read
from schemas.facts import Skipped
from schemas.findings import Finding, ScanReport, SkippedItem
from schemas.vocabulary import CategoryId, Reason, ScanState

_COLLECTORS = frozenset((*(kind.name for kind in APPLICATION_COLLECTORS), Sbom.name))
# The folders of installers -> the type of the packages that they put there.
_HOME = re.compile(r"(?:^|/)(?:(?P<pypi>site-packages|dist-packages)|(?P<npm>node_modules)|(?P<gem>gems/[^/]+-\d[^/]*))(?=/)")
_LIMITS = (Reason.FILE_TOO_LARGE, Reason.EXPANSION_LIMIT, Reason.DETECTOR_CRASHED, Reason.TIMEOUT)


class ApplicationVulnerabilities:
    """The category. It reads the packages and matches of its inputs, and of the image only what could not be read.

    It is partial where a bound or a crash kept something from being read; what is damaged, and will be next time, is only named.
    It is partial with advisories_missing if the image has packages, to be matched, of an ecosystem without any advisory in the store: for
    these it cannot say that they are clean. What only packages of other ecosystems carry along (the crates of a Python wheel) is named
    among the skipped: a partial scan closes nothing, and its carrier was looked up."""

    id: ClassVar[CategoryId] = CategoryId.APPLICATION_VULNERABILITY
    version: ClassVar[str] = "5"
    kinds: ClassVar[frozenset[str]] = frozenset({Skipped.kind})
    matches: ClassVar[bool] = True

    def analyze(self, image: ImageView, inputs: AnalysisInputs) -> ScanReport:
        """The report of one image."""
        packages = [one for one in inputs.packages if _wanted(one)]
        covered = {name.partition(":")[0] for name in inputs.ecosystems}
        unknown = [one for one in packages if one.matched and one.ecosystem.partition(":")[0] not in covered]
        missing = sorted({one.ecosystem for one in unknown if not _carried(one)})
        reason = f"{Reason.ADVISORIES_MISSING}: no advisories for {', '.join(missing)}" if missing else ""
        unread = not_read(image, _COLLECTORS)
        cut = [one for one in unread if one.reason.startswith(_LIMITS)]
        if cut and not reason:
            reason = f"{cut[0].reason} ({cut[0].path})"
        unasked = _unasked(one for one in unknown if one.ecosystem not in missing)
        return ScanReport(
            category=self.id, state=ScanState.PARTIAL if reason else ScanState.SUCCEEDED, reason=reason,
            skipped=[*unasked, *unread, *_skipped(packages)], rules=self.version, advisories=inputs.advisories,
            findings=application_findings(image, inputs),
        )  # fmt: skip


def application_findings(image: ImageView, inputs: AnalysisInputs) -> list[Finding]:
    """The findings about language packages."""
    return findings_of(CategoryId.APPLICATION_VULNERABILITY, image, inputs, _wanted)


def _wanted(package: ImagePackage) -> bool:
    return package.type not in DISTRIBUTION_TYPES


def _carried(package: ImagePackage) -> bool:
    """Whether all its files lie in packages of other ecosystems."""
    homes = [[one.lastgroup for one in _HOME.finditer(path)][-1:] for path in package.paths]
    return bool(homes) and all(home and home != [package.type] for home in homes)


def _unasked(packages: Iterable[ImagePackage]) -> Iterator[SkippedItem]:
    """One item for each ecosystem without advisories whose packages others carry along."""
    by_ecosystem: dict[str, list[ImagePackage]] = {}
    for one in packages:
        by_ecosystem.setdefault(one.ecosystem, []).append(one)
    for ecosystem, some in sorted(by_ecosystem.items()):
        reason = (
            f"{Reason.ADVISORIES_MISSING}: no advisories for {ecosystem}: {len(some)} packages that others carry along were not looked up"
        )
        yield SkippedItem(path=some[0].paths[0], reason=reason)


def _skipped(packages: list[ImagePackage]) -> list[SkippedItem]:
    told = [(one, one.unmatched_reason) for one in packages if not one.matched and one.unmatched_reason and not one.owner]
    named = [
        SkippedItem(path=one.paths[0] if one.paths else one.purl, reason=f"{one.name} {one.version}: {reason}")
        for one, reason in (*told, *incomparable(packages))
    ]
    repositories = [one for one in packages if one.type == "github" and one.matched]
    if not repositories:
        return named
    reason = f"{len(repositories)} repositories (pkg:github) were looked up as GitHub Actions: of others no advisories are known"
    return [*named, SkippedItem(path=repositories[0].paths[0], reason=reason)]
