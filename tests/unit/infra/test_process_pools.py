"""Reading processes: how they begin, and that all of them end at once."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import pytest

from infra.process_pools import begin_reading, kill_processes


def pool(processes: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), initializer=begin_reading, initargs=(3,))


def test_a_reading_process_is_nicer_and_leaves_interrupts_to_its_parent() -> None:
    with pool(1) as own:
        assert own.submit(os.getpid).result() != os.getpid()
        assert own.submit(os.nice, 0).result() == os.nice(0) + 3
        assert own.submit(signal.getsignal, signal.SIGINT).result() is signal.SIG_IGN


def test_processes_in_the_middle_of_something_end() -> None:
    with pool(2) as own:
        busy = [own.submit(time.sleep, 600) for _ in range(2)]
        own.submit(os.getpid)
        processes = list(own._processes.values())
        kill_processes(own)
        for one in busy:
            with pytest.raises(BrokenProcessPool):
                one.result(timeout=60)
    assert [process.exitcode for process in processes] == [-signal.SIGKILL] * 2


def test_a_pool_that_never_began_has_nothing_to_end() -> None:
    with pool(1) as own:
        kill_processes(own)
