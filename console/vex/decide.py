"""VEX and decisions: statements become decisions about the findings that they cover, decisions become statements.

A statement about an image decides for that image, one about a package for the finding wherever it is. `not_affected` and `fixed` say
that the finding is none here: false positive. `affected` and `under_investigation` decide nothing, unless the statement is one of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from console.decision_file import Entry, Key
from console.sbom.subject import Subject
from console.vex.write import MARK, Assertion
from sinks.decisions import STATUS_OF
from streams.vex.statements import AFFECTED, NOT_AFFECTED, Statement, reach

_REASON_LIMIT = 2000
Risk = Mapping[str, Any]
"""A row of the view `risks`: finding_id, image_digest, rule, aliases, purl, repository, status, decision_*."""


def entries_of(statements: Sequence[Statement], risks: Sequence[Risk]) -> tuple[list[Entry], list[str]]:
    """Decisions for the risks that are known now, and why statements decide nothing. Of several statements about one finding and place
    the latest counts."""
    found: dict[Key, tuple[str, int, Entry | None]] = {}
    notes = []
    for number, statement in enumerate(statements):
        covered = [(risk, scope) for risk in risks for scope in _scopes(statement, risk)]
        action, reason = action_of(statement), _reason(statement)
        if not covered:
            notes.append(f"{_about(statement)}: no known image has this finding")
        elif not action:
            notes.append(f"{_about(statement)}: {statement.status} decides nothing")
        for risk, (scope, target) in covered:
            if (risk["decision_action"], risk["decision_reason"]) == (action, reason):
                continue
            key = "finding", "equals", risk["finding_id"], "", scope, target
            if key not in found or found[key][:2] <= (statement.stated_at, number):
                entry = Entry(action=action, finding=risk["finding_id"], scope=scope, target=target, reason=reason) if action else None
                found[key] = statement.stated_at, number, entry
    return [entry for _, _, entry in found.values() if entry], notes


def action_of(statement: Statement) -> str:
    """The action that a statement stands for, empty for none."""
    own = statement.mark.removeprefix(MARK).partition(":")[0] if statement.mark.startswith(MARK) else ""
    if own in STATUS_OF and own not in ("accept", "reopen"):  # an acceptance has an end, which VEX cannot say
        return own
    return "false-positive" if statement.closes else ""


def _scopes(statement: Statement, risk: Risk) -> list[tuple[str, str]]:
    if not risk["purl"] or not statement.names & {risk["rule"], *risk["aliases"]}:
        return []
    digest = str(risk["image_digest"])
    places = {"image": ("image", digest), "package": ("global", "")}
    return [places[how] for product in statement.products if (how := reach(product, risk["purl"], digest))]


def assertions_of(risks: Iterable[Risk]) -> list[Assertion]:
    """What decisions say about vulnerabilities, for risks with a decision. Only a false positive says `not_affected`: whatever else was
    decided, the image is affected and somebody chose to live with it."""
    found = {}
    for risk in risks:
        action = risk["decision_action"]
        status = NOT_AFFECTED if action == "false-positive" else AFFECTED
        one = Assertion(
            risk["rule"], tuple(risk["aliases"]), "" if risk["decision_scope"] == "global" else image_purl(risk), risk["purl"], status,
            risk["decision_reason"],
            stated_at=risk["decided_at"], action=action,
        )  # fmt: skip
        found[one.flaw, one.image, one.purl] = one
    return list(found.values())


def image_purl(risk: Risk) -> str:
    """The package URL of the image that a risk is in, as in its SBOM."""
    return Subject(f"{risk['registry']}/{risk['repository']}", str(risk["image_digest"])).purl


def _reason(statement: Statement) -> str:
    if statement.mark.startswith(MARK) and statement.text:
        return statement.text[:_REASON_LIMIT]
    said = ", ".join(filter(None, [statement.status, statement.justification]))
    return f"VEX {statement.source}: {said}{f': {statement.text}' if statement.text else ''}"[:_REASON_LIMIT]


def _about(statement: Statement) -> str:
    return f"{min(statement.names)} in {', '.join(one.identifiers[0] for one in statement.products if one.identifiers)}"
