"""An empty database of today's schema for each test of a file: the DDL takes a second, so it is applied once and the rows are deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sinks.migrate import migrate
from sinks.store import Store

_WRITTEN = "SELECT name FROM system.tables WHERE database = {database:String} AND total_rows > 0 AND name != 'schema_versions'"


@contextmanager
def empty_store(address: str) -> Iterator[Store]:
    """The database `emptied` of the engine at `address`."""
    store = Store(f"{address}/emptied", patience=10)
    try:
        migrate(store)
        for (name,) in store.query(_WRITTEN, {"database": store.database}):
            store.command(f"TRUNCATE TABLE {name}")
        yield store
    finally:
        store.close()
