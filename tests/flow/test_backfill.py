"""Rules change while images lie in the store: what must be looked at again is, by those alone who must, in a lane of its own."""

from __future__ import annotations

import hashlib
import io
import socket
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from console.demo.oci_archive import Member
from schemas.messages import BlobRequested, DeadLetter, ImageReady, ImageRequested
from schemas.vocabulary import Cause
from schemas.wire import encode
from streams.clock import now_ms
from tests.flow.local_home import eventually
from tests.flow.pipeline import ALL, Pipeline
from tests.flow.sample_images import TEST_VIRUS, Image, application_layer, base_layer

pytestmark = [pytest.mark.flow, pytest.mark.rules]
RULE = """rule Shop_Env { meta: description = "The settings of a shop" strings: $name = "AWS_ACCESS_KEY_ID" condition: $name }"""


def blobs(pipeline: Pipeline, topic: str) -> list[str]:
    """Digests of the blobs that were asked for on a topic."""
    return [one.digest for one in pipeline.messages(topic) if isinstance(one, BlobRequested)]


def requests(pipeline: Pipeline, image: Image) -> list[str]:
    """The same on both lanes, for the blobs of one image: others may still be under way."""
    return [digest for topic in ("layer.requests", "layer.backfill") for digest in blobs(pipeline, topic) if digest in image.blobs]


def facts(pipeline: Pipeline, digests: Iterable[str]) -> dict[str, int]:
    """Reader, without its version -> number of its facts."""
    listed = ", ".join(f"'{digest}'" for digest in digests)
    sql = f"SELECT splitByChar('.', run)[1] AS reader, count() AS facts FROM facts WHERE blob IN ({listed}) GROUP BY reader"
    return {row["reader"]: row["facts"] for row in pipeline.rows(sql)}


def outdate(pipeline: Pipeline, digest: str, category: str) -> None:
    """Let the scan row of one category say that other rules than today's were used."""
    pipeline.execute(
        f"INSERT INTO scan_rows SELECT * REPLACE ('0-old' AS rules, version + 1 AS version) FROM scan_rows FINAL "
        f"WHERE image_digest = '{digest}' AND category = '{category}'"
    )


@pytest.fixture
def silent_registry() -> Iterator[socket.socket]:
    """A registry that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(60)
        yield listening


def test_backfill_that_hangs_delays_no_push(pipeline: Pipeline, silent_registry: socket.socket) -> None:
    password = pipeline.folder / "password"
    address = f"http://127.0.0.1:{silent_registry.getsockname()[1]}"
    added = pipeline.command("registries", "add", "silent", address, "--username", "u", "--password-file", str(password), "--json")
    assert added.returncode == 0, added.stderr
    request = ImageRequested(registry="silent", repository="a/b", reference="1", cause=Cause.LISTING, requested_at=now_ms())
    try:
        pipeline.publish("image.backfill", encode(request), b"silent")
        connection, _ = silent_registry.accept()
        with connection:
            assert connection.recv(1 << 16).startswith(b"GET /v2/a/b/manifests/1 ")
            image = pipeline.image("beside")
            pipeline.registry.push("team/beside", "1.0", image)
            pipeline.await_success(image.digest)
            letters = [one.topic for one in pipeline.messages("dead.letters") if isinstance(one, DeadLetter)]
            assert "image.backfill" not in letters, "it was not given up meanwhile"
    finally:
        assert pipeline.command("registries", "remove", "silent").returncode == 0


def test_a_changed_rule_looks_again_at_its_category_only_and_reads_no_layer(pipeline: Pipeline) -> None:
    image = pipeline.image("outdated")
    pipeline.registry.push("team/outdated", "1.0", image)
    pipeline.await_success(image.digest)
    risks, scans, read = pipeline.risks(image.digest), pipeline.scans(image.digest), facts(pipeline, image.blobs)
    outdate(pipeline, image.digest, "baseline")
    eventually("baseline looks again", lambda: looked(pipeline, image.digest, "baseline")["rules"] == scans["baseline"]["rules"], 60)
    assert looked(pipeline, image.digest, "baseline")["cause"] == "detector"
    after = pipeline.scans(image.digest)
    assert {name: row for name, row in after.items() if name != "baseline"} == {
        name: row for name, row in scans.items() if name != "baseline"
    }
    assert [row["status"] for row in pipeline.risks(image.digest)] == [row["status"] for row in risks]
    ready = [one for one in pipeline.messages("image.ready") if isinstance(one, ImageReady) and one.image_digest == image.digest]
    assert ready[-1].categories == ["baseline"]
    assert facts(pipeline, image.blobs) == read
    assert not set(blobs(pipeline, "layer.backfill")) & set(image.blobs)


def looked(pipeline: Pipeline, digest: str, category: str) -> dict[str, Any]:
    return pipeline.scans(digest)[category]


def test_a_new_rule_is_taken_up_and_reads_layers_for_its_collector_only(pipeline: Pipeline) -> None:
    image = pipeline.image("ruled")
    pipeline.registry.push("team/ruled", "1.0", image)
    pipeline.await_success(image.digest)
    before, read, begin = pipeline.statuses(image.digest), facts(pipeline, image.blobs), now_ms()
    fresh = len(blobs(pipeline, "layer.requests"))
    rule = pipeline.settings.home / "rules" / "shop.yar"
    rule.parent.mkdir(exist_ok=True)
    rule.write_text(RULE)
    try:
        eventually("the rule finds its plant", lambda: set(pipeline.statuses(image.digest)) > set(before), 120)
        pipeline.await_success(image.digest, after=begin)
        [opened] = [row for row in pipeline.risks(image.digest) if row["finding_id"] not in before]
        assert (opened["category"], opened["path"], opened["layer"]) == ("malicious-sample", "srv/shop/.env", image.layers[1])
        assert {row["cause"] for row in pipeline.scans(image.digest).values()} == {"detector"}
        assert set(image.layers) <= set(blobs(pipeline, "layer.backfill"))
        assert len(blobs(pipeline, "layer.requests")) == fresh
        again = facts(pipeline, image.blobs)
        assert {name: count for name, count in again.items() if name != "samples"} == {
            name: count for name, count in read.items() if name != "samples"
        }
    finally:
        rule.unlink()
    eventually("without the rule its risk is closed", lambda: pipeline.statuses(image.digest)[opened["finding_id"]] == "withdrawn", 120)
    assert {name: status for name, status in pipeline.statuses(image.digest).items() if name in before} == before
    assert set(pipeline.scans(image.digest)) == ALL


def test_switching_a_rule_off_closes_its_risks_and_reads_no_layer(pipeline: Pipeline) -> None:
    image = pipeline.image("switched")
    pipeline.registry.push("team/switched", "1.0", image)
    pipeline.await_success(image.digest)
    scans, read, before = pipeline.scans(image.digest), facts(pipeline, image.blobs), pipeline.statuses(image.digest)
    open_ones = [row for row in pipeline.risks(image.digest) if row["category"] == "build-command" and row["status"] == "open"]
    rule = open_ones[0]["rule"]
    off = {row["finding_id"] for row in open_ones if row["rule"] == rule}
    file = pipeline.settings.home / "rules" / "team" / "switches.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"[rules.{rule}]\nenabled = false\n")
    try:
        eventually("its risks are closed", lambda: all(pipeline.statuses(image.digest)[one] != "open" for one in off), 120)
        after = pipeline.scans(image.digest)
        assert after["build-command"]["rules"] != scans["build-command"]["rules"]
        assert {name: row for name, row in after.items() if name != "build-command"} == {
            name: row for name, row in scans.items() if name != "build-command"
        }
        assert {one: status for one, status in pipeline.statuses(image.digest).items() if one not in off} == {
            one: status for one, status in before.items() if one not in off
        }
        assert facts(pipeline, image.blobs) == read
        assert not set(blobs(pipeline, "layer.backfill")) & set(image.blobs)
    finally:
        file.unlink()
    eventually("switched on again they are open", lambda: pipeline.statuses(image.digest) == before, 120)


def test_a_new_hash_reads_no_layer_at_all(pipeline: Pipeline) -> None:
    plant, member = f"a file of the shop {now_ms()}\n".encode(), f"a member {now_ms()}\n".encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("lib/inner.bin", member)
    more = {"srv/plant.bin": Member(plant), "srv/a.zip": Member(packed.getvalue())}
    layers = [base_layer("listed"), {**application_layer("listed"), **more}]
    image = pipeline.image("listed", layers=layers)
    pipeline.registry.push("team/listed", "1.0", image)
    pipeline.await_success(image.digest)
    before, read, scans = pipeline.statuses(image.digest), facts(pipeline, image.blobs), pipeline.scans(image.digest)
    asked = requests(pipeline, image)
    eicar = next(row for row in pipeline.risks(image.digest) if row["rule"] == "Engtest")
    rules = pipeline.settings.home / "rules"
    rules.mkdir(exist_ok=True)
    listed, trusted = rules / "listed.txt", rules / "trusted.txt"
    try:
        listed.write_text(f"{hashlib.sha256(plant).hexdigest()};Planted;Trojan\n{hashlib.md5(member).hexdigest()};Inner;Miner\n")
        trusted.write_text(f"{hashlib.sha256(TEST_VIRUS.encode()).hexdigest()}\n")
        eventually("both listed files are risks", lambda: len(pipeline.statuses(image.digest)) == len(before) + 2, 60)
        opened = {row["path"]: row for row in pipeline.risks(image.digest) if row["finding_id"] not in before}
        assert {(path, row["rule"], row["layer"], row["status"]) for path, row in opened.items()} == {
            ("srv/plant.bin", "Trojan", image.layers[1], "open"),
            ("srv/a.zip!/lib/inner.bin", "Miner", image.layers[1], "open"),
        }
        eventually("the trusted file is none", lambda: pipeline.statuses(image.digest)[eicar["finding_id"]] == "withdrawn", 60)
        after = pipeline.scans(image.digest)
        assert [name for name in after if after[name] != scans[name]] == ["malicious-sample"]
    finally:
        listed.unlink(missing_ok=True)
        trusted.unlink(missing_ok=True)
    eventually("without the lists all is as before", lambda: closed(pipeline, image.digest, before), 60)
    eventually(
        "its scan says so", lambda: looked(pipeline, image.digest, "malicious-sample")["rules"] == scans["malicious-sample"]["rules"]
    )
    assert requests(pipeline, image) == asked
    assert facts(pipeline, image.blobs) == read


def closed(pipeline: Pipeline, digest: str, before: dict[str, str]) -> bool:
    """Whether the risks of before stand as they did, and all others are withdrawn."""
    statuses = pipeline.statuses(digest)
    return all(statuses[finding] == before.get(finding, "withdrawn") for finding in statuses)


PATTERN = """
[[pattern]]
id = "shop_aws"
level = "low"
title = "The shop names its cloud"
regex = "AWS_(SECRET)_ACCESS"
files = '[.]env$'
"""


def test_a_users_pattern_reads_with_the_secrets_reader_only_and_its_words_read_nothing(pipeline: Pipeline) -> None:
    image = pipeline.image("patterned")
    pipeline.registry.push("team/patterned", "1.0", image)
    pipeline.await_success(image.digest)
    before, read, begin = pipeline.statuses(image.digest), facts(pipeline, image.blobs), now_ms()
    file = pipeline.settings.home / "rules" / "shop.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(PATTERN)
    try:
        eventually("the pattern finds", lambda: set(pipeline.statuses(image.digest)) > set(before), 120)
        pipeline.await_success(image.digest, after=begin)
        [opened] = [row for row in pipeline.risks(image.digest) if row["finding_id"] not in before]
        assert (opened["rule"], opened["severity"], opened["path"]) == ("shop_aws", "low", "srv/shop/.env")
        again = facts(pipeline, image.blobs)
        assert {name for name in again if again[name] != read.get(name)} == {"secrets"}
        asked = requests(pipeline, image)
        file.write_text(PATTERN.replace("low", "medium"))
        eventually("its level is another", lambda: severity(pipeline, image.digest, opened["finding_id"]) == "medium", 120)
        assert requests(pipeline, image) == asked
    finally:
        file.unlink()
    eventually("without the pattern its risk is closed", lambda: pipeline.statuses(image.digest)[opened["finding_id"]] == "withdrawn", 120)
    assert {name: status for name, status in pipeline.statuses(image.digest).items() if name in before} == before


def severity(pipeline: Pipeline, digest: str, finding: str) -> str:
    return next(str(row["severity"]) for row in pipeline.risks(digest) if row["finding_id"] == finding)
