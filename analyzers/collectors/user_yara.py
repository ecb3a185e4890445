"""Rules of users on the contents of one blob: a rule that takes too long costs neither the scan nor the rules beside it.

All are run at once until that takes too long. From then on each rule file runs by itself, with less time, and one that is late again and
again is left out of the rest of the blob.
"""

from __future__ import annotations

from collections import Counter

import yara_x

from analyzers.collectors.yara_cache import Sources
from analyzers.collectors.yara_rules import CompiledRules, RuleHit, RuleScanner, compile_rules

APART_S = 5
LATE = 3
LATE_IN_ALL = 20


class UserRules:
    """`sources` are the rule files, `compiled` all of them. `left_out`: names of those that were late LATE times, in that order."""

    def __init__(self, sources: Sources, compiled: CompiledRules) -> None:
        self._sources = sources
        self._together: RuleScanner | None = RuleScanner(compiled)
        self._apart: dict[str, RuleScanner] = {}
        self._late: Counter[str] = Counter()
        self.left_out: list[str] = []

    def scan(self, data: bytes, path: str) -> tuple[list[RuleHit], list[str]]:
        """What matches, and the names of the rule files that had not enough time for this content."""
        if self._together is not None:
            try:
                return list(self._together.scan(data, path)), []
            except yara_x.TimeoutError:
                self._together = None
                self._apart = {name: RuleScanner(compile_rules([(name, text)]), APART_S) for name, text in self._sources}
        hits: list[RuleHit] = []
        late: list[str] = []
        for name, scanner in list(self._apart.items()):
            try:
                hits += scanner.scan(data, path)
            except yara_x.TimeoutError:
                late.append(name)
                self._note(name)
        return hits, late

    def _note(self, name: str) -> None:
        self._late[name] += 1
        if self._late[name] < LATE and self._late.total() < LATE_IN_ALL:
            return
        self.left_out.append(name)
        del self._apart[name]
