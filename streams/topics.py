"""The one table of topics: name, key, messages, partitions, retention. Created and checked with kafka-python's admin client.

Input topics are neither compacted nor transactional: the guard reads a hole in the offsets as a lost delivery.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.messages import (
    ActionDone,
    ActionRequested,
    AdvisoriesUpdated,
    BlobInspected,
    BlobRequested,
    ContainerReport,
    DeadLetter,
    FindingsPart,
    ImageReady,
    ImageRequested,
    ImageResolved,
    Message,
    RegistryNotification,
    RiskChanged,
)
from schemas.vocabulary import BACKFILL_CAUSES

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MESSAGE_LIMIT_BYTES = 1_000_000
"""A producer refuses anything larger; the broker's own limit is a little above."""


@dataclass(frozen=True)
class Topic:
    """One row of the table. `key` says what the key is; `retention_ms` how long messages stay."""

    name: str
    key: str
    messages: tuple[type[Message], ...]
    partitions: int = 4
    retention_ms: int = DAY_MS

    @property
    def configs(self) -> dict[str, str]:
        return {"retention.ms": str(self.retention_ms), "cleanup.policy": "delete"}


IMAGE_EVENTS = Topic("image.events", "registry", (RegistryNotification, ImageRequested), retention_ms=7 * DAY_MS)
CONTAINER_EVENTS = Topic("container.events", "agent", (ContainerReport,), retention_ms=7 * DAY_MS)
IMAGE_RESOLVED = Topic("image.resolved", "image digest", (ImageResolved,))
LAYER_REQUESTS = Topic("layer.requests", "blob digest", (BlobRequested,), partitions=8, retention_ms=7 * DAY_MS)
IMAGE_BACKFILL = Topic("image.backfill", "registry", (ImageRequested,), retention_ms=7 * DAY_MS)
LAYER_BACKFILL = Topic("layer.backfill", "blob digest", (BlobRequested,), partitions=8, retention_ms=7 * DAY_MS)
LAYER_INSPECTED = Topic("layer.inspected", "blob digest", (BlobInspected,))
IMAGE_READY = Topic("image.ready", "image digest", (ImageReady,), retention_ms=7 * DAY_MS)
IMAGE_FINDINGS = Topic("image.findings", "image digest", (FindingsPart,), partitions=8, retention_ms=7 * DAY_MS)
RISK_CHANGES = Topic("risk.changes", "finding id", (RiskChanged,), retention_ms=30 * DAY_MS)
ACTION_REQUESTS = Topic("action.requests", "finding id", (ActionRequested,), retention_ms=30 * DAY_MS)
ACTION_RESULTS = Topic("action.results", "finding id", (ActionDone,), retention_ms=30 * DAY_MS)
ADVISORY_UPDATES = Topic("advisory.updates", "source", (AdvisoriesUpdated,), partitions=1, retention_ms=30 * DAY_MS)
DEAD_LETTERS = Topic("dead.letters", "origin topic", (DeadLetter,), partitions=1, retention_ms=90 * DAY_MS)

TOPICS: tuple[Topic, ...] = (
    IMAGE_EVENTS, IMAGE_BACKFILL, CONTAINER_EVENTS, IMAGE_RESOLVED, LAYER_REQUESTS, LAYER_BACKFILL, LAYER_INSPECTED, IMAGE_READY,
    IMAGE_FINDINGS, RISK_CHANGES, ACTION_REQUESTS, ACTION_RESULTS, ADVISORY_UPDATES, DEAD_LETTERS,
)  # fmt: skip


@dataclass(frozen=True)
class Lane:
    """Where images and blobs are asked for. Fresh work and backfill have topics and processes of their own: a long backlog of the one
    delays nothing of the other."""

    images: Topic
    blobs: Topic


FRESH = Lane(IMAGE_EVENTS, LAYER_REQUESTS)
BACKFILL = Lane(IMAGE_BACKFILL, LAYER_BACKFILL)


def lane_of(cause: str) -> Lane:
    """The lane of work with this cause."""
    return BACKFILL if cause in BACKFILL_CAUSES else FRESH
