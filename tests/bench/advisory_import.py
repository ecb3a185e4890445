"""Import of all advisories at hand into an empty database, then the same again: seconds, CPU seconds, memory.

    python -m tests.bench.advisory_import clickhouse://default@127.0.0.1:9000/bench_import PATH...

Goals: well under 60 s of CPU and 1 GB for 70,000 records; the second time nothing changes. The database is dropped at the end.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

from sinks.migrate import migrate
from sinks.store import Store
from streams.advisories.importer import import_advisories


def main(address: str, paths: list[Path]) -> None:
    """Import twice and print."""
    store = Store(address)
    migrate(store)
    for turn in ("first", "again"):
        wall, cpu = time.perf_counter(), time.process_time()
        outcome = import_advisories(store, paths)
        records, changed = sum(one.records for one in outcome.feeds), sum(one.changed for one in outcome.feeds)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"{turn}: {records} records, {changed} changed, {time.perf_counter() - wall:.1f} s, {time.process_time() - cpu:.1f} CPU s,"
            f" {memory} MB, {len(outcome.advisories)} advisories announced",
            flush=True,
        )
    store.command(f"DROP DATABASE `{store.database}`")
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], [Path(one) for one in sys.argv[2:]])
