"""Runs the items over one image. A crash of one item ends that item only."""

from __future__ import annotations

from collections.abc import Iterable

from analyzers.baseline.item import Hit, Item, Outcome, State
from analyzers.baseline.items import ITEMS
from analyzers.baseline.system import System
from analyzers.contract import AnalysisInputs
from analyzers.image import ImageView
from schemas.vocabulary import Reason


def chosen_items(inputs: AnalysisInputs) -> tuple[Item, ...]:
    """The items that the strategy runs; `disabled` names rules."""
    return tuple(item for item in ITEMS if (item.default or inputs.strategy == "full") and item.rule not in inputs.disabled)


def evaluate(view: ImageView, inputs: AnalysisInputs) -> list[Outcome]:
    """The outcome of every chosen item, in the order of the list."""
    system = System(view, inputs)
    return [_outcome(item, system) for item in chosen_items(inputs)]


def _outcome(item: Item, system: System) -> Outcome:
    try:
        hits = _distinct(item.find(system))
        applies = bool(hits) or item.applies(system)
    except Exception as error:  # whatever an image made an item do must not cost the results of the others
        return Outcome(item, State.CRASHED, reason=f"{Reason.DETECTOR_CRASHED}: {item.rule}: {type(error).__name__}: {error}"[:300])
    if hits:
        return Outcome(item, State.FAILED, hits)
    return Outcome(item, State.PASSED if applies else State.NOT_APPLICABLE)


def _distinct(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """The first hit of each path and subject."""
    first: dict[tuple[str, str], Hit] = {}
    for hit in hits:
        first.setdefault((hit.path, hit.subject), hit)
    return tuple(first.values())
