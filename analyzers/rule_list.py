"""Every rule of every category in one form, for people who want to know what is looked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from analyzers.baseline.items import ITEMS
from analyzers.build_commands.rules import RULES as BUILD_RULES
from analyzers.collectors.sample_rules import USER_SUFFIXES, own_rules
from analyzers.collectors.sample_shapes import SHAPES, Shape
from analyzers.collectors.sample_types import classify, level_of
from analyzers.collectors.samples import EICAR
from analyzers.collectors.secret_rules import by_key
from analyzers.collectors.yara_cache import compiled_rules
from analyzers.malicious_samples.advice import ADVICE
from analyzers.malicious_samples.changed_binaries import CHANGED
from analyzers.references import references
from analyzers.rule_choice import RuleChoice, own_records, rule_choice
from schemas.vocabulary import CategoryId

NO_FILES: Mapping[str, bytes] = {}


@dataclass(frozen=True, slots=True)
class RuleText:
    """One rule in words. `rule` is its id within the category; `group` the class it is listed under, for samples the type; `default` False:
    only the strategy `full` runs it; `references` are addresses, or names as people cite them; `enabled` and `level` as the user's files
    have it; `origin` where the user's own rule stands (file:line), empty for built-in ones."""

    rule: str
    category: str
    group: str
    level: str
    default: bool
    version: str
    title: str
    description: str
    advice: str
    references: tuple[str, ...] = ()
    enabled: bool = True
    origin: str = ""


def every_rule(files: Mapping[str, bytes] = NO_FILES, cache: str = "") -> list[RuleText]:
    """All rules that the product brings along and those in the user's files (name -> content), by category, group and name. `cache`: a
    folder for compiled rules."""
    choice = rule_choice(files)
    yara = tuple(sorted((name, content) for name, content in files.items() if name.lower().endswith(USER_SUFFIXES)))
    own = (one for compiled in own_rules(cache).values() for one in compiled.rules or () if "type" in dict(one.metadata))
    found = [
        *_baseline(),
        *_secrets(),
        *_build_commands(),
        *_users(choice),
        *_samples(own),
        *_shapes(),
        *_samples(compiled_rules(yara, cache).rules or ()),
    ]
    return sorted((_switched(one, choice) for one in found), key=lambda one: (one.category, one.group, one.rule))


def _switched(one: RuleText, choice: RuleChoice) -> RuleText:
    """The same with the user's switches: for samples those of the type too."""
    off, levels = choice.disabled.get(one.category, frozenset()), choice.levels.get(one.category, {})
    keys = (one.rule, one.group) if one.category == CategoryId.MALICIOUS_SAMPLE else (one.rule,)
    level = next((levels[key] for key in keys if key in levels), one.level)
    return replace(one, enabled=off.isdisjoint(keys), level=level)


def _users(choice: RuleChoice) -> Iterator[RuleText]:
    for category, records in own_records(choice.rules).items():
        for one in records:
            yield RuleText(
                one.id, category, one.group, one.level, True, str(one.version), one.title, one.description or one.title, one.advice,
                one.references, origin=str(choice.rules.origins[one.id]),
            )  # fmt: skip


def _baseline() -> Iterator[RuleText]:
    known = references("analyzers.baseline")
    for one in ITEMS:
        yield RuleText(
            one.rule, CategoryId.BASELINE, one.group, one.level, one.default, str(one.version), one.title, one.description or one.title,
            one.advice, known.of(one.rule, one.group),
        )  # fmt: skip


def _build_commands() -> Iterator[RuleText]:
    known = references("analyzers.build_commands")
    for one in BUILD_RULES:
        yield RuleText(
            one.key, CategoryId.BUILD_COMMAND, one.group, one.level, one.default, str(one.version), one.title, one.description, one.advice,
            known.of(one.key, one.group),
        )  # fmt: skip


def _secrets() -> Iterator[RuleText]:
    known = references("analyzers.sensitive_files")
    for one in by_key().values():
        yield RuleText(
            one.key, CategoryId.SENSITIVE_FILE, one.group, one.level, True, str(one.version), one.title, one.description, one.advice,
            known.of(one.key, one.group),
        )  # fmt: skip


def _samples(rules: Iterable[Any]) -> Iterator[RuleText]:
    """YARA rules, by what stands in their meta: type, score, description, reference, version (1 where none does). Those of the user are in
    namespaces of their files."""
    seen = set()
    for one in rules:
        if one.identifier in seen:
            continue
        seen.add(one.identifier)
        meta = dict(one.metadata)
        kind, score = classify(one.identifier, tuple(one.tags), meta)
        text = str(meta.get("description", "")) or one.identifier
        yield RuleText(
            one.identifier, CategoryId.MALICIOUS_SAMPLE, kind, level_of(kind, score) or "", True, str(meta.get("version", 1)), text, text,
            ADVICE.get(kind, ADVICE[""]), (str(meta["reference"]),) if meta.get("reference") else (),
            origin=one.namespace if one.namespace.lower().endswith(USER_SUFFIXES) else "",
        )  # fmt: skip


def _shapes() -> Iterator[RuleText]:
    """Samples that need more than patterns."""
    test_file = Shape(EICAR.rule, EICAR.type, EICAR.score, EICAR.details["description"], EICAR.details["reference"])
    for one in (*SHAPES, CHANGED, test_file):
        yield RuleText(
            one.rule, CategoryId.MALICIOUS_SAMPLE, one.type, level_of(one.type, one.score) or "", True, "1", one.text, one.text,
            ADVICE.get(one.type, ADVICE[""]), (one.reference,),
        )  # fmt: skip
