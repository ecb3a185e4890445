"""Who wants which changes: one file in the data folder, readable by its owner only, as it holds the secrets that sign.

A secret is shown when it is made and never again.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from infra.document_file import DocumentFile, first_problem
from schemas.vocabulary import CategoryId, Level

KINDS = ("opened", "reopened", "closed", "status", "priority", "action")
"""What can be subscribed to: the kinds of RiskChanged, and the answers of actions."""
LEVELS = (Level.LOW, Level.MEDIUM, Level.HIGH)
SECRET_HEAD = "whsec_"  # noqa: S105 (the head of every secret, no secret)


class SubscriptionError(ValueError):
    """A change that cannot be made, or a file that cannot be read; the text says what to do."""


class Subscription(BaseModel):
    """One address and what it wants; an empty selection means all. `since` is when it was added (ms); `id` differs when a name is used
    again. `severity` is the lowest level: low, medium or high. `repositories` are patterns with * of `repository` or
    `registry/repository`, so `team/*` is a namespace."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")
    id: str
    url: str
    secret: str = Field(repr=False)
    since: int
    kinds: tuple[str, ...] = ()
    categories: tuple[CategoryId, ...] = ()
    severity: Level = Level.LOW
    priorities: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    paused: bool = False

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or parts.fragment:
            raise ValueError("an address reads http(s)://host[:port]/path, without a user or password in it")
        return value

    @field_validator("kinds")
    @classmethod
    def _kinds(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := set(value) - set(KINDS):
            raise ValueError(f"unknown kind {sorted(unknown)[0]!r}: one of {', '.join(KINDS)}")
        return value

    @field_validator("secret")
    @classmethod
    def _secret(cls, value: str) -> str:
        key_of(value)
        return value

    @property
    def shown(self) -> dict[str, object]:
        """Everything but the secret and the query of the address, which often is one too."""
        values = self.model_dump(mode="json", exclude={"secret", "id"})
        address, query, _ = self.url.partition("?")
        return {**values, "url": address + ("?***" if query else "")}

    def wants(self, kind: str, category: str, severity: str, priority: str, places: tuple[tuple[str, str], ...]) -> bool:
        """Whether a change fits. `places` are the (registry, repository) in which its image lies."""
        return (
            (not self.kinds or kind in self.kinds)
            and (not self.categories or category in self.categories)
            and (self.severity is Level.LOW or (severity in list(Level) and Level(severity).rank >= self.severity.rank))
            and (not self.priorities or priority in self.priorities)
            and (not self.repositories or any(self._lies_in(*place) for place in places))
        )

    def _lies_in(self, registry: str, repository: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in self.repositories for name in (repository, f"{registry}/{repository}"))


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")
    subscriptions: dict[str, Subscription] = Field(default_factory=dict)


class Subscriptions:
    """Every look sees the file as it stands."""

    def __init__(self, home: Path) -> None:
        self._file = DocumentFile(home / "webhooks.json", _Document, SubscriptionError)

    @property
    def all(self) -> dict[str, Subscription]:
        """Name -> subscription. Raises SubscriptionError for a file that cannot be read."""
        return self._file.read().subscriptions

    def add(self, name: str, url: str, since: int, secret: str = "", **selection: object) -> Subscription:
        """Add a subscription, with a new secret if none is given. Raises SubscriptionError."""
        values = {"name": name, "url": url, "since": since, "id": secrets.token_hex(8), "secret": secret or new_secret(), **selection}
        with self._file.changing() as document:
            if name in document.subscriptions:
                raise SubscriptionError(f"there is a webhook {name!r}: remove it first, or choose another name")
            document.subscriptions[name] = _checked(values)
        return document.subscriptions[name]

    def pause(self, name: str, paused: bool) -> None:
        """Stop or resume sending; changes wait meanwhile. Raises SubscriptionError if there is no such subscription."""
        with self._file.changing() as document:
            document.subscriptions[name] = _known(document, name).model_copy(update={"paused": paused})

    def remove(self, name: str) -> None:
        """Forget a subscription: what waits for it is not sent any more. Raises SubscriptionError if there is none."""
        with self._file.changing() as document:
            del document.subscriptions[_known(document, name).name]

    def named(self, name: str) -> Subscription:
        """The subscription of a name. Raises SubscriptionError."""
        return _known(self._file.read(), name)


def new_secret() -> str:
    """A secret of 32 random bytes, as Standard Webhooks writes it."""
    return SECRET_HEAD + base64.b64encode(secrets.token_bytes(32)).decode()


def key_of(secret: str) -> bytes:
    """The key that a secret stands for: 24 to 64 bytes (Standard Webhooks, "Signature scheme"). Raises ValueError."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_HEAD), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(SECRET_HEAD) or not 24 <= len(key) <= 64:
        raise ValueError(f"a secret reads {SECRET_HEAD} and the base64 of 24 to 64 bytes")
    return key


def _known(document: _Document, name: str) -> Subscription:
    if name not in document.subscriptions:
        raise SubscriptionError(f"there is no webhook {name!r}: `imagerisk webhooks list`")
    return document.subscriptions[name]


def _checked(values: dict[str, object]) -> Subscription:
    try:
        return Subscription.model_validate(values)
    except ValidationError as error:
        raise SubscriptionError(first_problem(error)) from error
