"""Package databases that are damaged or lie: what is whole is read, what is lost is named, and no lie costs time or memory."""

from __future__ import annotations

import resource
import struct
import subprocess
import sys
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.collectors.apk import Apk
from analyzers.collectors.dpkg import Dpkg
from analyzers.collectors.rpm import Rpm
from schemas.facts import Fact, Package, Skipped
from tests.unit.analyzers.collectors import hostile_files
from tests.unit.analyzers.collectors.collecting import collected
from tests.unit.analyzers.collectors.rpm_databases import (
    BERKELEY,
    NDB,
    SQLITE,
    berkeley_database,
    header,
    ndb_database,
    sqlite_database,
    sqlite_in_its_log,
)

NAMES = [f"package{number:02}" for number in range(60)]
BLOBS = [header(name, number * 97 % 2900) for number, name in enumerate(NAMES)]
DATABASES: dict[str, tuple[str, bytes, int]] = {  # its place, the database, the size of its pages
    "sqlite": (SQLITE, sqlite_database(BLOBS), 1024),
    "sqlite with free pages": (SQLITE, sqlite_database(BLOBS, 4096, removed=300), 4096),
    "ndb": (NDB, ndb_database(BLOBS), 4096),
    "berkeley": (BERKELEY, berkeley_database(BLOBS), 512),
    "berkeley, big-endian": (BERKELEY, berkeley_database(BLOBS, ">", 4096), 4096),
}
QUICK = settings(max_examples=25, deadline=None)
APK_PLACE, DPKG_PLACE = "lib/apk/db/installed", "var/lib/dpkg/status"


def names_of(facts: list[Fact]) -> list[str]:
    return sorted(one.name for one in facts if isinstance(one, Package))


def reasons_of(facts: list[Fact]) -> list[str]:
    return [one.reason for one in facts if isinstance(one, Skipped)]


@pytest.mark.parametrize("kind", DATABASES)
def test_whole_databases(kind: str) -> None:
    place, data, _ = DATABASES[kind]
    facts = collected(Rpm, {place: data})
    assert (names_of(facts), reasons_of(facts)) == (NAMES, [])


@pytest.mark.parametrize("kind", DATABASES)
@given(pages=st.sets(st.integers(1, 1 << 16), min_size=1, max_size=4), filling=st.sampled_from([b"\0", b"\xff", b"\r\n", b"\x05"]))
@QUICK
def test_destroyed_pages_take_only_what_lies_on_them(kind: str, pages: set[int], filling: bytes) -> None:
    """Whatever else led there: inner pages of the tree, pages of the hash, slots."""
    place, data, size = DATABASES[kind]
    count = len(data) // size
    destroyed = {1 + page % (count - 1) for page in pages}
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    lost = {name for name in NAMES for page in destroyed if f"<{name}>".encode() in parts[page] or f"{name}\0".encode() in parts[page]}
    for page in destroyed:
        parts[page] = (filling * size)[: len(parts[page])]
    facts = collected(Rpm, {place: b"".join(parts)})
    assert set(NAMES) - lost <= set(names_of(facts)) <= set(NAMES)
    assert len(names_of(facts)) == len(set(names_of(facts)))
    assert reasons_of(facts) or len(names_of(facts)) == len(NAMES)


@pytest.mark.parametrize("kind", DATABASES)
@given(seed=st.integers(0, 1 << 32), changes=st.integers(1, 8), cut=st.booleans())
@QUICK
def test_nothing_is_lost_in_silence(kind: str, seed: int, changes: int, cut: bool) -> None:
    place, data, _ = DATABASES[kind]
    random, damaged = Random(seed), bytearray(data)
    for _ in range(changes):
        at, length = random.randrange(len(data)), random.choice((1, 2, 4, 16, 300))
        damaged[at : at + length] = random.choice((random.randbytes(length), bytes(length), data[at - 7 : at - 7 + length]))[
            : len(data) - at
        ]
    if cut:
        del damaged[random.randrange(len(data)) :]
    facts = collected(Rpm, {place: bytes(damaged)})
    assert len(names_of(facts)) >= len(NAMES) or reasons_of(facts)


@given(at=st.floats(0, 1, exclude_max=True), change=st.binary(min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_a_damaged_log_is_named(log_of_packages: tuple[bytes, bytes], at: float, change: bytes) -> None:
    data, log = log_of_packages
    place = int(at * len(log))
    damaged = log[:place] + bytes(one ^ 0x55 for one in log[place : place + len(change)]) + log[place + len(change) :]
    facts = collected(Rpm, {SQLITE: data, f"{SQLITE}-wal": damaged})
    assert NAMES[0] in names_of(facts) and set(names_of(facts)) < set(NAMES)
    assert all(one.startswith("unreadable: ") for one in reasons_of(facts))
    if place % 1048 not in range(24, 44):  # salts of a frame: what was written before the log began anew
        assert reasons_of(facts)


@pytest.fixture(scope="module")
def log_of_packages(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    return sqlite_in_its_log(tmp_path_factory.mktemp("log"), BLOBS)


def test_an_empty_file_is_no_database_without_packages() -> None:
    for place in (SQLITE, NDB, BERKELEY):
        assert reasons_of(collected(Rpm, {place: b""})) == ["unreadable: an empty file; 0 packages were read"]


def test_slots_that_say_less_than_there_is() -> None:
    data = bytearray(ndb_database(BLOBS * 6, slot_pages=2))
    struct.pack_into("<I", data, 12, 1)
    facts = collected(Rpm, {NDB: bytes(data)})
    assert len(names_of(facts)) == 6 * len(NAMES) and reasons_of(facts)
    data = bytearray(ndb_database(BLOBS))
    data[32 + 8 : 32 + 12] = bytes(4)  # the first slot: as if it were free
    assert names_of(collected(Rpm, {NDB: bytes(data)})) == NAMES


def test_pages_that_count_less_than_they_hold() -> None:
    data = bytearray(DATABASES["sqlite"][1])
    leaves = [at for at in range(1024, len(data), 1024) if data[at] == 13 and b"package" in data[at : at + 1024]]
    counted = max(leaves, key=lambda at: data[at + 4])
    data[counted + 3 : counted + 5] = b"\0\1"
    facts = collected(Rpm, {SQLITE: bytes(data)})
    assert names_of(facts) == NAMES and reasons_of(facts)


@pytest.mark.parametrize("length", [1 << 20, 100 << 20])
def test_a_field_of_any_length_hides_no_package(length: int) -> None:
    status = b"Package: a\nStatus: install ok installed\nVersion: 1\nDescription: %s\nArchitecture: all\n\nPackage: b\nVersion: 2\n\n"
    facts = collected(Dpkg, {DPKG_PLACE: status % (b"x" * length)})
    assert [(one.name, one.version, one.arch) for one in facts if isinstance(one, Package)] == [("a", "1", "all"), ("b", "2", "")]
    assert reasons_of(facts) == ["unreadable: a has more than 1 MiB of fields: some are left out"]
    nameless = collected(Dpkg, {DPKG_PLACE: b"Package: %s\nVersion: 1\n\nPackage: b\nVersion: 2\n\n" % (b"x" * length)})
    assert names_of(nameless) == ["b"] and reasons_of(nameless) == ["unreadable: a package has no name"]


ABSURD = ("P:", "V:1-r0", "P:b", "V:2-r0", "F:" + "x/" * 3000, "R:", "R:a", ":", "::", "ZZ:1", "o:", "D:so:x !y", "p:cmd:z=1", "", " ")


@given(st.lists(st.sampled_from(ABSURD)))
@QUICK
def test_absurd_lines_of_apk_hide_no_package(lines: list[str]) -> None:
    facts = collected(Apk, {APK_PLACE: "\n".join(["P:first", "V:1-r0", "", *lines, "", "P:last", "V:9-r9", "", ""])})
    assert {"first", "last"} <= set(names_of(facts))
    assert ("b" in names_of(facts)) <= ("P:b" in lines)


@pytest.mark.parametrize("kind", hostile_files.KINDS)
def test_lies_cost_neither_time_nor_memory(kind: str) -> None:
    """12 MB of each in a process of its own, which may take 450 MB for them and a minute of CPU (a guard against hanging)."""
    command = [sys.executable, "-m", hostile_files.__name__, kind]
    done = subprocess.run(command, preexec_fn=_minute, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    packages, skipped, megabytes = map(int, done.stdout.split())
    assert skipped and megabytes < 450
    assert packages >= hostile_files.KINDS[kind].least


def _minute() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
