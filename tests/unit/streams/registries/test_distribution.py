"""The registry client against a real docker-registry (open, htpasswd, token login) and against registries that misbehave."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from urllib.error import URLError

import pytest
from aiohttp import web

from schemas.vocabulary import Reason
from streams.registries import distribution
from streams.registries.accounts import RegistryAccount
from streams.registries.distribution import DistributionRegistry
from streams.registries.manifests import ImageManifest, RegistryError, parse_manifest
from tests.unit.streams.registries.made_images import Layout, digest_of, skopeo

HTPASSWD = "ci:$2b$04$abcdefghijklmnopqrstuuRrM7O8UzA8e9BLWIMuJSiJtMfZjms4W\n"  # ci-pass
needs_registry = pytest.mark.skipif(
    not (shutil.which("docker-registry") and shutil.which("skopeo")), reason="docker-registry and skopeo are not installed"
)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def docker_registry(home: Path, auth: str = "") -> Iterator[str]:
    """A registry of its own with two tags of one image; yields its address. `auth` is YAML."""
    port = free_port()
    (home / "registry.yml").write_text(
        f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {home}/data}}}}\n"
        f"http: {{addr: '127.0.0.1:{port}'}}\n{auth}"
    )
    with subprocess.Popen(
        ["docker-registry", "serve", home / "registry.yml"], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as process:
        try:
            for _ in range(200):
                with contextlib.suppress(URLError, OSError):
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5)
                    break
                time.sleep(0.05)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()


def push(home: Path, address: str, *options: str) -> Layout:
    layout = Layout(home / "oci")
    layout.name(layout.image({"srv/a": b"a" * 300_000}, {"srv/b": b"b"}), "1.0")
    for tag in ("1.0", "2.0", "3.0"):
        skopeo(*options, "--dest-tls-verify=false", f"oci:{layout.folder}:1.0", f"docker://{address}/team/app:{tag}")
    return layout


async def check_image(registry: DistributionRegistry, layout: Layout) -> None:
    await registry.ping()
    manifest = await registry.manifest("team/app", "1.0")
    assert manifest == await registry.manifest("team/app", manifest.digest)
    assert manifest.digest == layout.entries[0]["digest"]
    parsed = parse_manifest(manifest)
    assert isinstance(parsed, ImageManifest)
    for one in (parsed.config, *parsed.layers):
        assert digest_of(b"".join([chunk async for chunk in registry.blob("team/app", one.digest, one.size)])) == one.digest
    assert sorted(await registry.tags("team/app")) == ["1.0", "2.0", "3.0"]
    assert await registry.repositories() == ["team/app"]
    with pytest.raises(RegistryError, match="image_not_found"):
        await registry.manifest("team/app", "absent")
    with pytest.raises(RegistryError, match="layer_missing"):
        _ = [chunk async for chunk in registry.blob("team/app", digest_of(b"absent"), 6)]


def account(address: str, username: str = "", password: str = "") -> RegistryAccount:
    return RegistryAccount(name="test", url=f"http://{address}", username=username, password=password)


@needs_registry
def test_open_registry_with_pages(tmp_path: Path) -> None:
    async def look(address: str, layout: Layout) -> None:
        async with DistributionRegistry(account(address)) as registry:
            await check_image(registry, layout)
            for name in ("a", "zz/b"):
                await asyncio.to_thread(skopeo, "--dest-tls-verify=false", f"oci:{layout.folder}:1.0", f"docker://{address}/{name}:1")
            assert await registry._listing("/v2/_catalog?n=1", "*catalog*", "repositories") == ["a", "team/app", "zz/b"]

    with docker_registry(tmp_path) as address:
        asyncio.run(look(address, push(tmp_path, address)))


@needs_registry
def test_htpasswd(tmp_path: Path) -> None:
    (tmp_path / "htpasswd").write_text(HTPASSWD)

    async def look(address: str, layout: Layout) -> None:
        async with DistributionRegistry(account(address, "ci", "ci-pass")) as registry:
            await check_image(registry, layout)
        for wrong in (account(address), account(address, "ci", "wrong")):
            async with DistributionRegistry(wrong) as registry:
                with pytest.raises(RegistryError, match="auth_failed"):
                    await registry.manifest("team/app", "1.0")

    with docker_registry(tmp_path, f"auth: {{htpasswd: {{realm: test, path: {tmp_path}/htpasswd}}}}\n") as address:
        asyncio.run(look(address, push(tmp_path, address, "--dest-creds", "ci:ci-pass")))


class TokenServer:
    """The token login of docker-registry. Source: distribution, "Token Authentication Implementation"."""

    def __init__(self, home: Path) -> None:
        self.home, self.asked = home, 0
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=token-issuer"]
        subprocess.run([*command, "-keyout", home / "key", "-out", home / "crt"], check=True, capture_output=True)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked += 1
        if request.headers.get("Authorization") != "Basic Y2k6Y2ktcGFzcw==":
            return web.json_response({}, status=401)
        access: list[dict[str, object]] = []
        for scope in request.query.getall("scope", []):
            kind, name, actions = scope.split(":")
            access.append({"type": kind, "name": name, "actions": actions.split(",")})
        return web.json_response({"token": self._token(request.query["service"], access), "expires_in": 300})

    def _token(self, service: str, access: list[dict[str, object]]) -> str:
        pem = (self.home / "crt").read_text().split("-----")[2]
        header = {"alg": "RS256", "typ": "JWT", "x5c": ["".join(pem.split())]}
        now = int(time.time())
        claims = {
            "iss": "token-issuer",
            "sub": "ci",
            "aud": service,
            "exp": now + 300,
            "nbf": now - 5,
            "iat": now,
            "jti": "1",
            "access": access,
        }
        parts = ".".join(_base64(json.dumps(part).encode()) for part in (header, claims))
        signed = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", self.home / "key"], input=parts.encode(), capture_output=True, check=True
        )
        return f"{parts}.{_base64(signed.stdout)}"


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@contextlib.asynccontextmanager
async def serving(port: int = 0, **handlers: Handler) -> AsyncIterator[str]:
    """A server of our own; handler `token` answers /token, `rest` everything else."""
    app = web.Application()
    for name, handler in handlers.items():
        app.router.add_route("*", "/{path:.*}" if name == "rest" else f"/{name}", handler)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    try:
        yield f"127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@needs_registry
def test_token_login(tmp_path: Path) -> None:
    tokens, port = TokenServer(tmp_path), free_port()

    async def look(address: str) -> None:
        async with serving(port, token=tokens.answer):
            layout = await asyncio.to_thread(push, tmp_path, address, "--dest-creds", "ci:ci-pass")
            tokens.asked = 0
            async with DistributionRegistry(account(address, "ci", "ci-pass")) as registry:
                await check_image(registry, layout)
                assert tokens.asked <= 3  # one for each scope, not one for each request
            async with DistributionRegistry(account(address, "ci", "wrong")) as registry:
                with pytest.raises(RegistryError, match="auth_failed"):
                    await registry.manifest("team/app", "1.0")

    auth = f"{{realm: 'http://127.0.0.1:{port}/token', service: registry.test, issuer: token-issuer, rootcertbundle: {tmp_path}/crt}}"
    with docker_registry(tmp_path, f"auth: {{token: {auth}}}\n") as address:
        asyncio.run(look(address))


def outcome(handler: Handler, ask: Callable[[DistributionRegistry], Awaitable[object]], username: str = "") -> object:
    """What comes of one question to a registry of our own: the answer or the RegistryError."""

    async def run() -> object:
        async with serving(rest=handler) as address, DistributionRegistry(account(address, username, "secret")) as registry:
            try:
                return await ask(registry)
            except RegistryError as error:
                return error

    return asyncio.run(run())


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting is not what is tested."""
    real = asyncio.sleep
    monkeypatch.setattr("asyncio.sleep", lambda seconds: real(0))


@pytest.mark.parametrize(
    ("status", "reason"),
    [(403, Reason.AUTH_FAILED), (404, Reason.IMAGE_NOT_FOUND), (429, Reason.THROTTLED), (500, Reason.REGISTRY_UNREACHABLE),
     (503, Reason.REGISTRY_UNREACHABLE), (400, Reason.REGISTRY_UNREACHABLE), (401, Reason.AUTH_FAILED)],
)  # fmt: skip
@pytest.mark.usefixtures("hurried")
def test_refusals(status: int, reason: Reason) -> None:
    asked = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=status, headers={"Retry-After": "17"})

    error = outcome(handler, lambda registry: registry.manifest("a", "1"))
    assert isinstance(error, RegistryError)
    assert error.reason == reason
    assert len(asked) <= distribution.TRIES
    assert (error.retry_after_s is None) == (status < 429)
    assert error.retry_after_s == 17 or status != 429


@pytest.mark.usefixtures("hurried")
def test_a_passing_failure_is_asked_again() -> None:
    answers = iter([503, 200])

    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=next(answers), body=b"{}", content_type="application/json")

    manifest = outcome(handler, lambda registry: registry.manifest("a", "1"))
    assert not isinstance(manifest, RegistryError)


def test_another_manifest_than_asked_for() -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(body=b"{}")

    error = outcome(handler, lambda registry: registry.manifest("a", digest_of(b"other")))
    assert isinstance(error, RegistryError) and error.reason == Reason.DIGEST_MISMATCH


@pytest.mark.usefixtures("hurried")
def test_endless_answers_are_cut() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while True:
                await response.write(bytes(1 << 20))
        return response

    async def blob(registry: DistributionRegistry) -> int:
        return sum([len(chunk) async for chunk in registry.blob("a", digest_of(b"x"), 5 << 20)])

    questions: tuple[Callable[[DistributionRegistry], Awaitable[object]], ...] = (
        lambda registry: registry.manifest("a", "1"), lambda registry: registry.tags("a"), blob,
    )  # fmt: skip
    errors = [outcome(handler, question) for question in questions]
    assert all(isinstance(error, RegistryError) for error in errors)
    assert isinstance(errors[-1], RegistryError) and errors[-1].reason == Reason.SIZE_MISMATCH


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("resumes", [True, False])
def test_a_broken_connection_is_taken_up_where_it_broke(resumes: bool) -> None:
    data = bytes(range(256)) * 8000
    asked: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        wanted = request.headers.get("Range", "")
        asked.append(wanted)
        if wanted and resumes:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            return web.Response(status=206, body=data[start:])
        response = web.StreamResponse(headers={"Content-Length": str(len(data))})
        await response.prepare(request)
        await response.write(data[: len(data) // 2])
        await asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.2)
        assert request.transport is not None
        request.transport.abort()
        return response

    async def blob(registry: DistributionRegistry) -> bytes:
        return b"".join([chunk async for chunk in registry.blob("a", digest_of(data), len(data))])

    answer = outcome(handler, blob)
    if resumes:
        assert answer == data
        assert len(asked) == 2 and asked[1].startswith("bytes=")
    else:
        assert isinstance(answer, RegistryError) and answer.reason == Reason.REGISTRY_UNREACHABLE
        assert len(asked) <= 4


def test_credentials_do_not_follow_a_redirect_to_another_origin() -> None:
    data, seen = b"blob", {}

    async def run() -> None:
        async def storage(request: web.Request) -> web.Response:
            seen["storage"] = request.headers.get("Authorization")
            return web.Response(body=data)

        async with serving(rest=storage) as elsewhere:

            async def handler(request: web.Request) -> web.Response:
                seen["registry"] = request.headers.get("Authorization")
                if not seen["registry"]:
                    return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="test"'})
                raise web.HTTPTemporaryRedirect(f"http://{elsewhere}/blob")

            async with serving(rest=handler) as address, DistributionRegistry(account(address, "ci", "secret")) as registry:
                assert b"".join([chunk async for chunk in registry.blob("a", digest_of(data), len(data))]) == data

    asyncio.run(run())
    assert seen == {"registry": "Basic Y2k6c2VjcmV0", "storage": None}


@pytest.mark.parametrize("realm", ["http://token.example.org/token", "ftp://127.0.0.1/token", "", "//x"])
def test_unsafe_token_servers_are_not_asked(realm: str) -> None:
    async def run() -> RegistryError:
        secure = RegistryAccount(name="test", url="https://registry.example.org", username="ci", password="secret")
        async with DistributionRegistry(secure) as registry:
            with pytest.raises(RegistryError) as caught:
                await registry._fetch_token(f'Bearer realm="{realm}",service="s"', "repository:a:pull")
            return caught.value

    assert asyncio.run(run()).reason == Reason.AUTH_FAILED


def test_nobody_there() -> None:
    async def run() -> RegistryError:
        async with DistributionRegistry(account(f"127.0.0.1:{free_port()}")) as registry:
            with pytest.raises(RegistryError) as caught:
                await registry.ping()
            return caught.value

    error = asyncio.run(run())
    assert error.reason == Reason.REGISTRY_UNREACHABLE and error.retry_after_s
