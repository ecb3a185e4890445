"""The category of sensitive files: secrets of all layers, deleted files too, as findings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import ClassVar

from analyzers.collectors.patterns.rule import Rule
from analyzers.collectors.secret_rules import RULES, by_key
from analyzers.collectors.secret_rules.build import advice_for
from analyzers.collectors.secrets import Secrets
from analyzers.contract import AnalysisInputs
from analyzers.image import ImageView
from analyzers.sensitive_files.classes import CLASS_TITLES
from analyzers.user_rules.records import Pattern
from schemas.facts import OwnedFiles, Secret, Skipped
from schemas.findings import Finding, ScanReport, SkippedItem, finding_id
from schemas.vocabulary import CategoryId, Level, Reason, ScanState

_LOWER = {Level.HIGH: Level.MEDIUM, Level.MEDIUM: Level.LOW, Level.LOW: Level.LOW}
_LIMITS = (Reason.EXPANSION_LIMIT, Reason.FILE_TOO_LARGE, Reason.DETECTOR_CRASHED, Reason.TIMEOUT, Reason.UNSUPPORTED_ARCHIVE)
_PROGRAM_FOLDERS = ("usr/", "lib/", "lib64/", "bin/", "sbin/")
GENERIC = "generic"
_PASSPHRASE = "protected"  # noqa: S105 (a name in the details)


def _rules_version() -> str:
    return hashlib.sha256(repr(sorted((rule.key, rule.version, str(rule.level)) for rule in RULES)).encode()).hexdigest()[:12]


class SensitiveFiles:
    """Secret facts to findings: one for each rule, path and value; files that a distribution package owns unchanged give none."""

    id: ClassVar[CategoryId] = CategoryId.SENSITIVE_FILE
    version: ClassVar[str] = f"{Secrets.version}.{_rules_version()}"
    kinds: ClassVar[frozenset[str]] = frozenset({Secret.kind, OwnedFiles.kind, Skipped.kind})
    matches: ClassVar[bool] = False

    def analyze(self, image: ImageView, inputs: AnalysisInputs) -> ScanReport:
        """Succeeded, or partial when layers are missing or the collector met one of its limits; `skipped` names every place, also what
        nobody can read in archives (damaged, encrypted)."""
        skipped = [SkippedItem(path=fact.path, reason=fact.reason) for _, fact in image.every(Skipped) if fact.collector == Secrets.name]
        limited = [item for item in skipped if item.reason.startswith(_LIMITS) and not _damaged(item)]
        reasons = [*image.partial, *([f"{limited[0].reason} ({len(limited)} places)"] if limited else [])]
        return ScanReport(
            category=self.id,
            state=ScanState.PARTIAL if reasons else ScanState.SUCCEEDED,
            reason="; ".join(reasons),
            skipped=skipped,
            rules=self.version,
            findings=list(findings(image, inputs)),
        )


def _damaged(item: SkippedItem) -> bool:
    """A file that nobody can read is named, and makes no scan partial: it is the same every time."""
    return bool(item.path) and item.reason.startswith(Reason.UNREADABLE)


def findings(image: ImageView, inputs: AnalysisInputs) -> Iterator[Finding]:
    """One finding for each (rule, path, value); of several layers with the same file the lowest counts."""
    owned, unchecked = _owned(image), _owned_without_checksum(image)
    merged: dict[tuple[str, str, str], tuple[int, Secret, bool]] = {}
    for layer, fact in image.every(Secret):
        md5 = fact.details.get("md5", "")
        if fact.rule in inputs.disabled or (md5 and md5 in owned.get(_file(fact), ())) or (layer, _file(fact)) in unchecked:
            continue
        key = (fact.rule, fact.path, fact.value_id)
        hidden = image.is_hidden(layer, fact.path)
        known = merged.get(key)
        merged[key] = (known[0], known[1], known[2] and hidden) if known else (layer, fact, hidden)
    texts: dict[str, Rule | Pattern] = {**by_key(), **{one.id: one for one in inputs.user_patterns}}
    for layer, fact, hidden in merged.values():
        if rule := texts.get(fact.rule):  # a rule that went since the layer was read
            yield _finding(image, inputs, layer, fact, hidden, rule)


def _owned(image: ImageView) -> dict[str, set[str]]:
    """md5 of the files of distribution packages by path. Lists without checksums own nothing here: the file may have been changed."""
    table: dict[str, set[str]] = {}
    for _, fact in image.every(OwnedFiles):
        for path, md5 in zip(fact.files, fact.md5, strict=False):
            if md5:
                table.setdefault(path.lstrip("/"), set()).add(md5)
    return table


def _owned_without_checksum(image: ImageView) -> set[tuple[int, str]]:
    """(layer, path) of secrets in program files of packages whose list has no checksums that compare (apk, some rpm).

    The file counts as unchanged when it came no later than a list that names it. Configuration below etc/ is never passed over."""
    lists: dict[str, int] = {}
    places = {_file(fact) for _, fact in image.every(Secret)}
    wanted = {path for path in places if path.startswith(_PROGRAM_FOLDERS) and not path.startswith("usr/local/")}
    for layer, fact in image.every(OwnedFiles):
        if not any(fact.md5):
            lists.update(
                {path.lstrip("/"): max(layer, lists.get(path.lstrip("/"), layer)) for path in fact.files if path.lstrip("/") in wanted}
            )
    return {(layer, path) for path, last in lists.items() for layer in range(last + 1)}


def _file(fact: Secret) -> str:
    """The file of the layer that a secret stands in: of a member of an archive that is the archive."""
    return fact.details.get("archive", fact.path)


def _finding(image: ImageView, inputs: AnalysisInputs, layer: int, fact: Secret, hidden: bool, rule: Rule | Pattern) -> Finding:
    level = _level(fact, inputs, rule)
    details = {name: value for name, value in fact.details.items() if name != "expires_epoch_s"}
    if expires := _expiry(fact):
        details["expires"] = expires.isoformat()
    group = CLASS_TITLES.get(rule.group, rule.group)
    return Finding(
        id=finding_id(CategoryId.SENSITIVE_FILE, fact.rule, fact.path, fact.value_id),
        category=CategoryId.SENSITIVE_FILE,
        rule=fact.rule,
        title=rule.title,
        severity=level,
        priority=level,
        path=fact.path,
        layer=image.layer_digest(layer),
        line=fact.line,
        evidence=fact.excerpt,
        removed_in_later_layer=hidden,
        description=rule.description or rule.title,
        advice=rule.advice or advice_for(GENERIC),
        details={**details, "class": rule.group, "class_title": group, "confidence": str(fact.confidence), **_references(rule)},
    )


def _references(rule: Rule | Pattern) -> dict[str, str]:
    return {"reference": ", ".join(rule.references)} if isinstance(rule, Pattern) and rule.references else {}


def _level(fact: Secret, inputs: AnalysisInputs, rule: Rule | Pattern) -> Level:
    """The fact's level, or the changed one of its rule with the same reductions; a token that has expired is one level lower."""
    level = fact.level
    if changed := inputs.levels.get(fact.rule) or (rule.level if isinstance(rule, Pattern) else ""):
        level = Level(changed)
        for reduced in (fact.details.get("lowered"), fact.details.get(_PASSPHRASE) == "yes"):
            level = _LOWER.get(level, level) if reduced else level
    expires = _expiry(fact)
    return _LOWER.get(level, level) if expires and expires.date() < inputs.today else level


def _expiry(fact: Secret) -> datetime | None:
    text = fact.details.get("expires_epoch_s", "")
    return datetime.fromtimestamp(int(text), UTC) if text.isdigit() else None
