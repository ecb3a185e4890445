"""The user's patterns as rules of the engine, and what of them decides the facts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import lru_cache

from analyzers.collectors.patterns.database import refusal
from analyzers.collectors.patterns.engine import Engine, in_binary
from analyzers.collectors.patterns.rule import FOREIGN, FOREIGN_GENERIC, USER
from analyzers.collectors.patterns.rule import Pattern as EnginePattern
from analyzers.collectors.patterns.rule import Rule as EngineRule
from analyzers.collectors.secret_rules import by_key
from analyzers.user_rules.expressions import for_bytes, searched
from analyzers.user_rules.gitleaks import GENERIC
from analyzers.user_rules.load import Sources, load_rules
from analyzers.user_rules.records import Allowance, ForeignPattern, Pattern
from schemas.vocabulary import Level

Allows = Callable[[str, bytes, int, int, str], bool]
_WORDS = frozenset({"level", "group", "title", "description", "advice", "references", "hit", "clean"})
"""Fields that change no fact: the level is the category's affair too."""


@lru_cache(maxsize=4)
def patterns_of(files: Sources) -> tuple[Pattern, ...]:
    """The patterns in rule files without those whose id a built-in rule has."""
    return tuple(one for one in load_rules(files).patterns if one.id not in by_key())


@lru_cache(maxsize=4)
def fingerprint(files: Sources, *, nameless: bool = False) -> str:
    """Names all that decides which facts the patterns give; empty without any. `nameless`: about texts that are no files."""
    patterns = [one for one in patterns_of(files) if not (nameless and one.files)]
    rules = hashlib.blake2b(digest_size=8)
    for one in patterns:
        rules.update(one.model_dump_json(exclude=set(_WORDS)).encode())
    return rules.hexdigest() if patterns else ""


@lru_cache(maxsize=4)
def user_engine(files: Sources, cache: str, *, binary: bool = False) -> Engine | None:
    """An engine over the patterns in rule files, apart from that of our own rules: a changed file compiles quickly. None without any.
    `binary`: for content that is no text."""
    rules = [_engine_rule(one) for one in patterns_of(files)]
    return Engine(in_binary(rules) if binary else rules, {}, cache) if rules else None


def _engine_rule(pattern: Pattern) -> EngineRule:
    """A pattern as the engine takes it. What the user wrote wins over any rule of ours for the same value, what others wrote only over a
    guess; values that look like placeholders are left out only of the latter. Facts are of level high: the category knows better."""
    foreign = isinstance(pattern, ForeignPattern)
    rank = (FOREIGN_GENERIC if pattern.id.startswith(GENERIC) else FOREIGN) if foreign else USER
    words = tuple(word.lower().encode() for word in pattern.keywords)
    expression = for_bytes(pattern.regex) if pattern.regex else ""
    scan = f"(?i:{'|'.join(re.escape(word.decode('latin-1')) for word in words)})" if words and refusal(expression) else ""
    return EngineRule(
        key=pattern.id, group=pattern.group, level=Level.HIGH, title=pattern.title, description=pattern.description, advice=pattern.advice,
        rank=rank, version=pattern.version, patterns=(EnginePattern(expression, scan, apart=True),) if expression else (),
        files=tuple(for_bytes(one) for one in pattern.files), entropy=pattern.entropy, common=True, words=words, judged=foreign,
        value_group=pattern.secret_group, allows=_allows(pattern.allowed),
    )  # fmt: skip


def _allows(allowances: tuple[Allowance, ...]) -> Allows | None:
    if not allowances:
        return None

    def allows(value: str, data: bytes, start: int, end: int, path: str) -> bool:
        return any(_fits(one, value, data, start, end, path) for one in allowances)

    return allows


def _fits(allowance: Allowance, value: str, data: bytes, start: int, end: int, path: str) -> bool:
    """Whether one of the lists fits, or each of them where the allowance wants every one."""
    said = []
    if allowance.paths:
        said.append(any(searched(one, path) for one in allowance.paths))
    if allowance.expressions:
        text = _about(allowance, value, data, start, end)
        said.append(any(searched(one, text) for one in allowance.expressions))
    if allowance.words:
        lowered = value.lower()
        said.append(any(word.lower() in lowered for word in allowance.words))
    return bool(said) and (all(said) if allowance.every else any(said))


def _about(allowance: Allowance, value: str, data: bytes, start: int, end: int) -> str:
    if allowance.about == "value":
        return value
    if allowance.about == "line":
        start = data.rfind(b"\n", 0, start) + 1
        following = data.find(b"\n", end)
        end = following if following >= 0 else len(data)
    return data[start:end].decode("utf-8", "surrogateescape")
