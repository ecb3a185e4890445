"""Putting downloads into the cache: once for all checkouts, complete or not at all."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from infra.local.errors import LocalError

DOWNLOAD_TIMEOUT_S = 1800
SHOWN_LINES = 15


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on `path` (created if absent), waiting for other processes; the system frees it when the holder dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def install_once(target: Path, fill: Callable[[Path], None], *, need_mb: int) -> Path:
    """Fill a temporary folder beside `target` with `fill` and rename it, unless `target` is there already. Returns `target`.

    need_mb: room on the disk that the download takes. Raises LocalError.
    """
    if target.is_dir():
        return target
    try:
        with locked(target.with_name(f".{target.name}.lock")):
            if target.is_dir():
                return target
            check_room(target.parent, need_mb)
            draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
            try:
                fill(draft)
                draft.rename(target)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        raise LocalError(f"{target} cannot be written ({error})", "free some room or set IMAGERISK_CACHE to another folder") from error
    return target


def check_room(folder: Path, need_mb: int) -> None:
    """Raise LocalError unless the disk of `folder` has `need_mb` megabytes left."""
    free_mb = shutil.disk_usage(folder).free >> 20
    if free_mb < need_mb:
        raise LocalError(
            f"the disk of {folder} has {free_mb} MB left and {need_mb} MB are needed",
            "free some room, or set IMAGERISK_HOME and IMAGERISK_CACHE to folders on another disk",
        )


def run_tool(argv: list[str], folder: Path, *, environment: Mapping[str, str] | None = None, remedy: str) -> None:
    """Run a download tool in `folder`. Raises LocalError with the end of its output when it fails."""
    try:
        done = subprocess.run(
            argv, cwd=folder, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=DOWNLOAD_TIMEOUT_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise LocalError(f"`{argv[0]}` took more than {DOWNLOAD_TIMEOUT_S} s", remedy) from error
    if done.returncode:
        tail = "\n".join(done.stdout.decode("utf-8", "replace").strip().splitlines()[-SHOWN_LINES:])
        raise LocalError(f"`{' '.join(argv[:2])}` left with exit code {done.returncode}:\n{tail}\n", remedy)
