"""The console: pages over the store, actions over Kafka. Server-side HTML, htmx for what moves; no build step."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import FastAPI, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, PackageLoader, select_autoescape

from console.web.pages import image_page, overview
from schemas.messages import ActionRequested, ImageRequested
from schemas.vocabulary import Cause
from sinks.decisions import SCOPES, STATUS_OF
from sinks.images import places_of
from sinks.store import Store, StoreDown
from streams.agents.step import now_ms
from streams.publisher import BrokerDown, Publisher
from streams.topics import ACTION_REQUESTS, IMAGE_EVENTS

ANSWER_WITHIN_S = 15.0
REASON_LIMIT = 2000
_SECURITY = {
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


def create_app(store: Store, broker: str, assets: Path) -> FastAPI:
    """The application. `assets` is the folder node_modules."""
    templates = Environment(
        loader=PackageLoader("console.web"), autoescape=select_autoescape(["html"]), trim_blocks=True, lstrip_blocks=True
    )
    templates.filters["size"] = human_size
    templates.filters["moment"] = moment

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with Publisher(broker, "console") as publisher:
            app.state.publisher = publisher
            yield

    app = FastAPI(title="imagerisk console", version="1", lifespan=lifespan, docs_url="/api/docs", redoc_url=None)
    app.mount("/static", StaticFiles(directory=str(files("console.web").joinpath("static"))), name="static")
    app.mount("/assets", StaticFiles(directory=assets), name="assets")

    def page(name: str, **values: object) -> HTMLResponse:
        return HTMLResponse(templates.get_template(name).render(**values))

    @app.middleware("http")
    async def guard(request: Request, call_next: object) -> Response:
        """A page of another origin must not act in the name of whoever looks at this console."""
        origin = request.headers.get("origin")
        if request.method == "POST" and origin and urlsplit(origin).netloc != request.headers.get("host"):
            return JSONResponse({"error": "the request comes from another origin"}, 403)
        response: Response = await call_next(request)  # type: ignore[operator]
        for name, value in _SECURITY.items():
            response.headers.setdefault(name, value)
        return response

    @app.exception_handler(StoreDown)
    async def store_down(request: Request, error: StoreDown) -> Response:
        if request.url.path.startswith("/api/"):
            return JSONResponse({"error": str(error)}, 503)
        return HTMLResponse(templates.get_template("trouble.html").render(title="The store does not answer", text=str(error)), 503)

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def first_page(request: Request, search: str = "", level: str = "", state: str = "", page_number: int = 1) -> HTMLResponse:
        shown = await asyncio.to_thread(overview, store, search, level, state, max(1, page_number))
        name = "images.html" if request.headers.get("hx-request") else "overview.html"
        return page(name, view=shown, search=search, level=level, state=state)

    @app.get("/images/{digest}", response_class=HTMLResponse, include_in_schema=False)
    async def one_image(request: Request, digest: str, show: str = "open") -> HTMLResponse:
        shown = await asyncio.to_thread(image_page, store, digest)
        if shown is None:
            raise HTTPException(404, "this image is not known")
        name = "image_body.html" if request.headers.get("hx-request") else "image.html"
        return page(name, view=shown, show=show, actions=[one for one in STATUS_OF if one != "reopen"], scopes=SCOPES)

    @app.post("/images/{digest}/scan", response_class=HTMLResponse, include_in_schema=False)
    async def scan_again(digest: str) -> HTMLResponse:
        await rescan(digest)
        return HTMLResponse("<p class=note role=status>asked for: the page follows the scan</p>", headers={"HX-Refresh": "true"})

    @app.post("/risks/{finding_id}/{digest}/handle", response_class=HTMLResponse, include_in_schema=False)
    async def handle(
        finding_id: str,
        digest: str,
        action: Annotated[str, Form()],
        reason: Annotated[str, Form()] = "",
        scope: Annotated[str, Form()] = "image",
        actor: Annotated[str, Form()] = "console",
    ) -> HTMLResponse:
        answer = await act(finding_id, digest, action, reason, scope, actor)
        state = "ok" if answer["state"] == "done" else "bad"
        text = f"{action}: {answer['touched']} risk(s)" if state == "ok" else answer["reason"]
        return page("answer.html", state=state, text=text)

    async def act(finding_id: str, digest: str, action: str, reason: str, scope: str, actor: str) -> dict[str, object]:
        """Publish the action and wait for its answer, which stands in the store."""
        if len(reason) > REASON_LIMIT:
            return {"state": "refused", "reason": f"the reason is longer than {REASON_LIMIT} characters", "touched": 0}
        target = digest
        if scope in ("repository", "namespace", "registry"):
            places = await asyncio.to_thread(places_of, store, digest)
            if not places:
                return {"state": "refused", "reason": "this image lies in no repository", "touched": 0}
            place = places[0]
            name = {"repository": place.repository, "namespace": place.repository.rpartition("/")[0], "registry": place.registry}[scope]
            target = name if scope == "registry" else f"{place.registry}/{name}"
        request = ActionRequested(
            id=uuid.uuid4().hex, action=action, finding_id=finding_id, scope=scope, target="" if scope == "global" else target,
            reason=reason, actor=actor[:100], requested_at=now_ms(),
        )  # fmt: skip
        try:
            await app.state.publisher.send(ACTION_REQUESTS, finding_id, request)
        except BrokerDown as error:
            return {"state": "refused", "reason": str(error), "touched": 0}
        end = time.monotonic() + ANSWER_WITHIN_S
        while time.monotonic() < end:
            rows = await asyncio.to_thread(
                store.rows, "SELECT state, answer AS reason, touched FROM actions WHERE id = {id:String}", {"id": request.id}
            )
            if rows:
                return rows[0]
            await asyncio.sleep(0.05)
        return {"state": "refused", "reason": "published, but not answered yet: look again in a moment", "touched": 0}

    async def rescan(digest: str) -> None:
        places = await asyncio.to_thread(places_of, store, digest)
        if not places:
            raise HTTPException(404, "this image lies in no repository")
        message = ImageRequested(
            registry=places[0].registry, repository=places[0].repository, reference=digest, cause=Cause.MANUAL, requested_at=now_ms()
        )
        await app.state.publisher.send(IMAGE_EVENTS, places[0].registry, message)

    @app.get("/api/v1/overview", summary="Counters and images")
    async def api_overview(search: str = "", level: str = "", state: str = "", page_number: int = 1) -> JSONResponse:
        shown = await asyncio.to_thread(overview, store, search, level, state, max(1, page_number))
        return _json({"counters": shown.counters, "images": shown.images, "total": shown.total, "page": shown.page})

    @app.get("/api/v1/images/{digest}", summary="One image: scans, layers, risks by category")
    async def api_image(digest: str) -> JSONResponse:
        shown = await asyncio.to_thread(image_page, store, digest)
        if shown is None:
            raise HTTPException(404, "this image is not known")
        return _json({"image": shown.image, "scans": shown.scans, "layers": shown.layers, "risks": shown.risks})

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app


def human_size(count: int) -> str:
    """Bytes as people read them."""
    value = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError


def moment(value: datetime | None) -> str:
    """A time to the minute, UTC."""
    return value.strftime("%Y-%m-%d %H:%M") if value and value.year > 1970 else "never"


def _json(value: object) -> JSONResponse:
    from fastapi.encoders import jsonable_encoder

    return JSONResponse(jsonable_encoder(value))
