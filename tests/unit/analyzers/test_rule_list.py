"""Every rule can be listed with words that people can use."""

from __future__ import annotations

from collections import Counter

from analyzers.rule_list import every_rule
from schemas.vocabulary import CategoryId


def test_every_rule_has_its_words() -> None:
    rules = every_rule()
    assert {one.category for one in rules} == {
        CategoryId.BASELINE, CategoryId.BUILD_COMMAND, CategoryId.MALICIOUS_SAMPLE, CategoryId.SENSITIVE_FILE,
    }  # fmt: skip
    for one in rules:
        assert one.level and one.title and one.advice and one.group, one


def test_ids_are_unique_in_their_category() -> None:
    twice = [name for name, count in Counter((one.category, one.rule) for one in every_rule()).items() if count > 1]
    assert twice == []
