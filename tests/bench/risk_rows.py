"""The risk table at size: 50,000 images x 200 findings (10 million rows), 200,000 of them written twice as rescans do.

    python -m tests.bench.risk_rows clickhouse://default@127.0.0.1:9000/bench_risks [IMAGES]

The database is made, filled by the engine itself, measured through the views that analysts use, and dropped.
"""

from __future__ import annotations

import re
import statistics
import sys
import time

from sinks.migrate import migrate
from sinks.risk_counts import count_risks
from sinks.store import Store
from tests.bench.local_system import fresh_home, imagerisk
from tests.bench.row import Row, run_module

COMMAND = ".venv/bin/python -m tests.bench.risk_rows ADDRESS"
FINDINGS, BATCH_IMAGES, RESCANNED, COUNTS = 200, 2_500, 1_000, 20
# Finding f of an image is flaw cubed(f): few flaws are in very many images. One in twenty risks is withdrawn, one in ten whitelisted.
_ROWS = """INSERT INTO risk_rows
        (image_digest, finding_id, category, rule, package, version, purl, first_seen, last_seen, evidence, decided, detail)
    SELECT concat('sha256:', lower(hex(SHA256(toString(intDiv(number, {findings:UInt32}) AS image))))) AS image_digest,
        lower(hex(MD5(toString(toUInt64(pow((cityHash64(number) % 1000003) / 1000003., 3) * 60000) * 256 + number % 200 AS flaw)))),
        if(flaw % 3 = 0, 'application-vulnerability', 'system-vulnerability'), concat('CVE-2026-', toString(flaw)) AS rule,
        concat('package', toString(flaw % 5000)) AS package, '1.2.3', concat('pkg:deb/debian/', package, '@1.2.3'),
        fromUnixTimestamp64Milli({at:Int64}), fromUnixTimestamp64Milli({at:Int64}),
        bitOr(bitShiftLeft({at:UInt64}, 8), if(cityHash64(number, 1) % 20 = 0, 2, 8)),
        if(cityHash64(number, 2) % 10 = 0, (bitOr(bitShiftLeft({at:UInt64}, 8), 7), 'decision'), (0, '')),
        ({at:UInt64}, concat('{"severity":"', ['low', 'medium', 'medium', 'high'][1 + flaw % 4],
            '","priority":"', ['low', 'medium', 'urgent'][1 + flaw % 3],
            '","title":"A flaw in ', package, '","aliases":["GHSA-', toString(flaw), '"],"score":', toString(flaw % 100),
            ',"layer":"', image_digest, '","fixed_version":"1.2.4","advice":"Upgrade it.","description":"',
            repeat('It lets somebody do something that was not meant. ', 4 + flaw % 8), '","details":{"epss":"0.1"}}'))
    FROM numbers({begin:UInt64}, {count:UInt64})"""
_PLACES = """INSERT INTO image_places (registry, repository, image_digest, present, changed_at)
    SELECT 'shop', concat('team/app', toString(number % 500)), concat('sha256:', lower(hex(SHA256(toString(number))))), 1, now64(3)
    FROM numbers({images:UInt32})"""
_OPEN = "status = 'open'"
QUESTIONS = (
    ("one image's open risks", "< 50", f"SELECT * FROM risks WHERE image_digest = {{image:String}} AND {_OPEN}"),
    ("planning one image's risks", "", "EXPLAIN SELECT * FROM risks WHERE image_digest = {image:String}"),
    ("open by severity", "< 500", f"SELECT category, severity, sum(risks) FROM risk_counts WHERE {_OPEN} GROUP BY ALL"),
    ("open by severity, without the counts", "", f"SELECT category, severity, count() FROM risks WHERE {_OPEN} GROUP BY ALL"),
    ("who has CVE-X (rare)", "< 100", "SELECT image_digest, repository, status FROM affected WHERE rule = 'CVE-2026-15000123'"),
    ("who has CVE-X (in many images)", "< 100", "SELECT image_digest, repository, status FROM affected WHERE rule = 'CVE-2026-17'"),
    (
        "the 50 worst open risks",
        "",
        f"SELECT rule, repository, score FROM risks WHERE {_OPEN} AND severity = 'high' ORDER BY score DESC LIMIT 50",
    ),
)
"""What is asked, the goal in ms, the SQL."""


def fill(store: Store, images: int) -> None:
    """Make all rows; the last images come a second time, a day later."""
    at = 1_760_000_000_000
    store.command(_PLACES, {"images": images})
    for begin in range(0, images, BATCH_IMAGES):
        count = min(BATCH_IMAGES, images - begin) * FINDINGS
        store.command(_ROWS, {"findings": FINDINGS, "at": at, "begin": begin * FINDINGS, "count": count})
    again = min(images, RESCANNED) * FINDINGS
    store.command(_ROWS, {"findings": FINDINGS, "at": at + 86_400_000, "begin": 0, "count": again})
    digests = [row[0] for row in store.query("SELECT image_digest FROM image_places")]
    for begin in range(0, images, BATCH_IMAGES):
        count_risks(store, digests[begin : begin + BATCH_IMAGES])


def run() -> list[Row]:
    """Median milliseconds of each question, on an engine of its own."""
    with fresh_home() as settings:
        imagerisk("up", "clickhouse")
        output = run_module("tests.bench.risk_rows", f"{settings.clickhouse_url.rpartition('/')[0]}/bench_risks")[0]
    goals = {what: goal for what, goal, _ in QUESTIONS}
    found = re.findall(r"^(.*?)  +\d+ rows +median +([\d.]+) ms", output, re.MULTILINE)
    return [Row(f"10 million risks: {what}", float(median), "ms", goals.get(what, ""), COMMAND) for what, median in found]


def main(address: str, images: int) -> None:
    """Fill, measure, drop."""
    store = Store(address)
    migrate(store)
    begin = time.perf_counter()
    fill(store, images)
    print(f"filled {images} images in {time.perf_counter() - begin:.1f} s", flush=True)
    image = store.query("SELECT image_digest FROM image_places LIMIT 1 OFFSET 77")[0][0]
    begin = time.perf_counter()
    for _ in range(COUNTS):
        count_risks(store, [image])
    print(f"{'counting one image':40} {1:8} rows   median {(time.perf_counter() - begin) * 1000 / COUNTS:8.1f} ms", flush=True)
    for what, _, sql in QUESTIONS:
        rows, taken = 0, []
        for _ in range(4):
            begin = time.perf_counter()
            rows = len(store.query(sql, {"image": image}))
            taken.append((time.perf_counter() - begin) * 1000)
        print(f"{what:40} {rows:8} rows   median {statistics.median(taken[1:]):8.1f} ms   worst {max(taken):8.1f} ms", flush=True)
    store.command(f"DROP DATABASE `{store.database}`")
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 50_000)
