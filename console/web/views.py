"""The pages and their moving parts. A request by htmx gets the part that changes, any other the whole page."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from console.web.actions import Handling, Refused, handle, reach, scan_again
from console.web.language import say
from console.web.pages import ImagePage, image_page, more_risks, one_risk, overview
from sinks.decisions import SCOPES, STATUS_OF
from sinks.store import Store

SELECTED = 500
"""Risks that are handled in one go."""
ACTIONS = tuple(one for one in STATUS_OF if one != "reopen")


def page_routes(store: Store, templates: Environment) -> APIRouter:
    """The routes of all pages."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    def page(name: str, **values: object) -> HTMLResponse:
        return HTMLResponse(templates.get_template(name).render(actions=ACTIONS, scopes=SCOPES, **values))

    async def known_image(digest: str, show: str) -> ImagePage:
        shown = await asyncio.to_thread(image_page, store, digest, show)
        if shown is None:
            raise HTTPException(404, f"No image {digest[:80]} is known here.")
        return shown

    @router.get("/")
    async def first_page(
        request: Request, search: str = "", level: str = "", state: str = "",
        page_number: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    ) -> HTMLResponse:  # fmt: skip
        shown = await asyncio.to_thread(overview, store, search, level, state, page_number)
        part = "hx-request" in request.headers and "hx-history-restore-request" not in request.headers
        return page("images_part.html" if part else "overview.html", view=shown, search=search, level=level, state=state)

    @router.get("/api")
    async def api_page(request: Request) -> HTMLResponse:
        return page("api.html", paths=request.app.openapi()["paths"])

    @router.get("/images/{digest}")
    async def one_image(digest: str, show: str = "open") -> HTMLResponse:
        return page("image.html", view=await known_image(digest, show), show=show, message="")

    @router.get("/images/{digest}/live")
    async def live(digest: str, show: str = "open", ended: str = "") -> HTMLResponse:
        """Progress, and the categories that came to rest since the page last asked."""
        return page("live_part.html", view=await known_image(digest, show), show=show, before=ended.split(","), message="")

    @router.get("/images/{digest}/risks/{category}")
    async def more(digest: str, category: str, show: str = "open", begin: Annotated[int, Query(ge=0, le=10_000_000)] = 0) -> HTMLResponse:
        part = await asyncio.to_thread(more_risks, store, digest, category, show, begin)
        return page("risk_rows.html", part=part, show=show, digest=digest)

    @router.post("/images/{digest}/scan")
    async def scan(request: Request, digest: str, show: str = "open") -> HTMLResponse:
        message = ""
        try:
            await scan_again(store, request.app.state.publisher, digest)
        except Refused as error:
            message = str(error)
        return page("live_part.html", view=await known_image(digest, show), show=show, before=[], message=message)

    @router.post("/images/{digest}/handle")
    async def handle_selected(
        request: Request, digest: str, category: str, action: Annotated[str, Form()], finding: Annotated[list[str] | None, Form()] = None,
        show: str = "open", reason: Annotated[str, Form()] = "", scope: Annotated[str, Form()] = "image",
        expires: Annotated[str, Form()] = "",
    ) -> HTMLResponse:  # fmt: skip
        """The list of the category as it stands afterwards, with what was done and what was refused."""
        wishes = [Handling(one, digest, action, scope, reason, request.state.user, expires) for one in (finding or [])[:SELECTED]]
        asked = [handle(store, request.app.state.publisher, one) for one in wishes]
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        done = sum(isinstance(one, int) for one in outcomes)
        refused = sorted({str(one) for one in outcomes if isinstance(one, Refused)})
        if broken := next((one for one in outcomes if isinstance(one, BaseException) and not isinstance(one, Refused)), None):
            raise broken
        answers = [
            (say("{action}: {done} of {count} selected", action=say(action), done=done, count=len(wishes)), done == len(wishes) > 0),
            *((text, False) for text in refused),
        ]
        part = next((one for one in (await known_image(digest, show)).parts if one.category == category), None)
        if part is None:
            raise HTTPException(404, "There is no such category.")
        return page("section_part.html", part=part, show=show, digest=digest, answers=answers)

    @router.get("/risks/{finding_id}/{digest}/reach")
    async def reach_of(
        finding_id: str, digest: str, action: str, scope: str = "image", reason: str = "", expires: str = ""
    ) -> HTMLResponse:  # fmt: skip
        """What applying the form would touch."""
        try:
            risks, images = await reach(store, Handling(finding_id, digest, action, scope, reason, "console", expires))
        except Refused as error:
            return page("refusal.html", text=str(error))
        return page("reach.html", risks=risks, images=images)

    @router.post("/risks/{finding_id}/{digest}/handle")
    async def handle_risk(
        request: Request, finding_id: str, digest: str, action: Annotated[str, Form()], reason: Annotated[str, Form()] = "",
        scope: Annotated[str, Form()] = "image", expires: Annotated[str, Form()] = "",
    ) -> HTMLResponse:  # fmt: skip
        """The row of the risk as it stands afterwards; a refusal stands beside the form instead."""
        try:
            touched = await handle(
                store, request.app.state.publisher, Handling(finding_id, digest, action, scope, reason, request.state.user, expires)
            )
        except Refused as error:
            answer = page("refusal.html", text=str(error))
            answer.headers.update({"HX-Retarget": f"#answer-{finding_id}", "HX-Reswap": "innerHTML"})
            return answer
        found = await asyncio.to_thread(one_risk, store, digest, finding_id)
        if found is None:
            raise HTTPException(404, "This risk is not known.")
        return page("handled_part.html", risk=found[0], open=found[1], touched=touched, action=action, digest=digest)

    return router
