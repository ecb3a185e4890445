"""The file of registries and agents: tokens, modes, changes by others, references."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from streams.registries.accounts import Accounts, AccountsError, Reference


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    accounts = Accounts(tmp_path)
    accounts.add_registry("main", "http://127.0.0.1:5000", "distribution", "ci", "ci-pass")
    return accounts


def test_tokens_are_kept_as_hashes(accounts: Accounts) -> None:
    token, agent = accounts.add_registry("other", "https://registry.example.org/", "distribution", "", ""), accounts.add_runtime("node-1")
    text = accounts.path.read_text()
    assert token not in text and agent not in text and len(token) >= 43
    assert accounts.path.stat().st_mode & 0o777 == 0o600
    assert accounts.registry_token_is("other", token)
    for name, wrong in (("main", token), ("other", ""), ("other", token[:-1]), ("absent", token), ("absent", ""), ("other", "\udcff")):
        assert not accounts.registry_token_is(name, wrong)
    assert (accounts.runtime_of(agent), accounts.runtime_of(token), accounts.runtime_of("")) == ("node-1", "", "")
    assert "ci-pass" not in repr(accounts.registries["main"])


def test_changes_of_another_process_are_seen(accounts: Accounts, tmp_path: Path) -> None:
    other = Accounts(tmp_path)
    assert set(other.registries) == {"main"}
    accounts.add_registry("second", "http://127.0.0.1:5001", "distribution", "", "")
    assert set(other.registries) == {"main", "second"}
    other.remove_registry("main")
    assert set(accounts.registries) == {"second"}
    with pytest.raises(AccountsError):
        accounts.remove_registry("main")


def test_changes_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    def add(number: int) -> None:
        Accounts(tmp_path).add_runtime(f"node-{number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(24)))
    assert len(Accounts(tmp_path).runtimes) == 24


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:5000/team/app:1.0", Reference("main", "team/app", "1.0")), ("main/team/app", Reference("main", "team/app", "latest")),
        ("main/app@sha256:" + "a" * 64, Reference("main", "app", "sha256:" + "a" * 64)), ("local/app:2", Reference("local", "app", "2")),
        ("main/app:1.0@sha256:" + "b" * 64, Reference("main", "app", "sha256:" + "b" * 64)),
    ],
)  # fmt: skip
def test_references(accounts: Accounts, text: str, expected: Reference) -> None:
    assert accounts.resolve(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "app", "elsewhere.example.org/app:1", "127.0.0.1:5001/app", "main/", "main/:1",
        "main/../../v2/_catalog", "main/app?x=1", "main/app#x", "main/App", "main/app:", "main/app@md5:00",
        "main/app@sha256:short", "main/app:a/b c",
    ],
)  # fmt: skip
def test_references_that_are_refused(accounts: Accounts, text: str) -> None:
    with pytest.raises(AccountsError):
        accounts.resolve(text)


@pytest.mark.parametrize("url", ["registry.example.org", "ftp://a", "http://", "http://u:p@a", "http://a/path", "http://a?b"])
def test_addresses_that_are_none(accounts: Accounts, url: str) -> None:
    with pytest.raises(AccountsError):
        accounts.add_registry("x", url, "distribution", "", "")


@pytest.mark.parametrize("name", ["", "Upper", "a/b", "local", "../x"])
def test_names_that_are_none(accounts: Accounts, name: str) -> None:
    with pytest.raises(AccountsError):
        accounts.add_registry(name, "http://127.0.0.1:1", "distribution", "", "")
