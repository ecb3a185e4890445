"""What is not kept for ever: the history of changes, and the results of images that lie nowhere and run nowhere any more."""

from __future__ import annotations

from sinks.store import Store

_HISTORY = (("risk_transitions", "changed_at"), ("container_events", "happened_at"))
_RESULTS = ("scan_items", "scan_rows", "risk_count_rows", "risk_rows")
_SHARDED = frozenset({"risk_transitions", "risk_count_rows", "risk_rows"})
_GONE = """SELECT image_digest FROM (SELECT * FROM image_places FINAL) WHERE image_digest IN (SELECT image_digest FROM scan_rows)
AND image_digest NOT IN (SELECT image_digest FROM containers WHERE running)
GROUP BY image_digest HAVING max(present) = 0 AND max(toUnixTimestamp64Milli(changed_at)) < {before:Int64}
ORDER BY image_digest LIMIT {limit:UInt32}"""
IMAGES_AT_ONCE = 1000


def forget_before(store: Store, before_ms: int) -> int:
    """Delete what happened before a time (ms), and the results of images that left their last repository before it; returns the number of
    images. Decisions and actions are kept: they are the record of who did what. The same again deletes nothing."""
    for table, column in _HISTORY:
        old = f"{column} < fromUnixTimestamp64Milli({before_ms})"
        if store.query(f"SELECT 1 FROM {table} WHERE {old} LIMIT 1"):  # noqa: S608 (fixed names and a number)
            _delete(store, table, old)
    gone = [row[0] for row in store.query(_GONE, {"before": before_ms, "limit": IMAGES_AT_ONCE})]
    if gone:
        for table in _RESULTS:
            _delete(store, table, "image_digest IN {gone:Array(String)}", gone)
    return len(gone)


def _delete(store: Store, table: str, condition: str, gone: list[str] | None = None) -> None:
    sharded = bool(store.cluster) and table in _SHARDED
    name = f"{table}_local ON CLUSTER `{store.cluster}`" if sharded else table
    store.command(f"ALTER TABLE {name} DELETE WHERE {condition} SETTINGS mutations_sync = 2", {"gone": gone} if gone else None)
