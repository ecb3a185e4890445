"""YARA-X behind an adapter: compiling rules of ours and of users, and scanning bytes with them.

Rules are kept in sets, so that a file is scanned only by those that fit its kind. One bad rule or file never costs the others: it is
named in `problems`. YARA-X holds the GIL while it scans, so parallel work needs processes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import yara_x

GLOBALS = ("filename", "filepath", "extension", "filetype", "owner")  # what rules for LOKI and THOR expect to be defined
TIMEOUT_S = 20
MATCHES = 1000

MetaValue = str | int | float | bool | bytes


@dataclass(frozen=True, slots=True)
class RuleHit:
    """One rule that matched. `offset` and `length` are those of its first pattern match (-1 and 0 when it has none)."""

    rule: str
    namespace: str
    tags: tuple[str, ...]
    meta: Mapping[str, MetaValue]
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class CompiledRules:
    """Rules ready for scanning, or None when no source held a usable one. `problems`: (source name, reason)."""

    rules: Any
    problems: tuple[tuple[str, str], ...] = ()
    count: int = 0


@dataclass(slots=True)
class RuleScanner:
    """Scans bytes with one set of rules, for at most `timeout_s` seconds each time. Not to be shared between threads."""

    compiled: CompiledRules
    timeout_s: int = TIMEOUT_S
    _scanner: Any = field(init=False, default=None)

    def __post_init__(self) -> None:
        if self.compiled.rules is not None:
            self._scanner = yara_x.Scanner(self.compiled.rules)
            self._scanner.set_timeout(self.timeout_s)
            self._scanner.max_matches_per_pattern(MATCHES)

    def scan(self, data: bytes, path: str = "") -> list[RuleHit]:
        """Every rule that matches. Raises yara_x.TimeoutError when time is up."""
        if self._scanner is None:
            return []
        if path:
            self._describe(path)
        return [_hit(rule) for rule in self._scanner.scan(data).matching_rules]

    def _describe(self, path: str) -> None:
        name = path.rpartition("/")[2]
        self._scanner.set_global("filepath", path)
        self._scanner.set_global("filename", name)
        self._scanner.set_global("extension", f".{name.rpartition('.')[2]}" if "." in name else "")


def _hit(rule: Any) -> RuleHit:
    first = min(((match.offset, match.length) for pattern in rule.patterns for match in pattern.matches), default=(-1, 0))
    return RuleHit(rule.identifier, rule.namespace, tuple(rule.tags), dict(rule.metadata), *first)


def compile_rules(sources: Iterable[tuple[str, bytes]]) -> CompiledRules:
    """Compile sources (name, YARA text), one namespace each. Never raises for a bad source."""
    compiler: Any = yara_x.Compiler(relaxed_re_syntax=True, includes_enabled=False)
    for variable in GLOBALS:
        compiler.define_global(variable, "")
    compiler.ignore_invalid_rules(True)
    problems: list[tuple[str, str]] = []
    for name, source in sources:
        ignored, errors = len(compiler.ignored_rules()), len(compiler.errors())
        compiler.new_namespace(name)
        with suppress(yara_x.CompileError):  # stands in compiler.errors() too
            compiler.add_source(_text(source), origin=name)
        told = [(str(error.get("title", "")), int(error.get("line", 0))) for error in compiler.errors()[errors:]]
        for rule in compiler.ignored_rules()[ignored:]:
            message = rule.message.removeprefix("error: ")
            known = next((one for one in told if one[0] == message), None)
            if known:
                told.remove(known)
            problems.append((name, f"line {known[1] if known else 0}: rule {rule.name}: {message}"))
        problems += [(name, f"line {line}: {title}") for title, line in told]
    rules = compiler.build()
    count = sum(1 for _ in rules)
    return CompiledRules(rules if count else None, tuple(problems), count)


def _text(source: bytes) -> str:
    """A rule file as text; what is no UTF-8 is taken as Latin-1, as older rule files are."""
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError:
        return source.decode("latin-1")
