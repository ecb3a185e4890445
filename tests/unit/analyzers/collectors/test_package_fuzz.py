"""No damage makes a package collector raise, hang or swallow memory: it gives facts, Skipped among them."""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzers.collectors.apk import Apk
from analyzers.collectors.dpkg import Dpkg
from analyzers.collectors.opkg import Opkg
from analyzers.collectors.os_release import PRECEDENCE, OsRelease
from analyzers.collectors.rpm import MANIFEST, Rpm
from analyzers.collectors.sbom import Sbom
from analyzers.contract import BaseCollector, Entry, FileView, PassContext
from schemas.facts import Distribution, Fact, OwnedFiles, Package, Skipped

FILES: tuple[tuple[type[BaseCollector], str, str], ...] = (
    (Dpkg, "var/lib/dpkg/status", "dpkg-seven/status"),
    (Apk, "lib/apk/db/installed", "apk-alpine-3.18/installed"),
    (Rpm, "var/lib/rpm/rpmdb.sqlite", "rpm-sqlite-fc38-small/rpmdb.sqlite"),
    (Rpm, "usr/lib/sysimage/rpm/Packages.db", "rpm-ndb-sle15-bci/Packages.db"),
    (Rpm, "var/lib/rpm/Packages", "rpm-bdb-epoch/Packages"),
)
TEXTS: tuple[tuple[type[BaseCollector], str], ...] = (
    (Dpkg, "var/lib/dpkg/status"), (Dpkg, "var/lib/dpkg/info/a:amd64.list"), (Dpkg, "var/lib/dpkg/info/a.md5sums"),
    (Dpkg, "var/lib/dpkg/status.d/a"), (Apk, "lib/apk/db/installed"), (Opkg, "usr/lib/opkg/status"), (Opkg, "usr/lib/opkg/info/a.list"),
    (Rpm, MANIFEST), (Rpm, "var/lib/rpm/Packages"), (Sbom, "a.spdx.json"), *((OsRelease, path) for path in PRECEDENCE),
)  # fmt: skip
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def read(collector: type[BaseCollector], path: str, data: bytes) -> list[Fact]:
    instance = collector(PassContext(secret_key=b"key"))
    facts = list(instance.collect(FileView(Entry(path, "file", 0o644, 0, 0, len(data)), data)))
    facts.extend(instance.finish())
    assert all(isinstance(fact, (Distribution, OwnedFiles, Package, Skipped)) for fact in facts)
    return facts


@cache
def original(path: Path) -> bytes:
    return path.read_bytes()


@pytest.mark.parametrize(("collector", "place", "source"), FILES)
@given(data=st.data())
@QUICK
def test_damaged_databases(reference_data: Path, collector: type[BaseCollector], place: str, source: str, data: st.DataObject) -> None:
    whole = original(reference_data / "databases" / source)
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(0, min(len(whole), 1 << data.draw(st.integers(5, 22))) - 4))
        damaged[at : at + 4] = data.draw(st.binary(min_size=4, max_size=4))
    end = data.draw(st.one_of(st.just(len(whole)), st.integers(0, len(whole))))
    facts = read(collector, place, bytes(damaged[:end]))
    if end < 26 and end and collector is Rpm:
        assert any(isinstance(fact, Skipped) for fact in facts)


@pytest.mark.parametrize(("collector", "place"), TEXTS)
@given(
    data=st.one_of(
        st.binary(max_size=300),
        st.lists(
            st.sampled_from(
                ["Package", "Version", "Status", "Source", ":", " ", "\n", "\n\n", "P:a", "V:1", "F:", "R:x", "p:", "D:", "=", '"', "'",
                 "\t", "install ok installed", "ID=", "a (1", "(", "é", "{", "}", "[", '"spdxVersion":"SPDX-2.3"', ","]
            ), max_size=40,
        ).map(lambda parts: "".join(parts).encode()),
    )
)  # fmt: skip
@QUICK
def test_any_text(collector: type[BaseCollector], place: str, data: bytes) -> None:
    read(collector, place, data)


@pytest.mark.parametrize(("collector", "place", "source"), FILES[2:])
def test_a_cut_database_says_so_and_keeps_what_it_read(
    reference_data: Path, collector: type[BaseCollector], place: str, source: str
) -> None:
    whole = original(reference_data / "databases" / source)
    facts = read(collector, place, whole[: len(whole) * 3 // 4])
    assert any(isinstance(fact, Skipped) and fact.reason.startswith("unreadable: ") for fact in facts)


def test_half_an_ndb_still_gives_packages(reference_data: Path) -> None:
    whole = original(reference_data / "databases" / FILES[3][2])
    facts = read(Rpm, FILES[3][1], whole[: len(whole) // 2])
    assert 0 < sum(isinstance(fact, Package) for fact in facts) < 35
    assert any(isinstance(fact, Skipped) for fact in facts)


def test_lying_counts_cost_nothing() -> None:
    blob = struct.pack(">II", 0xFFFF, 0x0FFFFFFF) + b"\0" * 64
    ndb = bytearray(8192)
    ndb[:16] = b"RpmP" + struct.pack("<III", 0, 1, 0xFFFFFFFF)
    for place in range(32, 4096, 16):
        ndb[place : place + 16] = b"Slot" + struct.pack("<III", place, 256, 6)
    ndb[4096:4112] = b"BlbS" + struct.pack("<III", 32, 1, len(blob))
    assert any(isinstance(fact, Skipped) for fact in read(Rpm, "usr/lib/sysimage/rpm/Packages.db", bytes(ndb)))
