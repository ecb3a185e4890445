"""What each item of the baseline said: in the store, on the page of the image, on the command line; and items that somebody whitelists."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest

from analyzers.baseline import ITEMS
from tests.flow.local_home import eventually
from tests.flow.pipeline import Pipeline
from tests.flow.sample_images import application_layer, base_layer, text

pytestmark = [pytest.mark.flow, pytest.mark.rules]
RULE = "permit_root_login"


def pushed(pipeline: Pipeline, name: str) -> str:
    """Push an image with a configuration of sshd; its digest once it was looked at."""
    ssh = {"etc/ssh/sshd_config": text("PermitRootLogin yes\nPasswordAuthentication no\n"), "usr/share/doc/mark": text(name)}
    image = pipeline.image(name, layers=[base_layer("items"), application_layer("items"), ssh])
    pipeline.registry.push(f"items/{name}", "1.0", image)
    pipeline.await_success(image.digest)
    return image.digest


def items(pipeline: Pipeline, digest: str) -> dict[str, dict[str, Any]]:
    rows = pipeline.rows(f"SELECT * FROM baseline_items WHERE image_digest = '{digest}'")
    assert len({row["item"] for row in rows}) == len(rows)
    return {row["item"]: row for row in rows}


def status(pipeline: Pipeline, digest: str) -> str:
    [found] = [row["status"] for row in pipeline.risks(digest) if row["rule"] == RULE]
    return str(found)


def test_outcomes_are_seen_wherever_people_look(pipeline: Pipeline) -> None:
    digest = pushed(pipeline, "outcomes")
    found = items(pipeline, digest)
    assert set(found) == {item.rule for item in ITEMS}
    failed = found[RULE]
    assert (failed["state"], failed["class"], failed["level"], failed["hits"]) == ("failed", "service_config", "high", 1)
    assert (found["permit_empty_passwords"]["state"], found["permit_empty_passwords"]["reason"]) == ("passed", "")
    absent = found["autoindex"]
    assert (absent["state"], absent["reason"]) == ("not applicable", "No configuration of nginx was found.")
    assert found["forbidden_package.gdb"]["state"] == "off"
    assert pipeline.scans(digest)["baseline"]["rules"].endswith(" default, 89 of 94 items")

    passed = pipeline.json("baseline", digest, "--state", "passed", "--json")
    assert {row["item"] for row in passed} == {name for name, row in found.items() if row["state"] == "passed"}
    spoken = pipeline.json("baseline", digest, "--class", "service_config", "--language", "ja", "--json")
    assert next(row["reason"] for row in spoken if row["item"] == "autoindex") == "nginx の設定が見つかりません。"
    counts = pipeline.command("baseline", digest).stdout.splitlines()[-1]
    assert counts == ", ".join(
        f"{sum(row['state'] == state for row in found.values())} {state}" for state in ("failed", "passed", "not applicable", "off")
    )
    address = f"http://127.0.0.1:{pipeline.settings.console_port}"
    page = urllib.request.urlopen(f"{address}/images/{digest}", timeout=60).read().decode()
    assert counts in page and "No configuration of nginx was found." in page
    answer = json.loads(urllib.request.urlopen(f"{address}/api/v1/images/{digest}", timeout=60).read())
    assert {row["item"] for row in answer["items"]["baseline"]} == set(found)


def test_an_item_is_whitelisted_for_an_image_or_everywhere(pipeline: Pipeline) -> None:
    first, second = pushed(pipeline, "one"), pushed(pipeline, "two")
    whitelist = ("handle", "--rule", RULE, "--category", "baseline", "--action", "whitelist", "--reason", "a jump host", "--yes")
    assert pipeline.command(*whitelist, "--scope", "image", "--target", first).returncode == 0
    assert (status(pipeline, first), status(pipeline, second)) == ("whitelisted", "open")
    assert items(pipeline, first)[RULE]["state"] == "failed"  # what the check said; what people decided stands with the risk
    try:
        assert pipeline.command(*whitelist, "--scope", "global").returncode == 0
        assert (status(pipeline, second), status(pipeline, pushed(pipeline, "three"))) == ("whitelisted", "whitelisted")
    finally:
        reopened = [*whitelist]
        reopened[reopened.index("whitelist")] = "reopen"
        assert pipeline.command(*reopened, "--scope", "global").returncode == 0
    assert (status(pipeline, first), status(pipeline, second)) == ("whitelisted", "open")


def test_items_of_the_user_are_taken_up_and_read_no_more_than_they_need(pipeline: Pipeline) -> None:
    digest = pushed(pipeline, "own")
    listed = ", ".join(f"'{row['layer']}'" for row in pipeline.rows(f"SELECT layer FROM image_layers WHERE image_digest = '{digest}'"))
    reads = f"SELECT countIf(startsWith(run, 'user_items.')) AS own, count() AS every FROM facts WHERE blob IN ({listed})"
    [before] = pipeline.rows(reads)
    file = pipeline.settings.home / "rules" / "items.toml"
    file.parent.mkdir(exist_ok=True)
    package = '[[baseline]]\nid = "shop_curl"\ntitle = "No curl"\ncheck = "package"\nname = "curl"\n'
    line = (
        '[[baseline]]\nid = "shop_ssh"\ntitle = "No root"\ncheck = "line"\npath = "etc/ssh/*"\nregex = "^PermitRoot"\nexpect = "absent"\n'
    )

    def state(item: str) -> str:
        return str(items(pipeline, digest).get(item, {}).get("state"))

    try:
        file.write_text(package)
        eventually("the item about a package speaks", lambda: state("shop_curl") == "failed", 120)
        assert pipeline.rows(reads) == [before] and before["own"] == 0
        file.write_text(package + line)
        eventually("the item about a line speaks", lambda: state("shop_ssh") == "failed", 180)
        [after] = pipeline.rows(reads)
        assert after["own"] > 0 and after["every"] - after["own"] == before["every"]
        [risk] = [row for row in pipeline.risks(digest) if row["rule"] == "shop_ssh"]
        assert (risk["path"], risk["line"], risk["evidence"], risk["status"]) == ("etc/ssh/sshd_config", 1, "line 1 matches", "open")
    finally:
        file.unlink()
    eventually("without the file the items are gone", lambda: state("shop_ssh") == "None", 120)
