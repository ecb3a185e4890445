"""Which decision counts for a risk: narrower before wider, later before earlier, expiry; in whatever order they are read."""

from __future__ import annotations

import random
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from schemas.vocabulary import Status
from sinks.decisions import SCOPES, STATUS_OF, Decision, Verdict, Whereabouts, decide
from sinks.risks import GONE, PRESENT, WITHDRAWN, status_of

HERE = Whereabouts("sha256:a", frozenset({("reg", "team/app")}))
TARGETS = {"image": "sha256:a", "repository": "team/app", "namespace": "team", "registry": "reg", "global": ""}


ACTIONS = (*STATUS_OF, "note")
ABOUT = [("finding", "equals", ""), ("rule", "equals", "rule3"), ("package", "equals", "package2@1"), ("path", "contains", "/4/")]


@dataclass(frozen=True)
class Subject:
    category: str
    rule: str
    package: str
    version: str
    path: str
    hashes: tuple[str, ...] = ()


def decision(action: str, scope: str, at: int, expires: int = 0, target: str | None = None) -> Decision:
    name = f"{action}-{scope}-{at}"
    return Decision(name, action, "f", "baseline", "r", scope, TARGETS[scope] if target is None else target, "why", "me", expires, at)


def test_a_narrower_scope_beats_a_wider_one_though_it_is_older() -> None:
    verdict = decide([decision("whitelist", "global", 20), decision("ignore", "image", 10)], HERE, 100)
    assert verdict == Verdict(20, Status.IGNORED, "ignore-image-10", 2)


def test_the_later_of_the_same_width_counts() -> None:
    verdict = decide([decision("whitelist", "repository", 10), decision("reopen", "repository", 20)], HERE, 100)
    assert verdict is not None and verdict.status is Status.OPEN


def test_an_expired_decision_gives_way_to_the_wider_one_and_moves_the_stamp() -> None:
    log = [decision("whitelist", "global", 5), decision("ignore", "image", 10, expires=50)]
    assert decide(log, HERE, 49) == Verdict(10, Status.IGNORED, "ignore-image-10", 2)
    assert decide(log, HERE, 50) == Verdict(50, Status.WHITELISTED, "whitelist-global-5", 3)


def test_a_repository_may_be_written_with_its_registry() -> None:
    assert decide([decision("whitelist", "repository", 1, target="reg/team/app")], HERE, 9)
    assert decide([decision("whitelist", "repository", 1, target="other/team/app")], HERE, 9) is None
    assert decide([decision("whitelist", "namespace", 1, target="tea")], HERE, 9) is None


LOGS = st.lists(
    st.builds(
        decision, st.sampled_from(["whitelist", "ignore", "false-positive", "reopen"]), st.sampled_from(SCOPES), st.integers(1, 30),
        st.sampled_from([0, 15, 40]),
    ),
    max_size=8, unique_by=lambda one: one.id,
)  # fmt: skip


@given(LOGS, st.randoms(use_true_random=False), st.integers(1, 60))
def test_the_order_of_reading_does_not_matter(log: list[Decision], rng: object, now: int) -> None:
    shuffled = list(log)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert decide(log, HERE, now) == decide(shuffled, HERE, now)


@given(LOGS, LOGS, st.integers(31, 60))
def test_more_decisions_never_move_the_stamp_back(log: list[Decision], more: list[Decision], now: int) -> None:
    first, both = decide(log, HERE, now), decide([*log, *more], HERE, now)
    if first is not None:
        assert both is not None and both.stamp >= first.stamp


def test_ten_thousand_actions_in_any_order_of_delivery_give_one_table() -> None:
    """Each risk's verdict is made anew whenever an action arrives, from what is in the log by then; the table keeps maxima."""
    rng = random.Random(20260101)
    findings = {f"f{n}": Subject("baseline", f"rule{n % 7}", f"package{n % 5}", "1", f"srv/{n % 11}/file{n}") for n in range(20)}
    log = [
        Decision(f"{n:05}", rng.choice(ACTIONS), f"f{rng.randrange(20)}", "", "", scope, TARGETS[scope], "why", "me",
                 rng.choice([0, 0, n + 50]), n // 3, subject, operator, value)
        for n in range(10_000)
        for scope in [rng.choice(SCOPES)]
        for subject, operator, value in [rng.choice(ABOUT)]
    ]  # fmt: skip
    tables = []
    for _ in range(3):
        rng.shuffle(log)
        arrived: dict[str, list[Decision]] = {finding: [] for finding in findings}
        table = dict.fromkeys(findings, (0, ""))
        for place, one in enumerate(log):
            for finding, risk in findings.items():
                if one.concerns(finding, risk):
                    arrived[finding].append(one)
                    if place % 50 == 0 or place > 9_900:  # many actions are carried out together
                        verdict = decide(arrived[finding], HERE, 10_000)
                        table[finding] = max(table[finding], verdict.packed if verdict else (0, ""))
        for finding, decisions in arrived.items():  # the last action of each risk sees the whole log
            verdict = decide(decisions, HERE, 10_000)
            table[finding] = max(table[finding], verdict.packed if verdict else (0, ""))
        tables.append(table)
    assert tables[0] == tables[1] == tables[2]
    rebuilt = {finding: decide([one for one in log if one.concerns(finding, risk)], HERE, 10_000) for finding, risk in findings.items()}
    assert {finding: verdict.packed for finding, verdict in rebuilt.items() if verdict} == tables[0]


def test_only_a_later_rescan_ends_an_ignore() -> None:
    ignored = 1000 << 8 | Status.IGNORED
    assert status_of(900 << 8 | PRESENT, 900, ignored) is Status.IGNORED
    assert status_of(1100 << 8 | PRESENT, 1000, ignored) is Status.IGNORED
    assert status_of(1100 << 8 | PRESENT, 1100, ignored) is Status.OPEN
    assert status_of(1100 << 8 | PRESENT, 1100, 1000 << 8 | Status.WHITELISTED) is Status.WHITELISTED
    heavy, _ = Verdict(1000, Status.IGNORED, "d", 9).packed
    assert status_of(1100 << 8 | PRESENT, 1000, heavy) is Status.IGNORED
    assert status_of(1100 << 8 | PRESENT, 1100, heavy) is Status.OPEN


def test_evidence_comes_before_decisions() -> None:
    assert status_of(5 << 8 | WITHDRAWN, 5, 9 << 8 | Status.WHITELISTED) is Status.WITHDRAWN
    assert status_of(5 << 8 | GONE, 5, 0) is Status.FIXED
    assert max(5 << 8 | PRESENT, 5 << 8 | WITHDRAWN) == 5 << 8 | PRESENT
