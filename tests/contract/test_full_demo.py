"""`imagerisk analyze` on the full demo: each plant is reported once where it lies and nothing else is; its clean twin reports nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from analyzers.rule_list import every_rule
from console.cli.main import main
from console.demo.full import CLEAN, RISKY, FullDemo, full_demo, write_full_demo
from console.demo.oci_archive import write_archive
from schemas.vocabulary import CategoryId

CATEGORIES = (CategoryId.BASELINE, CategoryId.BUILD_COMMAND, CategoryId.MALICIOUS_SAMPLE, CategoryId.SENSITIVE_FILE)
Place = tuple[str, str, str, str, str, str, str, bool]
"""Image, category, rule of the finding, rule of the list, level, path, layer, removed in a later layer."""


@pytest.fixture(scope="module")
def demo() -> FullDemo:
    return full_demo(datetime.now(UTC).date())


@pytest.fixture(scope="module")
def outputs(demo: FullDemo, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the command prints for the risky archive and its twin."""
    folder = tmp_path_factory.mktemp("demo")
    write_archive(folder / RISKY, demo.images)
    write_archive(folder / CLEAN, demo.clean)
    chosen = [word for one in CATEGORIES for word in ("--category", one.value)]
    printed = {}
    for name in (RISKY, CLEAN):
        words = ["analyze", str(folder / name), "--format", "json", "--rules", "full", *chosen]
        answer = CliRunner().invoke(main, words, env={"IMAGERISK_HOME": str(folder / "home")})
        assert answer.exit_code == 0, answer.output
        printed[name] = answer.stdout
    return printed


def reported(document: dict[str, Any]) -> Iterator[Place]:
    """One for each rule that a finding names: those of a sample all count, without the library that a preload rule adds."""
    for finding in document["findings"]:
        named = finding["details"].get("rules", "").split(", ") if finding["category"] == CategoryId.MALICIOUS_SAMPLE else [finding["rule"]]
        for name in named:
            yield (
                document["image"]["reference"], finding["category"], finding["rule"], name.partition(":")[0], finding["severity"],
                finding["path"], finding["layer"], finding["removed_in_later_layer"],
            )  # fmt: skip


def test_every_plant_is_reported_once_and_nothing_else_is(demo: FullDemo, outputs: dict[str, str]) -> None:
    planted = Counter((one.image, one.category, one.rule, one.by, one.level, one.path, one.layer, one.removed) for one in demo.plants)
    found = Counter(place for document in json.loads(outputs[RISKY]) for place in reported(document))
    assert (planted - found, found - planted) == (Counter(), Counter())
    assert max(planted.values()) == 1


def test_every_finding_says_what_to_do(outputs: dict[str, str]) -> None:
    findings = [one for document in json.loads(outputs[RISKY]) for one in document["findings"]]
    assert [one["rule"] for one in findings if not (one["title"] and one["description"] and one["advice"])] == []


def test_every_rule_has_a_plant(demo: FullDemo) -> None:
    assert {(one.category, one.rule) for one in every_rule()} == {(one.category, one.by) for one in demo.plants}


def test_the_clean_twin_holds_nothing(outputs: dict[str, str]) -> None:
    documents = json.loads(outputs[CLEAN])
    assert len(documents) == 2
    assert [(one["category"], one["rule"], one["path"]) for document in documents for one in document["findings"]] == []


def test_everything_was_looked_at(outputs: dict[str, str]) -> None:
    scans = [one for text in outputs.values() for document in json.loads(text) for one in document["scans"]]
    assert {(one["category"], one["state"], one["reason"]) for one in scans} == {(one, "succeeded", "") for one in CATEGORIES}


def test_no_planted_value_is_shown(demo: FullDemo, outputs: dict[str, str]) -> None:
    assert len(demo.values) > 300
    assert [value[:4] for value in demo.values if value in outputs[RISKY]] == []


def test_some_plants_are_removed_again_and_lie_in_several_layers(demo: FullDemo) -> None:
    assert {one.category for one in demo.plants if one.removed} == {CategoryId.SENSITIVE_FILE, CategoryId.MALICIOUS_SAMPLE}
    assert len({one.layer for one in demo.plants}) > 8


def test_the_same_day_gives_the_same_bytes(tmp_path: Path) -> None:
    day = datetime.now(UTC).date()
    first = [path.read_bytes() for path in write_full_demo(tmp_path / "one", day)]
    assert first == [path.read_bytes() for path in write_full_demo(tmp_path / "two", day)]
