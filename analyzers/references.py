"""What rules go by: standards, manuals and vendors' own pages, in the file `references.toml` of each category.

`[rules]` has the list of one rule by its key, `[groups]` what holds for every rule of a class.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class References:
    """The table of one category. Entries are addresses, or names as people cite them: `crypt(5)`, `RFC 5915, section 3`."""

    rules: Mapping[str, list[str]]
    groups: Mapping[str, list[str]]

    def of(self, rule: str, group: str) -> tuple[str, ...]:
        """Those of a rule, the narrow ones first."""
        return tuple(dict.fromkeys((*self.rules.get(rule, ()), *self.groups.get(group, ()))))


@cache
def references(package: str) -> References:
    """The table that lies in a package, such as `analyzers.baseline`."""
    table = tomllib.loads((files(package) / "references.toml").read_text("utf-8"))
    return References(table["rules"], table["groups"])
