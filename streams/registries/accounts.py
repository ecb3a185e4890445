"""The registries that may be contacted and the sources that may send events: one file in the data folder, readable by its owner only.

Webhook and agent tokens are 32 random bytes, kept as SHA-256 and compared in constant time. The password of a registry stands in the
file as it is, because it must be sent; it is never shown.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infra.document_file import DocumentFile

M = TypeVar("M", bound=BaseModel)
BRANDS = ("distribution",)
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
REFERENCE = re.compile(
    rf"(?P<path>{_PART}(?:/{_PART})*)(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9._-]{{0,127}}))?(?:@(?P<digest>sha256:[0-9a-f]{{64}}))?\Z"
)
"""Repository, tag and digest. Source: the grammar of distribution/reference; sha256 is the only digest that is verified here."""
LOCAL = "local"
"""The registry of images that were imported from archives: it lies in the data folder and is always there."""


class AccountsError(ValueError):
    """A change that cannot be made, or a file that cannot be read; the text says what to do."""


class RegistryAccount(BaseModel):
    """One registry. `url` is http(s)://host[:port]; `token_sha256` of the webhook's token."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")
    url: str
    brand: str = "distribution"
    username: str = ""
    password: str = Field("", repr=False)
    token_sha256: str = ""

    @property
    def host(self) -> str:
        """host[:port], as it stands in image references."""
        return urlsplit(self.url).netloc


class Sender(BaseModel):
    """Who may send with a token of its own: a runtime agent, or a pipeline that asks for scans."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")
    token_sha256: str


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")
    registries: dict[str, RegistryAccount] = Field(default_factory=dict)
    runtimes: dict[str, Sender] = Field(default_factory=dict)
    pipelines: dict[str, Sender] = Field(default_factory=dict)


@dataclass(frozen=True)
class Reference:
    """An image in a configured registry: `reference` is a tag or a digest."""

    registry: str
    repository: str
    reference: str


class Accounts:
    """Every look sees the file as it stands."""

    def __init__(self, home: Path) -> None:
        self.path = home / "registries.json"
        self._file = DocumentFile(self.path, _Document, AccountsError)

    @property
    def registries(self) -> dict[str, RegistryAccount]:
        """Name -> registry."""
        return self._file.read().registries

    @property
    def runtimes(self) -> dict[str, Sender]:
        """Name -> runtime agent."""
        return self._file.read().runtimes

    @property
    def pipelines(self) -> dict[str, Sender]:
        """Name -> pipeline that may ask for scans."""
        return self._file.read().pipelines

    def add_registry(self, name: str, url: str, brand: str, username: str, password: str) -> str:
        """Add a registry, or change it; returns the new token of its webhook. Raises AccountsError."""
        parts = urlsplit(url)
        if (
            parts.scheme not in ("http", "https")
            or not parts.netloc
            or parts.path not in ("", "/")
            or parts.query
            or parts.fragment
            or "@" in parts.netloc
        ):
            raise AccountsError(f"the address of a registry reads http(s)://host[:port], not {url!r}")
        if brand not in BRANDS:
            raise AccountsError(f"unknown brand {brand!r}: one of {', '.join(BRANDS)}")
        if name == LOCAL:
            raise AccountsError(f"{LOCAL!r} is the registry of imported archives: choose another name")
        token = secrets.token_urlsafe(32)
        with self._file.changing() as document:
            document.registries[name] = _checked(
                RegistryAccount,
                name=name,
                url=url.rstrip("/"),
                brand=brand,
                username=username,
                password=password,
                token_sha256=_hash(token),
            )
        return token

    def remove_registry(self, name: str) -> None:
        """Forget a registry. Raises AccountsError if there is none."""
        with self._file.changing() as document:
            if document.registries.pop(name, None) is None:
                raise AccountsError(f"there is no registry {name!r}")

    def add_runtime(self, name: str) -> str:
        """Add a runtime agent, or give it a new token; returns the token. Raises AccountsError."""
        token = secrets.token_urlsafe(32)
        with self._file.changing() as document:
            document.runtimes[name] = _checked(Sender, name=name, token_sha256=_hash(token))
        return token

    def add_pipeline(self, name: str) -> str:
        """Let a pipeline ask for scans, or give it a new token; returns the token. Raises AccountsError."""
        token = secrets.token_urlsafe(32)
        with self._file.changing() as document:
            document.pipelines[name] = _checked(Sender, name=name, token_sha256=_hash(token))
        return token

    def remove_pipeline(self, name: str) -> None:
        """Take a pipeline's token back. Raises AccountsError if there is none."""
        with self._file.changing() as document:
            if document.pipelines.pop(name, None) is None:
                raise AccountsError(f"there is no pipeline {name!r}")

    def registry_token_is(self, name: str, token: str) -> bool:
        """Whether this is the token of a registry's webhook."""
        account = self.registries.get(name)
        return hmac.compare_digest(account.token_sha256 if account else "", _hash(token))

    def runtime_of(self, token: str) -> str:
        """The name of the agent that this token belongs to, empty if none."""
        return _sender(self.runtimes, token)

    def pipeline_of(self, token: str) -> str:
        """The name of the pipeline that this token belongs to, empty if none."""
        return _sender(self.pipelines, token)

    def resolve(self, text: str) -> Reference:
        """`HOST[:PORT]/REPOSITORY[:TAG|@DIGEST]` or `NAME/REPOSITORY...` of a configured registry. Raises AccountsError."""
        first, slash, rest = text.partition("/")
        by_host = {account.host: name for name, account in self.registries.items()}
        name = by_host.get(first) or (first if first in self.registries or first == LOCAL else "")
        if not slash or not name:
            known = ", ".join(sorted([*self.registries, *by_host])) or "none"
            raise AccountsError(f"{text!r} is in no configured registry (known: {known}); add it with `imagerisk registries add`")
        found = REFERENCE.match(rest)
        if not found or len(found["path"]) > 255:
            raise AccountsError(f"{text!r} is no image reference: it reads REGISTRY/REPOSITORY[:TAG][@sha256:DIGEST], in lower case")
        return Reference(name, found["path"], found["digest"] or found["tag"] or "latest")


def _sender(known: Mapping[str, Sender], token: str) -> str:
    """Whose token this is. Everyone's is compared, in constant time."""
    hashed, found = _hash(token), ""
    for one in known.values():
        if hmac.compare_digest(one.token_sha256, hashed):
            found = one.name
    return found


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _checked(model: type[M], **values: str) -> M:
    try:
        return model(**values)
    except ValidationError as error:
        raise AccountsError(f"name {values['name']!r}: lower case letters, digits, dots, dashes and underscores, at most 63") from error
