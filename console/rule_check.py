"""Checking rule files before they are used: what they hold, what is wrong with it, and whether the examples in it hold."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analyzers.collectors.sample_rules import USER_SUFFIXES
from analyzers.collectors.yara_cache import compiled_rules
from analyzers.rule_choice import RULED, RuleChoice, own_records, rule_choice
from analyzers.rule_examples import failed_examples
from analyzers.user_rules.hash_lists import is_hash_list
from analyzers.user_rules.load import SUFFIX, Problem
from analyzers.user_rules.records import BuildCommand, ItemRule, Pattern
from schemas.vocabulary import CategoryId

_LINE = re.compile(r"(?:line (\d+): )?(?:rule (\w+): )?(.*)", re.DOTALL)


@dataclass(frozen=True)
class TriedRule:
    """A rule that can be used. `examples`: how many there are."""

    rule: str
    category: str
    file: str
    line: int
    examples: int = 0


@dataclass(frozen=True)
class Trial:
    """What rule files hold: rules, problems (failed examples among them), notes that cost nothing."""

    rules: tuple[TriedRule, ...]
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...] = ()


def check_files(files: Mapping[str, bytes], unreadable: Sequence[Problem] = (), named: Collection[str] = ()) -> Trial:
    """Look at rule files (name -> content) as the detectors would, and run the examples in them. `named`: those that somebody says are
    rule files; others may be anything, as in a folder."""
    choice = rule_choice(files, unreadable)
    problems = list(dict.fromkeys(one for category in RULED for one in choice.problems[category]))
    rules = [*_own(choice), *_switches(choice)]
    for record in choice.rules.every:
        origin = choice.rules.origins[record.id]
        problems += [Problem(origin.file, origin.line, reason, rule=record.id) for reason in failed_examples(record, files)]
    for name, content in files.items():
        if name.lower().endswith(USER_SUFFIXES):
            found, wrong = _yara(name, content)
            rules += found
            problems += wrong
        elif is_hash_list(name, content):
            rules.append(TriedRule("hash list", CategoryId.MALICIOUS_SAMPLE, name, 1))
        elif name in named and not name.lower().endswith(SUFFIX):
            problems.append(Problem(name, 0, "it is no rule file: neither .toml nor .yar, and its first line holds no MD5 or SHA-256"))
    return Trial(tuple(rules), tuple(one for one in problems if one.wrong), tuple(one for one in problems if not one.wrong))


def _own(choice: RuleChoice) -> Iterator[TriedRule]:
    for category, records in own_records(choice.rules).items():
        for one in records:
            origin = choice.rules.origins[one.id]
            examples = len(one.hit) + len(one.clean) if isinstance(one, Pattern | BuildCommand | ItemRule) else 0
            yield TriedRule(one.id, category, origin.file, origin.line, examples)


def _switches(choice: RuleChoice) -> Iterator[TriedRule]:
    for category in RULED:
        for key in sorted(choice.disabled.get(category, frozenset()) | {*choice.levels.get(category, {})}):
            origin = choice.rules.switched[key]
            yield TriedRule(f"switch of {key}", category, origin.file, origin.line)


def _yara(name: str, content: bytes) -> tuple[list[TriedRule], list[Problem]]:
    compiled = compiled_rules(((name, content),))
    problems = []
    for _, reason in compiled.problems:
        line, rule, text = _LINE.fullmatch(reason).groups()  # type: ignore[union-attr]  # it matches every text
        problems.append(Problem(name, int(line or 0), text, CategoryId.MALICIOUS_SAMPLE, rule or ""))
    if not compiled.count and not problems:
        problems.append(Problem(name, 0, "it holds no rule", CategoryId.MALICIOUS_SAMPLE))
    rules = [
        TriedRule(one.identifier, CategoryId.MALICIOUS_SAMPLE, name, _line_of(one.identifier, content)) for one in compiled.rules or ()
    ]
    return rules, problems


def _line_of(rule: str, content: bytes) -> int:
    found = re.search(rb"\brule\s+" + rule.encode() + rb"\b", content)
    return content.count(b"\n", 0, found.start()) + 1 if found else 0
