"""Run the ClickHouse engine in this process: `python -m infra.local.engine --library L --home H --native P --http P --until WHAT`.

It owns the data folder H/clickhouse through the lock H/run/clickhouse.lock and tells its ports in H/run/clickhouse.json. The engine reads
its standard input as a table and ends when that is closed, so this process keeps the other end of a pipe and closes it on SIGTERM and
  --until stdin    when its own standard input closes, that is when its parent dies;
  --until unused   when nobody holds a shared lock on H/run/clickhouse.users any more.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import fcntl
import json
import os
import resource
import select
import shutil
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import IO

OWNED = 75
"""Exit code when another engine has the data folder."""
OWNER_WAIT_S = 20.0
POLL_S = 0.1


def main() -> int:
    """Own the folder, run the engine until the reason to end comes; its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", required=True)
    parser.add_argument("--home", required=True, type=Path)
    parser.add_argument("--native", required=True, type=int)
    parser.add_argument("--http", required=True, type=int)
    parser.add_argument("--until", required=True, choices=("stdin", "unused"))
    chosen = parser.parse_args()
    run: Path = chosen.home / "run"
    with (run / "clickhouse.lock").open("a") as lock:
        if not own(lock, OWNER_WAIT_S if chosen.until == "stdin" else 0.0):
            print(f"another engine owns {chosen.home / 'clickhouse'}", file=sys.stderr)
            return OWNED
        tell(run / "clickhouse.json", {"pid": os.getpid(), "native": chosen.native, "http": chosen.http})
        data: Path = chosen.home / "clickhouse" / "data"
        # Database `system` is not kept across starts, but its tables' folders are in the way of the new ones: the query log begins anew.
        shutil.rmtree(data / "data" / "system", ignore_errors=True)
        arguments = [
            "--config-file=config.xml", f"--path={data}", "--listen_host=127.0.0.1",
            f"--tcp_port={chosen.native}", f"--http_port={chosen.http}", "--input-format=LineAsString",
            "--query=SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP; SELECT count() FROM table FORMAT Null",
        ]  # fmt: skip
        with (run / "clickhouse.users").open("a") as users:
            code = Engine(chosen.library, arguments).run_until(chosen.native, users if chosen.until == "unused" else None)
            (run / "clickhouse.json").unlink(missing_ok=True)
            return code


def own(lock: IO[str], wait_s: float) -> bool:
    """Take the exclusive lock, waiting up to `wait_s` for its owner to go."""
    end = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
            time.sleep(0.05)
        else:
            return True


def tell(path: Path, content: dict[str, int]) -> None:
    """Write JSON so that a reader sees the old or the new file, never a part."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(content))
    draft.replace(path)


class Engine:
    """The engine in a thread of its own, so that the main thread stays free for signals."""

    def __init__(self, library: str, arguments: list[str]) -> None:
        self.parent = os.dup(0)
        self.library, self.arguments = library, arguments
        self.error = ""
        reading, self.input = os.pipe()
        os.set_inheritable(self.input, False)
        os.dup2(reading, 0)
        os.close(reading)
        self.ended, self.wake = os.pipe()
        os.set_blocking(self.wake, False)

    def run_until(self, native: int, users: IO[str] | None) -> int:
        """Run until the parent's pipe closes (or, with `users`, until nobody shares that lock), SIGTERM comes, or the engine ends."""
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # writing the core of half a gigabyte would hold up the next start
        signal.set_wakeup_fd(self.wake, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        thread = threading.Thread(target=self._serve, name="engine", daemon=True)
        thread.start()
        watched = [self.ended] if users else [self.ended, self.parent]
        listening = False
        while not select.select(watched, [], [], POLL_S if users or not listening else None)[0]:
            if not listening and (listening := accepts(native)):
                # The engine's handler sleeps for seconds after an exception in a handshake has ended it; the next one should start at once.
                signal.signal(signal.SIGABRT, signal.SIG_DFL)
            if users and last_user_gone(users):
                break
        os.close(self.input)
        thread.join()
        if self.error:
            print(self.error, file=sys.stderr)
        return 1 if self.error else 0

    def _serve(self) -> None:
        engine = ctypes.CDLL(self.library)
        words = [b"clickhouse", *(os.fsencode(word) for word in self.arguments)]
        call = engine.chdb_query_cmdline
        call.restype, call.argtypes = ctypes.c_void_p, (ctypes.c_int, ctypes.POINTER(ctypes.c_char_p))
        engine.chdb_result_error.restype, engine.chdb_result_error.argtypes = ctypes.c_char_p, (ctypes.c_void_p,)
        result = call(len(words), (ctypes.c_char_p * (len(words) + 1))(*words, None))
        message = engine.chdb_result_error(result) if result else b"the engine gave no result"
        self.error = message.decode("utf-8", "replace") if message else ""
        with contextlib.suppress(BlockingIOError):
            os.write(self.wake, b"\0")


def accepts(port: int) -> bool:
    """True when the native listener is there; connecting and closing without a byte does it no harm."""
    try:
        socket.create_connection(("127.0.0.1", port), 1.0).close()
    except OSError:
        return False
    return True


def last_user_gone(users: IO[str]) -> bool:
    """True when no process holds a shared lock on `users`; then it stays locked, so that nobody begins to use an engine that ends."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
