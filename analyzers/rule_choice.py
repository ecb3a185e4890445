"""What the user's rule files come to, category by category: own rules, what is switched off, changed levels, and what cannot be used."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache

from analyzers.baseline.items import ITEMS
from analyzers.build_commands.rules import RULES as BUILD_RULES
from analyzers.collectors.sample_rules import USER_SUFFIXES, own_sources
from analyzers.collectors.sample_types import TYPE_LEVELS
from analyzers.collectors.secret_rules import by_key
from analyzers.contract import AnalysisInputs
from analyzers.user_rules.hash_lists import SUFFIXES as LIST_SUFFIXES
from analyzers.user_rules.hash_lists import HashLists, read_lists
from analyzers.user_rules.load import Problem, UserRules, load_rules, sources
from analyzers.user_rules.records import ForeignPattern, Rule
from schemas.vocabulary import CategoryId

RULED = (CategoryId.BASELINE, CategoryId.MALICIOUS_SAMPLE, CategoryId.SENSITIVE_FILE, CategoryId.BUILD_COMMAND)
"""The categories that have rules: flaws of packages come from advisories."""
_HEURISTICS = (
    "startup_entry_fetches_code", "hidden_program", "preload_library", "packed_program", "changed_system_program", "EICAR_Test_File",
)  # fmt: skip
_SAMPLE_LEVELS = ("urgent", "suspicious", "notice")
_YARA_RULE = re.compile(rb"(?m)^[ \t]*(?:(?:private|global)[ \t]+)*rule[ \t]+([A-Za-z_]\w*)")


@dataclass(frozen=True)
class RuleChoice:
    """The user's part in what each category says. `rules` holds what can be used; `problems` all that cannot, by category."""

    rules: UserRules = field(default_factory=UserRules)
    lists: HashLists = field(default_factory=HashLists)
    disabled: Mapping[str, frozenset[str]] = field(default_factory=dict)
    levels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    problems: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)

    def inputs(self, category: str, inputs: AnalysisInputs) -> AnalysisInputs:
        """The inputs of a category with the user's part in them."""
        return replace(
            inputs,
            disabled=self.disabled.get(category, frozenset()),
            levels=self.levels.get(category, {}),
            user_patterns=self.rules.patterns if category == CategoryId.SENSITIVE_FILE else (),
            user_commands=self.rules.build_commands if category == CategoryId.BUILD_COMMAND else (),
            user_items=self.rules.baseline if category == CategoryId.BASELINE else (),
            rule_problems=self.problems.get(category, ()),
            hash_lists=self.lists if category == CategoryId.MALICIOUS_SAMPLE else HashLists(),
        )

    def text(self, category: str) -> str:
        """Names all that a category is told by the user, empty where that is nothing: it changes when the category must look again."""
        return self._texts.get(category, "")

    @cached_property
    def _texts(self) -> dict[str, str]:
        return {category: self._text(category) for category in RULED}

    def _text(self, category: CategoryId) -> str:
        told = [one.model_dump_json() for one in own_records(self.rules).get(category, ())]
        told += [f"off {key}" for key in sorted(self.disabled.get(category, ()))]
        told += [f"{key} {level}" for key, level in sorted(self.levels.get(category, {}).items())]
        told += map(str, self.problems.get(category, ()))
        told += [f"lists {self.lists.version}"] if self.lists.version and category is CategoryId.MALICIOUS_SAMPLE else []
        return hashlib.blake2b("\n".join(told).encode(), digest_size=4).hexdigest() if told else ""


def rule_choice(files: Mapping[str, bytes], unreadable: Iterable[Problem] = ()) -> RuleChoice:
    """The choice out of rule files (name -> content) and files that could not be read."""
    return _choice(tuple(sorted(files.items())), tuple(unreadable))


@lru_cache(maxsize=4)
def _choice(files: tuple[tuple[str, bytes], ...], unreadable: tuple[Problem, ...]) -> RuleChoice:
    rules = without_taken_ids(load_rules(sources(dict(files))))
    keys = known_keys(rules, dict(files))
    lists = read_lists(dict(files))
    problems = [*unreadable, *rules.problems]
    problems += [Problem(file, line, reason, CategoryId.MALICIOUS_SAMPLE) for file, line, reason in lists.problems]
    disabled: dict[str, set[str]] = {}
    levels: dict[str, dict[str, str]] = {}
    for key, switch in rules.switches.items():
        origin = rules.switched[key]
        categories = [category for category in RULED if key in keys[category]]
        if not categories:
            problems.append(Problem(origin.file, origin.line, f"no rule has this key{_near(key, keys.values())}", rule=key, lost=False))
        for category in categories:
            if not switch.enabled:
                disabled.setdefault(category, set()).add(key)
            if switch.level and (switch.level in _SAMPLE_LEVELS) != (category == CategoryId.MALICIOUS_SAMPLE):
                allowed = ", ".join(_SAMPLE_LEVELS) if category == CategoryId.MALICIOUS_SAMPLE else "high, medium, low"
                problems.append(Problem(origin.file, origin.line, f"the level must be one of {allowed}", category, key, lost=False))
            elif switch.level:
                levels.setdefault(category, {})[key] = switch.level
    return RuleChoice(
        rules,
        lists,
        {category: frozenset(off) for category, off in disabled.items()},
        levels,
        {category: tuple(one for one in problems if category in _concerned(one)) for category in RULED},
    )


def without_taken_ids(rules: UserRules) -> UserRules:
    """The rules without those whose id is the key of a built-in rule of their category, which are problems."""
    taken = built_in_keys()
    problems = []
    for category, records in own_records(rules).items():
        for one in records:
            if one.id in taken[category]:
                origin = rules.origins[one.id]
                foreign = isinstance(one, ForeignPattern)
                reason = "a built-in rule has this id and runs instead" if foreign else "a built-in rule has this id: choose another"
                problems.append(Problem(origin.file, origin.line, reason, category, one.id, lost=not foreign, wrong=not foreign))
    refused = {one.rule for one in problems}
    return replace(
        rules,
        patterns=tuple(one for one in rules.patterns if one.id not in refused),
        build_commands=tuple(one for one in rules.build_commands if one.id not in refused),
        baseline=tuple(one for one in rules.baseline if one.id not in refused),
        problems=(*rules.problems, *problems),
    )


def known_keys(rules: UserRules, files: Mapping[str, bytes]) -> dict[CategoryId, frozenset[str]]:
    """Category -> keys of all rules that can be switched: built in and the user's; of samples the types too."""
    yara = {name for file, content in files.items() if file.lower().endswith(USER_SUFFIXES) for name in yara_names(content)}
    own = own_records(rules)
    built_in = built_in_keys()
    return {
        category: built_in[category]
        | {one.id for one in own.get(category, ())}
        | (yara if category is CategoryId.MALICIOUS_SAMPLE else set())
        for category in RULED
    }


@cache
def built_in_keys() -> Mapping[CategoryId, frozenset[str]]:
    """Category -> keys of the rules that the product brings along."""
    yara = {name for sources in own_sources().values() for _, content in sources for name in yara_names(content)}
    return {
        CategoryId.BASELINE: frozenset(one.rule for one in ITEMS),
        CategoryId.SENSITIVE_FILE: frozenset(by_key()),
        CategoryId.BUILD_COMMAND: frozenset(one.key for one in BUILD_RULES),
        CategoryId.MALICIOUS_SAMPLE: frozenset({*yara, *TYPE_LEVELS, *_HEURISTICS}),
    }


def own_records(rules: UserRules) -> dict[CategoryId, tuple[Rule, ...]]:
    """Category -> the user's rules for it."""
    return {
        CategoryId.BASELINE: rules.baseline, CategoryId.SENSITIVE_FILE: rules.patterns, CategoryId.BUILD_COMMAND: rules.build_commands,
    }  # fmt: skip


def yara_names(source: bytes) -> list[str]:
    """Names of the rules in a YARA source."""
    return [name.decode() for name in _YARA_RULE.findall(source)]


def _concerned(problem: Problem) -> tuple[str, ...]:
    """The categories whose rules a problem may be about."""
    if problem.category:
        return (problem.category,)
    return (CategoryId.MALICIOUS_SAMPLE,) if problem.file.lower().endswith((*USER_SUFFIXES, *LIST_SUFFIXES)) else RULED


def _near(key: str, keys: Iterable[frozenset[str]]) -> str:
    close = difflib.get_close_matches(key, sorted(frozenset[str]().union(*keys)), 3)
    return f": did you mean {' or '.join(close)}?" if close else ": `imagerisk rules list` names them"
