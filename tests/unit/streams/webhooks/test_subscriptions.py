"""Subscriptions: what they select, what they refuse, and that the secret stays in its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.webhooks.subscriptions import Subscription, SubscriptionError, Subscriptions, key_of

URL = "http://127.0.0.1:1/hook"
HERE = (("reg", "team/app"),)


def added(home: Path, **selection: object) -> Subscription:
    return Subscriptions(home).add("chat", URL, 1, **selection)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("selection", "fits"),
    [
        ({}, True),
        ({"kinds": ("opened",)}, True),
        ({"kinds": ("closed", "status")}, False),
        ({"categories": ("baseline",)}, True),
        ({"categories": ("sensitive-file",)}, False),
        ({"severity": "medium"}, True),
        ({"severity": "high"}, False),
        ({"priorities": ("high",)}, True),
        ({"priorities": ("low",)}, False),
        ({"repositories": ("team/*",)}, True),
        ({"repositories": ("reg/team/app",)}, True),
        ({"repositories": ("other/*", "app")}, False),
    ],
)
def test_a_subscription_selects(tmp_path: Path, selection: dict[str, object], fits: bool) -> None:
    assert added(tmp_path, **selection).wants("opened", "baseline", "medium", "high", HERE) is fits


def test_words_of_samples_have_the_same_ranks_as_other_severities(tmp_path: Path) -> None:
    one = added(tmp_path, severity="high")
    assert [one.wants("opened", "malicious-sample", level, "", HERE) for level in ("urgent", "suspicious", "")] == [True, False, False]


def test_the_secret_is_in_a_file_of_the_owner_and_nowhere_else(tmp_path: Path) -> None:
    one = added(tmp_path)
    assert len(key_of(one.secret)) == 32
    assert (tmp_path / "webhooks.json").stat().st_mode & 0o777 == 0o600
    assert one.secret not in repr(one) + str(one.shown)


@pytest.mark.parametrize(
    ("url", "selection"),
    [
        ("ftp://a/b", {}),
        ("http://user:pw@a/b", {}),
        ("http:///x", {}),
        (URL, {"kinds": ("born",)}),
        (URL, {"categories": ("weather",)}),
        (URL, {"severity": "grave"}),
        (URL, {"secret": "short-and-secret"}),
    ],
)
def test_what_is_wrong_is_refused_without_telling_secrets(tmp_path: Path, url: str, selection: dict[str, str]) -> None:
    with pytest.raises(SubscriptionError) as refused:
        Subscriptions(tmp_path).add("chat", url, 1, **selection)
    assert "short-and-secret" not in str(refused.value)
    assert Subscriptions(tmp_path).all == {}


def test_a_name_is_used_once_and_a_later_one_is_another(tmp_path: Path) -> None:
    first = added(tmp_path)
    with pytest.raises(SubscriptionError, match="there is a webhook"):
        added(tmp_path)
    known = Subscriptions(tmp_path)
    known.pause("chat", True)
    assert known.named("chat").paused
    known.remove("chat")
    assert added(tmp_path).id != first.id
    with pytest.raises(SubscriptionError, match="there is no webhook"):
        known.remove("mail")
