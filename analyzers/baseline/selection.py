"""Which items run: the strategy `default` or `full`, or items that somebody chose."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from analyzers.baseline.item import Item
from analyzers.baseline.items import ITEMS
from analyzers.baseline.user_items import user_items
from analyzers.contract import AnalysisInputs


def _names(item: Item) -> tuple[str, ...]:
    """What selects an item: its rule, its class, and a part of a class (`service_config.ssh`)."""
    return (item.rule, item.group, f"{item.group}.{item.part}") if item.part else (item.rule, item.group)


@dataclass(frozen=True)
class Selection:
    """`chosen`: rules, classes and parts of classes; they take the place of the strategy. `disabled`: rules that never run. `own`: items
    of the user, which are there beside ours."""

    strategy: str = "default"
    chosen: frozenset[str] = frozenset()
    disabled: frozenset[str] = frozenset()
    own: tuple[Item, ...] = ()

    @staticmethod
    def of(inputs: AnalysisInputs) -> Selection:
        return Selection(inputs.strategy, inputs.chosen, inputs.disabled, user_items(inputs.user_items))

    @property
    def items(self) -> tuple[Item, ...]:
        """All items, whether they run or not."""
        return (*ITEMS, *self.own)

    @property
    def unknown(self) -> list[str]:
        """Those of the chosen names that select nothing."""
        return sorted(self.chosen - selectable(self.own))

    def why_off(self, item: Item) -> str:
        """Why an item does not run; empty if it does."""
        if item.rule in self.disabled:
            return "It is switched off."
        if self.chosen:
            return "" if self.chosen.intersection(_names(item)) else "It is not among the chosen items."
        return "" if item.default or self.strategy == "full" else "Only the strategy full has it."

    def __str__(self) -> str:
        """`default, 89 of 94 items`; chosen items are named by a hash, so that other ones give another text."""
        running = [item.rule for item in self.items if not self.why_off(item)]
        named = hashlib.blake2b(" ".join(running).encode(), digest_size=4).hexdigest() if self.chosen else ""
        return f"{f'chosen {named}' if self.chosen else self.strategy}, {len(running)} of {len(self.items)} items"


def selectable(own: Iterable[Item] = ()) -> frozenset[str]:
    """Every name that selects items, `own` ones of the user too."""
    return frozenset(name for item in (*ITEMS, *own) for name in _names(item))
