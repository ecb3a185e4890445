"""VEX and decisions: statements become decisions about the findings that they cover, decisions become statements.

A statement about an image decides for that image, one about a package for the finding wherever it is. `not_affected` and `fixed` say
that the finding is none here: false positive. `affected` and `under_investigation` decide nothing, unless the statement is one of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from console.decision_file import Entry, Key
from console.vex.statements import AFFECTED, NOT_AFFECTED, Product, Statement, is_image, names_package
from console.vex.write import MARK, Assertion
from sinks.decisions import STATUS_OF

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
        action = action_of(statement)
        if not covered:
            notes.append(f"{_about(statement)}: no known image has this finding")
        elif not action:
            notes.append(f"{_about(statement)}: {statement.status} decides nothing")
        for risk, (scope, target) in covered:
            if (risk["decision_action"], risk["decision_reason"]) == (action, _reason(statement)):
                continue
            entry = Entry(action=action or "reopen", finding=risk["finding_id"], scope=scope, target=target, reason=_reason(statement))
            known = found.get(entry.key)
            if known is None or (known[0], known[1]) <= (statement.stated_at, number):
                found[entry.key] = statement.stated_at, number, entry if action else None
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
    return [scope for product in statement.products if (scope := _scope(product, risk))]


def _scope(product: Product, risk: Risk) -> tuple[str, str] | None:
    if any(is_image(one, risk["image_digest"]) for one in product.identifiers):
        return ("image", risk["image_digest"]) if not product.parts or names_package(product.parts, risk["purl"]) else None
    return ("global", "") if not product.parts and names_package(product.identifiers, risk["purl"]) else None


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
    """`pkg:oci/NAME@DIGEST?repository_url=...` (purl type oci)."""
    name = str(risk["repository"]).rpartition("/")[2] or "image"
    where = f"?repository_url={risk['registry']}/{risk['repository']}" if risk["repository"] else ""
    return f"pkg:oci/{name}@{str(risk['image_digest']).replace(':', '%3A')}{where}"


def _reason(statement: Statement) -> str:
    if statement.mark.startswith(MARK) and statement.text:
        return statement.text[:_REASON_LIMIT]
    said = ", ".join(filter(None, [statement.status, statement.justification]))
    return f"VEX {statement.source}: {said}{f': {statement.text}' if statement.text else ''}"[:_REASON_LIMIT]


def _about(statement: Statement) -> str:
    return f"{min(statement.names)} in {', '.join(one.identifiers[0] for one in statement.products if one.identifiers)}"
