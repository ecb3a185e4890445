"""Which decision counts for a risk: narrower before wider, later before earlier, expiry; in whatever order they are read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from schemas.vocabulary import Status
from sinks.decisions import SCOPES, Decision, Verdict, Whereabouts, decide
from sinks.risks import GONE, PRESENT, WITHDRAWN, status_of

HERE = Whereabouts("sha256:a", frozenset({("reg", "team/app")}))
TARGETS = {"image": "sha256:a", "repository": "team/app", "namespace": "team", "registry": "reg", "global": ""}


def decision(action: str, scope: str, at: int, expires: int = 0, target: str | None = None) -> Decision:
    name = f"{action}-{scope}-{at}"
    return Decision(name, action, "f", "baseline", "r", scope, TARGETS[scope] if target is None else target, "why", "me", expires, at)


def test_a_narrower_scope_beats_a_wider_one_though_it_is_older() -> None:
    verdict = decide([decision("whitelist", "global", 20), decision("ignore", "image", 10)], HERE, 100)
    assert verdict == Verdict(20, Status.IGNORED, "ignore-image-10")


def test_the_later_of_the_same_width_counts() -> None:
    verdict = decide([decision("whitelist", "repository", 10), decision("reopen", "repository", 20)], HERE, 100)
    assert verdict is not None and verdict.status is Status.OPEN


def test_an_expired_decision_gives_way_to_the_wider_one_and_moves_the_stamp() -> None:
    log = [decision("whitelist", "global", 5), decision("ignore", "image", 10, expires=50)]
    assert decide(log, HERE, 49) == Verdict(10, Status.IGNORED, "ignore-image-10")
    assert decide(log, HERE, 50) == Verdict(50, Status.WHITELISTED, "whitelist-global-5")


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


def test_only_a_later_rescan_ends_an_ignore() -> None:
    ignored = 1000 << 8 | Status.IGNORED
    assert status_of(900 << 8 | PRESENT, 900, ignored) is Status.IGNORED
    assert status_of(1100 << 8 | PRESENT, 1000, ignored) is Status.IGNORED
    assert status_of(1100 << 8 | PRESENT, 1100, ignored) is Status.OPEN
    assert status_of(1100 << 8 | PRESENT, 1100, 1000 << 8 | Status.WHITELISTED) is Status.WHITELISTED


def test_evidence_comes_before_decisions() -> None:
    assert status_of(5 << 8 | WITHDRAWN, 5, 9 << 8 | Status.WHITELISTED) is Status.WITHDRAWN
    assert status_of(5 << 8 | GONE, 5, 0) is Status.FIXED
    assert max(5 << 8 | PRESENT, 5 << 8 | WITHDRAWN) == 5 << 8 | PRESENT
