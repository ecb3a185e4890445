"""Pools of processes that read: how each begins, and how all of them are ended at once."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ProcessPoolExecutor

from infra.local.die_with_parent import end_with_parent
from infra.log_lines import configure_logs


def begin_reading(niceness: int = 0) -> None:
    """First act of a reading process: the kernel ends it when the one that started it ends; interrupts are the parent's affair."""
    configure_logs()
    os.nice(niceness)
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def kill_processes(pool: ProcessPoolExecutor) -> None:
    """End the processes of a pool in the middle of what they do."""
    for process in list((pool._processes or {}).values()):
        process.kill()
