"""What people read about findings, in the language that they chose: words of rules are translated, words of advisories are not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from analyzers.texts import Texts, rule_texts

if TYPE_CHECKING:
    from console.local_analysis import Analysed
    from schemas.findings import ScanReport

SPOKEN = ("title", "description", "advice")
"""What a finding, a risk and a rule say in sentences."""
SPOKEN_DETAILS = ("class_title", "impact")
"""Details that are sentences too."""


def translated(values: Mapping[str, Any], texts: Texts) -> dict[str, Any]:
    """The values of a finding, a risk or a rule with the sentences translated; everything else as it is."""
    changed: dict[str, Any] = {name: texts(values[name]) for name in SPOKEN if name in values}
    if details := values.get("details"):
        changed["details"] = {**details, **{name: texts.each(details[name]) for name in SPOKEN_DETAILS if name in details}}
    return {**values, **changed}


def translated_rows(rows: Iterable[Mapping[str, Any]], language: str) -> list[dict[str, Any]]:
    """Risks or rules in a language."""
    texts = rule_texts(language)
    return [translated(row, texts) for row in rows]


def translated_items(rows: Iterable[Mapping[str, Any]], language: str) -> list[dict[str, Any]]:
    """Outcomes of items with their reasons in a language."""
    texts = rule_texts(language)
    return [{**row, "reason": texts(row["reason"])} for row in rows]


def translated_results(results: Sequence[Analysed], language: str) -> list[Analysed]:
    """The same results with all findings and outcomes of items in a language."""
    texts = rule_texts(language)
    return [replace(one, reports=tuple(_translated(scan, texts) for scan in one.reports)) for one in results]


def _translated(scan: ScanReport, texts: Texts) -> ScanReport:
    findings = [finding.model_copy(update=translated(dict(finding), texts)) for finding in scan.findings]
    items = [one.model_copy(update={"reason": texts(one.reason)}) for one in scan.items]
    return scan.model_copy(update={"findings": findings, "items": items})
