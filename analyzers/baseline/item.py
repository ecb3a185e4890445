"""What an item of the baseline is, what it answers, and how an answer becomes a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from analyzers.baseline.system import System
from schemas.facts import Account, Configuration, Directive, Fact, File
from schemas.findings import Finding, finding_id
from schemas.vocabulary import CategoryId, Level

MAX_EVIDENCE = 300


class State(StrEnum):
    """The outcome of one item for one image."""

    FAILED = "failed"
    PASSED = "passed"
    NOT_APPLICABLE = "not applicable"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True)
class Hit:
    """One breach. `subject` names what is wrong apart from the path (a user, a port, a directive): it is part of the identity of the
    finding, so it holds no line number, tag or digest. `layer` is the index in the image, -1 for its configuration."""

    subject: str
    path: str = ""
    layer: int = -1
    line: int = 0
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One check. `rule` is the key of the finding, `group` and `part` the class it is listed under. `applies` says whether the image has
    anything to check; an item with hits always applies. `default` False: only the strategy `full` runs it."""

    rule: str
    group: str
    level: Level
    title: str
    advice: str
    find: Callable[[System], Iterable[Hit]]
    applies: Callable[[System], bool]
    description: str = ""
    part: str = ""
    default: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one item said: its state and its hits, each (path, subject) once. `reason` tells of a crash."""

    item: Item
    state: State
    hits: tuple[Hit, ...] = ()
    reason: str = ""


def hit_account(located: tuple[int, Account], subject: str, evidence: str) -> Hit:
    layer, account = located
    return Hit(subject, account.path, layer, account.line, evidence)


def hit_file(located: tuple[int, File], subject: str, evidence: str) -> Hit:
    return Hit(subject, located[1].path, located[0], 0, evidence)


def hit_directive(located: tuple[int, Configuration], directive: Directive, subject: str = "") -> Hit:
    """A hit at one setting; its evidence is the setting, with the block that holds it."""
    layer, configuration = located
    text = f"{directive.name} {directive.value}".strip()
    evidence = f"{directive.context}: {text}" if directive.context else text
    return Hit(subject or directive.name, configuration.path, layer, directive.line, evidence)


def hit_fact(located: tuple[int, Fact], subject: str, evidence: str) -> Hit:
    return Hit(subject, located[1].path, located[0], 0, evidence)


def finding_of(item: Item, level: str, hit: Hit, layer_digest: str) -> Finding:
    """The finding of one hit. Its identity is rule, path and subject."""
    return Finding(
        id=finding_id(CategoryId.BASELINE, item.rule, hit.path, hit.subject),
        category=CategoryId.BASELINE,
        rule=item.rule,
        title=item.title,
        severity=level,
        priority=level,
        path=hit.path,
        layer=layer_digest,
        line=hit.line,
        evidence=hit.evidence[:MAX_EVIDENCE],
        description=item.description or item.title,
        advice=item.advice,
        details={"class": item.group, "part": item.part, "subject": hit.subject[:MAX_EVIDENCE]},
    )
