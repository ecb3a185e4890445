"""How one process is started."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Launch:
    """A command line, the folder to start it in, and variables to add to its environment."""

    argv: list[str]
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
