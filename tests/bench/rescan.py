"""Push event to risk rows when the layers are known: 30 new images over the same layers. `python -m tests.bench.rescan`"""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path

from console.demo.content import HISTORY, SETTINGS, layers
from console.demo.oci_archive import write_image
from infra.settings import Settings
from schemas.messages import ImageRequested
from schemas.vocabulary import Cause
from sinks.scans import progress
from sinks.store import Store
from streams.clock import now_ms
from streams.publisher import Publisher
from streams.registries.accounts import LOCAL
from streams.registries.local_images import LocalImages
from streams.registries.targets import open_target
from streams.topics import IMAGE_EVENTS
from tests.bench.local_system import cpu_seconds, fresh_home, imagerisk
from tests.bench.row import Row

PUSHES, WARM, LIMIT_S = 30, 3, 60.0
WORKERS = ("worker-flow", "worker-inspect", "worker-analyze")
COMMAND = ".venv/bin/python -m tests.bench.rescan"


def add_image(settings: Settings, number: int) -> tuple[str, str]:
    """An image of its own manifest and configuration over the same layers; returns its tag and digest."""
    archive = settings.home / "bench" / f"{number}.tar"
    digest = write_image(archive, layers(), {**SETTINGS, "Labels": {"build": str(number)}}, HISTORY)
    with open_target(Path(archive), settings.home / "images") as images:
        LocalImages(settings.home / "images").add(next(iter(images)), "bench", f"v{number}")
    return f"v{number}", digest


async def push(publisher: Publisher, store: Store, tag: str, digest: str, look_every_s: float = 0.01) -> float:
    """Seconds from the event to the end of all six scans. Looking costs the engine CPU."""
    begin = time.perf_counter()
    event = ImageRequested(registry=LOCAL, repository="bench", reference=tag, cause=Cause.PUSH, requested_at=now_ms())
    await publisher.send(IMAGE_EVENTS, LOCAL, event)
    while time.perf_counter() - begin < LIMIT_S:
        state = (await asyncio.to_thread(progress, store, [digest])).get(digest)
        if state and state.at_rest and state.requested_at >= event.requested_at:
            return time.perf_counter() - begin
        await asyncio.sleep(look_every_s)
    raise TimeoutError(f"{digest} has not been analysed after {LIMIT_S} s")


async def measure(settings: Settings, images: list[tuple[str, str]]) -> tuple[list[float], float, float]:
    """Seconds of each push after the first ones, then of as many more, hardly looked at: CPU seconds each of our workers, and of the
    broker and the engine too."""
    store = Store(settings.clickhouse_url)
    async with Publisher(settings.kafka_address, "bench") as publisher:
        for tag, digest in images[:WARM]:
            await push(publisher, store, tag, digest)
        taken = [await push(publisher, store, tag, digest) for tag, digest in images[WARM : WARM + PUSHES]]
        workers, everything = cpu_seconds(settings, *WORKERS), cpu_seconds(settings)
        for tag, digest in images[WARM + PUSHES :]:
            await push(publisher, store, tag, digest, look_every_s=0.3)
    store.close()
    return taken, (cpu_seconds(settings, *WORKERS) - workers) / PUSHES, (cpu_seconds(settings) - everything) / PUSHES


def run() -> list[Row]:
    """p50 and p95 of wall seconds, CPU seconds an image."""
    with fresh_home() as settings:
        imagerisk("up", *WORKERS)
        images = [add_image(settings, number) for number in range(WARM + 2 * PUSHES)]
        taken, workers, everything = asyncio.run(measure(settings, images))
    what = f"push event to risk rows, layers known, {PUSHES} new images"
    return [
        Row(f"{what}: p50", statistics.median(taken), "s", "", COMMAND),
        Row(f"{what}: p95", statistics.quantiles(taken, n=20, method="inclusive")[-1], "s", "< 1", COMMAND),
        Row(f"{what}: each, our processes", workers, "CPU s", "<= 0.16", COMMAND),
        Row(f"{what}: each, broker and engine too", everything, "CPU s", "", COMMAND),
    ]


if __name__ == "__main__":
    for row in run():
        print(f"{row.what}: {row.figure:.3f} {row.unit} (goal {row.bound or 'none'})")
