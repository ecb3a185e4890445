"""Which readers a blob lacks: facts are kept by reader, so that a changed rule has only its own collector read known layers again."""

from __future__ import annotations

from typing import Any

from analyzers.collectors.clamav import ClamAv
from analyzers.collectors.samples import SampleCollector
from analyzers.collectors.user_items import UserItems
from analyzers.config import VERSION as CONFIG_VERSION
from analyzers.contract import reader_id
from analyzers.offering import LAYER
from analyzers.registry import COLLECTORS
from sinks.blobs import BlobState, undone
from streams.clamd import ClamdSettings
from streams.inspection import WITH_CLAMAV, WITHOUT_CLAMAV, InspectionSettings


def state(run: str, state: str = "succeeded") -> BlobState:
    return BlobState("sha256:1", "layer", state, "", run, "", 0)


def test_each_collector_is_a_reader_and_so_is_the_pass() -> None:
    readers = InspectionSettings("home", b"key").readers("layer")
    assert [one.rpartition(".")[0] for one in readers] == [LAYER, *(one.name for one in COLLECTORS if one not in (ClamAv, UserItems))]
    assert len(set(readers)) == len(readers) and not any("," in one for one in readers)
    assert InspectionSettings("home", b"key").readers("config") == (f"config.{CONFIG_VERSION}",)


def test_a_rule_file_changes_only_the_readers_that_use_it() -> None:
    plain = InspectionSettings("home", b"key").readers("layer")
    ruled = InspectionSettings("home", b"key", {"mine.yar": b"rule a { condition: true }"}).readers("layer")
    assert {one.partition(".")[0] for one in set(plain) ^ set(ruled)} == {SampleCollector.name}
    again = InspectionSettings("home", b"key", {"mine.yar": b"rule b { condition: true }"}).readers("layer")
    assert set(again) ^ set(ruled) == {reader for reader in (*again, *ruled) if reader.startswith(f"samples.{SampleCollector.version}-")}
    assert InspectionSettings("home", b"key", {"notes.md": b"x"}).readers("layer") == plain
    assert reader_id("dpkg", 3) == "dpkg.3"


def test_clamav_is_a_reader_where_it_is_configured_and_its_database_names_it() -> None:
    plain = InspectionSettings("home", b"key")
    asked = InspectionSettings("home", b"key", clamd=ClamdSettings("/socket"))
    newer = InspectionSettings("home", b"key", clamd=ClamdSettings("/socket", signatures="2026-11-03"))
    assert set(asked.readers("layer")) - set(plain.readers("layer")) == {"clamav.1-undated"}
    assert set(newer.readers("layer")) ^ set(asked.readers("layer")) == {"clamav.1-undated", "clamav.1-2026-11-03"}
    assert asked.readers("config") == plain.readers("config")


def test_the_rules_say_whether_clamav_took_part() -> None:
    settings = InspectionSettings("home", b"key", clamd=ClamdSettings("/socket"))
    took, absent = settings.rules(), settings.rules(antivirus_absent=True)
    assert {name for name in took if took[name] != absent[name]} == {"malicious-sample"}
    assert took["malicious-sample"].endswith(WITH_CLAMAV) and absent["malicious-sample"].endswith(WITHOUT_CLAMAV)
    assert "ClamAV" not in "".join(InspectionSettings("home", b"key").rules(antivirus_absent=True).values())


def test_a_reader_that_could_not_do_its_work_is_lacking_and_known() -> None:
    one = state(f"a.1,{undone('b.2', 17)}")
    assert one.lacks(("a.1", "b.2")) == ("b.2",) and one.undone == {"b.2"}
    assert state("a.1").undone == frozenset()


def test_what_a_blob_lacks() -> None:
    assert state("a.1,b.1").lacks(("a.1", "b.1")) == ()
    assert state("a.1,b.1", "partial").lacks(("a.1", "b.2", "c.1")) == ("b.2", "c.1")
    assert state("a.1", "failed").lacks(("a.1",)) == ("a.1",)
    assert state("0123456789abcdef").lacks(("a.1",)) == ("a.1",)


def test_a_rule_file_concerns_only_the_categories_that_its_readers_tell_something() -> None:
    plain = InspectionSettings("home", b"key").rules()
    ruled = InspectionSettings("home", b"key", {"mine.yar": b"rule a { condition: true }"}).rules()
    assert {category for category in plain if plain[category] != ruled[category]} == {"malicious-sample"}


def test_a_hash_list_is_a_rule_of_its_category_and_of_no_reader() -> None:
    plain, listed = InspectionSettings("home", b"key"), InspectionSettings("home", b"key", {"bad.txt": b"a" * 64})
    assert listed.readers("layer") == plain.readers("layer")
    assert {category for category, rules in plain.rules().items() if rules != listed.rules()[category]} == {"malicious-sample"}


def test_the_strategy_is_part_of_the_rules_of_its_categories_only() -> None:
    plain = InspectionSettings("home", b"key").rules()

    def changed(**settings: Any) -> set[str]:
        rules = InspectionSettings("home", b"key", **settings).rules()
        return {category for category in plain if rules[category] != plain[category]}

    assert changed(strategy="full") == {"baseline", "build-command"}
    assert changed(baseline_items=frozenset({"lifecycle"})) == {"baseline"}
    assert plain["baseline"].endswith(" default, 89 of 94 items")
