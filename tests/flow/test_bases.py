"""Where a risk comes from: the base image that people marked, or that the manifest names."""

from __future__ import annotations

import json
from dataclasses import replace

from tests.flow.pipeline import NAME, Pipeline
from tests.flow.sample_images import Image, application_layer, base_layer, digest_of, sample


def origins(pipeline: Pipeline, digest: str) -> dict[str, set[str]]:
    """Category -> origins of its risks that lie in a layer."""
    found: dict[str, set[str]] = {}
    for one in pipeline.risks(digest):
        if one["layer"]:
            found.setdefault(one["category"], set()).add(one["details"].get("origin", ""))
    return found


def with_annotations(image: Image, **values: str) -> Image:
    manifest = json.loads(image.manifest)
    manifest["annotations"] = {f"org.opencontainers.image.base.{name}": value for name, value in values.items()}
    return replace(image, manifest=json.dumps(manifest).encode())


def test_a_marked_base_and_a_named_base(pipeline: Pipeline) -> None:
    layer = base_layer("origin")
    base = sample(pipeline.folder, "origin-base", layers=[layer])
    app = sample(pipeline.folder, "origin-app", layers=[layer, application_layer("origin-app")])
    assert app.layers[0] == base.layers[0]
    pipeline.registry.push("origin/base", "12", base)
    pipeline.registry.push("origin/app", "1.0", app)
    for digest in (base.digest, app.digest):
        pipeline.await_success(digest)
    assert origins(pipeline, app.digest)["system-vulnerability"] == {""}, "no base image is known"
    marked = pipeline.command("bases", "mark", f"{NAME}/origin/base:12", "--name", "debian 12")
    assert marked.returncode == 0, marked.stderr
    assert [one["name"] for one in pipeline.json("bases", "list", "--json")] == ["debian 12"]
    pipeline.command("scan", f"{NAME}/origin/app:1.0", "--json")
    found = origins(pipeline, app.digest)
    assert (found["system-vulnerability"], found["application-vulnerability"]) == ({"base"}, {"here"}), found
    risk = next(one for one in pipeline.risks(app.digest) if one["category"] == "system-vulnerability")
    assert risk["details"]["base_image"] == "debian 12" and "rebuild on a newer one" in risk["advice"]
    assert pipeline.command("bases", "unmark", f"{NAME}/origin/base:12").returncode == 0
    named = with_annotations(app, digest=base.digest, name="registry.example.org/debian:12")
    assert named.digest == digest_of(named.manifest)
    pipeline.registry.push("origin/named", "1.0", named)
    pipeline.await_success(named.digest)
    assert origins(pipeline, named.digest)["system-vulnerability"] == {"base"}
    risk = next(one for one in pipeline.risks(named.digest) if one["category"] == "system-vulnerability")
    assert risk["details"]["base_image"] == "registry.example.org/debian:12"
