"""Which files YARA-X has to look at: those in which strings of a rule of ours occur, and so many of them that its condition may hold.

Hyperscan finds the strings about four times as fast as YARA-X, and few files hold what a condition asks for.
"""

from __future__ import annotations

from functools import lru_cache

from analyzers.collectors.patterns.database import load_database
from analyzers.collectors.yara_cache import Sources
from analyzers.collectors.yara_conditions import Condition, may_match
from analyzers.collectors.yara_strings import rules_in


class YaraPrefilter:
    """For sources that compile as they stand; `cache`: a folder for the database, or empty. Raises ValueError where they hold what is not
    understood here, or a rule that needs no string."""

    def __init__(self, sources: Sources, cache: str = "") -> None:
        self._strings: list[str] = []
        expressions: list[str] = []
        conditions: dict[str, Condition] = {}
        for _, source in sources:
            for rule in rules_in(source.decode()):
                for name, forms in rule.strings.items():
                    self._strings += [rule.name + name] * len(forms)
                    expressions += forms
                conditions[rule.name] = may_match(rule.name, rule.condition, tuple(rule.strings), conditions)
        if free := [name for name, condition in conditions.items() if condition(frozenset())]:
            raise ValueError(f"rules that may match where none of their strings occurs: {', '.join(free)}")
        self._conditions = tuple(conditions.values())
        self._database = load_database(expressions, cache)

    def strings_in(self, data: bytes) -> set[str]:
        """The strings that occur, each named `rule$string`; a few that do not may be among them."""
        return {self._strings[index] for index, _ in self._database.scan(data)}

    def may_match(self, data: bytes) -> bool:
        """Whether one of the rules may match."""
        seen = self.strings_in(data)
        return bool(seen) and any(condition(seen) for condition in self._conditions)


@lru_cache(maxsize=4)
def prefilter_of(sources: Sources, cache: str = "") -> YaraPrefilter:
    """Once per process and content."""
    return YaraPrefilter(sources, cache)
