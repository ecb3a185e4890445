"""Walking CSAF 2.0 documents that may hold anything: product branches (section 3.2.2), objects and lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

DEPTH = 40


def leaves(branch: Mapping[str, Any], depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """The products of a branch and of the branches below it."""
    for one in map(mapping, items(branch.get("branches"))) if depth < DEPTH else ():
        if one.get("product"):
            yield mapping(one["product"])
        yield from leaves(one, depth + 1)


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []
