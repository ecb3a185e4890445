"""What is deleted after its time, and what is kept: on the real engine, in a database of its own."""

from __future__ import annotations

import pytest

from schemas.findings import Finding
from schemas.vocabulary import CategoryId, Cause, ScanState
from sinks.containers import ContainerEvent, write_events, write_resolution
from sinks.images import Place, write_place
from sinks.migrate import migrate
from sinks.retention import forget_before
from sinks.risk_counts import count_risks
from sinks.risks import Sighting, Transition, write_findings, write_transitions
from sinks.scans import ScanRow, write_scans
from sinks.store import Store
from tests.flow.pipeline import Pipeline

pytestmark = pytest.mark.flow
OLD, NEW = 1_000_000, 2_000_000
HERE, GONE, RUNNING, LATELY_GONE = ("sha256:" + name for name in ("here", "gone", "running", "lately"))


@pytest.fixture
def store(pipeline: Pipeline) -> Store:
    found = Store(f"clickhouse://127.0.0.1:{pipeline.settings.clickhouse_native_port}/retention")
    migrate(found)
    return found


def image(store: Store, digest: str, left_at: int = 0) -> None:
    """An image with a scan and a risk, which may have left its repository."""
    write_place(store, Place("shop", "team/app", digest), present=True, changed_at=OLD - 1)
    if left_at:
        write_place(store, Place("shop", "team/app", digest), present=False, changed_at=left_at)
    write_scans(store, [ScanRow(digest, CategoryId.BASELINE, ScanState.SUCCEEDED, Cause.PUSH, OLD, OLD)])
    finding = Finding(id="f", category=CategoryId.BASELINE, rule="r", severity="high", priority="high", path="p")
    write_findings(store, Sighting(digest, OLD, OLD, rescan=False), [finding], {})
    count_risks(store, [digest])
    write_transitions(store, [Transition(f"{digest} {at}", "f", digest, "opened", "", "open", Cause.PUSH, at) for at in (OLD, NEW)])


def digests(store: Store, table: str) -> set[str]:
    return {row[0] for row in store.query(f"SELECT DISTINCT image_digest FROM {table}")}


def test_history_and_results_of_images_that_are_gone_are_deleted_after_their_time(store: Store) -> None:
    image(store, HERE)
    image(store, GONE, OLD)
    image(store, RUNNING, OLD)
    image(store, LATELY_GONE, NEW)
    start = ContainerEvent("e", "agent", "start", NEW, "c", "id", "host", "name", "ns", "pod", "app", RUNNING, "{}")
    write_events(store, [start])
    write_resolution(store, [start], RUNNING, NEW)
    kept = {HERE, RUNNING, LATELY_GONE}
    assert forget_before(store, OLD) == 0
    assert store.query("SELECT count() FROM risk_transitions")[0][0] == 8
    assert forget_before(store, OLD + 1) == 1
    for table in ("scan_rows", "risk_rows", "risk_count_rows"):
        assert digests(store, table) == kept, table
    assert {row[0] for row in store.query("SELECT toUnixTimestamp64Milli(changed_at) FROM risk_transitions")} == {NEW}
    assert store.query("SELECT count() FROM affected WHERE rule = 'r'")[0][0] == len(kept)
    assert forget_before(store, OLD + 1) == 0
