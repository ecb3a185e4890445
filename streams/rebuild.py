"""The status of every risk anew, from the log of decisions alone: a check of the table, and its repair."""

from __future__ import annotations

from dataclasses import replace

from sinks.decisions import Verdict, Whereabouts, decide, decisions_about
from sinks.images import repositories_of
from sinks.risk_counts import count_risks
from sinks.risks import forget_verdicts, images_with_risks, risks_of_images, write_verdicts
from sinks.store import Store
from streams.clock import now_ms

IMAGES_AT_ONCE = 200


def rebuild_statuses(store: Store, *, write: bool = True) -> tuple[int, int]:
    """Number of risks, and of those whose status changes. Writes nothing unless told to."""
    digests = images_with_risks(store)
    before: dict[tuple[str, str], str] = {}
    verdicts: dict[tuple[str, str], Verdict] = {}
    changed = 0
    for begin in range(0, len(digests), IMAGES_AT_ONCE):
        risks = risks_of_images(store, digests[begin : begin + IMAGES_AT_ONCE])
        places = repositories_of(store, {risk.image_digest for risk in risks})
        log = decisions_about(store, {risk.finding_id: risk for risk in risks})
        for risk in risks:
            key = risk.finding_id, risk.image_digest
            where = Whereabouts(risk.image_digest, places.get(risk.image_digest, frozenset()))
            verdict = decide(log.get(risk.finding_id, ()), where, now_ms())
            if verdict:
                verdicts[key] = verdict
            before[key] = risk.status.label
            changed += replace(risk, decided=verdict.packed if verdict else (0, "")).status.label != before[key]
    if write:
        forget_verdicts(store)
        for begin in range(0, len(digests), IMAGES_AT_ONCE):
            some = digests[begin : begin + IMAGES_AT_ONCE]
            write_verdicts(store, risks_of_images(store, some), verdicts)
            count_risks(store, some)
    return len(before), changed
