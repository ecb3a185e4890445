"""Flaw groups: names, transitivity, independence of order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.advisories.flaws import Naming, flaws_of

NAMES = [*(f"CVE-2024-{number}" for number in range(1000, 1006)), *(f"GHSA-{letter}" for letter in "abcd"), "PYSEC-1", "GO-1"]


def test_one_flaw_from_several_feeds_is_named_by_its_cve() -> None:
    found = flaws_of(
        [Naming("GHSA-a", ("CVE-2018-18074",)), Naming("PYSEC-1", ("GHSA-a",)), Naming("DEBIAN-CVE-2018-18074", (), ("CVE-2018-18074",))]
    )
    assert set(found.values()) == {("CVE-2018-18074",)}


def test_numbers_of_cves_are_numbers() -> None:
    assert flaws_of([Naming("GO-1", ("CVE-2020-10000", "CVE-2020-9999"))])["GO-1"] == ("CVE-2020-9999",)


def test_a_bulletin_joins_nothing() -> None:
    found = flaws_of(
        [
            Naming("ALSA-1", (), ("CVE-2024-1000", "CVE-2024-1001")),
            Naming("GHSA-a", ("CVE-2024-1000",)),
            Naming("GHSA-b", ("CVE-2024-1001",)),
        ]
    )
    assert found == {"ALSA-1": ("CVE-2024-1000", "CVE-2024-1001"), "GHSA-a": ("CVE-2024-1000",), "GHSA-b": ("CVE-2024-1001",)}


def test_without_a_cve_ghsa_is_the_name() -> None:
    assert flaws_of([Naming("PYSEC-1", ("GHSA-z",))])["PYSEC-1"] == ("GHSA-z",)


namings = st.lists(
    st.builds(Naming, st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=3).map(tuple), st.just(())), max_size=12
)


@given(namings, st.randoms())
def test_order_does_not_matter_and_aliases_share_a_name(records: list[Naming], random: object) -> None:
    shuffled = list(records)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    found = flaws_of(records)
    assert found == flaws_of(shuffled)
    for one in records:
        for alias in one.aliases:
            assert alias not in found or found[alias] == found[one.id]
