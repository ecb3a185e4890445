"""Containers: merged from the starts and stops that runtime agents report."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sinks.store import External, Store

EXPOSED = "running AND JSONExtractString(labels, 'imagerisk.exposed') NOT IN ('', 'false', 'no', '0')"
"""SQL: a container of the view `containers` that its agent calls reachable from outside; the label says how, such as `LoadBalancer 443`."""


@dataclass(frozen=True)
class ContainerEvent:
    """One start or stop. `digest` is what the agent reported: of a manifest, an index or a configuration; may be empty. Time in ms."""

    id: str
    agent: str
    action: str
    happened_at: int
    cluster: str
    container_id: str
    host: str
    name: str
    namespace: str
    pod: str
    image: str
    digest: str
    labels: str


def write_events(store: Store, events: Sequence[ContainerEvent]) -> None:
    """Two inserts for a whole batch: the log of events, and the merged rows."""
    store.insert(
        "container_events",
        ("id", "agent", "cluster", "container_id", "action", "happened_at"),
        [(e.id, e.agent, e.cluster, e.container_id, e.action, e.happened_at) for e in events],
    )
    store.insert(
        "container_rows",
        ("cluster", "container_id", "host", "name", "namespace", "pod", "image", "reported_digest", "labels", "agent",
         "started", "stopped"),
        [
            (e.cluster, e.container_id, e.host, e.name, e.namespace, e.pod, e.image, e.digest, e.labels, e.agent,
             e.happened_at if e.action == "start" else 0, e.happened_at if e.action == "stop" else 0)
            for e in events
        ],
    )  # fmt: skip


def write_resolution(store: Store, events: Sequence[ContainerEvent], digest: str, at_ms: int, unresolved: str = "") -> None:
    """Say which image containers run, or why that is not known."""
    column = "refused" if unresolved else "resolved"
    rows = [(e.cluster, e.container_id, (at_ms, unresolved or digest)) for e in events]
    store.insert("container_rows", ("cluster", "container_id", column), rows)


def resolve_waiting(store: Store, digest: str, names: Sequence[str], at_ms: int) -> None:
    """An image became known: containers that reported one of these digests or references run it."""
    store.command(
        "INSERT INTO container_rows (cluster, container_id, resolved) SELECT cluster, container_id, ({at:UInt64}, {digest:String}) "
        "FROM container_rows FINAL WHERE tupleElement(resolved, 2) = '' AND (reported_digest IN {names:Array(String)} "
        "OR (reported_digest = '' AND image IN {names:Array(String)}))",
        {"at": at_ms, "digest": digest, "names": list(names)},
    )


def refuse_waiting(store: Store, names: Sequence[str], at_ms: int, reason: str) -> None:
    """An image cannot be had: containers that reported one of these digests or references, and are not resolved, say why."""
    store.command(
        "INSERT INTO container_rows (cluster, container_id, refused) SELECT cluster, container_id, ({at:UInt64}, {reason:String}) "
        "FROM container_rows FINAL WHERE tupleElement(resolved, 2) = '' "
        "AND (reported_digest IN {names:Array(String)} OR image IN {names:Array(String)})",
        {"at": at_ms, "reason": reason, "names": list(names)},
    )


def exposed_images(store: Store, digests: Collection[str]) -> set[str]:
    """Which of some images run in a container that is reachable from outside."""
    wanted = External("wanted", [("digest", "String")], [(digest,) for digest in digests])
    sql = f"SELECT DISTINCT image_digest FROM containers WHERE image_digest IN (SELECT digest FROM wanted) AND {EXPOSED}"  # noqa: S608
    return {row[0] for row in store.query(sql, external=[wanted])}
