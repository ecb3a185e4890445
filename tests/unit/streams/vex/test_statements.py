"""VEX statements: which findings they leave out, and that nothing disappears by mistake."""

from __future__ import annotations

import json
from typing import Any

import pytest

from schemas.findings import Finding
from schemas.vocabulary import CategoryId
from streams.vex.read import read_vex
from streams.vex.statements import NotVex, same_package, suppress

IMAGE = f"sha256:{'a' * 64}"
FOUND = Finding(
    id="f", category=CategoryId.APPLICATION_VULNERABILITY, rule="CVE-2024-1", aliases=["GHSA-x"], severity="high", package="requests",
    version="2.0", purl="pkg:pypi/requests@2.0",
)  # fmt: skip


def openvex(*statements: dict[str, Any]) -> bytes:
    return json.dumps({"@context": "https://openvex.dev/ns/v0.2.0", "timestamp": "2024-01-01T00:00:00Z", "statements": statements}).encode()


def says(product: Any, name: str = "CVE-2024-1", status: str = "not_affected", **more: Any) -> dict[str, Any]:
    reason = {"justification": "vulnerable_code_not_in_execute_path"} if status == "not_affected" else {}
    return {"vulnerability": {"name": name}, "products": [product], "status": status, **reason, **more}


def left_out(document: bytes) -> list[str]:
    statements, skipped = read_vex(document, "a.json")
    assert not skipped
    return [one.statement.status for one in suppress([FOUND], IMAGE, statements)[1]]


@pytest.mark.parametrize(
    ("product", "covered"),
    [
        ({"@id": "pkg:pypi/requests@2.0"}, True),
        ({"@id": "pkg:pypi/requests"}, True),
        ({"@id": "x", "identifiers": {"purl": "pkg:pypi/Requests@2.0"}}, True),
        ({"@id": "pkg:pypi/requests@2.1"}, False),
        ({"@id": "pkg:npm/requests@2.0"}, False),
        ({"@id": f"pkg:oci/app@sha256%3A{'a' * 64}"}, True),
        ({"@id": f"pkg:oci/app@sha256%3A{'b' * 64}"}, False),
        ({"@id": "app", "hashes": {"sha-256": "a" * 64}, "subcomponents": [{"@id": "pkg:pypi/requests"}]}, True),
        ({"@id": "app", "hashes": {"sha-256": "a" * 64}, "subcomponents": [{"@id": "pkg:pypi/flask"}]}, False),
        ({"@id": "pkg:pypi/requests", "subcomponents": [{"@id": "pkg:pypi/urllib3"}]}, False),
    ],
)
def test_products(product: dict[str, Any], covered: bool) -> None:
    assert bool(left_out(openvex(says(product)))) is covered


def test_aliases_count_and_other_flaws_do_not() -> None:
    assert left_out(openvex(says("pkg:pypi/requests", "GHSA-x")))
    assert not left_out(openvex(says("pkg:pypi/requests", "CVE-2024-2")))


def test_the_latest_statement_decides_in_whatever_order() -> None:
    old = says("pkg:pypi/requests", timestamp="2024-02-01T00:00:00Z")
    new = says("pkg:pypi/requests", status="affected", timestamp="2024-03-01T00:00:00Z")
    assert left_out(openvex(old)) == ["not_affected"]
    assert left_out(openvex(old, new)) == left_out(openvex(new, old)) == []


@pytest.mark.parametrize(("status", "out"), [("fixed", ["fixed"]), ("under_investigation", []), ("affected", [])])
def test_only_fixed_and_not_affected_leave_out(status: str, out: list[str]) -> None:
    assert left_out(openvex(says("pkg:pypi/requests", status=status))) == out


@pytest.mark.parametrize(
    "wrong", [{"justification": ""}, {"status": "fine"}, {"products": []}, {"vulnerability": {}}, {"vulnerability": 5}]
)
def test_what_cannot_be_used_is_named(wrong: dict[str, Any]) -> None:
    statements, skipped = read_vex(openvex(says("pkg:pypi/requests") | wrong), "a.json")
    assert (statements, len(skipped)) == ([], 1)


@pytest.mark.parametrize("ref", ["req", "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#req", "pkg:pypi/requests@2.0"])
@pytest.mark.parametrize(("state", "out"), [("false_positive", ["not_affected"]), ("resolved", ["fixed"]), ("exploitable", [])])
def test_cyclonedx(ref: str, state: str, out: list[str]) -> None:
    flaw = {"id": "CVE-2024-1", "analysis": {"state": state}, "affects": [{"ref": ref}]}
    parts = [{"bom-ref": "top", "components": [{"bom-ref": "req", "purl": "pkg:pypi/requests@2.0"}]}]
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": parts, "vulnerabilities": [flaw]}
    assert left_out(json.dumps(document).encode()) == out


@pytest.mark.parametrize("document", [b"", b"[]", b"{}", b"\xff", b'{"bomFormat": "other"}'])
def test_other_documents_are_refused(document: bytes) -> None:
    with pytest.raises(NotVex):
        read_vex(document, "a.json")


def test_stated_qualifiers_must_be_there() -> None:
    found = "pkg:deb/debian/openssl@3.0?arch=amd64&distro=debian-12"
    assert same_package("pkg:deb/debian/openssl?distro=debian-12", found)
    assert not same_package("pkg:deb/debian/openssl?distro=debian-11", found)
