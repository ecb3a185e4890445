"""Every rule can be listed with words that people can use."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from analyzers.references import references
from analyzers.rule_list import every_rule
from schemas.vocabulary import CategoryId

CITED = re.compile(r"https?://\S+$|RFC \d+|CIS |NIST SP |FIPS |[\w.-]+\([1-8]\)")


def test_every_rule_has_its_words() -> None:
    rules = every_rule()
    assert {one.category for one in rules} == {
        CategoryId.BASELINE, CategoryId.BUILD_COMMAND, CategoryId.MALICIOUS_SAMPLE, CategoryId.SENSITIVE_FILE,
    }  # fmt: skip
    for one in rules:
        assert one.level and one.title and one.advice and one.group, one


def test_every_rule_has_a_version_and_says_what_it_goes_by() -> None:
    for one in every_rule():
        assert re.fullmatch(r"[1-9][0-9]*", one.version) and one.description, one
        assert one.references and len(set(one.references)) == len(one.references), one
        assert all(CITED.match(reference) for reference in one.references), one.references


@pytest.mark.parametrize("package", ["analyzers.baseline", "analyzers.build_commands", "analyzers.sensitive_files"])
def test_every_reference_belongs_to_a_rule(package: str) -> None:
    rules = every_rule()
    known = references(package)
    assert set(known.rules) <= {one.rule for one in rules} and set(known.groups) <= {one.group for one in rules}


def test_ids_are_unique_in_their_category() -> None:
    twice = [name for name, count in Counter((one.category, one.rule) for one in every_rule()).items() if count > 1]
    assert twice == []
