"""A client of the registry HTTP API. Source: OCI distribution-spec 1.1; token login: distribution's "Token Authentication Specification".

Only the configured address is contacted, and the token server that it names over the same or a safer scheme. Credentials never follow a
redirect to another origin. Every answer is bounded in size and time.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
import orjson

from schemas.vocabulary import Reason
from streams.gateway.distribution import OWN_AGENT
from streams.registries.accounts import RegistryAccount
from streams.registries.manifests import ACCEPT, OCI_INDEX, Manifest, RegistryError

MANIFEST_LIMIT_BYTES = 4 << 20
LISTING_LIMIT_BYTES = 8 << 20
LISTING_PAGES = 1000
REFERRER_PAGES = 10
ASK_REFERRERS_AGAIN_S = 600.0
CHUNK_BYTES = 1 << 20
TRIES = 3
IDLE_S, MANIFEST_S, BLOB_S = 30.0, 60.0, 3000.0
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_PASSING = frozenset({500, 502, 503, 504, 408})


class DistributionRegistry:
    """One configured registry. Use as an async context manager; safe for concurrent calls on one loop."""

    def __init__(self, account: RegistryAccount) -> None:
        self.account = account
        self._tokens: dict[str, tuple[str, float]] = {}
        self._session: aiohttp.ClientSession | None = None
        self._no_referrers_until = 0.0

    async def __aenter__(self) -> DistributionRegistry:
        timeout = aiohttp.ClientTimeout(total=None, connect=10, sock_read=IDLE_S)
        self._session = aiohttp.ClientSession(timeout=timeout, auto_decompress=False, headers={"User-Agent": f"{OWN_AGENT}/1"})
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._session:
            await self._session.close()

    async def ping(self) -> None:
        """Ask for the API's root. Raises RegistryError."""
        async with self._get("/v2/", "") as answer:
            await _limited(answer, LISTING_LIMIT_BYTES)

    async def manifest(self, repository: str, reference: str) -> Manifest:
        """The manifest or index behind a tag or digest, its digest verified. Raises RegistryError."""
        path = f"/v2/{repository}/manifests/{reference}"
        async with asyncio.timeout(MANIFEST_S), self._get(path, repository, {"Accept": ACCEPT}) as answer:
            body = await _limited(answer, MANIFEST_LIMIT_BYTES)
            media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip()
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        if reference.startswith("sha256:") and digest != reference:
            raise RegistryError(Reason.DIGEST_MISMATCH, f"asked for the manifest {reference}, got one with {digest}")
        return Manifest(body, media_type, digest)

    async def blob(self, repository: str, digest: str, size: int) -> AsyncIterator[bytes]:
        """The bytes of a blob as they come; a broken connection is taken up again where it broke. Not verified here: the reader hashes.

        Raises RegistryError; size_mismatch as soon as more than `size` bytes came."""
        got, end, failures = 0, time.monotonic() + BLOB_S, 0
        while True:
            headers = {"Range": f"bytes={got}-"} if got else {}
            try:
                async with self._get(f"/v2/{repository}/blobs/{digest}", repository, headers) as answer:
                    if got and answer.status != 206:
                        raise RegistryError(Reason.REGISTRY_UNREACHABLE, "the connection broke and the registry cannot resume", 5.0)
                    async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
                        got += len(chunk)
                        if got > size:
                            raise RegistryError(Reason.SIZE_MISMATCH, f"blob {digest} is longer than the {size} bytes of its manifest")
                        if time.monotonic() > end:
                            raise RegistryError(Reason.TIMEOUT, f"blob {digest} took longer than {BLOB_S:.0f} s", 60.0)
                        yield chunk
                if got == size:
                    return
                raise RegistryError(Reason.SIZE_MISMATCH, f"blob {digest} has {got} bytes, its manifest says {size}")
            except (aiohttp.ClientPayloadError, aiohttp.ClientConnectionError, TimeoutError) as error:
                failures += 1
                if failures > TRIES:
                    raise RegistryError(Reason.REGISTRY_UNREACHABLE, f"blob {digest} broke off at {got} bytes: {error!r}", 5.0) from error
                await asyncio.sleep(0.2 * 2**failures)

    async def referrers(self, repository: str, digest: str) -> list[dict[str, Any]] | None:
        """Descriptors of what is attached to a manifest; None where the registry does not tell by this way. Source: OCI distribution-spec
        1.1, "Listing Referrers". Raises RegistryError if it does not answer or refuses us."""
        if time.monotonic() < self._no_referrers_until:
            return None
        path = f"/v2/{repository}/referrers/{digest}"
        found: list[dict[str, Any]] = []
        for _ in range(REFERRER_PAGES):
            try:
                async with self._get(path, repository, {"Accept": OCI_INDEX}) as answer:
                    body, link = await _limited(answer, MANIFEST_LIMIT_BYTES), answer.headers.get("Link", "")
            except RegistryError as error:
                if error.retry_after_s is not None or error.reason == Reason.AUTH_FAILED:
                    raise
                self._no_referrers_until = time.monotonic() + ASK_REFERRERS_AGAIN_S
                return None
            try:
                listed = orjson.loads(body)["manifests"]
                found += [one for one in listed if isinstance(one, dict)]
            except (orjson.JSONDecodeError, KeyError, TypeError):
                return None
            if not (path := self._following(path, link)):
                break
        return found

    async def tags(self, repository: str) -> list[str]:
        """All tags of a repository."""
        return await self._listing(f"/v2/{repository}/tags/list?n=1000", repository, "tags")

    async def repositories(self) -> list[str]:
        """All repositories that the registry lists."""
        return await self._listing("/v2/_catalog?n=1000", "", "repositories")

    async def _listing(self, path: str, repository: str, field: str) -> list[str]:
        found: list[str] = []
        for _ in range(LISTING_PAGES):
            scope = repository if repository else "*catalog*"
            async with self._get(path, scope) as answer:
                body, link = await _limited(answer, LISTING_LIMIT_BYTES), answer.headers.get("Link", "")
            try:
                found += [str(name) for name in orjson.loads(body).get(field) or ()]
            except (orjson.JSONDecodeError, AttributeError, TypeError) as error:
                raise RegistryError(Reason.REGISTRY_UNREACHABLE, f"the listing {path} is no JSON list", 60.0) from error
            if not (path := self._following(path, link)):
                break
        return found

    def _following(self, path: str, link: str) -> str:
        """The path of the next page, empty if there is none. It stays on this registry, whatever the header says."""
        following = re.match(r"\s*<([^>]+)>", link)
        if not following:
            return ""
        target = urlsplit(urljoin(self.account.url + path, following.group(1)))
        return f"{target.path}?{target.query}"

    @asynccontextmanager
    async def _get(self, path: str, repository: str, headers: Mapping[str, str] | None = None) -> AsyncIterator[aiohttp.ClientResponse]:
        """One GET with login and bounded retries."""
        assert self._session is not None, "use the registry as an async context manager"
        scope = _scope(repository)
        last: RegistryError | None = None
        for attempt in range(TRIES):
            try:
                response = await self._once(path, scope, headers or {})
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                last = RegistryError(Reason.REGISTRY_UNREACHABLE, f"{self.account.url} does not answer: {error!r}", 5.0)
                await asyncio.sleep(0.3 * 2**attempt)
                continue
            async with response:
                last = self._error(response, path)
                if last is None:
                    yield response
                    return
            if last.retry_after_s is None or attempt == TRIES - 1:
                break
            await asyncio.sleep(min(last.retry_after_s, 5.0))
        assert last is not None
        raise last

    async def _once(self, path: str, scope: str, headers: Mapping[str, str]) -> aiohttp.ClientResponse:
        assert self._session is not None
        response = await self._session.get(self.account.url + path, headers={**headers, **self._login(scope)}, max_redirects=5)
        if response.status != 401:
            return response
        challenge = response.headers.get("WWW-Authenticate", "")
        response.release()
        if challenge.lower().startswith("bearer"):
            await self._fetch_token(challenge, scope)
        elif not (challenge.lower().startswith("basic") and self.account.username):
            return response
        return await self._session.get(self.account.url + path, headers={**headers, **self._login(scope, True)}, max_redirects=5)

    def _login(self, scope: str, challenged: bool = False) -> dict[str, str]:
        token, expires = self._tokens.get(scope, ("", 0.0))
        if token and time.monotonic() < expires:
            return {"Authorization": f"Bearer {token}"}
        if self.account.username and (challenged or not self._tokens):
            return {"Authorization": self._basic()}
        return {}

    def _basic(self) -> str:
        pair = f"{self.account.username}:{self.account.password}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"

    async def _fetch_token(self, challenge: str, scope: str) -> None:
        assert self._session is not None
        wanted = dict(_CHALLENGE.findall(challenge))
        realm = urlsplit(wanted.get("realm", ""))
        if realm.scheme not in ("http", "https") or (realm.scheme == "http" and not self._plain_allowed(realm.hostname or "")):
            raise RegistryError(Reason.AUTH_FAILED, f"the token server {wanted.get('realm', '')[:200]!r} is not on a safe address")
        asked = {"service": wanted.get("service", ""), "scope": wanted.get("scope", "") or scope}
        query = {name: value for name, value in asked.items() if value}
        headers = {"Authorization": self._basic()} if self.account.username else {}
        async with self._session.get(wanted["realm"], params=query, headers=headers, allow_redirects=False) as answer:
            body = await _limited(answer, 1 << 20)
            if answer.status != 200:
                raise RegistryError(Reason.AUTH_FAILED, f"the token server answered {answer.status}")
        try:
            document = orjson.loads(body)
            token = str(document.get("token") or document["access_token"])
            lifetime = float(document.get("expires_in") or 60)
        except (orjson.JSONDecodeError, KeyError, AttributeError, TypeError, ValueError) as error:
            raise RegistryError(Reason.AUTH_FAILED, "the token server's answer holds no token") from error
        self._tokens[scope] = (token, time.monotonic() + max(10.0, lifetime - 5))

    def _plain_allowed(self, host: str) -> bool:
        return host in _LOOPBACK or urlsplit(self.account.url).scheme == "http"

    def _error(self, answer: aiohttp.ClientResponse, path: str) -> RegistryError | None:
        status = answer.status
        if status in (200, 206):
            return None
        what = f"{self.account.url}{path.partition('?')[0]} answered {status}"
        if status in (401, 403):
            return RegistryError(Reason.AUTH_FAILED, f"{what}: check the user and the password of registry {self.account.name!r}")
        if status == 404:
            return RegistryError(Reason.IMAGE_NOT_FOUND if "/manifests/" in path else Reason.LAYER_MISSING, what)
        if status == 429:
            return RegistryError(Reason.THROTTLED, what, _seconds(answer.headers.get("Retry-After", "")))
        if status in _PASSING:
            return RegistryError(Reason.REGISTRY_UNREACHABLE, what, 2.0)
        return RegistryError(Reason.REGISTRY_UNREACHABLE, what)


def _scope(repository: str) -> str:
    if repository == "*catalog*":
        return "registry:catalog:*"
    return f"repository:{repository}:pull" if repository else ""


def _seconds(value: str) -> float:
    return min(float(value), 300.0) if value.isdigit() else 5.0


async def _limited(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_chunked(64 << 10):
        body += chunk
        if len(body) > limit:
            raise RegistryError(Reason.UNSUPPORTED_MANIFEST, f"the answer is larger than {limit} bytes")
    return bytes(body)
