"""What an item of the baseline is, what it answers, and how an answer becomes a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from analyzers.baseline.system import System
from schemas.facts import Account, Configuration, Directive, Fact, File
from schemas.findings import Finding, ItemOutcome, finding_id
from schemas.vocabulary import CategoryId, ItemState, Level

MAX_EVIDENCE = 300


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
class Need:
    """What an image must hold for an item to have anything to check. `test` looks for it, `absent` is the sentence where it is not there.
    `reads` names what the item learns from (gaps.py): where facts of these may be missing, finding nothing does not mean passed."""

    absent: str
    test: Callable[[System], bool]
    reads: frozenset[str]


@dataclass(frozen=True, slots=True)
class Item:
    """One check. `rule` is the key of the finding, `version` is raised when what it looks for changes, `group` and `part` are the class it
    is listed under. An item with hits applies whatever its `need`. `default` False: only the strategy `full` runs it."""

    rule: str
    group: str
    level: Level
    title: str
    advice: str
    find: Callable[[System], Iterable[Hit]]
    need: Need
    description: str = ""
    part: str = ""
    default: bool = True
    version: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one item said: its state and its hits, each (path, subject) once. `reason` tells why it neither failed nor passed, or what was
    left out."""

    item: Item
    state: ItemState
    hits: tuple[Hit, ...] = ()
    reason: str = ""

    def told(self, level: str) -> ItemOutcome:
        """The outcome as it travels, with the level that the item has here."""
        return ItemOutcome(
            item=self.item.rule, group=self.item.group, level=level, state=self.state, reason=self.reason, hits=len(self.hits)
        )  # fmt: skip


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
