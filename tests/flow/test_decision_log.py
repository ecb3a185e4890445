"""The log of decisions alone rebuilds every status: random actions on the real engine, then the table made anew from the log."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest

from infra.local.embedded import embedded
from schemas.findings import Finding
from schemas.messages import ActionRequested
from schemas.vocabulary import CategoryId
from sinks.decisions import SCOPES, STATUS_OF, Decision, Verdict, Whereabouts, decide, decisions_about, write_decisions
from sinks.images import Place, repositories_of, write_place
from sinks.migrate import migrate
from sinks.risks import Sighting, risks_of_images, write_findings, write_verdicts
from sinks.store import Store
from streams.agents.act import carry_out, plan_action
from streams.clock import now_ms
from streams.rebuild import rebuild_statuses
from tests.flow.local_home import need, settings_of

pytestmark = pytest.mark.flow
ACTIONS, DECISIONS, CHUNK = 150, 10_000, 1000
IMAGES = [f"sha256:{n:064x}" for n in range(12)]
FINDINGS = [
    Finding(id=f"{n:032x}", category=CategoryId.BASELINE, rule=f"rule{n % 7}", package=f"package{n % 5}", version="1", severity="low",
            path=f"srv/{n % 11}/file{n}")
    for n in range(60)
]  # fmt: skip
ABOUT = (("rule", "equals", "rule1"), ("package", "equals", "package2"), ("path", "startsWith", "srv/3/"), ("path", "contains", "file1"))
TARGETS = {"repository": ["shop/team/a", "team/b"], "namespace": ["team", "other"], "registry": ["shop"], "global": [""], "image": IMAGES}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    need("npm", "node")
    with pytest.MonkeyPatch.context() as patch:
        settings = settings_of(tmp_path_factory.mktemp("log"), patch)
        with embedded(settings) as own:
            one = Store(f"clickhouse://127.0.0.1:{own.clickhouse_native_port}/log", patience=10)
            migrate(one)
            for n, digest in enumerate(IMAGES):
                write_place(one, Place("shop", f"{'team' if n % 3 else 'other'}/{'ab'[n % 2]}", digest), present=True, changed_at=1000)
                some = [finding for m, finding in enumerate(FINDINGS) if (m + n) % 3]
                write_findings(one, Sighting(digest, 1000, 1000, rescan=True), some, {})
            yield one
            one.close()


def statuses(store: Store) -> dict[tuple[str, str], tuple[str, str]]:
    rows = store.query("SELECT image_digest, finding_id, status, decision FROM risks")
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


def subject(rng: random.Random) -> tuple[str, str, str, str]:
    """(subject, finding, operator, value)."""
    if rng.random() < 0.4:
        return "finding", rng.choice(FINDINGS).id, "equals", ""
    name, operator, value = rng.choice(ABOUT)
    return name, "", operator, value


def test_ten_thousand_random_actions_are_rebuilt_from_the_log(store: Store) -> None:
    rng = random.Random(20260101)
    refused = 0
    for n in range(ACTIONS):  # one after the other, as people do
        name, finding, operator, value = subject(rng)
        scope = rng.choice(SCOPES)
        at = now_ms()
        request = ActionRequested(
            id=f"action {n}", action=rng.choice([*STATUS_OF, "note"]), finding_id=finding, scope=scope, target=rng.choice(TARGETS[scope]),
            reason="why", actor="me", requested_at=at, expires_at=rng.choice([0, at + 3_600_000]), subject=name, operator=operator,
            value=value,
        )  # fmt: skip
        plan = plan_action(store, request)
        refused += bool(plan.refused)
        carry_out(store, request, plan)
    assert refused < ACTIONS / 2
    log = []
    for n in range(DECISIONS):
        name, finding, operator, value = subject(rng)
        scope = rng.choice(SCOPES)
        log.append(Decision(
            f"{n:032x}", rng.choice(list(STATUS_OF)), finding, "", "", scope, rng.choice(TARGETS[scope]), "why", "me",
            rng.choice([0, 0, 500_000 + n]), 100_000 + n // 3, name, operator, value, "test",
        ))  # fmt: skip
    rng.shuffle(log)  # they arrive in any order
    for begin in range(0, DECISIONS, CHUNK):
        write_decisions(store, log[begin : begin + CHUNK])
        decided(store)
    before = statuses(store)
    assert {status for status, _ in before.values()} >= {"open", "whitelisted", "ignored", "false_positive"}
    risks, changed = rebuild_statuses(store, write=False)
    assert (risks, changed) == (len(before), 0), "the log says what the table says"
    store.command("ALTER TABLE risk_rows UPDATE decided = (0, '') WHERE 1 SETTINGS mutations_sync = 2")
    assert {status for status, _ in statuses(store).values()} == {"open"}, "every status is lost"
    rebuild_statuses(store)
    assert statuses(store) == before


def decided(store: Store) -> None:
    """What the log says of every risk by now, written as actions write it."""
    risks = risks_of_images(store, IMAGES)
    about = decisions_about(store, {risk.finding_id: risk for risk in risks})
    places = repositories_of(store, IMAGES)
    verdicts: dict[tuple[str, str], Verdict] = {}
    for risk in risks:
        verdict = decide(
            about.get(risk.finding_id, ()), Whereabouts(risk.image_digest, places[risk.image_digest]), time.time_ns() // 1_000_000
        )
        if verdict:
            verdicts[risk.finding_id, risk.image_digest] = verdict
    write_verdicts(store, risks, verdicts)
