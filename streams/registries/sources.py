"""Where images come from, by the name of a registry: a configured registry over HTTP, or the folder of imported archives."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

from schemas.vocabulary import Reason
from streams.registries.accounts import LOCAL, Accounts
from streams.registries.distribution import DistributionRegistry
from streams.registries.local_images import LocalImages
from streams.registries.manifests import Manifest, RegistryError


class Source(Protocol):
    """What the steps need of a registry."""

    async def manifest(self, repository: str, reference: str) -> Manifest: ...

    def blob(self, repository: str, digest: str, size: int) -> AsyncIterator[bytes]: ...

    async def referrers(self, repository: str, digest: str) -> list[dict[str, Any]] | None: ...

    async def repositories(self) -> list[str]: ...

    async def tags(self, repository: str) -> list[str]: ...


class Sources:
    """Opens each registry once and keeps it; an account that changed is opened anew. Use as an async context manager."""

    def __init__(self, accounts: Accounts, home: Path) -> None:
        self.accounts, self._home = accounts, home
        self._stack = AsyncExitStack()
        self._open: dict[str, DistributionRegistry] = {}

    async def __aenter__(self) -> Sources:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def open(self, name: str) -> Source:
        """The registry of this name. Raises RegistryError for one that is not configured: nothing else is ever contacted."""
        if name == LOCAL:
            return LocalImages(self._home / "images")
        account = self.accounts.registries.get(name)
        if account is None:
            raise RegistryError(Reason.IMAGE_NOT_FOUND, f"registry {name!r} is not configured (any more)")
        known = self._open.get(name)
        if known is None or known.account != account:
            known = self._open[name] = await self._stack.enter_async_context(DistributionRegistry(account))
        return known
