"""Writing VEX: what we say about the vulnerabilities of images, as OpenVEX 0.2.0 or CycloneDX 1.6. The same statements, the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from streams.vex.statements import AFFECTED, FIXED, INVESTIGATED, NOT_AFFECTED

_CONTEXT = "https://openvex.dev/ns/v0.2.0"
_JUSTIFICATIONS = frozenset({
    "component_not_present", "vulnerable_code_not_present", "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary", "inline_mitigations_already_exist",
})  # fmt: skip
_CYCLONEDX = {NOT_AFFECTED: "not_affected", FIXED: "resolved", AFFECTED: "exploitable", INVESTIGATED: "in_triage"}
_CYCLONEDX_JUSTIFICATIONS = {
    "component_not_present": "code_not_present", "vulnerable_code_not_present": "code_not_present",
    "vulnerable_code_not_in_execute_path": "code_not_reachable", "inline_mitigations_already_exist": "protected_by_mitigating_control",
    "vulnerable_code_cannot_be_controlled_by_adversary": "protected_at_runtime",
}  # fmt: skip
MARK = "urn:imagerisk:"
"""Begins the identity of a statement of ours: `urn:imagerisk:ACTION:DIGITS`, so that what we wrote is read back as the same decision."""


@dataclass(frozen=True)
class Assertion:
    """One statement to write. `image` is a purl or digest, empty where the package is meant wherever it lies; `action` the decision's."""

    flaw: str
    aliases: tuple[str, ...]
    image: str
    purl: str
    status: str
    text: str
    justification: str = ""
    stated_at: str = ""
    action: str = ""


def openvex(assertions: Sequence[Assertion], author: str, timestamp: str) -> dict[str, Any]:
    """An OpenVEX document. `timestamp` is ISO 8601."""
    statements = [_openvex(one) for one in sorted(assertions, key=_order)]
    body = {"@context": _CONTEXT, "author": author, "timestamp": timestamp, "version": 1, "statements": statements}
    return {"@context": _CONTEXT, "@id": f"{MARK}document:{_digits(repr(statements))}", **body}


def _openvex(one: Assertion) -> dict[str, Any]:
    product: dict[str, Any] = {"@id": one.image, "subcomponents": [{"@id": one.purl}]} if one.image else {"@id": one.purl}
    statement: dict[str, Any] = {
        "@id": _mark(one), "vulnerability": {"name": one.flaw, **({"aliases": list(one.aliases)} if one.aliases else {})},
        "products": [product], "status": one.status,
    }  # fmt: skip
    if one.stated_at:
        statement["timestamp"] = one.stated_at
    if one.status == NOT_AFFECTED and one.justification in _JUSTIFICATIONS:
        statement["justification"] = one.justification
    text = one.text or ("no reason was given" if one.status in (NOT_AFFECTED, AFFECTED) else "")
    if text:
        statement[{NOT_AFFECTED: "impact_statement", AFFECTED: "action_statement"}.get(one.status, "status_notes")] = text
    return statement


def cyclonedx(assertions: Sequence[Assertion], timestamp: str) -> dict[str, Any]:
    """A CycloneDX VEX: packages as components, their vulnerabilities with an analysis."""
    purls = sorted({one.purl for one in assertions})
    components = [{"type": "library", "bom-ref": purl, "name": _name(purl), "purl": purl} for purl in purls]
    return {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "metadata": {"timestamp": timestamp},
        "components": components, "vulnerabilities": [_cyclonedx(one) for one in sorted(assertions, key=_order)],
    }  # fmt: skip


def _cyclonedx(one: Assertion) -> dict[str, Any]:
    analysis = {"state": _CYCLONEDX[one.status], "detail": one.text}
    if one.status == NOT_AFFECTED and one.justification in _CYCLONEDX_JUSTIFICATIONS:
        analysis["justification"] = _CYCLONEDX_JUSTIFICATIONS[one.justification]
    if one.stated_at:
        analysis["lastUpdated"] = one.stated_at
    properties = [{"name": "imagerisk:statement", "value": _mark(one)}] + (
        [{"name": "imagerisk:image", "value": one.image}] if one.image else []
    )
    return {
        "bom-ref": _mark(one), "id": one.flaw, "references": [{"id": alias, "source": {"name": _source(alias)}} for alias in one.aliases],
        "analysis": analysis, "affects": [{"ref": one.purl}], "properties": properties,
    }  # fmt: skip


def _mark(one: Assertion) -> str:
    return f"{MARK}{one.action or one.status}:{_digits(chr(0).join((one.flaw, one.image, one.purl, one.status)))}"


def _digits(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _order(one: Assertion) -> tuple[str, str, str, str]:
    return one.flaw, one.image, one.purl, one.status


def _name(purl: str) -> str:
    return purl.partition("?")[0].rpartition("/")[2].partition("@")[0]


def _source(alias: str) -> str:
    return alias.partition("-")[0]
