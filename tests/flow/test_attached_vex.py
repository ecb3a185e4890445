"""VEX that images bring along: in a real registry beside them, and among their files."""

from __future__ import annotations

import base64
import json
from typing import Any

from console.demo.oci_archive import Member
from tests.flow.local_home import eventually
from tests.flow.pipeline import NAME, Pipeline
from tests.flow.sample_images import INDEX, MANIFEST, Image, base_layer, digest_of, sample

FLAW = "CVE-2023-38545"
EMPTY = b"{}"


def openvex(status: str, *products: str, at: str = "2026-01-02T00:00:00Z") -> dict[str, Any]:
    statement = {
        "vulnerability": {"name": FLAW}, "status": status, "justification": "vulnerable_code_not_in_execute_path",
        "products": [{"@id": one} for one in products],
    }  # fmt: skip
    return {"@context": "https://openvex.dev/ns/v0.2.0", "@id": "urn:test", "author": "t", "timestamp": at, "statements": [statement]}


def attestation(document: dict[str, Any], digest: str) -> bytes:
    """The document as cosign signs it: DSSE around in-toto."""
    statement = {
        "_type": "https://in-toto.io/Statement/v1", "predicateType": "https://openvex.dev/ns/v0.2.0", "predicate": document,
        "subject": [{"name": "app", "digest": {"sha256": digest.removeprefix("sha256:")}}],
    }  # fmt: skip
    payload = base64.b64encode(json.dumps(statement).encode()).decode()
    return json.dumps({"payloadType": "application/vnd.in-toto+json", "payload": payload, "signatures": [{"sig": "c2ln"}]}).encode()


def artifact(body: bytes, media_type: str, subject: str = "") -> Image:
    """An artifact of one layer."""
    layer = {"mediaType": media_type, "digest": digest_of(body), "size": len(body)}
    config = {"mediaType": "application/vnd.oci.empty.v1+json", "digest": digest_of(EMPTY), "size": len(EMPTY)}
    manifest: dict[str, Any] = {"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": media_type, "config": config, "layers": [layer]}
    if subject:
        manifest["subject"] = {"mediaType": MANIFEST, "digest": subject, "size": 1}
    return Image(json.dumps(manifest).encode(), {digest_of(body): body, digest_of(EMPTY): EMPTY})


def risk(pipeline: Pipeline, digest: str) -> dict[str, Any]:
    [one] = [one for one in pipeline.risks(digest) if one["rule"] == FLAW]
    return one


def await_status(pipeline: Pipeline, digest: str, status: str) -> dict[str, Any]:
    eventually(f"{FLAW} is {status}", lambda: risk(pipeline, digest)["status"] == status, 60)
    return risk(pipeline, digest)


def scan(pipeline: Pipeline, reference: str) -> None:
    done = pipeline.command("scan", f"{NAME}/{reference}", "--json")
    assert done.returncode == 0, done.stderr


def test_an_attestation_beside_the_image(pipeline: Pipeline) -> None:
    image = sample(pipeline.folder, "vex-attested", layers=[base_layer("vex-attested")])
    pipeline.registry.push("vex/attested", "1.0", image)
    pipeline.await_success(image.digest)
    assert risk(pipeline, image.digest)["status"] == "open" and "vex" not in risk(pipeline, image.digest)["details"]
    document = attestation(openvex("not_affected", f"pkg:oci/attested@{image.digest}"), image.digest)
    tag = f"{image.digest.replace(':', '-')}.att"
    pushed = artifact(document, "application/vnd.dsse.envelope.v1+json")
    pipeline.registry.push("vex/attested", tag, pushed)
    eventually("the push of VEX led to another look", lambda: "vex" in risk(pipeline, image.digest)["details"], 60)
    one = risk(pipeline, image.digest)
    assert one["status"] == "open", "nobody said that the repository is trusted"
    assert "not_affected" in one["details"]["vex"] and "signed, the signature is not verified" in one["details"]["vex"]
    assert "not trusted" in one["details"]["vex"]
    assert not pipeline.rows(f"SELECT * FROM scans WHERE image_digest = '{pushed.digest}'"), "what is attached is no image"

    assert pipeline.command("vex", "trust", f"{NAME}/vex/*").returncode == 0
    scan(pipeline, "vex/attested:1.0")
    one = await_status(pipeline, image.digest, "false_positive")
    assert one["decided_by"] == "vex" and "vulnerable_code_not_in_execute_path" in one["decision_reason"]
    made = pipeline.rows("SELECT id FROM decisions WHERE source = 'vex'")
    scan(pipeline, "vex/attested:1.0")
    assert pipeline.rows("SELECT id FROM decisions WHERE source = 'vex'") == made, "the same again decides nothing"
    [listed] = pipeline.json("vex", "list", f"{NAME}/vex/attested:1.0", "--json")
    assert listed["repository"] == "vex/attested" and not listed["problem"]

    assert pipeline.command("vex", "distrust", f"{NAME}/vex/*").returncode == 0
    scan(pipeline, "vex/attested:1.0")
    await_status(pipeline, image.digest, "open")


def test_a_referrer_by_the_tag_schema_decides_before_anybody_hears_of_the_finding(pipeline: Pipeline) -> None:
    assert pipeline.command("vex", "trust", f"{NAME}/vex-born/*").returncode == 0
    image = sample(pipeline.folder, "vex-born", layers=[base_layer("vex-born")])
    first = artifact(json.dumps(openvex("not_affected")).encode(), "application/openvex+json", image.digest)
    pipeline.registry.push("vex-born/app", first.digest, first)
    pipeline.registry.put_manifest("vex-born/app", image.digest.replace(":", "-"), _referrers(first))
    pipeline.registry.push("vex-born/app", "1.0", image)
    pipeline.await_success(image.digest)
    one = risk(pipeline, image.digest)
    assert one["status"] == "false_positive" and "unsigned" in one["details"]["vex"]
    about = f"image_digest = '{image.digest}' AND finding_id = '{one['finding_id']}'"
    changes = pipeline.rows(f"SELECT change, after FROM risk_transitions WHERE {about}")
    assert changes == [{"change": "opened", "after": "false_positive"}]

    later = artifact(
        json.dumps(openvex("affected", image.digest, at="2026-02-02T00:00:00Z")).encode(), "application/openvex+json", image.digest
    )
    pipeline.registry.push("vex-born/app", later.digest, later)
    pipeline.registry.put_manifest("vex-born/app", image.digest.replace(":", "-"), _referrers(first, later))
    await_status(pipeline, image.digest, "open")


def _referrers(*artifacts: Image) -> Image:
    kind = "application/openvex+json"
    entries = [{"mediaType": MANIFEST, "digest": one.digest, "size": len(one.manifest), "artifactType": kind} for one in artifacts]
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}
    return Image(json.dumps(index).encode(), {}, INDEX)


def test_a_file_of_the_image(pipeline: Pipeline) -> None:
    assert pipeline.command("vex", "trust", f"{NAME}/vex-file/*").returncode == 0
    document = json.dumps(openvex("fixed", "pkg:deb/debian/curl")).encode()
    layer = base_layer("vex-file") | {"usr/share/vex/curl.openvex.json": Member(document), "opt/broken.vex.json": Member(b"{")}
    image = sample(pipeline.folder, "vex-file", layers=[layer])
    pipeline.registry.push("vex-file/app", "1.0", image)
    pipeline.await_success(image.digest)
    one = await_status(pipeline, image.digest, "false_positive")
    assert "file usr/share/vex/curl.openvex.json: fixed" in one["details"]["vex"]
    [row] = pipeline.rows(f"SELECT skipped FROM scans WHERE image_digest = '{image.digest}' AND category = 'system-vulnerability'")
    assert any("opt/broken.vex.json" in str(each) and "unreadable" in str(each) for each in row["skipped"]), row
