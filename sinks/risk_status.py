"""The status of a risk in SQL, said once: `/*risk status*/` in the DDL stands for it. `sinks.risks.status_of` says the same in Python."""

from __future__ import annotations

from schemas.vocabulary import Status

MARK = "/*risk status*/"
_DECIDED = "bitAnd(tupleElement(decided, 1), 255)"
_DECIDED_AT = "bitAnd(bitShiftRight(tupleElement(decided, 1), 8), 4398046511103)"
_REPAIRED = "bitAnd(repair, 255)"


def _label(code: str, *statuses: Status) -> str:
    codes, labels = [status.value for status in statuses], [status.label for status in statuses]
    return f"transform({code}, {codes}, {labels}, '{Status.OPEN.label}')"


_BY_REPAIR = _label(_REPAIRED, Status.FIXING, Status.VERIFYING, Status.FIX_FAILED, Status.FIXED)
_BY_DECISION = _label(
    _DECIDED, Status.IGNORED, Status.FIXING, Status.VERIFYING, Status.FIX_FAILED, Status.WHITELISTED, Status.FALSE_POSITIVE
)
RISK_STATUS = (
    f"multiIf(bitAnd(evidence, 255) = 2, '{Status.WITHDRAWN.label}', bitAnd(evidence, 255) = 1, '{Status.FIXED.label}', "
    f"{_REPAIRED} > 0 AND bitShiftRight(repair, 8) >= {_DECIDED_AT}, {_BY_REPAIR}, "
    f"{_DECIDED} = 1 AND rescan > {_DECIDED_AT}, '{Status.OPEN.label}', {_BY_DECISION})"
)
"""Out of the four columns `evidence`, `rescan`, `decided` and `repair`, which must be merged: FINAL, or their maxima."""
