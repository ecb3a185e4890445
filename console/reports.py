"""What an analysis found, as a document: JSON (a contract, see README), SARIF, CycloneDX, SPDX, OpenVEX, or a table for people."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any

from console.local_analysis import Analysed
from console.sbom.cyclonedx import write_cyclonedx
from console.sbom.spdx import write_spdx
from console.sbom.subject import Subject
from console.vex.write import Assertion, openvex
from schemas.findings import Finding, ItemOutcome
from schemas.vocabulary import ItemState
from streams.vex.statements import AFFECTED

_FINDING = (
    "id", "category", "rule", "aliases", "title", "severity", "priority", "score", "package", "version", "purl", "path", "layer",
    "fixed_version", "fix_command", "line", "evidence", "removed_in_later_layer", "description", "advice", "details",
)  # fmt: skip
_SARIF_LEVELS = {"high": "error", "urgent": "error", "medium": "warning", "suspicious": "warning"}
_RANK = {"high": 0, "urgent": 0, "medium": 1, "suspicious": 1}


def render(results: Sequence[Analysed], form: str) -> str:
    """The document; an array of documents when there are several images."""
    if form == "table":
        return "".join(table(one) for one in results)
    if form == "sarif":
        return json.dumps(sarif(results), ensure_ascii=False, indent=2)
    makers: dict[str, Callable[[Analysed], Any]] = {
        "json": document,
        "cyclonedx": lambda one: json.loads(write_cyclonedx(_subject(one), one.packages)),
        "spdx": lambda one: json.loads(write_spdx(_subject(one), one.packages)),
        "openvex": _openvex,
    }
    documents = [makers[form](one) for one in results]
    return json.dumps(documents[0] if len(documents) == 1 else documents, ensure_ascii=False, indent=2)


def _openvex(one: Analysed) -> dict[str, Any]:
    """What was found as `affected`, what a VEX document took out as it said it."""
    subject = _subject(one)
    found = [
        Assertion(finding.rule, tuple(finding.aliases), subject.purl, finding.purl, AFFECTED, finding.advice)
        for scan in one.reports for finding in scan.findings if finding.purl and scan.category.value.endswith("-vulnerability")
    ]  # fmt: skip
    left = [
        Assertion(
            each.finding.rule, tuple(each.finding.aliases), subject.purl, each.finding.purl, each.statement.status, each.statement.text,
            each.statement.justification, each.statement.stated_at,
        )
        for each in one.suppressed
    ]  # fmt: skip
    return openvex([*found, *left], f"imagerisk {version('imagerisk')}", subject.timestamp)


def document(one: Analysed) -> dict[str, Any]:
    """The JSON form of one image."""
    system = one.packages.distribution
    layers = [layer.digest for layer in one.layers]
    return {
        "image": {
            "reference": one.reference,
            "digest": one.digest,
            "platform": one.platform,
            "os": {"id": system.id if system else "", "version": system.version if system else ""},
            "layers": [{"digest": layer.digest, "diff_id": layer.diff_id, "size": layer.size} for layer in one.layers],
        },
        "scans": [
            {
                "category": scan.category,
                "state": scan.state,
                "reason": scan.reason,
                "skipped": [item.model_dump() for item in scan.skipped],
                "rules": scan.rules,
                "advisories": scan.advisories,
                **({"items": [_item(item) for item in scan.items]} if scan.items else {}),
            }
            for scan in one.reports
        ],
        "packages": [
            {
                "ecosystem": package.ecosystem,
                "name": package.name,
                "version": package.version,
                "purl": package.purl,
                "source": package.source,
                "path": package.paths[0] if package.paths else "",
                "layer": layers[package.layer] if package.layer < len(layers) else "",
                "evidence": package.evidence,
                "licences": list(package.licences),
                "owner": package.owner,
                "confidence": package.confidence,
                "doubt": package.doubt,
                "unmatched": package.unmatched_reason,
            }
            for package in one.packages.packages
        ],
        "findings": [_finding(finding) for scan in one.reports for finding in scan.findings],
        "suppressed": [
            {
                "status": left.statement.status,
                "justification": left.statement.justification,
                "text": left.statement.text,
                "source": left.statement.source,
                "finding": _finding(left.finding),
            }
            for left in one.suppressed
        ],
    }


def sarif(results: Sequence[Analysed]) -> dict[str, Any]:
    """SARIF 2.1.0: one run an image."""
    return {
        "version": "2.1.0",
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "runs": [_sarif_run(one) for one in results],
    }


def _sarif_run(one: Analysed) -> dict[str, Any]:
    findings = [finding for scan in one.reports for finding in scan.findings]
    rules = {finding.rule: finding for finding in findings}
    return {
        "tool": {
            "driver": {
                "name": "imagerisk",
                "version": version("imagerisk"),
                "rules": [
                    {"id": rule, "shortDescription": {"text": first.title or rule}, "help": {"text": first.advice or first.title or rule}}
                    for rule, first in sorted(rules.items())
                ],
            }
        },
        "automationDetails": {"id": f"{one.reference}@{one.digest}"},
        "invocations": [{"executionSuccessful": all(scan.state != "failed" for scan in one.reports)}],
        "results": [_sarif_result(one, finding) for finding in findings],
    }


def _sarif_result(one: Analysed, finding: Finding) -> dict[str, Any]:
    where = finding.path or one.reference
    region = {"region": {"startLine": finding.line}} if finding.line else {}
    what = f"{finding.package} {finding.version}: " if finding.package else ""
    return {
        "ruleId": finding.rule,
        "level": _SARIF_LEVELS.get(finding.severity, "note"),
        "message": {"text": f"{what}{finding.title or finding.rule}"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": where}, **region}}],
        "partialFingerprints": {"imagerisk/v1": finding.id},
        "properties": {"category": finding.category, "layer": finding.layer, "fixedVersion": finding.fixed_version},
    }


def table(one: Analysed) -> str:
    """For people: findings by category, the worst first, then what was not looked at."""
    import io
    import shutil

    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    text = io.StringIO()
    width = shutil.get_terminal_size((120, 40)).columns
    screen = Console(file=text, highlight=False, width=width, no_color=None)
    screen.print(f"[bold]{escape(one.reference)}[/]  {one.digest[:19]}  {one.platform}  {len(one.packages.packages)} packages")
    for scan in one.reports:
        screen.print(
            f"\n[bold]{scan.category}[/]  {scan.state}, {len(scan.findings)} found" + (f"  ({escape(scan.reason)})" if scan.reason else "")
        )
        if scan.items:
            counts = Counter(item.state for item in scan.items)
            screen.print("  " + ", ".join(f"{counts[state]} {state}" for state in ItemState if counts[state]))
        lines = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        for finding in sorted(scan.findings, key=lambda f: (_RANK.get(f.severity, 2), -f.score, f.rule, f.package, f.path)):
            what = f"{finding.package} {finding.version}" if finding.package else finding.path
            fix = f"fixed in {finding.fixed_version}" if finding.fixed_version else finding.title
            lines.add_row(f"  {finding.severity}", escape(finding.rule), escape(what), escape(fix))
        if scan.findings:
            screen.print(lines)
    for left in one.suppressed:
        why = f"{left.statement.status}: {left.statement.justification or left.statement.text} ({left.statement.source})"
        screen.print(escape(f"  suppressed  {left.finding.rule}  {left.finding.package} {left.finding.version}  {why}"))
    return text.getvalue() + "\n"


def _item(outcome: ItemOutcome) -> dict[str, Any]:
    """One item of a list of checks, in the words of the view `baseline_items`."""
    values = outcome.model_dump()
    return {"item": values.pop("item"), "class": values.pop("group"), **values}


def _finding(finding: Finding) -> dict[str, Any]:
    values = finding.model_dump(mode="json")
    return {name: values[name] for name in _FINDING}


def _subject(one: Analysed) -> Subject:
    return Subject(
        reference=one.reference,
        digest=one.digest,
        created=one.created,
        layers=tuple(layer.digest for layer in one.layers),
        diff_ids=tuple(layer.diff_id for layer in one.layers),
        architecture=one.platform.partition("/")[2],
        tool_version=version("imagerisk"),
    )
