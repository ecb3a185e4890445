"""The second order of the risk table says what the view `risks` says, whatever was written and however often."""

from __future__ import annotations

import pytest

from schemas.findings import Finding
from schemas.vocabulary import CategoryId, Status
from sinks.decisions import Verdict
from sinks.migrate import migrate
from sinks.risks import Sighting, close_missing, forget_verdicts, write_findings
from sinks.store import Store
from tests.flow.pipeline import Pipeline

IMAGES = [f"sha256:{number:064}" for number in range(40)]
COMPARED = (
    "SELECT finding_id, image_digest, category, package, version, severity, status, last_seen FROM {} WHERE rule = 'CVE-1' ORDER BY 1, 2"
)


def finding(rule: str, severity: str) -> Finding:
    return Finding(
        id=f"id {rule}", category=CategoryId.SYSTEM_VULNERABILITY, rule=rule, severity=severity, priority="urgent", package="curl",
        version="1", purl="pkg:deb/debian/curl@1",
    )  # fmt: skip


@pytest.fixture
def store(pipeline: Pipeline) -> Store:
    found = Store(f"clickhouse://127.0.0.1:{pipeline.settings.clickhouse_native_port}/risk_orders")
    migrate(found)
    return found


def test_both_orders_agree(store: Store) -> None:
    for round_number, severity in enumerate(("high", "low", "high", "medium")):
        at = 1_000_000 * (round_number + 1)
        for number, image in enumerate(IMAGES):
            verdicts = {"id CVE-1": Verdict(at, Status.WHITELISTED, "d", round_number + 1)} if number % 3 == 0 else {}
            some = [finding(rule, severity) for rule in ("CVE-1", "CVE-2") if (number + round_number) % 5 or rule == "CVE-2"]
            write_findings(store, Sighting(image, at, at, rescan=False), some, verdicts)
            close_missing(store, [(image, CategoryId.SYSTEM_VULNERABILITY.value, at)])
    agreed = store.query(COMPARED.format("risks"))
    assert agreed == store.query(COMPARED.format("affected")) and len(agreed) == len(IMAGES)
    assert {row[5] for row in agreed} == {"medium", "high"}, "the severity is that of the newest look that found it"
    assert {row[6] for row in agreed} == {"open", "withdrawn", "whitelisted"}
    store.command("OPTIMIZE TABLE risk_rows FINAL")
    assert store.query(COMPARED.format("risks")) == store.query(COMPARED.format("affected")) == agreed
    forget_verdicts(store)
    after = store.query(COMPARED.format("affected"))
    assert after == store.query(COMPARED.format("risks")) and {row[6] for row in after} == {"open", "withdrawn"}


def test_the_second_order_is_used(store: Store) -> None:
    plan = store.query("EXPLAIN projections = 1 SELECT image_digest, status FROM affected WHERE rule = 'CVE-1'")
    assert any("by_rule" in str(row[0]) for row in plan), plan
