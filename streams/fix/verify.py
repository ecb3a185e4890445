"""Whether a fixed image is fixed: decided by the scan of the new digest, not by what the build said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.vocabulary import CategoryId, ScanState
from sinks.fixes import FixTask

_GRAVE = frozenset({"high", "urgent"})
_NAMED = 5
Risk = Mapping[str, Any]
"""A row of the view `risks`."""


@dataclass(frozen=True)
class Evidence:
    """What the scan says: `reason` is empty when all is fixed; `still_open` are findings that are still there."""

    reason: str
    still_open: tuple[str, ...] = ()


def evidence(task: FixTask, state: ScanState, why: str, old: Sequence[Risk], new: Sequence[Risk]) -> Evidence:
    """Compare the risks of the old image with those of the new one. `state` and `why`: the scan row of system vulnerabilities of the new
    image. Only a complete look proves that a flaw is gone; a grave flaw that the old image did not have makes it worse, not better."""
    if state is not ScanState.SUCCEEDED:
        return Evidence(f"the fixed image could not be verified: its scan is {state.value}: {why}")
    there = {_what(one) for one in new if _open(one)}
    meant = {one["finding_id"]: one for one in old if one["finding_id"] in task.finding_ids}
    still = tuple(sorted(finding for finding, one in meant.items() if _what(one) in there))
    if still:
        names = sorted({f"{meant[finding]['rule']} in {meant[finding]['package']}" for finding in still})
        return Evidence(f"still there after the fix: {_listed(names)}", still)
    before = {_what(one) for one in old}
    worse = sorted({" in ".join(_what(one)) for one in new if _open(one) and one["severity"] in _GRAVE and _what(one) not in before})
    if worse:
        return Evidence(f"the fixed image is worse: new {_listed(worse)}", task.finding_ids)
    return Evidence("")


def _open(risk: Risk) -> bool:
    return risk["category"] == CategoryId.SYSTEM_VULNERABILITY and risk["status"] not in ("withdrawn", "fixed")


def _what(risk: Risk) -> tuple[str, str]:
    return str(risk["rule"]), str(risk["package"])


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
