"""One category's look at one image: the same for the pipeline and for a single command."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import structlog

from analyzers.contract import AnalysisInputs, Category, ImagePackage, Match
from analyzers.image import ImageView
from analyzers.user_rules.load import Problem
from schemas.findings import Finding, ScanReport, SkippedItem
from schemas.vocabulary import Reason, ScanState
from streams.surroundings import NOWHERE, Surroundings

log = structlog.get_logger(__name__)
SKIPPED_SHOWN = 1000


def report_of(category: type[Category], image: ImageView, inputs: AnalysisInputs) -> ScanReport:
    """What the category says. A crash of the category is a failed scan with the reason; facts that may be missing make it partial, and
    so does a rule of the user that cannot run."""
    if not image.facts and image.partial:
        return ScanReport(category=category.id, state=ScanState.FAILED, reason=_joined(image.partial))
    try:
        report = category().analyze(image, inputs)
    except Exception as error:
        log.error("category crashed", category=category.id.value, image=image.digest, exc_info=True)
        return ScanReport(category=category.id, state=ScanState.FAILED, reason=f"{Reason.DETECTOR_CRASHED}: {type(error).__name__}")
    state, reason = report.state, report.reason
    if image.partial and state is ScanState.SUCCEEDED:
        state, reason = ScanState.PARTIAL, _joined(image.partial)
    lost = [_said(one) for one in inputs.rule_problems if one.lost]
    if lost and state is ScanState.SUCCEEDED:
        state, reason = ScanState.PARTIAL, _joined(lost)
    every = [*(SkippedItem(path="", reason=_said(one)) for one in inputs.rule_problems), *report.skipped]
    skipped = every[:SKIPPED_SHOWN]
    if len(every) > SKIPPED_SHOWN:
        skipped = [*skipped, SkippedItem(path="", reason=f"{len(every) - SKIPPED_SHOWN} more")]
    findings = with_origin(report.findings, image)
    return report.model_copy(update={"state": state, "reason": reason, "skipped": skipped, "findings": findings})


def with_origin(findings: Sequence[Finding], image: ImageView) -> list[Finding]:
    """The findings with where they come from: `origin` is base or here if a base image is known. What came with the base is fixed there."""
    if image.base is None:
        return list(findings)
    inherited = set(image.layers[: image.base.layers])
    name = image.base.name or image.base.digest
    found = []
    for one in findings:
        if not one.layer:
            found.append(one)
        elif one.layer in inherited:
            details = {**one.details, "origin": "base", "base_image": name, "base_digest": image.base.digest}
            advice = f"{one.advice} It comes with the base image {name}: rebuild on a newer one, or fix it there.".strip()
            found.append(one.model_copy(update={"details": details, "advice": advice}))
        else:
            found.append(one.model_copy(update={"details": {**one.details, "origin": "here"}}))
    return found


def inputs_for(
    today: date,
    packages: Sequence[ImagePackage] = (),
    matches: Iterable[Match] = (),
    ecosystems: frozenset[str] = frozenset(),
    advisories: str = "",
    strategy: str = "default",
    chosen: frozenset[str] = frozenset(),
    around: Surroundings = NOWHERE,
) -> AnalysisInputs:
    """What a category may use besides the image."""
    return AnalysisInputs(
        today, packages=tuple(packages), matches=tuple(matches), advisories=advisories, ecosystems=ecosystems, strategy=strategy,
        chosen=chosen, exposed=around.exposed, asset=around.asset,
    )  # fmt: skip


def chosen_items(text: str) -> frozenset[str]:
    """The names in a list of items with commas or spaces between."""
    return frozenset(text.replace(",", " ").split())


def _said(problem: Problem) -> str:
    return f"{Reason.UNREADABLE}: {problem}"


def _joined(reasons: Sequence[str]) -> str:
    """The first reason, and how many more there are: a scan row begins with the word that says why."""
    more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    return f"{reasons[0][:1000]}{more}"
