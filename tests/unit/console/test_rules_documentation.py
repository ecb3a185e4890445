"""What docs/rules.md shows is so: its examples load, and do what they say."""

from __future__ import annotations

import re
from pathlib import Path

from analyzers.user_rules.load import load_rules, sources
from analyzers.user_rules.records import MODELS, Condition, Record
from console.rule_check import check_files

PAGE = (Path(__file__).parents[3] / "docs" / "rules.md").read_text()


def test_the_examples_of_the_page_are_right() -> None:
    text = "\n".join(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))
    trial = check_files({"page.toml": text.encode()})
    assert [str(one) for one in trial.problems] == []
    rules = load_rules(sources({"page.toml": text.encode()}))
    assert len(rules.patterns) == 2 and len(rules.build_commands) == 2 and len(rules.switches) == 2
    assert {one.check for one in rules.baseline} >= {"package", "file", "line", "label", "user", "port"}


def test_the_page_names_every_key() -> None:
    named = set(re.findall(r"[a-z_]+", PAGE))
    models: tuple[type[Record], ...] = (*MODELS, Condition)
    keys = {field.alias or name for model in models for name, field in model.model_fields.items()}
    assert keys - named == set()
