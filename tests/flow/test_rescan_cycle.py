"""`rescan_hours`: an image that was not looked at for so long is looked at again, once, in the lane of backfill."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from schemas.messages import ImageRequested, ImageResolved
from schemas.vocabulary import CATEGORIES, Cause, ScanState
from schemas.wire import encode
from sinks.images import ImageRow, LayerRow, Place, write_image, write_place
from sinks.migrate import migrate
from sinks.scans import ScanRow, overdue, progress, write_scans
from sinks.store import Store
from streams.backfill import AT_ONCE, BESIDE_FRESH, Outgoing, due_again
from streams.clock import now_ms
from streams.inspection import InspectionSettings
from streams.topics import IMAGE_BACKFILL
from tests.flow.local_home import argv, eventually
from tests.flow.pipeline import Pipeline

pytestmark = pytest.mark.flow
HOUR = CYCLE = 3_600_000
ROUND = 10_000
NOW = 1_760_000_000_000
LONG_AGO, LATELY = NOW - CYCLE - 1, NOW - CYCLE + 100 * ROUND
SETTINGS = InspectionSettings("/nowhere", b"a key")
PASSING = ("timeout",)


class Shop:
    """A store whose images have no layer and were looked at by today's rules; what a round of the scheduler would ask for."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def lies(self, name: str, index: str = "", present: bool = True, at: int = LONG_AGO) -> str:
        """Put an image into the repository, or take it away."""
        write_place(self.store, Place("shop", "team/app", f"sha256:{name}", index), present=present, changed_at=at)
        return f"sha256:{name}"

    def looked(self, digest: str, at: int, state: ScanState = ScanState.SUCCEEDED, cause: Cause = Cause.PUSH, reason: str = "") -> str:
        """All categories have looked at it at this time, or were asked to."""
        rules = SETTINGS.rules()
        write_scans(self.store, [ScanRow(digest, one, state, cause, at, at, reason, rules=rules[one]) for one in CATEGORIES])
        return digest

    def asks(self, now: int = NOW, cycle: int = CYCLE) -> list[Outgoing]:
        """What a round at this time asks for."""
        return due_again(self.store, SETTINGS, cycle, PASSING, now)

    def references(self, now: int = NOW) -> list[str]:
        """The same, of what is asked for in whole because its cycle is over."""
        asked = self.asks(now)
        assert all(topic is IMAGE_BACKFILL and isinstance(message, ImageRequested) for topic, _, message in asked)
        requests = [message for _, _, message in asked if isinstance(message, ImageRequested)]
        assert {(one.registry, one.repository, one.cause, one.requested_at) for one in requests} <= {
            ("shop", "team/app", Cause.SCHEDULE, now)
        }
        return [one.reference for one in requests]


@pytest.fixture
def shop(pipeline: Pipeline, request: pytest.FixtureRequest) -> Iterator[Shop]:
    """On the real engine, in a database of its own."""
    store = Store(f"clickhouse://127.0.0.1:{pipeline.settings.clickhouse_native_port}/{request.node.name}")
    migrate(store)
    yield Shop(store)
    store.command(f"DROP DATABASE `{store.database}`")
    store.close()


def test_the_oldest_are_asked_for_once_and_what_is_fresh_or_gone_is_not(shop: Shop) -> None:
    old, older = (shop.looked(shop.lies(name), LONG_AGO - age) for name, age in (("old", 0), ("older", 1)))
    shop.looked(shop.lies("fresh"), LATELY)
    shop.looked(shop.lies("gone", present=False), LONG_AGO)
    assert shop.references() == [older, old]
    assert {state for one in progress(shop.store, [old, older]).values() for state in one.states.values()} == {ScanState.WAITING}
    assert shop.references(NOW + ROUND) == [], "it is being looked at"
    for digest in (old, older):
        shop.looked(digest, NOW, cause=Cause.SCHEDULE)
    assert shop.references(NOW + 2 * ROUND) == []
    assert len(shop.references(NOW + CYCLE + 1)) == 3, "the next cycle of two, the first of the fresh one"


def test_without_a_cycle_nothing_is_asked_for(shop: Shop) -> None:
    shop.looked(shop.lies("old"), 1)
    assert shop.asks(cycle=0) == []


def test_one_that_failed_or_waits(shop: Shop) -> None:
    failed = shop.looked(shop.lies("failed"), LONG_AGO, ScanState.FAILED, reason="unsupported_manifest: an index inside an index")
    shop.looked(shop.lies("waits"), LONG_AGO, ScanState.WAITING)
    assert shop.references() == [failed]


def test_a_category_that_looked_again_alone_is_no_look_at_the_image(shop: Shop) -> None:
    old = shop.looked(shop.lies("old"), LONG_AGO)
    rules = SETTINGS.rules()["baseline"]
    write_scans(shop.store, [ScanRow(old, "baseline", ScanState.SUCCEEDED, Cause.DETECTOR, LATELY, LATELY, rules=rules)])
    assert shop.references() == [old]


def test_platforms_of_one_index_are_asked_for_together(shop: Shop) -> None:
    index = "sha256:index"
    shop.looked(shop.lies("amd64", index), LONG_AGO)
    arm = shop.looked(shop.lies("arm64", index), LATELY)
    assert shop.references() == [index]
    assert set(progress(shop.store, [arm])[arm].states.values()) == {ScanState.WAITING}, "it is looked at too"
    assert shop.references(NOW + ROUND) == []


def test_one_that_lacks_a_reader_is_asked_for_once(shop: Shop) -> None:
    digest = shop.lies("read before")
    write_image(shop.store, ImageRow(digest, "", "sha256:config", "linux", "amd64", (LayerRow("sha256:layer", "", 1, "tar"),), LONG_AGO))
    write_scans(shop.store, [ScanRow(digest, one, ScanState.SUCCEEDED, Cause.PUSH, LATELY, LATELY, rules="0-old") for one in CATEGORIES])
    [(topic, _, message)] = shop.asks()
    assert topic is IMAGE_BACKFILL and isinstance(message, ImageRequested) and message.cause == Cause.DETECTOR
    assert shop.asks(NOW + ROUND) == []


def test_what_was_deleted_while_it_waited_takes_no_room_and_is_not_asked_for(shop: Shop) -> None:
    waiting = [shop.looked(shop.lies(f"w{number}"), NOW - 2, ScanState.WAITING, Cause.SCHEDULE) for number in range(AT_ONCE)]
    old = shop.looked(shop.lies("old"), LONG_AGO)
    assert shop.references() == []
    for number in range(AT_ONCE):
        shop.lies(f"w{number}", present=False, at=NOW)
    assert shop.references() == [old]
    assert [one.image_digest for one in overdue(shop.store, NOW + 1, NOW + 1, (), 0)] == [old] and waiting


def test_few_beside_fresh_work(shop: Shop) -> None:
    for number in range(3 * BESIDE_FRESH):
        shop.looked(shop.lies(f"old{number}"), LONG_AGO)
    pushed = shop.looked(shop.lies("pushed"), NOW - 1, ScanState.RUNNING)
    assert len(shop.references()) == BESIDE_FRESH
    assert shop.references(NOW + 1) == []
    shop.looked(pushed, NOW - 1)
    assert len(shop.references(NOW + 2)) == 2 * BESIDE_FRESH


# the whole way, with a second scheduler that has cycles; that of the system has none


@contextmanager
def cycles(pipeline: Pipeline) -> Iterator[None]:
    """A scheduler beside the system's, which looks again after an hour."""
    environment = {**pipeline.environment, "IMAGERISK_RESCAN_HOURS": "1"}
    with (pipeline.folder / "cycles.txt").open("ab") as output:
        process = subprocess.Popen(argv("scheduler", "--listing-every", "0"), env=environment, cwd="/", stdout=output, stderr=output)
        try:
            yield
            assert process.poll() is None, "it still runs"
        finally:
            process.terminate()
            process.wait(30)


def age(pipeline: Pipeline, digest: str, rules: str = "rules") -> None:
    """Let the scan rows of an image say that it was looked at two hours ago, by these rules."""
    pipeline.execute(
        f"INSERT INTO scan_rows SELECT * REPLACE (requested_at - INTERVAL 2 HOUR AS requested_at, {rules} AS rules, "
        f"version + 1 AS version) FROM scan_rows FINAL WHERE image_digest = '{digest}'"
    )


def requests(pipeline: Pipeline, digest: str) -> int:
    """How often backfill was asked for an image."""
    return sum(getattr(message, "reference", "") == digest for message in pipeline.messages("image.backfill"))


def looked_again(pipeline: Pipeline, digest: str) -> None:
    """Wait for a look whose cause is the cycle: the scheduler with cycles has made another round."""
    age(pipeline, digest)
    eventually("it is looked at again", lambda: pipeline.ended(digest, now_ms() - HOUR), 120)


def test_an_old_image_is_looked_at_again_in_the_lane_of_backfill_once(pipeline: Pipeline) -> None:
    images = {name: pipeline.image(name) for name in ("old", "fresh", "gone")}
    for name, image in images.items():
        pipeline.registry.push(f"team/{name}", "1.0", image)
        pipeline.await_success(image.digest)
    old, fresh, gone = (image.digest for image in images.values())
    pipeline.registry.delete("team/gone", gone)
    eventually("it is withdrawn", lambda: set(pipeline.statuses(gone).values()) == {"withdrawn"})
    risks, (ignored, *_) = pipeline.statuses(old), pipeline.statuses(old)
    assert pipeline.command("handle", f"{ignored}@{old}", "--action", "ignore", "--reason", "for now").returncode == 0
    assert pipeline.statuses(old)[ignored] == "ignored"
    for digest in (old, gone):
        age(pipeline, digest)
    aged = [pipeline.scans(digest) for digest in (old, gone)]
    age(pipeline, fresh, "'0-old'")
    eventually("a round of the scheduler without cycles", lambda: pipeline.ended(fresh, now_ms() - HOUR), 120)
    by_rules = pipeline.scans(fresh)
    assert {row["cause"] for row in by_rules.values()} == {"detector"}
    assert [pipeline.scans(digest) for digest in (old, gone)] == aged
    with cycles(pipeline):
        eventually("it is looked at again", lambda: pipeline.ended(old, now_ms() - HOUR), 120)
        assert pipeline.scans(fresh) == by_rules
        looked_again(pipeline, fresh)
    scans = pipeline.scans(old)
    assert {(row["cause"], row["state"]) for row in scans.values()} == {("schedule", "succeeded")}
    assert pipeline.statuses(old) == risks, "an ignore ends with the next look that still finds it"
    assert pipeline.scans(gone) == aged[1]
    assert [requests(pipeline, digest) for digest in (old, fresh, gone)] == [1, 1, 0]
    resolved = [one for one in pipeline.messages("image.resolved") if isinstance(one, ImageResolved) and one.image_digest == old]
    assert [one.cause for one in resolved] == ["push", "schedule"]
    asked = [message for topic in ("layer.requests", "layer.backfill") for message in pipeline.messages(topic)]
    assert sum(getattr(one, "digest", "") in images["old"].blobs for one in asked) == len(images["old"].blobs), "no layer is read again"


def test_one_whose_registry_does_not_answer_is_not_asked_for_twice(pipeline: Pipeline) -> None:
    image = pipeline.image("beside")
    pipeline.registry.push("team/beside", "1.0", image)
    pipeline.await_success(image.digest)
    hanging = f"sha256:{os.urandom(32).hex()}"
    store = Store(f"clickhouse://127.0.0.1:{pipeline.settings.clickhouse_native_port}/default")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(120)
        address, password = f"http://127.0.0.1:{silent.getsockname()[1]}", str(pipeline.folder / "password")
        added = pipeline.command("registries", "add", "mute", address, "--username", "u", "--password-file", password, "--json")
        assert added.returncode == 0, added.stderr
        try:
            write_place(store, Place("mute", "a/b", hanging), present=True, changed_at=now_ms() - 2 * HOUR)
            Shop(store).looked(hanging, now_ms() - 2 * HOUR)
            with cycles(pipeline):
                connection, _ = silent.accept()
                with connection:
                    assert connection.recv(1 << 16).startswith(f"GET /v2/a/b/manifests/{hanging} ".encode())
                    looked_again(pipeline, image.digest)
                    assert requests(pipeline, hanging) == 1
        finally:
            write_place(store, Place("mute", "a/b", hanging), present=False, changed_at=now_ms())
            assert pipeline.command("registries", "remove", "mute").returncode == 0
            store.close()


def test_an_index_that_could_not_be_had_at_first_is_not_asked_for_without_end(pipeline: Pipeline) -> None:
    images = {"amd64": pipeline.image("late"), "arm64": pipeline.image("late")}
    index = pipeline.registry.push_index("team/late", "1.0", images, "quiet")
    request = ImageRequested(registry="shop", repository="team/late", reference=index, cause=Cause.MANUAL, requested_at=now_ms())
    pipeline.registry.stop("loud")
    try:
        pipeline.publish("image.events", encode(request), b"shop")
        eventually("the outage is told", lambda: {row["state"] for row in pipeline.scans(index).values()} == {"failed"})
    finally:
        pipeline.registry.start("loud")
    for image in images.values():
        eventually("it is looked at", lambda digest=image.digest: pipeline.ended(digest), 90)  # type: ignore[misc]
    lying = pipeline.rows("SELECT image_digest FROM image_places FINAL WHERE present AND repository = 'team/late'")
    assert {row["image_digest"] for row in lying} == {image.digest for image in images.values()}
