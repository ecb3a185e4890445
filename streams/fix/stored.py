"""The plan for an image of the store, and the tags that a fixed image may get."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from analyzers.image import LayerContents, hidden_places
from sinks.blobs import contents
from sinks.images import image
from sinks.store import Store
from streams.fix.job import FixPlan
from streams.fix.plan import plan_fix
from streams.fix.upgrades import ApplicationUpgrade, plan_upgrades

TAG_LENGTH = 128


def vulnerabilities_of(store: Store, digest: str) -> list[dict[str, Any]]:
    """Rows of the view `risks` for an image: all vulnerabilities."""
    return store.rows(
        "SELECT finding_id, category, rule, aliases, severity, package, version, purl, path, layer, fixed_version, fix_command, details, "
        "status FROM risks WHERE image_digest = {digest:String} AND endsWith(category, '-vulnerability') "
        "ORDER BY package, rule, finding_id",
        {"digest": digest},
    )


def plan_of(store: Store, digest: str, *, findings: Collection[str] = (), flaws: Collection[str] = ()) -> FixPlan:
    """What a fix of a stored image would do."""
    return plan_fix(digest, vulnerabilities_of(store, digest), _paths(store, digest), findings=findings, flaws=flaws)


def plans_of(store: Store, digest: str, flaws: Collection[str] = ()) -> tuple[FixPlan, tuple[ApplicationUpgrade, ...]]:
    """What a fix of a stored image would do, and what people have to do themselves."""
    risks = vulnerabilities_of(store, digest)
    return plan_fix(digest, risks, _paths(store, digest), flaws=flaws), plan_upgrades(risks)


def _paths(store: Store, digest: str) -> Callable[[str], bool]:
    """Whether a container of the image sees a path."""
    row = image(store, digest)
    layers = [layer.digest for layer in row.layers] if row else []
    found = contents(store, layers)
    stack = [
        LayerContents(layer, "", 0, frozenset(found[layer][2].splitlines()), frozenset(found[layer][3]), frozenset(found[layer][4]))
        if layer in found else LayerContents(layer, "")
        for layer in layers
    ]  # fmt: skip

    def has(path: str) -> bool:
        places = [(n, path) for n, layer in enumerate(stack) if path in layer.entries]
        return len(hidden_places(stack, places)) < len(places)

    return has


def default_tag(old_tag: str, at_ms: int) -> str:
    """`<tag>_fix_<epoch seconds>`, the tag cut so that it fits (distribution specification: at most 128 characters)."""
    ending = f"_fix_{at_ms // 1000}"
    return f"{old_tag[: TAG_LENGTH - len(ending)] or 'image'}{ending}"
