"""Kill what a dead supervisor leaves behind: `python group_reaper.py`, with a pipe from the supervisor as standard input.

Each line names a process group: `+ID` began, `-ID` is over. When the pipe closes, the groups that remain are killed. This catches the
children of children, which do not die with the supervisor by themselves. Run as a plain file; it imports nothing of ours.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys


def main() -> None:
    """Follow the list until the pipe closes, then kill what is left of it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line[0] == "+":
            groups.add(group)
        else:
            groups.discard(group)
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
