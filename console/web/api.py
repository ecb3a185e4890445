"""What the pages show, as JSON."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query

from console.web.pages import image_page, overview
from sinks.store import Store

API_RISKS = 20_000


def api_routes(store: Store) -> APIRouter:
    """The routes below /api/v1."""
    router = APIRouter(prefix="/api/v1")

    @router.get("/overview", summary="Counters over all images, and one page of the images that fit the filters")
    async def api_overview(
        search: str = "", level: str = "", state: str = "", page_number: Annotated[int, Query(ge=1, le=1_000_000)] = 1
    ) -> dict[str, Any]:
        shown = await asyncio.to_thread(overview, store, search, level, state, page_number)
        return {"counters": shown.counters, "images": shown.images, "total": shown.total, "page": shown.page}

    @router.get("/images/{digest}", summary="One image: its scans, layers and risks by category")
    async def api_image(digest: str, show: str = "all") -> dict[str, Any]:
        shown = await asyncio.to_thread(image_page, store, digest, show, API_RISKS)
        if shown is None:
            raise HTTPException(404, "this image is not known")
        items = {part.category: part.items for part in shown.parts if part.items}
        scans = [{**part.scan, "category": part.category} for part in shown.parts]
        risks = {part.category: part.risks for part in shown.parts}
        return {"image": shown.image, "scans": scans, "layers": shown.layers, "risks": risks, "items": items}

    return router
