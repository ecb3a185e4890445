"""Every rule of every category in one form, for people who want to know what is looked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analyzers.baseline.items import ITEMS
from analyzers.build_commands.rules import RULES as BUILD_RULES
from analyzers.collectors.sample_rules import own_rules
from analyzers.collectors.sample_types import level_of
from analyzers.collectors.secret_rules import by_key
from analyzers.malicious_samples.advice import ADVICE
from analyzers.references import references
from schemas.vocabulary import CategoryId


@dataclass(frozen=True, slots=True)
class RuleText:
    """One rule in words. `rule` is its id within the category; `group` the class it is listed under, for samples the type; `default` False:
    only the strategy `full` runs it; `references` are addresses, or names as people cite them."""

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


def every_rule() -> list[RuleText]:
    """All rules that the product brings along, by category, group and name."""
    found = [*_baseline(), *_samples(), *_secrets(), *_build_commands()]
    return sorted(found, key=lambda one: (one.category, one.group, one.rule))


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


def _samples() -> Iterator[RuleText]:
    """The YARA rules; private ones only help others. What stands in their meta: type, score, description, reference, version (1 where
    none does)."""
    seen = set()
    for compiled in own_rules().values():
        for one in compiled.rules or ():
            meta = dict(one.metadata)
            if "type" not in meta or one.identifier in seen:
                continue
            seen.add(one.identifier)
            kind, text = str(meta["type"]), str(meta.get("description", ""))
            level = level_of(kind, int(meta.get("score", 0))) or ""
            yield RuleText(
                one.identifier, CategoryId.MALICIOUS_SAMPLE, kind, level, True, str(meta.get("version", 1)), text, text,
                ADVICE.get(kind, ADVICE[""]), (str(meta["reference"]),) if meta.get("reference") else (),
            )  # fmt: skip
