"""The category of malicious samples: what collectors called suspicious, judged together, one finding for each file and type."""

from __future__ import annotations

from typing import ClassVar

from analyzers.collectors.samples import LARGE_TEXT
from analyzers.contract import AnalysisInputs
from analyzers.image import ImageView
from analyzers.malicious_samples.changed_binaries import changed_binaries
from analyzers.malicious_samples.grouping import findings_of, samples_at, switched_on
from analyzers.malicious_samples.listed_files import listed_files
from analyzers.malicious_samples.ownership import Ownership
from schemas.facts import Configuration, File, FileHashes, OwnedFiles, Sample, Skipped
from schemas.findings import ScanReport, SkippedItem
from schemas.vocabulary import CategoryId, Reason, ScanState

COLLECTORS = frozenset({"samples", "system-binaries", "file-hashes", "clamav"})


class MaliciousSamples:
    """Samples of all layers, deleted files too, and files that the user's hash lists name."""

    id: ClassVar[CategoryId] = CategoryId.MALICIOUS_SAMPLE
    version: ClassVar[str] = "8"
    kinds: ClassVar[frozenset[str]] = frozenset(
        {Sample.kind, FileHashes.kind, OwnedFiles.kind, File.kind, Configuration.kind, Skipped.kind}
    )
    matches: ClassVar[bool] = False

    def analyze(self, image: ImageView, inputs: AnalysisInputs) -> ScanReport:
        ownership = Ownership.of(image)
        every = (*samples_at(image, ownership), *changed_binaries(image, ownership), *listed_files(image, inputs.hash_lists))
        findings = list(findings_of(image, [one for one in every if switched_on(one.sample, inputs)], inputs))
        skips = [fact for _, fact in image.every(Skipped) if fact.collector in COLLECTORS]
        reasons = [*image.partial, *sorted({_reason(fact) for fact in skips} - {""})]
        return ScanReport(
            category=self.id,
            state=ScanState.PARTIAL if reasons else ScanState.SUCCEEDED,
            reason="; ".join(reasons[:5]),
            skipped=[SkippedItem(path=path, reason=reason) for path, reason in dict.fromkeys((fact.path, fact.reason) for fact in skips)],
            rules=self.version + image.details.get("antivirus", ""),
            findings=findings,
        )


def _reason(fact: Skipped) -> str:
    """Why a skip makes the scan partial; empty where nobody could have read more (an encrypted member) or a large text was left out, which
    is the same every time, and for what ClamAV was not asked: it is a second opinion."""
    unreadable = fact.path and fact.reason.startswith(Reason.UNREADABLE)
    return "" if unreadable or fact.reason.startswith((Reason.ANTIVIRUS_NOT_ASKED, LARGE_TEXT)) else fact.reason[:200]
