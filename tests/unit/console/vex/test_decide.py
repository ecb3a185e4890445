"""Decisions as VEX and back: what we write is read as the same decisions; what others write decides no more than it says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from console.vex.decide import assertions_of, entries_of
from console.vex.write import cyclonedx, openvex
from streams.vex.read import read_vex

IMAGE = f"sha256:{'a' * 64}"


def risk(**more: Any) -> dict[str, Any]:
    return {
        "finding_id": "f" * 32, "image_digest": IMAGE, "rule": "CVE-2024-1", "aliases": ["GHSA-x"], "purl": "pkg:pypi/requests@2.0",
        "registry": "shop", "repository": "team/app", "decision_action": "", "decision_reason": "", "decision_scope": "",
        "decided_at": "2024-05-01T00:00:00Z", **more,
    }  # fmt: skip


@pytest.mark.parametrize("form", ["openvex", "cyclonedx"])
@pytest.mark.parametrize(("action", "scope"), [("false-positive", "image"), ("whitelist", "global"), ("ignore", "repository")])
def test_round_trip(form: str, action: str, scope: str) -> None:
    decided = risk(decision_action=action, decision_reason="the code is not called", decision_scope=scope)
    assertions = assertions_of([decided])
    document = openvex(assertions, "shop", "2024-05-01T00:00:00Z") if form == "openvex" else cyclonedx(assertions, "2024-05-01T00:00:00Z")
    statements, skipped = read_vex(json.dumps(document).encode(), "own")
    assert not skipped
    entries, notes = entries_of(statements, [risk()])
    assert notes == []
    assert [(one.action, one.finding, one.scope, one.reason) for one in entries] == [
        (action, "f" * 32, "global" if scope == "global" else "image", "the code is not called")
    ]
    assert entries_of(statements, [decided])[0] == [], "what stands already is not asked for again"


def test_documents_are_the_same_in_any_order() -> None:
    some = [risk(rule=name, decision_action="whitelist", decision_reason="why") for name in ("CVE-1", "CVE-2")]
    one, other = (openvex(assertions_of(rows), "me", "2024-01-01T00:00:00Z") for rows in (some, some[::-1]))
    assert one == other and one["@id"].startswith("urn:imagerisk:document:")


def statement(status: str, **more: Any) -> dict[str, Any]:
    return {"vulnerability": {"name": "CVE-2024-1"}, "products": [{"@id": "pkg:pypi/requests"}], "status": status,
            "impact_statement": "not called", **more}  # fmt: skip


def entries(*statements: dict[str, Any]) -> tuple[list[str], list[str]]:
    document = {"@context": "https://openvex.dev/ns/v0.2.0", "timestamp": "2024-01-01T00:00:00Z", "statements": list(statements)}
    found, notes = entries_of(read_vex(json.dumps(document).encode(), "vendor.json")[0], [risk()])
    return [f"{one.action} {one.scope}: {one.reason}" for one in found], notes


def test_what_others_say() -> None:
    assert entries(statement("not_affected"))[0] == ["false-positive global: VEX vendor.json: not_affected: not called"]
    assert entries(statement("fixed"))[0] == ["false-positive global: VEX vendor.json: fixed: not called"]
    assert entries(statement("affected"))[0] == []
    assert entries(statement("under_investigation"))[1] == ["CVE-2024-1 in pkg:pypi/requests: under_investigation decides nothing"]
    late = statement("under_investigation", timestamp="2024-02-01T00:00:00Z")
    assert entries(statement("not_affected"), late)[0] == [], "the latest statement counts, and it decides nothing"
    unknown = statement("not_affected", products=[{"@id": "pkg:pypi/other"}])
    assert entries(unknown) == ([], ["CVE-2024-1 in pkg:pypi/other: no known image has this finding"])
    foreign = statement("not_affected", **{"@id": "urn:imagerisk:accept:1"})
    assert entries(foreign)[0][0].startswith("false-positive"), "an acceptance has an end, which a statement cannot say"
