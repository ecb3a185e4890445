"""What takes long to compile, kept in a folder: read at the next start, written in one step, and what was not used for long given up.

A name is a kind, a dash and a hash over all that the content was compiled from, so a file never needs to be renewed; a folder that cannot
be read or written costs only the time of compiling.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

KEPT = 16  # files of a kind: every change of a rule leaves one behind


def read_compiled(folder: str, name: str) -> bytes | None:
    """The content that was kept under a name; None without a folder or a file that can be read."""
    if not folder:
        return None
    path = Path(folder) / name
    try:
        content = path.read_bytes()
    except OSError:
        return None
    with suppress(OSError):  # in a folder that is only to be read nothing is given up either
        os.utime(path)
    return content


def keep_compiled(folder: str, name: str, content: bytes) -> None:
    """Write the content, and remove what of its kind was used before the KEPT last ones."""
    if not folder:
        return
    with suppress(OSError):
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{name}.{os.getpid()}.part")
        part.write_bytes(content)
        part.replace(path)
        used = sorted(path.parent.glob(f"{name.partition('-')[0]}-*"), key=lambda one: one.stat().st_mtime, reverse=True)
        for old in used[KEPT:]:
            old.unlink(missing_ok=True)
