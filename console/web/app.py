"""The console: pages over the store, actions over Kafka. Server-side HTML, htmx for what moves; no build step.

Put together here: views.py has the pages, api.py the same as JSON, pages.py what they show, actions.py what people do.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from console.web.api import api_routes
from console.web.fixing import fix_routes
from console.web.language import LANGUAGE, keep_choice, language_of
from console.web.rendering import make_templates
from console.web.users import Users, UsersError, needed_role
from console.web.views import page_routes
from sinks.store import Store, StoreDown, StoreError
from streams.publisher import Publisher

STORE_PATIENCE_S = 5.0
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_STARTED = "Is the local system running? `imagerisk status` tells, `imagerisk up` starts it."


async def _refusal(users: Users, request: Request) -> Response | None:
    """Why somebody may not do this; the user is kept with the request else."""
    try:
        user = await asyncio.to_thread(users.of, request.headers.get("authorization", ""))
    except UsersError as error:
        return JSONResponse({"error": str(error)}, 500)
    if user is None:
        headers = {"WWW-Authenticate": 'Basic realm="imagerisk", charset="UTF-8"'}
        return JSONResponse({"error": "name and password are needed: `imagerisk users add`"}, 401, headers)
    role = needed_role(request.method, request.url.path)
    if not user.may(role):
        return HTMLResponse(f'<p class="note bad" role="alert">{user.name} is {user.role}: this needs the role {role}</p>', 403)
    request.state.user = user.name
    return None


def create_app(store: Store, broker: str, assets: Path, users: Users, language: str = "en") -> FastAPI:
    """The application. `assets` is the folder node_modules; `users` say who may do what; `language` is that of
    browsers that ask for none of ours."""
    store.patience = STORE_PATIENCE_S  # somebody is looking at an empty page meanwhile
    templates = make_templates()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with Publisher(broker, "console") as publisher:
            app.state.publisher = publisher
            yield

    app = FastAPI(title="imagerisk", version="1", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    app.mount("/static", StaticFiles(directory=str(files("console.web").joinpath("static"))), name="static")
    app.mount("/assets", StaticFiles(directory=assets), name="assets")
    app.include_router(page_routes(store, templates))
    app.include_router(fix_routes(store, templates))
    app.include_router(api_routes(store))

    @app.middleware("http")
    async def guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        """A page of another origin must not act in the name of whoever looks at this console."""
        origin = request.headers.get("origin")
        if request.method == "POST" and origin and urlsplit(origin).netloc != request.headers.get("host"):
            return JSONResponse({"error": "the request comes from another origin"}, 403)
        LANGUAGE.set(language_of(request, language))
        refusal = None if request.url.path == "/healthz" else await _refusal(users, request)
        response = refusal or await call_next(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        keep_choice(request, response)
        if not request.url.path.startswith(("/static", "/assets")):
            response.headers["Cache-Control"] = "no-store"
        return response

    def trouble(request: Request, status: int, title: str, text: str, hint: str = "") -> Response:
        if request.url.path.startswith("/api/"):
            return JSONResponse({"error": text}, status)
        return HTMLResponse(templates.get_template("trouble.html").render(title=title, text=text, hint=hint), status)

    @app.exception_handler(StoreError)
    async def store_error(request: Request, error: StoreError) -> Response:
        if isinstance(error, StoreDown):
            return trouble(request, 503, "The store does not answer", str(error), _STARTED)
        return trouble(request, 500, "The store refused a question", str(error))

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        title = "Not found" if error.status_code == 404 else "This does not work"
        text = "There is no such page." if error.detail == "Not Found" else str(error.detail)
        return trouble(request, error.status_code, title, text)

    @app.exception_handler(RequestValidationError)
    async def not_understood(request: Request, error: RequestValidationError) -> Response:
        text = "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors())
        return trouble(request, 422, "The request was not understood", text)

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app
