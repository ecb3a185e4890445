"""From bytes to candidates: hyperscan says which rules occur, re2 says where, and the value is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import re2

from analyzers.collectors.patterns.checksums import CHECKS
from analyzers.collectors.patterns.database import load_database
from analyzers.collectors.patterns.rule import FORM, LOOK_BACK, USER, Pattern, Rule
from analyzers.collectors.patterns.values import entropy, is_example, is_placeholder
from schemas.vocabulary import Level

NEAR = 200
SPANS_PER_RULE = 500
MAX_VALUE = 32 * 1024
_OPTIONS = re2.Options()
_OPTIONS.encoding = re2.Options.Encoding.LATIN1
_OPTIONS.dot_nl = True
_OPTIONS.log_errors = False


Told = Callable[[str], object]
"""Hears what was left out of a file for a bound."""


def unheard(what: str) -> None:
    """Where nobody keeps it."""


def compile_expression(source: bytes) -> Any:
    """A compiled expression over bytes, in the flavour that the database has too. Raises re2.error."""
    return re2._Regexp(source, _OPTIONS)


GENERATED = (
    ".min.js", ".min.css", ".min.mjs", ".map", ".lock", ".sum", "-lock.json", "-lock.yaml", ".svg", ".po", ".mo", ".ipynb",
    "npm-shrinkwrap.json", ".pyc", ".bundle.js",
)  # fmt: skip
"""Endings of names of files that tools write: values in them are seldom anybody's secret."""


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate: a value at [start, end) of the data. It carries the value itself and so never leaves the collector."""

    rule: Rule
    value: str
    start: int
    end: int
    level: Level | None = None
    confidence: int = 100
    details: dict[str, str] = field(default_factory=dict)


@cache
def _expression(source: bytes) -> Any:
    """Compiled on first use: most expressions never hit. Not through re2's own cache, which holds 128 and is smaller than the rules."""
    return compile_expression(source)


def in_binary(rules: Iterable[Rule]) -> list[Rule]:
    """The rules that say something in content that is no text: those of a certain form, and those for files of certain names."""
    return [rule for rule in rules if rule.rank >= FORM or rule.files]


def _names(rule: Rule) -> Any:
    return compile_expression("|".join(rule.files).encode("latin-1"))


class _Names:
    """Rules that look only into files of some names; all names are asked at once."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._owner = [place for place, rule in enumerate(rules) for _ in rule.files]
        self._set = re2.Set.SearchSet(_OPTIONS)
        for rule in rules:
            for name in rule.files:
                self._set.Add(name.encode("latin-1"))
        self._set.Compile()

    def fitting(self, name: bytes) -> Iterable[Rule]:
        """The rules for a file of this path, each once, in their order."""
        found = self._set.Match(name) if self._owner else ()
        return [self._rules[place] for place in sorted({self._owner[index] for index in found})] if found else ()


def _value_span(match: Any, rule: Rule, groups: int) -> tuple[int, int]:
    """Where the value stands: group 1 if there is one, else the whole match; for rules that name a group, that one."""
    if rule.value_group is None:
        found: tuple[int, int] = match.span(1 if groups else 0)
        return found
    chosen = [rule.value_group] if rule.value_group else range(1, groups + 1)
    spans: list[tuple[int, int]] = [match.span(group) for group in chosen]
    return next((span for span in spans if span[1] > span[0]), match.span())


class Engine:
    """All patterns of some rules in one database. `look` is a pure function of its arguments and may run in several threads.

    marks: patterns by name that are no rules: `look` says where each first occurs, and somebody who knows the format reads on."""

    def __init__(self, rules: Sequence[Rule], marks: Mapping[str, Sequence[Pattern]], cache: str = "") -> None:
        entries = [(rule, pattern) for rule in rules for pattern in rule.patterns if not rule.files or rule.common]
        self._bound = _Names([rule for rule in rules if rule.files and rule.patterns and not rule.common])
        self._by_name = _Names([rule for rule in rules if rule.files and not rule.patterns and rule.value_group is not None])
        self._rules = [rule for rule, _ in entries]
        self._patterns = [pattern for _, pattern in entries]
        self._files = [_names(rule) if rule.files else None for rule, _ in entries]
        self._marks = [name for name, patterns in marks.items() for _ in patterns]
        expressions = [pattern.expression for _, pattern in entries]
        expressions += (pattern.expression for patterns in marks.values() for pattern in patterns)
        self.database = load_database(expressions, cache) if expressions else None

    def look(self, data: bytes, path: str = "", told: Told = unheard) -> tuple[list[Found], dict[str, int]]:
        """(candidates, offset from which on each mark lies). `path` decides which rules apply; `told` hears what was left out. Overlaps
        between rules are not resolved here."""
        generated = path.endswith(GENERATED)
        name = path.encode("utf-8", "surrogateescape")
        found: list[Found] = []
        marks: dict[str, int] = {}
        lowered = b""
        for index, end in self.database.scan(data) if self.database else ():
            if index >= len(self._rules):
                marks.setdefault(self._marks[index - len(self._rules)], max(0, end - LOOK_BACK))
                continue
            rule, files = self._rules[index], self._files[index]
            if (generated and not rule.code) if files is None else not files.search(name):
                continue
            if rule.words and not any(word in (lowered := lowered or data.lower()) for word in rule.words):
                continue
            pattern = self._patterns[index]
            found += self._confirmed(rule, pattern, data, 0 if pattern.apart else max(0, end - LOOK_BACK), path, told)
        for rule in self._bound.fitting(name):
            for pattern in rule.patterns:
                found += self._confirmed(rule, pattern, data, 0, path, told)
        return found, marks

    def named(self, path: str) -> list[Found]:
        """Files that a rule finds by their path alone; the path is the value."""
        name = path.encode("utf-8", "surrogateescape")
        fitting = self._by_name.fitting(name) if path else ()
        return [Found(rule, path, 0, 0) for rule in fitting if not (rule.allows and rule.allows(path, b"", 0, 0, path))]

    def _confirmed(self, rule: Rule, pattern: Pattern, data: bytes, start: int, path: str, told: Told) -> Iterator[Found]:
        expression = _expression(pattern.confirm.encode("latin-1"))
        for count, match in enumerate(expression.finditer(data, start)):
            if count >= SPANS_PER_RULE:
                told(f"more than {SPANS_PER_RULE} places for one rule in one file")
                return
            first, last = _value_span(match, rule, expression.groups)
            if first < 0 or not 0 < last - first <= MAX_VALUE:
                continue
            value = data[first:last].decode("utf-8", "surrogateescape")
            start, end = match.span()
            if self._judge(rule, value, data, first, last) and not (rule.allows and rule.allows(value, data, start, end, path)):
                yield Found(rule, value, first, last)

    @staticmethod
    def _judge(rule: Rule, value: str, data: bytes, first: int, last: int) -> bool:
        if rule.judged and (is_placeholder(value) or is_example(value)):
            return False
        if rule.entropy and entropy(value) < rule.entropy:
            return False
        if not all(CHECKS[check](value) for check in rule.checks):
            return False
        if rule.keywords:
            around = data[max(0, first - NEAR) : last + NEAR].lower()
            return any(keyword.encode() in around for keyword in rule.keywords)
        return True


def settle(candidates: Iterable[Found]) -> list[Found]:
    """One candidate per place and per value: the one of the highest rank, then the longest, then the first. Ordered by place."""
    kept: list[Found] = []
    values: set[str] = set()
    for one in sorted(candidates, key=lambda found: (-found.rule.rank, found.start - found.end, found.start)):
        if one.value in values or any(_hides(other, one) for other in kept):
            continue
        values.add(one.value)
        kept.append(one)
    return sorted(kept, key=lambda found: found.start)


def _hides(kept: Found, one: Found) -> bool:
    """Whether two candidates are about one place. A user's rule that finds a part of a value leaves the whole to ours."""
    overlap = kept.start < one.end and one.start < kept.end
    return overlap and not (kept.rule.rank == USER and kept.end - kept.start < one.end - one.start)
