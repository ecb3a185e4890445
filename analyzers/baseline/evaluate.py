"""Runs the items over one image. A crash of one item ends that item only; an item whose facts may be missing does not pass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analyzers.baseline.gaps import Gap, gap_about, gaps_of
from analyzers.baseline.item import Hit, Item, Outcome
from analyzers.baseline.selection import Selection
from analyzers.baseline.system import System
from analyzers.contract import AnalysisInputs
from analyzers.image import ImageView
from schemas.vocabulary import ItemState, Reason


def evaluate(view: ImageView, inputs: AnalysisInputs) -> list[Outcome]:
    """The outcome of every item, ours in the order of the list, then the user's; those that do not run are off."""
    system, selection, gaps = System(view, inputs), Selection.of(inputs), gaps_of(view, inputs.user_items)
    outcomes = []
    for item in selection.items:
        off = selection.why_off(item)
        outcomes.append(Outcome(item, ItemState.OFF, reason=off) if off else _outcome(item, system, gaps))
    return outcomes


def _outcome(item: Item, system: System, gaps: Sequence[Gap]) -> Outcome:
    try:
        hits = _distinct(item.find(system))
        applies = bool(hits) or item.need.test(system)
    except Exception as error:  # whatever an image made an item do must not cost the results of the others
        reason = f"{Reason.DETECTOR_CRASHED}: {item.rule}: {type(error).__name__}: {error}"[:300]
        return Outcome(item, ItemState.NOT_EVALUATED, reason=reason)
    gap = gap_about(gaps, item.need.reads)
    why = system.image.partial[0] if system.image.partial else str(gap or "")
    if hits:
        return Outcome(item, ItemState.FAILED, hits, why)
    if why and not (gap and gap.guessed and not system.image.partial):
        return Outcome(item, ItemState.NOT_EVALUATED, reason=why)
    if not applies:
        return Outcome(item, ItemState.NOT_APPLICABLE, reason=item.need.absent)
    return Outcome(item, ItemState.PASSED, reason=why)


def _distinct(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """The first hit of each path and subject."""
    first: dict[tuple[str, str], Hit] = {}
    for hit in hits:
        first.setdefault((hit.path, hit.subject), hit)
    return tuple(first.values())
