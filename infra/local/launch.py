"""How one process is started."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from infra.settings import Settings


@dataclass(frozen=True)
class Launch:
    """A command line, the folder to start it in, and variables to add to its environment."""

    argv: list[str]
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)


def python_environment(settings: Settings) -> dict[str, str]:
    """The environment in which `python -m` finds our modules from any folder, and none in the working folder, which holds data."""
    environment = settings.environment()
    root = str(Path(__file__).parents[2])
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (root, environment.get("PYTHONPATH"))))
    environment["PYTHONSAFEPATH"] = "1"
    return environment
