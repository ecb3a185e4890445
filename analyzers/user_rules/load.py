"""Reading rule files: every good rule counts, every bad one is a problem with its file, line and reason."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from analyzers.user_rules import gitleaks
from analyzers.user_rules.expressions import compiled
from analyzers.user_rules.records import MODELS, BaselineItem, BuildCommand, Pattern, Rule, RuleFile, Switch
from analyzers.user_rules.toml_lines import Place, TomlLines
from schemas.vocabulary import CategoryId

SUFFIX = ".toml"
MAX_BYTES = 4 << 20
MAX_RULES = 5000
MAX_STEPS = 1_000_000  # of all compiled patterns together
Sources = tuple[tuple[str, bytes], ...]
KINDS: Mapping[str, CategoryId] = {
    "pattern": CategoryId.SENSITIVE_FILE, "build_command": CategoryId.BUILD_COMMAND, "baseline": CategoryId.BASELINE,
}  # fmt: skip
_ADAPTERS: Mapping[str, TypeAdapter[Any]] = {
    "pattern": TypeAdapter(Pattern), "build_command": TypeAdapter(BuildCommand), "baseline": TypeAdapter(BaselineItem),
}  # fmt: skip
CHECKS = ("package", "file", "line", "environment", "label", "user", "port")
WORDS = frozenset(field.alias or name for model in MODELS for name, field in model.model_fields.items())
_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a rule file that cannot be used. `line` 0: the file as a whole; `category` is empty when it may concern any; `lost`:
    a rule does not run because of it; `wrong` False: nothing has to be mended."""

    file: str
    line: int
    reason: str
    category: str = ""
    rule: str = ""
    lost: bool = True
    wrong: bool = True

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.rule}: {self.reason}" if self.rule else f"{place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a rule stands."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class UserRules:
    """All rules of all files. Ids are unique over all kinds; `origins` says where each stands, `switched` where each switch does."""

    patterns: tuple[Pattern, ...] = ()
    build_commands: tuple[BuildCommand, ...] = ()
    baseline: tuple[BaselineItem, ...] = ()
    switches: Mapping[str, Switch] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    switched: Mapping[str, Origin] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def every(self) -> tuple[Rule, ...]:
        return (*self.patterns, *self.build_commands, *self.baseline)


def sources(files: Mapping[str, bytes]) -> Sources:
    """Those of the files that hold such rules, by name."""
    return tuple(sorted((name, content) for name, content in files.items() if name.lower().endswith(SUFFIX)))


@lru_cache(maxsize=4)
def load_rules(files: Sources) -> UserRules:
    """The rules of files out of `sources`. Never raises."""
    reader = _Reader()
    for name, content in files:
        reader.read(name, content)
    return reader.rules()


class _Reader:
    """Collects over all files."""

    def __init__(self) -> None:
        self._found: dict[str, list[Any]] = {kind: [] for kind in KINDS}
        self._switches: dict[str, Switch] = {}
        self._origins: dict[str, Origin] = {}
        self._switched: dict[str, Origin] = {}
        self._problems: list[Problem] = []
        self._steps = 0

    def rules(self) -> UserRules:
        patterns, commands, items = (tuple(self._found[kind]) for kind in KINDS)
        return UserRules(patterns, commands, items, self._switches, self._origins, self._switched, tuple(self._problems))

    def read(self, name: str, content: bytes) -> None:
        if len(content) > MAX_BYTES:
            self._problems.append(Problem(name, 0, f"it has {len(content)} bytes, more than {MAX_BYTES}"))
            return
        try:
            text = content.decode("utf-8-sig").replace("\r\n", "\n")
            document = tomllib.loads(text)
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            self._problems.append(Problem(name, line, "it is not UTF-8"))
            return
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            found = _LINE.search(str(error))
            line = int(found[1]) if found and found[1] else content.count(b"\n") + 1
            self._problems.append(Problem(name, line, _LINE.sub("", str(error)) if found else "it is nested too deeply"))
            return
        self._document(name, document, TomlLines(text))

    def _document(self, name: str, document: dict[str, Any], lines: TomlLines) -> None:
        foreign = isinstance(document.get("rules"), list)
        known = {*RuleFile.model_fields, *(gitleaks.KEYS if foreign else ())}
        for key in document:
            if key not in known:
                self._problems.append(Problem(name, lines.at((key,)), f"unknown table or key {key!r}{_near(key, known)}", lost=False))
        for kind, category in KINDS.items():
            adapter = _ADAPTERS[kind]
            self._records(name, lines, (kind,), document.get(kind, ()), category, adapter.validate_python)
        if foreign:
            shared, problems = gitleaks.shared_allowances(document)
            self._problems += [Problem(name, lines.at(place), reason, CategoryId.SENSITIVE_FILE, lost=False) for place, reason in problems]
            self._records(
                name, lines, ("rules",), document["rules"], CategoryId.SENSITIVE_FILE, lambda table: gitleaks.pattern(table, shared)
            )
        else:
            self._switch(name, lines, document.get("rules", {}))

    def _records(
        self, name: str, lines: TomlLines, place: Place, tables: object, category: CategoryId, make: Callable[[Any], Rule]
    ) -> None:
        if not isinstance(tables, list | tuple):
            self._problems.append(Problem(name, lines.at(place), f"{place[0]} must be written as [[{place[0]}]]", category))
            return
        for index, table in enumerate(tables):
            at = (*place, index)
            rule = str(table.get("id", ""))[:100] if isinstance(table, dict) else ""
            try:
                record = make(table)
            except ValidationError as error:
                self._problems += [Problem(name, lines.at((*at, *loc)), reason, category, rule) for loc, reason in explained(error, table)]
                continue
            except TypeError as error:
                self._problems.append(Problem(name, lines.at(at), str(error), category, rule))
                continue
            self._keep(name, lines.at(at), record, place[0] if place[0] in KINDS else "pattern", category)

    def _keep(self, name: str, line: int, record: Rule, kind: Any, category: CategoryId) -> None:
        if record.id in self._origins:
            reason = f"the id is taken by the rule at {self._origins[record.id]}"
        elif len(self._origins) >= MAX_RULES:
            reason = f"there are more than {MAX_RULES} rules"
        elif self._steps + (steps := _steps(record)) > MAX_STEPS:
            reason = f"all patterns together are too large: more than {MAX_STEPS} steps when compiled"
        else:
            self._steps += steps
            self._origins[record.id] = Origin(name, line)
            self._found[kind].append(record)
            return
        self._problems.append(Problem(name, line, reason, category, record.id))

    def _switch(self, name: str, lines: TomlLines, switches: object) -> None:
        if not isinstance(switches, dict):
            self._problems.append(Problem(name, lines.at(("rules",)), "rules must be tables: [rules.KEY]", lost=False))
            return
        for key, table in switches.items():
            line = lines.at(("rules", key))
            try:
                switch = Switch.model_validate(table)
            except ValidationError as error:
                for loc, reason in explained(error, table):
                    self._problems.append(Problem(name, lines.at(("rules", key, *loc)), reason, rule=key, lost=False))
                continue
            if key in self._switches and self._switches[key] != switch:
                self._problems.append(Problem(name, line, f"another switch stands at {self._switched[key]}", rule=key, lost=False))
                continue
            self._switches[key] = switch
            self._switched[key] = Origin(name, line)


def _steps(rule: Rule) -> int:
    return int(compiled(rule.regex).programsize) if isinstance(rule, Pattern) and rule.regex else 0


def explained(error: ValidationError, table: object) -> Iterator[tuple[Place, str]]:
    """(where, what is wrong) in words, the place as the document names it."""
    for one in error.errors(include_url=False):
        loc, kind = _place(one["loc"], table), one["type"]
        said = one["msg"].removeprefix("Value error, ")
        if kind == "extra_forbidden":
            yield loc, f"unknown key {one['loc'][-1]!r}{_near(str(one['loc'][-1]), WORDS)}"
        elif kind == "missing":
            yield loc, f"{one['loc'][-1]} is missing"
        elif kind.startswith("union_tag"):
            yield loc, f"check must be one of {', '.join(CHECKS)}"
        else:
            key = ".".join(part for part in loc or one["loc"] if isinstance(part, str))
            yield loc, f"{key}: {said}" if key else said


def _place(loc: Place, table: object) -> Place:
    """The parts of an error's place that the document has: pydantic puts names of types between them."""
    place: list[str | int] = []
    for part in loc:
        if isinstance(table, dict) and part in table:
            table = table[str(part)]
        elif isinstance(table, list) and isinstance(part, int) and part < len(table):
            table = table[part]
        else:
            continue
        place.append(part)
    return tuple(place)


def _near(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, sorted(known), 3)
    return f": did you mean {' or '.join(close)}?" if close else ""
