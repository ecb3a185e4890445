"""Fixing from the console: the plan of an image, the button, the queue with its logs."""

from __future__ import annotations

import asyncio
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from console.web.actions import Refused, ask
from schemas.messages import ActionRequested
from sinks.store import Store
from streams.clock import now_ms
from streams.fix.requests import CANCEL, FIX, RETRY, nothing_to_do
from streams.fix.stored import plans_of

SHOWN = 200
_TASKS = (
    "SELECT * FROM fixes ORDER BY state IN ('fixed', 'failed', 'cancelled'), if(state IN ('fixed', 'failed', 'cancelled'), "
    "-toUnixTimestamp(requested_at), toUnixTimestamp(requested_at)), id LIMIT {limit:UInt32}"
)


def fix_routes(store: Store, templates: Environment) -> APIRouter:
    """The routes of fixing."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    def page(name: str, **values: object) -> HTMLResponse:
        return HTMLResponse(templates.get_template(name).render(**values))

    async def task_of(task_id: str) -> dict[str, Any]:
        sql = (
            "SELECT f.*, t.log AS log FROM fixes AS f JOIN (SELECT id, log FROM fix_rows FINAL) AS t ON t.id = f.id "
            "WHERE f.id = {id:String}"
        )
        rows = await asyncio.to_thread(store.rows, sql, {"id": task_id})
        if not rows:
            raise HTTPException(404, f"There is no fix {task_id[:80]}.")
        return rows[0]

    @router.get("/images/{digest}/fix")
    async def plan_page(digest: str) -> HTMLResponse:
        images = await asyncio.to_thread(store.rows, "SELECT * FROM images WHERE image_digest = {digest:String}", {"digest": digest})
        if not images:
            raise HTTPException(404, f"No image {digest[:80]} is known here.")
        plan, upgrades = await asyncio.to_thread(plans_of, store, digest)
        return page("fix.html", image=images[0], plan=plan, upgrades=upgrades, nothing=nothing_to_do(plan))

    @router.post("/images/{digest}/fix")
    async def begin(
        request: Request, digest: str, reason: Annotated[str, Form()] = "", tag: Annotated[str, Form()] = ""
    ) -> HTMLResponse:  # fmt: skip
        wish = _request(FIX, request.state.user, subject="image", target=digest, reason=reason, tag=tag.strip())
        try:
            task_id, _ = await ask(store, request.app.state.publisher, wish)
        except Refused as error:
            return page("refusal.html", text=str(error))
        return page("fix_begun.html", task_id=task_id)

    @router.get("/fixes")
    async def queue(request: Request) -> HTMLResponse:
        tasks = await asyncio.to_thread(store.rows, _TASKS, {"limit": SHOWN})
        return page("fixes_part.html" if "hx-request" in request.headers else "fixes.html", tasks=tasks)

    @router.get("/fixes/{task_id}")
    async def one_task(request: Request, task_id: str) -> HTMLResponse:
        task = await task_of(task_id)
        return page("fix_task_part.html" if "hx-request" in request.headers else "fix_task.html", task=task, message="")

    @router.post("/fixes/{task_id}/{verb}")
    async def change(request: Request, task_id: str, verb: str) -> HTMLResponse:
        actions = {"cancel": CANCEL, "retry": RETRY}
        if verb not in actions:
            raise HTTPException(404, "There is no such page.")
        message = ""
        try:
            wish = _request(actions[verb], request.state.user, subject="fix", value=task_id, reason="from the console")
            await ask(store, request.app.state.publisher, wish)
        except Refused as error:
            message = str(error)
        return page("fix_task_part.html", task=await task_of(task_id), message=message)

    return router


def _request(action: str, actor: str, **about: str) -> ActionRequested:
    return ActionRequested(
        id=uuid.uuid4().hex, action=action, finding_id="", scope="image", actor=actor, source="console",
        requested_at=now_ms(), **about,  # type: ignore[arg-type]
    )  # fmt: skip
