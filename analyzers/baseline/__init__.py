"""The category `baseline`: how the final file system of an image is set up. Source of the items: the product's list of checks."""

from __future__ import annotations

from typing import ClassVar

from analyzers.baseline.evaluate import evaluate
from analyzers.baseline.item import Outcome, State, finding_of
from analyzers.baseline.items import ITEMS
from analyzers.contract import AnalysisInputs
from analyzers.image import ImageView
from schemas.facts import (
    Account,
    Configuration,
    Distribution,
    Fact,
    File,
    ImageSettings,
    OwnedFiles,
    Package,
    Secret,
    Skipped,
)  # fmt: skip
from schemas.findings import ScanReport, SkippedItem
from schemas.vocabulary import CategoryId, ScanState

# The names of the collectors whose gaps are gaps of this category.
COLLECTORS = frozenset({
    "accounts", "file_modes", "sudoers", "trust", "ssh_server", "services", "web_servers", "repositories", "weak_credentials",
    "applications",
})  # fmt: skip
_KINDS: tuple[type[Fact], ...] = (
    Account, Configuration, Distribution, File, ImageSettings, OwnedFiles, Package, Secret, Skipped,
)  # fmt: skip


class Baseline:
    """Runs the items of `items.py` and turns their hits into findings."""

    id: ClassVar[CategoryId] = CategoryId.BASELINE
    version: ClassVar[str] = "1"
    kinds: ClassVar[frozenset[str]] = frozenset(kind.kind for kind in _KINDS)
    matches: ClassVar[bool] = False

    def analyze(self, image: ImageView, inputs: AnalysisInputs) -> ScanReport:
        outcomes = evaluate(image, inputs)
        skipped = _skipped(image)
        reasons = [*image.partial, *(one.reason for one in outcomes if one.state is State.CRASHED), *_gaps(skipped)]
        return ScanReport(
            category=self.id,
            state=ScanState.PARTIAL if reasons else ScanState.SUCCEEDED,
            reason=reasons[0] if reasons else "",
            skipped=[*skipped, *(SkippedItem(path="", reason=one.reason) for one in outcomes if one.state is State.CRASHED)],
            rules=f"{self.version} ({len(outcomes)} of {len(ITEMS)} items)",
            findings=[
                finding_of(one.item, inputs.levels.get(one.item.rule, one.item.level), hit, image.layer_digest(hit.layer))
                for one in outcomes
                for hit in one.hits
            ],
        )


def _skipped(image: ImageView) -> list[SkippedItem]:
    facts = dict.fromkeys((fact.path, fact.reason) for _, fact in image.visible(Skipped) if fact.collector in COLLECTORS)
    return [SkippedItem(path=path, reason=reason) for path, reason in facts]


def _gaps(skipped: list[SkippedItem]) -> list[str]:
    """Reasons that make a scan partial. Guesses left out for want of budget do not: guessing is never complete, and the list says so."""
    return [one.reason for one in skipped if not one.reason.startswith("timeout")]


__all__ = ["ITEMS", "Baseline", "Outcome", "State", "evaluate"]
