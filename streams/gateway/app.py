"""The gateway: HTTP intake of registries, runtime agents and scan requests. It answers 202 only once the broker has the raw body."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, Counter, generate_latest
from pydantic import BaseModel, Field, ValidationError
from starlette.responses import Response

from schemas.messages import ContainerReport, ImageRequested, Message, RegistryNotification
from schemas.vocabulary import Cause
from streams.clock import now_ms
from streams.gateway import distribution, runtime
from streams.gateway.events import BadNotification
from streams.gateway.limits import BODY_LIMIT_BYTES, Rate, too_deep
from streams.publisher import BrokerDown, Publisher
from streams.registries.accounts import Accounts, AccountsError
from streams.topics import CONTAINER_EVENTS, IMAGE_EVENTS, Topic

log = structlog.get_logger(__name__)
BRANDS: Mapping[str, Callable[[bytes], int]] = {"distribution": distribution.check}
JSON_TYPES = frozenset({"application/json"})
ANSWERS = Counter("imagerisk_gateway_answers_total", "Answers of the gateway", ["source", "status"])


class Refused(Exception):
    """A request that is not accepted: status and a reason for the sender."""

    def __init__(self, status: int, reason: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(reason)
        self.status, self.reason, self.headers = status, reason, dict(headers or {})


class ScanWanted(BaseModel):
    """The body of POST /v1/scans: an image of a configured registry."""

    reference: str = Field(min_length=1, max_length=1024, description="HOST/REPOSITORY:TAG, or NAME/REPOSITORY@DIGEST")


def create_app(accounts: Accounts, broker: str, per_s: float = 200.0) -> FastAPI:
    """The application. `per_s` bounds the requests of one sender."""
    rate = Rate(per_s, per_s * 5)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with Publisher(broker, "gateway") as publisher:
            app.state.publisher = publisher
            yield

    app = FastAPI(title="imagerisk gateway", version="1", lifespan=lifespan, docs_url="/docs", redoc_url=None)

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> JSONResponse:
        ANSWERS.labels(request.url.path.split("/")[3] if request.url.path.count("/") > 2 else "", error.status).inc()
        return JSONResponse({"error": error.reason}, error.status, error.headers)

    async def publish(topic: Topic, key: str, message: Message) -> JSONResponse:
        try:
            trace = await asyncio.wait_for(app.state.publisher.send(topic, key, message), 15)
        except (BrokerDown, TimeoutError) as error:
            raise Refused(503, "the message broker does not answer: send it again later", {"Retry-After": "5"}) from error
        ANSWERS.labels(topic.name, 202).inc()
        return JSONResponse({"accepted": True, "trace": trace}, 202)

    @app.post("/v1/events/registry/{name}", status_code=202, summary="Notifications of a configured registry")
    async def registry_events(name: str, request: Request) -> JSONResponse:
        account = accounts.registries.get(name)
        token = bearer(request)
        if account is None:
            raise Refused(404, f"no registry is configured under the name {name[:100]!r}")
        if not token or not accounts.registry_token_is(name, token):
            raise Refused(401, "the token is missing or wrong", {"WWW-Authenticate": "Bearer"})
        admit(rate, f"registry {name}")
        body = await read_json(request, distribution.CONTENT_TYPES | JSON_TYPES)
        try:
            BRANDS[account.brand](body)
        except BadNotification as error:
            raise Refused(400, str(error)) from error
        return await publish(IMAGE_EVENTS, name, RegistryNotification(registry=name, brand=account.brand, body=body, received_at=now_ms()))

    @app.post(
        "/v1/events/runtime",
        status_code=202,
        summary="A container started or stopped",
        openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": _inline(runtime.RuntimeEvent)}}}},
    )
    async def runtime_events(request: Request) -> JSONResponse:
        agent = accounts.runtime_of(bearer(request))
        if not agent:
            raise Refused(401, "the token is missing or wrong", {"WWW-Authenticate": "Bearer"})
        admit(rate, f"runtime {agent}")
        body = await read_json(request, JSON_TYPES)
        try:
            runtime.parse(body)
        except BadNotification as error:
            raise Refused(400, str(error)) from error
        return await publish(CONTAINER_EVENTS, agent, ContainerReport(agent=agent, body=body, received_at=now_ms()))

    @app.post(
        "/v1/scans",
        status_code=202,
        summary="Scan an image of a configured registry now",
        openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": _inline(ScanWanted)}}}},
    )
    async def scans(request: Request) -> JSONResponse:
        token = bearer(request)
        if not token or not accounts.pipeline_of(token):
            raise Refused(401, "the token is missing or wrong", {"WWW-Authenticate": "Bearer"})
        admit(rate, "scans")
        body = await read_json(request, JSON_TYPES)
        try:
            wanted = accounts.resolve(ScanWanted.model_validate_json(body).reference)
        except (ValidationError, AccountsError) as error:
            raise Refused(400, str(error).splitlines()[0]) from error
        message = ImageRequested(
            registry=wanted.registry, repository=wanted.repository, reference=wanted.reference, cause=Cause.MANUAL, requested_at=now_ms()
        )
        return await publish(IMAGE_EVENTS, wanted.registry, message)

    @app.get("/healthz", summary="Whether the gateway answers")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return app


def bearer(request: Request) -> str:
    """The token of the request, empty if there is none."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def admit(rate: Rate, source: str) -> None:
    """Refuse a source that sends too fast."""
    if not rate.allows(source):
        raise Refused(429, "too many requests: send slower", {"Retry-After": "1"})


async def read_json(request: Request, kinds: frozenset[str]) -> bytes:
    """The body, of one of these content types and within the limits. Raises Refused."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in kinds:
        raise Refused(415, f"content type {kind[:100]!r} is not taken here: one of {', '.join(sorted(kinds))}")
    announced = request.headers.get("content-length", "0")
    body = bytearray()
    if not announced.isdigit() or int(announced) <= BODY_LIMIT_BYTES:
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_LIMIT_BYTES:
                break
    if len(body) > BODY_LIMIT_BYTES or (announced.isdigit() and int(announced) > BODY_LIMIT_BYTES):
        raise Refused(413, f"the body is larger than {BODY_LIMIT_BYTES} bytes", {"Connection": "close"})
    if too_deep(bytes(body)):
        raise Refused(400, "the JSON is nested too deep")
    return bytes(body)


def _inline(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of a model with its definitions in place, as OpenAPI wants it for a body that is read raw."""
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})
    for field in schema.get("properties", {}).values():
        name = str(field.get("$ref", "")).rpartition("/")[2]
        if name in definitions:
            field.pop("$ref")
            field.update(definitions[name])
    return schema
