"""From a decision to its effect: one that touches 100,000 risks, and small ones after each other. `python -m tests.bench.decisions`"""

from __future__ import annotations

import asyncio
import statistics
import time
import uuid

from infra.settings import Settings
from schemas.messages import ActionRequested
from sinks.store import Store
from streams.clock import now_ms
from streams.publisher import Publisher
from streams.topics import ACTION_REQUESTS
from tests.bench.local_system import fresh_home, imagerisk
from tests.bench.row import Row

COMMAND = ".venv/bin/python -m tests.bench.decisions"
IMAGES, SMALL, LIMIT_S = 1000, 30, 120.0
_RISKS = """INSERT INTO risk_rows (image_digest, finding_id, category, rule, package, path, first_seen, last_seen, evidence, detail)
    SELECT concat('sha256:', lower(hex(SHA256(toString(intDiv(number, 100)))))),
        lower(hex(MD5(toString(number % 100)))), 'system-vulnerability',
        concat('CVE-2026-', toString(number % 100)), 'openssl', '', now64(3), now64(3),
        bitOr(bitShiftLeft(toUInt64(toUnixTimestamp64Milli(now64(3))), 8), 8), (1, '{"severity":"high"}')
    FROM numbers({risks:UInt32})"""
_PLACES = """INSERT INTO image_places (registry, repository, image_digest, index_digest, present, changed_at)
    SELECT 'bench', concat('team/app', toString(number % 50)), concat('sha256:', lower(hex(SHA256(toString(number))))), '', 1, now64(3)
    FROM numbers({images:UInt32})"""


async def decide(publisher: Publisher, store: Store, **about: str) -> float:
    """Seconds from the request to its answer in the table."""
    wish = {"id": uuid.uuid4().hex, "action": "whitelist", "finding_id": "", "scope": "global", "reason": "bench", **about}
    request = ActionRequested.model_validate({**wish, "requested_at": now_ms()})
    begin = time.perf_counter()
    await publisher.send(ACTION_REQUESTS, request.finding_id or request.value, request)
    while time.perf_counter() - begin < LIMIT_S:
        sql = "SELECT state, answer FROM actions WHERE id = {id:String}"
        if rows := await asyncio.to_thread(store.query, sql, {"id": request.id}):
            if rows[0][0] != "done":
                raise RuntimeError(f"refused: {rows[0][1]}")
            return time.perf_counter() - begin
        await asyncio.sleep(0.01)
    raise TimeoutError(f"not answered after {LIMIT_S} s")


async def measure(settings: Settings) -> tuple[list[float], float, int]:
    """Seconds of small decisions, of the large one, and how many risks that one whitelisted."""
    store = Store(settings.clickhouse_url)
    store.command(_RISKS, {"risks": IMAGES * 100})
    store.command(_PLACES, {"images": IMAGES})
    findings = [
        row[0] for row in store.query("SELECT DISTINCT finding_id FROM risk_rows ORDER BY finding_id LIMIT {n:UInt32}", {"n": SMALL})
    ]
    one = store.query("SELECT min(image_digest) FROM risk_rows")[0][0]
    async with Publisher(settings.kafka_address, "bench") as publisher:
        small = [await decide(publisher, store, finding_id=finding, scope="image", target=one) for finding in findings]
        large = await decide(publisher, store, subject="package", value="openssl")
    touched = int(store.query("SELECT count() FROM risks WHERE status = 'whitelisted'")[0][0])
    store.close()
    return small, large, touched


def run() -> list[Row]:
    """Wall seconds."""
    with fresh_home() as settings:
        imagerisk("up", "worker-flow")
        small, large, touched = asyncio.run(measure(settings))
    return [
        Row(
            "decision about one risk, asked to effect: p95", statistics.quantiles(small, n=20, method="inclusive")[-1], "s", "< 1", COMMAND
        ),
        Row(f"decision that touches {touched:,} risks of {IMAGES:,} images, asked to effect", large, "s", "< 5", COMMAND),
    ]


if __name__ == "__main__":
    for row in run():
        print(f"{row.what}: {row.figure:.2f} {row.unit} (goal {row.bound})")
