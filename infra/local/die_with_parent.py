"""Start a program that dies with its parent: `python die_with_parent.py PARENT_PID PROGRAM ARGUMENT...` (Linux; elsewhere just start it).

Run as a plain file, without site packages, because it stands before every process; it imports nothing of ours.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def end_with_parent() -> None:
    """Ask the kernel to kill this process when the one that started it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def main(parent: int, argv: list[str]) -> None:
    """Ask for SIGKILL on the parent's death, make sure it did not die before, and become the program."""
    end_with_parent()
    if os.getppid() != parent:
        raise SystemExit("the supervisor is gone")
    os.execvp(argv[0], argv)  # noqa: S606 (no shell is meant)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
