"""A worker process: the steps that it was told to run, put together here and nowhere else."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from collections.abc import Callable, Sequence

import structlog

from analyzers.registry import CATEGORIES
from infra.local.ready import announce_ready
from infra.settings import Settings
from sinks.store import Store
from streams.agents.act import Act
from streams.agents.analyze import Analyze
from streams.agents.assemble import Assemble
from streams.agents.containers import Containers
from streams.agents.fix import Fix, FixSettings
from streams.agents.guard import run
from streams.agents.inspect import DEADLINE_S, Inspect
from streams.agents.merge import Merge
from streams.agents.recent import RecentImages
from streams.agents.rematch import Rematch
from streams.agents.resolve import Resolve
from streams.agents.send import Send
from streams.agents.step import Step
from streams.fix.isolation import build_folder
from streams.fix.job import FixLimits
from streams.reading import current_reading
from streams.registries.accounts import Accounts
from streams.registries.sources import Sources
from streams.topics import BACKFILL, FRESH

log = structlog.get_logger(__name__)
STEPS: tuple[str, ...] = (
    "resolve", "resolve-backfill", "inspect", "inspect-backfill", "assemble",
    *(f"analyze-{category.id.value}" for category in CATEGORIES), "merge", "act", "rematch", "send", "fix",
)  # fmt: skip
EVERY_CATEGORY = "analyze"
READING_PROCESSES = 2
BACKFILL_PROCESSES = 1
BACKFILL_NICENESS = 10


def expand(names: Sequence[str]) -> list[str]:
    """Step names, `analyze` standing for one step a category. Raises ValueError for a name that is none."""
    found: list[str] = []
    for name in names:
        chosen = [step for step in STEPS if step == name or (name == EVERY_CATEGORY and step.startswith("analyze-"))]
        if not chosen:
            raise ValueError(f"unknown step {name!r}: one of {', '.join((*STEPS, EVERY_CATEGORY))}")
        found += [step for step in chosen if step not in found]
    return found


def fix_settings(settings: Settings) -> FixSettings:
    """Where fixed images are built and what that may cost; files in the folder `fix-sources` replace the images' own package sources."""
    limits = FixLimits(float(settings.fix_time_s), settings.fix_disk_mb << 20, settings.fix_memory_mb << 20)
    return FixSettings(build_folder(settings.home), limits, settings.fix_storage, settings.home / "fix-sources")


async def work(settings: Settings, names: Sequence[str], slot: str = "0") -> None:
    """Run steps until a signal. Never returns. What asks about one image at a time gets one thread of the engine: a second one costs more
    than it helps."""
    quiet_libraries()
    gc.set_threshold(50_000, 20, 20)  # steps make many plain objects and few circles
    os.chdir(settings.home)
    store, wide = Store(settings.clickhouse_url, settings={"max_threads": 1}), Store(settings.clickhouse_url)
    accounts = Accounts(settings.home)
    async with Sources(accounts, settings.home) as sources:
        reading = current_reading(settings)
        makers: dict[str, Callable[[Step], object]] = {
            "resolve": lambda step: (Resolve(step, store, sources, reading.readers, FRESH), Containers(step, store, accounts)),
            "resolve-backfill": lambda step: Resolve(step, store, sources, reading.readers, BACKFILL),
            "inspect": lambda step: Inspect(step, store, reading, FRESH, READING_PROCESSES),
            "inspect-backfill": lambda step: Inspect(step, store, reading, BACKFILL, BACKFILL_PROCESSES, BACKFILL_NICENESS),
            "assemble": lambda step: Assemble(step, store, reading.readers),
            "merge": lambda step: Merge(step, store),
            "act": lambda step: Act(step, wide),
            "rematch": lambda step: Rematch(step, wide, reading),
            "send": lambda step: Send(step, store, settings.home),
            "fix": lambda step: Fix(step, store, sources, fix_settings(settings)),
        }
        chosen = expand(names)
        images = RecentImages(store, [category for category in CATEGORIES if f"analyze-{category.id.value}" in chosen], reading)
        for category in CATEGORIES:
            makers[f"analyze-{category.id.value}"] = lambda step, category=category: Analyze(step, images, category)  # type: ignore[misc]
        apps, kept = [], []
        for name in chosen:
            slow = name.startswith("inspect")
            step = Step(name, settings.kafka_address, slot, DEADLINE_S * 2 if slow else 300.0, DEADLINE_S if slow else 60.0)
            kept.append(makers[name](step))
            apps.append((step.app, step.stuck_after_s))
        gc.freeze()  # what is imported by now is never garbage
        log.info("worker", steps=chosen, slot=slot)
        await run(apps, lambda: announce_ready(settings))


def quiet_libraries() -> None:
    """An outage is told once by us, not hundreds of times by the drivers."""
    for name in ("aiokafka", "clickhouse_driver", "mode.timers"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    for name in ("mode", "faust", "kafka"):
        logging.getLogger(name).setLevel(logging.ERROR)


def start(settings: Settings, names: Sequence[str], slot: str = "0") -> None:
    """Run steps in this process."""
    asyncio.run(work(settings, names, slot))
