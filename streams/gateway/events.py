"""What a registry's notification says, whichever brand sent it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


class BadNotification(ValueError):
    """A body that is no notification of this brand; the text says where it went wrong."""


@dataclass(frozen=True)
class RegistryEvent:
    """One event about one image. `tag` or `digest` may be empty, never both; `happened_at` in ms."""

    id: str
    action: Literal["push", "delete"]
    repository: str
    tag: str
    digest: str
    happened_at: int
    actor: str = ""
