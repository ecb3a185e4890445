"""How many risks an image has of each level and status: one row an image, counted anew by whoever changed its risks."""

from __future__ import annotations

from collections.abc import Iterable

from sinks.store import External, Store

_COUNT = """INSERT INTO risk_count_rows (image_digest, counted_at, counts)
SELECT w.image, toUInt64(toUnixTimestamp64Micro(now64(6))),
    groupArrayIf((c.category, c.severity, c.priority, c.status, c.risks), c.risks > 0)
FROM wanted AS w LEFT JOIN
(
    SELECT image_digest, toString(category) AS category, tupleElement(severity, 2) AS severity, tupleElement(priority, 2) AS priority,
        status, toUInt32(count()) AS risks
    FROM risk_rows FINAL WHERE image_digest IN (SELECT image FROM wanted) GROUP BY ALL
) AS c ON c.image_digest = w.image
GROUP BY w.image"""


def count_risks(store: Store, digests: Iterable[str]) -> None:
    """Count the risks of some images, after their rows were written and before that is acknowledged. Of two counts the one that began later
    stands, so the last writer's count sees every row."""
    rows = [(digest,) for digest in sorted(set(digests))]
    if rows:
        store.command(_COUNT, external=[External("wanted", [("image", "String")], rows)])
