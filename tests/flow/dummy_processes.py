"""A small process table for the tests of the supervisor; files in the home steer how its processes behave."""

from __future__ import annotations

import functools
import sys

from infra.local.errors import LocalError
from infra.local.launch import Launch
from infra.local.process_table import Process, announced
from infra.settings import Settings

READY = "import os, pathlib, signal, subprocess, sys, time; ready = lambda: pathlib.Path(os.environ['IMAGERISK_READY_FILE']).touch()\n"
SCRIPTS = {
    # a child of its own, which does not end by itself
    "base": "pathlib.Path('grandchild').write_text(str(subprocess.Popen(['sleep', '1000']).pid)); ready(); time.sleep(1000)",
    "once": "open('once.txt', 'a').write('ran ')",
    "top": "assert pathlib.Path('once.txt').exists(); ready(); print('top is up', flush=True); time.sleep(1000)",
    "stubborn": "signal.signal(signal.SIGTERM, signal.SIG_IGN); ready(); time.sleep(1000)",
    "crasher": "print('cannot work', flush=True); sys.exit(3)",
    "silent": "time.sleep(1000)",
    "talker": "ready()\nwhile True: print('x' * 999, flush=True)",
    "refused": "",
}


def _prepare(name: str, settings: Settings) -> Launch:
    if name == "refused":
        raise LocalError("the thing is missing", "get the thing")
    return Launch([sys.executable, "-c", READY + SCRIPTS[name]], settings.home)


def _row(name: str, *needs: str, once: bool = False, stop_timeout_s: float = 10.0) -> Process:
    ready = functools.partial(announced, name)
    return Process(name, functools.partial(_prepare, name), ready, needs=needs, once=once, stop_timeout_s=stop_timeout_s)


PROCESSES = (
    _row("base"),
    _row("once", "base", once=True),
    _row("top", "once", "base"),
    _row("stubborn", "base", stop_timeout_s=0.5),
    _row("crasher"),
    _row("silent", "base"),
    _row("talker"),
    _row("refused"),
)
