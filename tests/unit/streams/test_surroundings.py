"""What images are worth by where they lie, and that flaws are weighed by it."""

from __future__ import annotations

from datetime import date

import pytest

from analyzers.contract import Match
from analyzers.priority import priority_of
from streams.analysis import inputs_for
from streams.inspection import InspectionSettings
from streams.surroundings import ALIKE, Assets, Surroundings

ASSETS = Assets(important=("shop/payment/*", "team/core"), test=("*/test/*",))


@pytest.mark.parametrize(
    ("places", "worth"),
    [
        ([("shop", "payment/api")], "important"),
        ([("other", "payment/api")], "ordinary"),
        ([("other", "team/core")], "important"),
        ([("shop", "test/api")], "test"),
        ([("shop", "test/api"), ("shop", "app")], "ordinary"),
        ([("shop", "test/api"), ("other", "team/core")], "important"),
        ([], "ordinary"),
    ],
)
def test_the_highest_worth_of_all_places_counts(places: list[tuple[str, str]], worth: str) -> None:
    assert ASSETS.worth(places) == worth


def test_flaws_are_weighed_by_exposure_and_worth() -> None:
    match = Match("p", "CVE-1", (), (), vectors=(("NVD", "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:N/A:N"),))
    scores = []
    for around in (Surroundings(), Surroundings(exposed=True), Surroundings(True, "important"), Surroundings(False, "test")):
        inputs = inputs_for(date(2026, 1, 1), around=around)
        scores.append(priority_of(match, inputs.today, exposed=inputs.exposed, asset=inputs.asset).score)
    assert scores == [6.5, 9.75, 11.7, 5.2]  # 6.5, and the factors 1.5 (network), 1.2, 0.8


def test_other_values_of_images_concern_vulnerabilities_only() -> None:
    plain, valued = InspectionSettings("home", b"key", assets=ALIKE).rules(), InspectionSettings("home", b"key", assets=ASSETS).rules()
    assert {name for name in plain if plain[name] != valued[name]} == {"system-vulnerability", "application-vulnerability"}
