"""Who may do what in the console: one file in the data folder, readable by its owner only. Without users everybody who reaches it is
administrator: it listens on loopback then.

Passwords are kept as scrypt hashes (RFC 7914, N = 2^14, r = 8, p = 1) and compared in constant time.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from infra.document_file import DocumentFile

ROLES = ("reader", "handler", "fixer", "administrator")
"""From the one that may least; each may what those before it may."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,62}")
_COST = {"n": 1 << 14, "r": 8, "p": 1}


class UsersError(ValueError):
    """A change that cannot be made, or a file that cannot be read; the text says what to do."""


@dataclass(frozen=True)
class User:
    """One user. `salt` and `password` (a hash) are hexadecimal."""

    name: str
    role: str
    salt: str
    password: str

    def may(self, role: str) -> bool:
        """Whether this user may do what a role may."""
        return ROLES.index(self.role) >= ROLES.index(role)


EVERYBODY = User("console", ROLES[-1], "", "")
"""Stands for whoever comes when there are no users."""


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")
    users: dict[str, User] = Field(default_factory=dict)


class Users:
    """Every look sees the file as it stands, so that a change holds at once."""

    def __init__(self, home: Path) -> None:
        self.path = home / "users.json"
        self._file = DocumentFile(self.path, _Document, _unreadable)

    @property
    def all(self) -> dict[str, User]:
        """Name -> user. Raises UsersError."""
        return self._file.read().users

    def put(self, name: str, role: str, password: str) -> None:
        """Add a user or change one. Raises UsersError."""
        if not _NAME.fullmatch(name):
            raise UsersError(f"{name!r} is no name: letters, digits, dots, dashes, underscores and @, at most 63")
        if role not in ROLES:
            raise UsersError(f"unknown role {role!r}: one of {', '.join(ROLES)}")
        if len(password) < 12:
            raise UsersError("a password has at least 12 characters")
        salt = secrets.token_hex(16)
        with self._file.changing() as document:
            document.users[name] = User(name, role, salt, _hash(password, salt))

    def remove(self, name: str) -> None:
        """Forget a user. Raises UsersError if there is none."""
        with self._file.changing() as document:
            if document.users.pop(name, None) is None:
                raise UsersError(f"there is no user {name!r}")

    def of(self, authorization: str) -> User | None:
        """Whose `Authorization` header this is (RFC 7617); EVERYBODY when there are no users, None for nobody."""
        known = self.all
        if not known:
            return EVERYBODY
        scheme, _, value = authorization.partition(" ")
        try:
            name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        user = known.get(name) or User("", ROLES[0], "00", "")
        same = hmac.compare_digest(_remembered(password, user.salt), user.password)
        return user if same and user.name and scheme.lower() == "basic" else None


def _unreadable(why: str) -> UsersError:
    return UsersError(f"the users cannot be read ({why}): restore it, or delete it and add the users again")


def needed_role(method: str, path: str) -> str:
    """The role that a request needs."""
    if method in ("GET", "HEAD"):
        return "reader"
    return "fixer" if path.startswith("/fixes") or path.endswith("/fix") else "handler"


@lru_cache(256)
def _remembered(password: str, salt: str) -> str:
    """The browser sends the password with each request: one costs 50 ms, so recent answers are kept."""
    return _hash(password, salt)


def _hash(password: str, salt: str) -> str:
    return hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), dklen=32, **_COST).hex()
