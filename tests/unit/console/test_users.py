"""Users of the console: roles, passwords, and what is refused."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from console.web.users import EVERYBODY, ROLES, Users, UsersError, needed_role

PASSWORD = "a long enough one"


def header(name: str, password: str = PASSWORD, scheme: str = "Basic") -> str:
    return f"{scheme} {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


def test_without_users_everybody_may_do_everything(tmp_path: Path) -> None:
    assert Users(tmp_path).of("") is EVERYBODY and EVERYBODY.may("administrator")


def test_a_user_is_known_by_name_and_password(tmp_path: Path) -> None:
    users = Users(tmp_path)
    users.put("ada", "handler", PASSWORD)
    found = users.of(header("ada"))
    assert found is not None and [role for role in ROLES if found.may(role)] == ["reader", "handler"]
    for wrong in ("", "Basic", "Basic ?", header("ada", "another password"), header("bob"), header(""), header("ada", scheme="Bearer")):
        assert users.of(wrong) is None
    assert PASSWORD not in users.path.read_text() and users.path.stat().st_mode & 0o077 == 0
    users.put("ada", "fixer", PASSWORD + "!")
    assert users.of(header("ada")) is None and users.of(header("ada", PASSWORD + "!")) is not None
    users.remove("ada")
    with pytest.raises(UsersError):
        users.remove("ada")


@pytest.mark.parametrize(
    ("name", "role", "password"), [("", "reader", PASSWORD), ("a:b", "reader", PASSWORD), ("a", "king", PASSWORD), ("a", "reader", "short")]
)
def test_refused(tmp_path: Path, name: str, role: str, password: str) -> None:
    with pytest.raises(UsersError):
        Users(tmp_path).put(name, role, password)


@pytest.mark.parametrize("text", ["no json", "[]", '{"a": {"name": "a"}}'])
def test_a_damaged_file_lets_nobody_in(tmp_path: Path, text: str) -> None:
    users = Users(tmp_path)
    users.path.write_text(text)
    with pytest.raises(UsersError, match="restore it"):
        users.of(header("ada"))


def test_roles_of_requests() -> None:
    assert needed_role("GET", "/fixes") == "reader"
    assert needed_role("POST", "/risks/1/2/handle") == "handler"
    assert needed_role("POST", "/images/sha256:1/fix") == needed_role("POST", "/fixes/1/cancel") == "fixer"
