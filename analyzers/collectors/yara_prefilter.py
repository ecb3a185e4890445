"""Which files YARA-X has to look at: those in which strings of a rule of ours occur, and so many of them that its condition may hold.

Hyperscan finds the strings about four times as fast as YARA-X, and few files hold what a condition asks for.
"""

from __future__ import annotations

from analyzers.collectors.patterns.database import load_database
from analyzers.collectors.yara_cache import Sources
from analyzers.collectors.yara_conditions import Condition, may_match
from analyzers.collectors.yara_strings import rules_in


class YaraPrefilter:
    """For sources that compile as they stand; `cache`: a folder for the database, or empty. Raises ValueError where they hold what is not
    understood here, or a rule that may match without any string of its own."""

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
        every = frozenset(self._strings)
        for name, condition in conditions.items():
            if condition({one for one in every if not one.startswith(f"{name}$")}):
                raise ValueError(f"{name} may match where none of its own strings occurs")
        self._conditions = conditions
        self._database = load_database(expressions, cache)

    def strings_in(self, data: bytes) -> set[str]:
        """The strings that occur, each named `rule$string`; a few that do not may be among them."""
        return {self._strings[index] for index, _ in self._database.scan(data)}

    def may_match(self, data: bytes) -> bool:
        """Whether one of the rules may match."""
        seen = self.strings_in(data)
        return any(self._conditions[rule](seen) for rule in {name.partition("$")[0] for name in seen})
