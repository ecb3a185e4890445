"""Documents of an image: what is believed, what is noted, what is no statement about it. Sources: OpenVEX 0.2.0, in-toto v1, DSSE v1."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from schemas.findings import Finding
from schemas.vocabulary import CategoryId
from sinks.vex import VexDocument
from streams.vex.envelope import opened
from streams.vex.heed import claims_of, noted
from streams.vex.statements import NotVex, covers

DIGEST, INDEX, OTHER = (f"sha256:{letter * 64}" for letter in "abc")
CURL = "pkg:deb/debian/curl@7.88.1-10%2Bdeb12u1?arch=amd64&distro=debian-12"
PLACES = frozenset({("shop", "team/app")})


def openvex(*products: Any, status: str = "not_affected") -> dict[str, Any]:
    statement: dict[str, Any] = {
        "vulnerability": {"name": "CVE-2023-38545"}, "status": status, "justification": "vulnerable_code_not_present",
    }  # fmt: skip
    if products:
        statement["products"] = list(products)
    return {"@context": "https://openvex.dev/ns/v0.2.0", "timestamp": "2026-01-02T03:04:05Z", "statements": [statement]}


def in_toto(predicate: dict[str, Any], digest: str, kind: str = "https://openvex.dev/ns/v0.2.0") -> dict[str, Any]:
    subject = [{"name": "app", "digest": {"sha256": digest.removeprefix("sha256:")}}]
    return {"_type": "https://in-toto.io/Statement/v1", "subject": subject, "predicateType": kind, "predicate": predicate}


def dsse(statement: dict[str, Any], *signatures: str) -> dict[str, Any]:
    payload = base64.b64encode(json.dumps(statement).encode()).decode()
    return {"payloadType": "application/vnd.in-toto+json", "payload": payload, "signatures": [{"sig": one} for one in signatures]}


def finding() -> Finding:
    return Finding(id="f", category=CategoryId.SYSTEM_VULNERABILITY, rule="CVE-2023-38545", title="t", severity="high", purl=CURL)


def attached(document: Any, subject: str = DIGEST) -> VexDocument:
    return VexDocument("artifact", "shop", "team/app", subject, json.dumps(document))


def said(document: VexDocument, *trusted: str) -> list[tuple[bool, bool]]:
    """(trusted, signed) of the statements that cover the finding."""
    claims, _ = claims_of(DIGEST, [document], PLACES, trusted)
    return [(one.trusted, one.signed) for one in claims if covers(one.statement, finding(), DIGEST)]


@pytest.mark.parametrize("product", [
    DIGEST, f"pkg:oci/app@{DIGEST}", f"pkg:oci/app@{INDEX}", "pkg:oci/app", CURL, "pkg:deb/debian/curl",
    "pkg:oci/app?repository_url=registry.example.org/team/app",
    {"@id": f"pkg:oci/app@{DIGEST}", "subcomponents": [{"@id": CURL}]},
])  # fmt: skip
def test_products_that_are_this_image_or_its_package(product: Any) -> None:
    assert said(attached(openvex({"@id": product} if isinstance(product, str) else product), INDEX)) == [(False, False)]


@pytest.mark.parametrize("product", [
    OTHER, f"pkg:oci/app@{OTHER}", "pkg:oci/other", "pkg:oci/app?repository_url=registry.example.org/else/app", "pkg:deb/debian/openssl",
    {"@id": DIGEST, "subcomponents": [{"@id": "pkg:deb/debian/openssl"}]},
])  # fmt: skip
def test_products_that_are_something_else(product: Any) -> None:
    assert said(attached(openvex({"@id": product} if isinstance(product, str) else product))) == []


def test_a_document_without_products_is_about_what_it_is_attached_to() -> None:
    assert said(attached(openvex())) == [(False, False)]
    _, skipped = claims_of(DIGEST, [VexDocument("file vex.json", body=json.dumps(openvex()))], PLACES, ())
    assert [one.reason for one in skipped] == ["VEX: statements[1]: no product is named"], "a file of the image is attached to nothing"


def test_only_trusted_repositories_decide() -> None:
    document = attached(openvex())
    assert said(document, "shop/team/*") == [(True, False)] and said(document, "other/*", "shop/else") == [(False, False)]
    file = VexDocument("file vex.json", body=json.dumps(openvex(CURL)))
    assert said(file, "shop/team/app") == [(True, False)], "a file is believed where the image lies"


def test_envelopes() -> None:
    statement = in_toto(openvex(), DIGEST)
    assert said(attached(dsse(statement, "c2ln"))) == [(False, True)]
    assert said(attached(dsse(statement))) == [(False, False)], "an envelope without a signature is unsigned"
    assert said(attached({"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "dsseEnvelope": dsse(statement, "x")})) == [
        (False, True)
    ]
    claims, skipped = claims_of(DIGEST, [attached(dsse(in_toto(openvex(), OTHER), "c2ln"))], PLACES, ("*",))
    assert not claims and "another image" in skipped[0].reason


def test_what_is_no_vex() -> None:
    assert opened(json.dumps(dsse(in_toto({}, DIGEST, "https://slsa.dev/provenance/v1"))).encode()) is None
    assert opened(b'{"bomFormat": "CycloneDX", "components": []}') is None
    assert opened(b'{"spdxVersion": "SPDX-2.3"}') is None
    for bad in (b"", b"[]", b"\xff", json.dumps({"payloadType": "application/vnd.in-toto+json", "payload": "%"}).encode()):
        with pytest.raises(NotVex):
            opened(bad)
    deep: dict[str, Any] = openvex()
    for _ in range(6):
        deep = dsse(deep)
    with pytest.raises(NotVex):
        opened(json.dumps(deep).encode())


def test_damage_is_named() -> None:
    _, skipped = claims_of(DIGEST, [VexDocument("artifact", "shop", "team/app", DIGEST, "{")], PLACES, ())
    assert skipped[0].path == "artifact" and skipped[0].reason.startswith("VEX: unreadable: no JSON")


def test_aliases_count_and_claims_keep_their_order() -> None:
    one = finding().model_copy(update={"rule": "GHSA-1", "aliases": ["CVE-2023-38545"]})
    document = openvex(status="affected")
    document["statements"] += openvex()["statements"]
    claims, _ = claims_of(DIGEST, [attached(document)], PLACES, ())
    [found] = noted([one], DIGEST, claims)
    assert found.details["vex"].index(": affected") < found.details["vex"].index(": not_affected")
    assert noted([one.model_copy(update={"aliases": []})], DIGEST, claims)[0].details == {}


def test_notes_say_how_far_to_believe_them() -> None:
    claims, _ = claims_of(DIGEST, [attached(openvex())], PLACES, ())
    [one] = noted([finding()], DIGEST, claims)
    assert one.details["vex"] == ("artifact: not_affected, vulnerable_code_not_present (unsigned, the repository is not trusted for VEX)")
