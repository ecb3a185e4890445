"""Manifests: what is an image, what an index offers, and what is refused by name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.vocabulary import Reason
from streams.registries.manifests import ImageManifest, Manifest, RegistryError, parse_manifest
from tests.unit.streams.registries.made_images import digest_of

OCI = "application/vnd.oci.image"
CONFIG = {"mediaType": f"{OCI}.config.v1+json", "digest": digest_of(b"c"), "size": 1}


def parse(document: object) -> Any:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return parse_manifest(Manifest(body, "", digest_of(body)))


def layer(media_type: str) -> dict[str, object]:
    return {"mediaType": media_type, "digest": digest_of(media_type.encode()), "size": 5}


@pytest.mark.parametrize(
    ("media_type", "skipped"),
    [
        (f"{OCI}.layer.v1.tar", ""), (f"{OCI}.layer.v1.tar+gzip", ""), (f"{OCI}.layer.v1.tar+zstd", ""),
        ("application/vnd.docker.image.rootfs.diff.tar.gzip", ""), ("application/vnd.docker.image.rootfs.diff.tar", ""),
        ("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", Reason.FOREIGN_LAYER),
        (f"{OCI}.layer.nondistributable.v1.tar+gzip", Reason.FOREIGN_LAYER),
        (f"{OCI}.layer.v1.tar+gzip+encrypted", Reason.UNSUPPORTED_LAYER),
    ],
)  # fmt: skip
def test_layers_by_media_type(media_type: str, skipped: str) -> None:
    image = parse({"schemaVersion": 2, "config": CONFIG, "layers": [layer(media_type)]})
    assert isinstance(image, ImageManifest)
    assert image.layers[0].skipped.partition(":")[0] == skipped


def test_platforms_of_an_index() -> None:
    def entry(name: str, os: str, architecture: str, variant: str = "") -> dict[str, object]:
        return {**layer(name), "platform": {"os": os, "architecture": architecture, "variant": variant}}

    found = parse({"schemaVersion": 2, "manifests": [
        entry("a", "linux", "amd64"), entry("b", "linux", "arm", "v7"), entry("c", "windows", "amd64"), entry("d", "unknown", "unknown"),
    ]})  # fmt: skip
    assert [one.platform for one in found] == ["linux/amd64", "linux/arm/v7"]


@pytest.mark.parametrize(
    "document",
    [
        b"", b"{", b"[]", b"null", b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe",
        {"schemaVersion": 1, "fsLayers": [], "history": []}, {"schemaVersion": 2}, {"schemaVersion": 2, "manifests": []},
        {"schemaVersion": 2, "config": CONFIG}, {"schemaVersion": 2, "config": CONFIG, "layers": {}},
        {"schemaVersion": 2, "config": 5, "layers": []},
        {"schemaVersion": 2, "config": {**CONFIG, "mediaType": "application/vnd.cncf.helm.config.v1+json"}, "layers": []},
        {"schemaVersion": 2, "config": {**CONFIG, "size": -1}, "layers": []},
        {"schemaVersion": 2, "config": {**CONFIG, "size": "1"}, "layers": []},
        {"schemaVersion": 2, "config": {**CONFIG, "digest": "sha256:../../etc/passwd"}, "layers": []},
        {"schemaVersion": 2, "config": {**CONFIG, "digest": "md5:" + "0" * 64}, "layers": []},
        {"schemaVersion": 2, "config": CONFIG, "layers": [layer("x")] * 5000}, {"schemaVersion": 2, "config": CONFIG, "layers": [7]},
    ],
)  # fmt: skip
def test_what_is_refused(document: object) -> None:
    with pytest.raises(RegistryError) as caught:
        parse(document)
    assert caught.value.reason == Reason.UNSUPPORTED_MANIFEST


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(["digest", "size", "mediaType", "platform", "os"]), below),
    max_leaves=8,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("schemaVersion", "mediaType", "config", "layers", "manifests"), json_values)))
def test_any_document_is_parsed_or_refused(document: dict[str, object]) -> None:
    try:
        parse(document)
    except RegistryError as error:
        assert error.reason == Reason.UNSUPPORTED_MANIFEST
