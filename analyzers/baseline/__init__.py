"""The category `baseline`: how the final file system of an image is set up. Source of the items: the product's list of checks."""

from __future__ import annotations

from typing import ClassVar

from analyzers.baseline.evaluate import evaluate
from analyzers.baseline.gaps import damaged_hashes, gaps_of
from analyzers.baseline.item import Outcome, finding_of
from analyzers.baseline.items import ITEMS
from analyzers.baseline.selection import Selection, selectable
from analyzers.baseline.user_items import user_items
from analyzers.contract import AnalysisInputs
from analyzers.image import ImageView
from schemas.facts import (
    Account,
    ConfigSecret,
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
from schemas.vocabulary import CategoryId, Reason, ScanState

_KINDS: tuple[type[Fact], ...] = (
    Account, ConfigSecret, Configuration, Distribution, File, ImageSettings, OwnedFiles, Package, Secret, Skipped,
)  # fmt: skip


class Baseline:
    """Runs the items of `items.py` and turns their hits into findings."""

    id: ClassVar[CategoryId] = CategoryId.BASELINE
    version: ClassVar[str] = "9"
    kinds: ClassVar[frozenset[str]] = frozenset(kind.kind for kind in _KINDS)
    matches: ClassVar[bool] = False

    def analyze(self, image: ImageView, inputs: AnalysisInputs) -> ScanReport:
        outcomes, selection = evaluate(image, inputs), Selection.of(inputs)
        read = frozenset[str]().union(*(item.need.reads for item in selection.items))
        gaps = [one for one in gaps_of(image, inputs.user_items) if one.sources & read]
        missed = [SkippedItem(path="", reason=f"unknown item {name}") for name in selection.unknown]
        missed += [SkippedItem(path="", reason=one.reason) for one in outcomes if one.reason.startswith(Reason.DETECTOR_CRASHED)]
        # Guesses left out for want of budget make nothing partial: guessing is never complete, and the list says so.
        reasons = [*image.partial, *(one.reason for one in missed), *(one.reason for one in gaps if not one.reason.startswith("timeout"))]
        return ScanReport(
            category=self.id,
            state=ScanState.PARTIAL if reasons else ScanState.SUCCEEDED,
            reason=reasons[0] if reasons else "",
            skipped=[*(SkippedItem(path=one.path, reason=one.reason) for one in gaps), *damaged_hashes(image), *missed],
            rules=f"{self.version}, {selection}",
            findings=[
                finding_of(one.item, inputs.levels.get(one.item.rule, one.item.level), hit, image.layer_digest(hit.layer))
                for one in outcomes
                for hit in one.hits
            ],
            items=[one.told(inputs.levels.get(one.item.rule, one.item.level)) for one in outcomes],
        )


__all__ = ["ITEMS", "Baseline", "Outcome", "Selection", "evaluate", "selectable", "user_items"]
