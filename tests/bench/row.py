"""One figure of a benchmark, and running one in a process of its own."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A figure as it was measured. `bound` is the goal in words, empty if there is none; `command` measures it again."""

    what: str
    figure: float
    unit: str
    bound: str
    command: str


def run_module(name: str, *arguments: str) -> tuple[str, float]:
    """Run `python -m name` and return its output and the CPU seconds (user and system) of it and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-m", name, *arguments], capture_output=True, text=True, check=True, env=dict(os.environ))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.stdout, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
