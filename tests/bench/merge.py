"""13,000 findings of one image from Kafka to the risk table, on a running system. `python -m tests.bench.merge`"""

from __future__ import annotations

import asyncio
import time

from schemas.findings import Finding, ScanReport, finding_id
from schemas.messages import ImageReady
from schemas.vocabulary import CategoryId, ScanState
from sinks.store import Store
from streams.agents.analyze import parts_of
from streams.clock import now_ms
from streams.publisher import Publisher
from streams.topics import IMAGE_FINDINGS
from tests.bench.local_system import cpu_seconds, fresh_home, imagerisk
from tests.bench.row import Row

FINDINGS, TURNS, LIMIT_S = 13_000, 3, 120.0
COMMAND = ".venv/bin/python -m tests.bench.merge"
_TEXT = "What an attacker can do with it, and under which circumstances: as long as a usual advisory says it. " * 3


def findings() -> list[Finding]:
    """Findings as long as real ones."""
    kind = CategoryId.SYSTEM_VULNERABILITY
    return [
        Finding(id=finding_id(kind.value, f"CVE-2026-{n:05}", "deb", f"lib{n}"), category=kind, rule=f"CVE-2026-{n:05}", severity="high",
                priority="high", title="Overflow in a parser", package=f"lib{n}", version="1.0-1", purl=f"pkg:deb/debian/lib{n}@1.0-1",
                path="var/lib/dpkg/status", fixed_version="1.0-2", description=_TEXT, score=9.8) for n in range(FINDINGS)
    ]  # fmt: skip


async def publish(address: str, digest: str, held: list[Finding]) -> None:
    """Send one scan's findings in parts, as the analyzer does."""
    ready = ImageReady(image_digest=digest, cause="push", requested_at=now_ms())
    report = ScanReport(category=CategoryId.SYSTEM_VULNERABILITY, state=ScanState.SUCCEEDED, findings=held)
    async with Publisher(address, "bench") as publisher:
        for part in parts_of(report, ready, now_ms()):
            await publisher.send(IMAGE_FINDINGS, digest, part)


def wait_for(store: Store, digest: str) -> None:
    """Until all rows stand in the table."""
    end = time.monotonic() + LIMIT_S
    sql = "SELECT count() FROM risk_rows FINAL WHERE image_digest = {digest:String}"
    while store.query(sql, {"digest": digest})[0][0] < FINDINGS:
        if time.monotonic() > end:
            raise TimeoutError(f"{digest} is not merged after {LIMIT_S} s")
        time.sleep(0.02)


def run() -> list[Row]:
    """The median of several images, in wall and in CPU seconds of all processes of the system."""
    with fresh_home() as settings:
        imagerisk("up", "worker-flow")
        store, held, taken = Store(settings.clickhouse_url), findings(), []
        for turn in range(TURNS):
            digest = f"sha256:{turn:064x}"
            cpu, begin = cpu_seconds(settings), time.perf_counter()
            asyncio.run(publish(settings.kafka_address, digest, held))
            wait_for(store, digest)
            taken.append((time.perf_counter() - begin, cpu_seconds(settings) - cpu))
        store.close()
    walls, cpus = (sorted(one) for one in zip(*taken, strict=True))
    what = f"merge: {FINDINGS:,} findings of one image, Kafka to table"
    return [Row(what, walls[TURNS // 2], "s", "< 2", COMMAND), Row(f"{what}, all processes", cpus[TURNS // 2], "CPU s", "", COMMAND)]


if __name__ == "__main__":
    for row in run():
        print(f"{row.what}: {row.figure:.2f} {row.unit} (goal {row.bound or 'none'})")
