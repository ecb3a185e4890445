"""The category of build commands: risky instructions in the history of an image and in its configuration."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import ClassVar

from analyzers.build_commands.rule import Build, Hit, Rule, start_scripts
from analyzers.build_commands.rules import RULES
from analyzers.build_commands.steps import read_step
from analyzers.build_commands.user_rules import rule_of
from analyzers.contract import AnalysisInputs
from analyzers.image import ImageView
from analyzers.shell.reader import Budget
from schemas.facts import ConfigSecret, HistoryStep, ImageSettings, OwnedFiles, Skipped
from schemas.findings import Finding, ScanReport, SkippedItem, finding_id
from schemas.vocabulary import CategoryId, Reason, ScanState

CONFIG_COLLECTOR = "config"
MAX_STEPS = 2000
MAX_EVIDENCE = 300


def rules_version() -> str:
    """Changes with the list of rules; the number before it changes with what a rule does."""
    return hashlib.sha256(repr([(rule.key, str(rule.level), rule.default) for rule in RULES]).encode()).hexdigest()[:12]


class BuildCommands:
    """Runs the rules over steps and settings. A rule that crashes ends only itself: the scan is then partial and names it."""

    id: ClassVar[CategoryId] = CategoryId.BUILD_COMMAND
    version: ClassVar[str] = f"5.{rules_version()}"
    kinds: ClassVar[frozenset[str]] = frozenset({ImageSettings.kind, HistoryStep.kind, ConfigSecret.kind, OwnedFiles.kind, Skipped.kind})
    matches: ClassVar[bool] = False

    def analyze(self, image: ImageView, inputs: AnalysisInputs) -> ScanReport:
        """Succeeded; failed without a configuration; partial without a history, when something was cut, or when a rule crashed. Nothing is
        said of a folder, which has neither."""
        if image.details.get("target") == "folder":
            reason = f"{Reason.NO_HISTORY}: a folder has neither build instructions nor a configuration"
            return ScanReport(category=self.id, state=ScanState.PARTIAL, reason=reason, rules=self.version)
        settings = next((fact for _, fact in image.every(ImageSettings)), None)
        cut = [fact for _, fact in image.every(Skipped) if fact.collector == CONFIG_COLLECTOR]
        skipped = [SkippedItem(path=fact.path, reason=fact.reason) for fact in cut]
        if settings is None:
            reason = f"{Reason.UNREADABLE}: no image configuration"
            return ScanReport(category=self.id, state=ScanState.FAILED, reason=reason, skipped=skipped, rules=self.version)
        budget = Budget()
        build, gaps = read_build(image, settings, budget)
        found: list[Finding] = []
        for rule in active_rules(inputs):
            try:
                found.extend(_findings(rule, rule.detect(build), image, inputs))
            except Exception as error:  # any rule's bug ends that rule only
                gaps.append(SkippedItem(path="", reason=f"{Reason.DETECTOR_CRASHED}: {rule.key}: {type(error).__name__}"))
        if budget.cut:
            gaps.append(SkippedItem(path="history", reason=f"{Reason.EXPANSION_LIMIT}: commands too long or too deeply nested"))
        reasons = [*(item.reason for item in gaps), *(item.reason for item in skipped)]
        return ScanReport(
            category=self.id, state=ScanState.PARTIAL if reasons else ScanState.SUCCEEDED, reason=reasons[0] if reasons else "",
            skipped=[*skipped, *gaps], rules=self.version, findings=found,
        )  # fmt: skip


def active_rules(inputs: AnalysisInputs) -> Iterator[Rule]:
    """Rules of the strategy and those of the user, without those that are switched off."""
    every = (*RULES, *map(rule_of, inputs.user_commands))
    return (rule for rule in every if (rule.default or inputs.strategy == "full") and rule.key not in inputs.disabled)


def read_build(image: ImageView, settings: ImageSettings, budget: Budget) -> tuple[Build, list[SkippedItem]]:
    """The build of an image, and what is missing in it."""
    gaps: list[SkippedItem] = []
    history = sorted((fact for _, fact in image.every(HistoryStep)), key=lambda fact: fact.index)
    if len(history) > MAX_STEPS:
        gaps.append(SkippedItem(path="history", reason=f"{Reason.EXPANSION_LIMIT}: more than {MAX_STEPS} entries"))
    start = start_scripts(settings, budget)
    steps = tuple(read_step(fact, budget) for fact in history[:MAX_STEPS])
    if not any(step.instruction for step in steps):
        gaps.append(
            SkippedItem(path="history", reason=f"{Reason.NO_HISTORY}: no build instruction is named, only the configuration was checked")
        )
    owned = frozenset(path.lstrip("/") for _, fact in image.every(OwnedFiles) for path in fact.files if ".so" in path)
    return Build(settings, steps, tuple(fact for _, fact in image.every(ConfigSecret)), start, owned), gaps


def _findings(rule: Rule, hits: Iterable[Hit], image: ImageView, inputs: AnalysisInputs) -> Iterator[Finding]:
    """One finding for each place. The same content in a second place is a finding of its own, told apart by a count."""
    places: dict[str, list[Hit]] = {}
    for hit in hits:
        places.setdefault(hit.place, []).append(hit)
    if "config.Entrypoint" in places:
        places.pop("config.Cmd", None)  # one process: its words were looked at together
    seen: dict[str, int] = {}
    level = inputs.levels.get(rule.key, str(rule.level))
    for place, at in places.items():
        subject = "\n".join(sorted({hit.subject for hit in at}))
        seen[subject] = seen.get(subject, 0) + 1
        again = () if seen[subject] == 1 else (str(seen[subject]),)
        layer = at[0].layer
        yield Finding(
            id=finding_id(CategoryId.BUILD_COMMAND, rule.key, subject, *again), category=CategoryId.BUILD_COMMAND, rule=rule.key,
            title=rule.title, severity=level, priority=level, path=place, layer="" if layer is None else image.layer_digest(layer),
            evidence=at[0].evidence[:MAX_EVIDENCE],
            description=rule.description, advice=rule.advice, details={"class": rule.group},
        )  # fmt: skip
