"""Matching at size: 100,000 images x 200 packages (20 million rows), 300,000 distinct packages, 300,000 advisory ranges.

    python -m tests.bench.matching clickhouse://default@127.0.0.1:9000/bench_matching [IMAGES]

The database is made, filled by the engine itself, measured and dropped. Goal: one advisory to the affected images below 0.1 s.
"""

from __future__ import annotations

import re
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

from sinks.matches import affected_images, match_keys, match_sql
from sinks.migrate import migrate
from sinks.packages import stored_packages
from sinks.store import Store
from tests.bench.local_system import fresh_home, imagerisk
from tests.bench.row import Row, run_module

COMMAND = ".venv/bin/python -m tests.bench.matching ADDRESS"
PACKAGES, NAMES, RANGES, IN_IMAGE, BATCH_IMAGES = 300_000, 50_000, 300_000, 200, 5_000
# Package p is version p / NAMES of name p % NAMES; few packages are in very many images, as in real life.
_KEYS = """INSERT INTO package_keys (ecosystem, match_name, package, version_key, comparable, module)
    SELECT 'Debian:12', concat('name', toString(number % {names:UInt32})), number,
        leftPad(toString(intDiv(number, {names:UInt32}) * 100), 6, '0'), 1, ''
    FROM numbers({packages:UInt32})"""
_ROWS = """INSERT INTO package_rows (package, package_id, ecosystem, type, name, version, match_name, match_version, seen_at)
    SELECT number, hex(number), 'Debian:12', 'deb', concat('name', toString(number % {names:UInt32})) AS plain,
        toString(intDiv(number, {names:UInt32})) AS release, plain, release, now64(3)
    FROM numbers({packages:UInt32})"""
_RANGES = """INSERT INTO advisory_ranges (ecosystem, name, id, source, lows, highs, ends, texts, fix_keys, fixes, version)
    SELECT 'Debian:12', concat('name', toString(number % {names:UInt32})), concat('ADV-', toString(number)), 'bench', [''],
        [leftPad(toString(50 + intDiv(number, {names:UInt32}) * 100), 6, '0')] AS high, [0], ['< x'], high, high, 1
    FROM numbers({ranges:UInt32})"""
_NAMES = "INSERT INTO advisory_names SELECT id, ecosystem, name FROM advisory_ranges"
_FLAWS = "INSERT INTO advisory_flaws (id, flaws, version) SELECT id, [concat('CVE-2026-', substring(id, 5))], 1 FROM advisory_ranges"
_PAIRS = """INSERT INTO {table} (image, package, matched, version)
    SELECT cityHash64(intDiv(number, {in_image:UInt32})) AS image,
        toUInt64(pow((cityHash64(number) % 1000003) / 1000003., 3) * {packages:UInt32}) AS package, 1, 1
    FROM numbers({begin:UInt64}, {count:UInt64})"""
_INVENTORIES = """INSERT INTO image_inventories
    SELECT cityHash64(number), concat('sha256:', hex(SHA256(toString(number)))), {in_image:UInt32}, 1
    FROM numbers({images:UInt32})"""


def fill(store: Store, images: int) -> None:
    """Make all rows."""
    numbers = {"names": NAMES, "packages": PACKAGES, "ranges": RANGES, "in_image": IN_IMAGE, "images": images}
    for sql in (_KEYS, _ROWS, _RANGES, _NAMES, _FLAWS, _INVENTORIES):
        store.command(sql, numbers)
    for table in ("image_packages", "package_images"):
        for begin in range(0, images, BATCH_IMAGES):
            count = min(BATCH_IMAGES, images - begin) * IN_IMAGE
            sql = _PAIRS.replace("{table}", table)
            store.command(sql, {**numbers, "begin": begin * IN_IMAGE, "count": count})


def measure(what: str, work: Callable[[], Sequence[object]], times: int = 7) -> None:
    """Print rows and milliseconds: median and worst of several runs after one."""
    rows = len(work())
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begin) * 1000)
    print(f"{what:55} {rows:8} rows   median {statistics.median(taken):8.1f} ms   worst {max(taken):8.1f} ms", flush=True)


def run() -> list[Row]:
    """Median milliseconds of each question, on an engine of its own."""
    with fresh_home() as settings:
        imagerisk("up", "clickhouse")
        output = run_module("tests.bench.matching", f"{settings.clickhouse_url.rpartition('/')[0]}/bench_matching")[0]
    rows = []
    for what, median in re.findall(r"^(.*?)  +\d+ rows +median +([\d.]+) ms", output, re.MULTILINE):
        goal = "< 100" if what.startswith("advisory") and what.endswith("images") else "< 2000" if what.startswith("all") else ""
        rows.append(Row(f"100,000 images x 200 packages: {what}", float(median), "ms", goal, COMMAND))
    return rows


def main(address: str, images: int) -> None:
    """Fill, measure, drop."""
    store = Store(address)
    migrate(store)
    begin = time.perf_counter()
    fill(store, images)
    print(f"filled {images} images in {time.perf_counter() - begin:.1f} s", flush=True)
    keys = [
        (n, "Debian:12", f"name{n % NAMES}", f"{n // NAMES * 100:06}".encode(), 1, "") for n in range(0, PACKAGES, PACKAGES // IN_IMAGE)
    ]
    for number in (7, 30_007, 260_011):
        measure(f"advisory ADV-{number}: packages", partial(stored_packages, store, [f"ADV-{number}"]))
        measure(f"advisory ADV-{number}: images", partial(affected_images, store, [f"ADV-{number}"]))
    hundred = [f"ADV-{number}" for number in range(1000, 250_000, 2490)]
    measure("100 advisories: images", partial(affected_images, store, hundred), 3)
    measure("one image's 200 packages", partial(match_keys, store, keys))
    everything = f"SELECT sum(cityHash64(*)), count() FROM ({match_sql('package_keys FINAL', '1')})"  # every column is computed
    measure(f"all {PACKAGES:,} distinct packages in the store", partial(store.query, everything), 3)
    store.command(f"DROP DATABASE `{store.database}`")
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100_000)
