"""Finding what is attached to an image. Sources: OCI distribution-spec 1.1 ("Listing Referrers", "Referrers Tag Schema"), cosign."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from schemas.vocabulary import Reason
from sinks.vex import VexDocument
from streams.registries.manifests import OCI_INDEX, OCI_MANIFEST, Manifest, RegistryError
from streams.vex.referrers import ARTIFACTS, attached_documents, attached_to, is_attachment_tag

IMAGE = "sha256:" + "a" * 64
VEX = json.dumps({"@context": "https://openvex.dev/ns/v0.2.0", "statements": []}).encode()


def digest_of(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


class Shelf:
    """A registry in memory. `api`: whether it tells referrers."""

    def __init__(self, *, api: bool) -> None:
        self.api, self.manifests, self.blobs = api, dict[str, bytes](), dict[str, bytes]()
        self.listed: list[dict[str, Any]] = []

    def attach(self, body: bytes, *, kind: str = "application/openvex+json", layer: str = "", subject: str = IMAGE, tag: str = "") -> str:
        self.blobs[digest_of(body)] = body
        manifest: dict[str, Any] = {
            "mediaType": OCI_MANIFEST, "artifactType": kind,
            "layers": [{"mediaType": layer or kind, "digest": digest_of(body), "size": len(body)}],
        }  # fmt: skip
        if subject:
            manifest["subject"] = {"digest": subject}
        data = json.dumps(manifest).encode()
        self.manifests[tag or digest_of(data)] = data
        if not tag:
            self.listed.append({"digest": digest_of(data), "artifactType": kind})
            self.manifests[IMAGE.replace(":", "-")] = json.dumps({"mediaType": OCI_INDEX, "manifests": self.listed}).encode()
        return digest_of(data)

    async def manifest(self, repository: str, reference: str) -> Manifest:
        if reference not in self.manifests:
            raise RegistryError(Reason.IMAGE_NOT_FOUND, reference)
        body = self.manifests[reference]
        return Manifest(body, OCI_MANIFEST, digest_of(body))

    async def blob(self, repository: str, digest: str, size: int) -> AsyncIterator[bytes]:
        yield self.blobs[digest]

    async def referrers(self, repository: str, digest: str) -> list[dict[str, Any]] | None:
        return (self.listed if digest == IMAGE else []) if self.api else None

    async def repositories(self) -> list[str]:
        return []

    async def tags(self, repository: str) -> list[str]:
        return []


def found(shelf: Shelf) -> list[VexDocument]:
    return asyncio.run(attached_documents(shelf, "team/app", [IMAGE]))


@pytest.mark.parametrize("api", [True, False])
def test_by_the_api_or_by_the_tag_that_stands_for_it(api: bool) -> None:
    shelf = Shelf(api=api)
    digest = shelf.attach(VEX)
    [one] = found(shelf)
    assert one.body == VEX.decode() and digest in one.place and one.subject == IMAGE and not one.problem


def test_attestations_of_cosign() -> None:
    shelf = Shelf(api=True)
    shelf.attach(VEX, kind="", layer="application/vnd.dsse.envelope.v1+json", subject="", tag=f"{IMAGE.replace(':', '-')}.att")
    assert [one.body for one in found(shelf)] == [VEX.decode()]


def test_what_is_something_else_is_left_alone() -> None:
    shelf = Shelf(api=True)
    shelf.attach(b'{"spdxVersion": "SPDX-2.3"}', kind="application/spdx+json")
    shelf.attach(b'{"bomFormat": "CycloneDX"}', kind="application/vnd.cyclonedx+json")
    shelf.attach(VEX, subject="sha256:" + "b" * 64)
    assert found(shelf) == []


def test_damage_is_named() -> None:
    shelf = Shelf(api=True)
    shelf.attach(b"{")
    shelf.attach(VEX + b" ")
    shelf.blobs[digest_of(VEX + b" ")] = VEX + b"!"
    assert sorted(one.problem.partition(":")[0] for one in found(shelf)) == ["digest_mismatch", "unreadable"]
    assert all(not one.body for one in found(shelf))


def test_bounds() -> None:
    shelf = Shelf(api=True)
    for number in range(ARTIFACTS + 5):
        shelf.attach(VEX + b" " * number)
    documents = found(shelf)
    assert len(documents) == ARTIFACTS + 1 and documents[-1].problem.startswith("file_too_large: more than")
    shelf = Shelf(api=True)
    shelf.attach(VEX + b" " * (5 << 20))
    assert "bytes" in found(shelf)[0].problem


def manifest(**values: Any) -> Manifest:
    body = json.dumps(values).encode()
    return Manifest(body, OCI_MANIFEST, digest_of(body))


def test_what_an_artifact_is_attached_to() -> None:
    image = {"config": {"mediaType": "application/vnd.oci.image.config.v1+json"}, "layers": []}
    subject = {"digest": IMAGE}
    assert attached_to(manifest(**image), "1.0") is None
    assert attached_to(manifest(**image, subject=subject), "1.0") is None, "an image with a subject is an image"
    assert attached_to(manifest(artifactType="application/openvex+json", subject=subject), "") == IMAGE
    assert attached_to(manifest(artifactType="application/spdx+json", subject=subject), "") == ""
    tag = IMAGE.replace(":", "-")
    assert attached_to(manifest(manifests=[]), tag) == IMAGE and attached_to(manifest(layers=[]), f"{tag}.att") == IMAGE
    assert attached_to(manifest(layers=[]), f"{tag}.sig") == ""
    assert is_attachment_tag(tag) and is_attachment_tag(f"{tag}.sbom") and not is_attachment_tag("sha256-short")
    lies: tuple[Any, ...] = ([], "x", {"digest": 5}, None)
    for lie in lies:
        assert attached_to(manifest(subject=lie, config=lie, layers=lie), "1.0") is None
