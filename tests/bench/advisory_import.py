"""Import of all advisories at hand into an empty database, then the same again: seconds, CPU seconds, memory.

    python -m tests.bench.advisory_import clickhouse://default@127.0.0.1:9000/bench_import PATH...

Goals: well under 60 s of CPU and 1 GB for 70,000 records; the second time nothing changes. The database is dropped at the end.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import resource
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from sinks.migrate import migrate
from sinks.store import Store
from streams.advisories.importer import import_advisories
from tests.bench.local_system import fresh_home, imagerisk
from tests.bench.row import Row, run_module

MANY = 300_000
PROCESSES = len(os.sched_getaffinity(0))
COMMAND = ".venv/bin/python -m tests.bench.advisory_import ADDRESS PATH..."


def run() -> list[Row]:
    """CPU seconds and memory of the first and the second import of the advisories beside the checkout. Raises FileNotFoundError."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "data" / "advisories"
    if not folder.is_dir():
        raise FileNotFoundError("no advisories beside the checkout")
    with fresh_home() as settings:
        imagerisk("up", "clickhouse")
        address = f"{settings.clickhouse_url.rpartition('/')[0]}/bench_import"
        output = run_module("tests.bench.advisory_import", address, str(folder))[0]
        with tempfile.TemporaryDirectory() as scratch:
            many = run_module("tests.bench.advisory_import", address, str(generated(Path(scratch), folder)))[0]
    rows = []
    for records, wall, memory in re.findall(r"first: (\d+) records.*?, ([\d.]+) s, .* (\d+) MB", many):
        rows.append(Row(f"import of {int(records):,} advisories into an empty store", float(wall), "s", "< 90", COMMAND))
        rows.append(Row(f"import of {int(records):,} advisories: peak memory", float(memory), "MB", "< 1000", COMMAND))
    for turn, records, cpu, memory in re.findall(r"(\w+): (\d+) records.* ([\d.]+) CPU s, (\d+) MB", output):
        rows.append(Row(f"import of {records} advisories, {turn}", float(cpu), "CPU s", "< 60", COMMAND))
        rows.append(Row(f"import of {records} advisories, {turn}: peak memory", float(memory), "MB", "< 1000", COMMAND))
    return rows


def generated(scratch: Path, folder: Path) -> Path:
    """MANY records in zips of the ecosystems that they are about: real ones, again and again under other ids and names."""
    made = 0
    for source in itertools.cycle(sorted(folder.rglob("all.zip"))):
        turn, target = made, scratch / f"{source.parent.name}-{made}" / "all.zip"
        target.parent.mkdir()
        with zipfile.ZipFile(source) as real, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out:
            for name in real.namelist():
                record = json.loads(real.read(name))
                record["id"] = f"{record['id']}-{turn}"
                record["aliases"] = [f"{one}-{turn}" for one in record.get("aliases", ())]
                record["upstream"] = [f"{one}-{turn}" for one in record.get("upstream", ())]
                for affected in record.get("affected", ()):
                    affected["package"]["name"] += f"-{turn % 7}"
                out.writestr(f"{record['id']}.json", json.dumps(record))
                made += 1
                if made == MANY:
                    return scratch
    raise FileNotFoundError("no all.zip among the advisories")


def main(address: str, paths: list[Path]) -> None:
    """Import twice and print."""
    store = Store(address)
    migrate(store)
    for turn in ("first", "again"):
        wall, cpu = time.perf_counter(), _cpu_seconds()
        outcome = import_advisories(store, paths, processes=PROCESSES)
        records, changed = sum(one.records for one in outcome.feeds), sum(one.changed for one in outcome.feeds)
        own, child = (resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        memory = own + PROCESSES * child  # at most: they need not peak at the same time
        print(
            f"{turn}: {records} records, {changed} changed, {time.perf_counter() - wall:.1f} s, {_cpu_seconds() - cpu:.1f} CPU s,"
            f" {memory} MB, {len(outcome.advisories)} advisories announced",
            flush=True,
        )
    store.command(f"DROP DATABASE `{store.database}`")
    store.close()


def _cpu_seconds() -> float:
    """Of this process and of those that it started."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


if __name__ == "__main__":
    main(sys.argv[1], [Path(one) for one in sys.argv[2:]])
