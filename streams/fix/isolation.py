"""Running buildah so that it can harm nothing: a storage of its own, an own process group, bounded time, disk and memory, clean afterwards.

What holds: the build sees no folder of the host (chroot isolation of buildah), its storage lies in one folder that is removed, every
process dies with ours, and what runs inside the image has a network namespace of its own whose only way out is a proxy to the package
sources. The namespace needs root: started by another user, the build has the network of the machine.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from infra.local import die_with_parent
from streams.fix import enclosure
from streams.fix.job import FixCancelled, FixFailed, FixLimits
from streams.fix.network import PORT

_MNT_DETACH = 2  # linux/fs.h
_LOOK_EVERY_S = 0.2
_MEASURE_EVERY_S = 2.0
_OUTPUT_LIMIT = 4 << 20
_SOCKET_PATH = 100  # unix(7): sun_path has 108 bytes
_EXIT_STATUS = re.compile(r"(subprocess exited with status|Error: exit status|exit status) \d+")
Cancelled = Callable[[], bool]


class Buildah:
    """A buildah with everything of its own below `folder`. Use as a context manager; the folder is gone afterwards."""

    def __init__(self, folder: Path, limits: FixLimits, log: TextIO, cancelled: Cancelled, driver: str = "overlay") -> None:
        self.folder, self.limits, self.log, self.cancelled, self.driver = folder, limits, log, cancelled, driver
        self._end = time.monotonic() + limits.seconds
        self._measured = 0.0

    def __enter__(self) -> Buildah:
        sweep(self.folder)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self.folder.parent).free < self.limits.free_bytes:
            raise FixFailed(f"less than {self.limits.free_bytes >> 20} MiB are free where images are built")
        for name in ("tmp", "runtime"):
            (self.folder / name).mkdir(parents=True, mode=0o700)
        (self.folder / "policy.json").write_text(json.dumps({"default": [{"type": "insecureAcceptAnything"}]}), encoding="utf-8")
        (self.folder / "registries.conf").write_text("unqualified-search-registries = []\n", encoding="utf-8")
        (self.folder / "storage.conf").write_text(f'[storage]\ndriver = "{self.driver}"\n', encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        sweep(self.folder)

    @property
    def proxy_socket(self) -> Path:
        """Where the proxy to the package sources listens."""
        path = self.folder / "proxy"
        return path if len(os.fsencode(path)) < _SOCKET_PATH else Path(tempfile.gettempdir()) / f"imagerisk-{self.folder.name}.proxy"

    def log_in(self, host: str, username: str, password: str) -> None:
        """Keep a password for a registry in a file that only this buildah reads. Nothing of it comes into the image or the log."""
        auth = base64.b64encode(f"{username}:{password}".encode()).decode() if username else ""
        path = self.folder / "auth.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps({"auths": {host: {"auth": auth}} if auth else {}}), encoding="utf-8")

    def __call__(self, *arguments: str, enclosed: bool = False) -> str:
        """Run one command and return what it prints; all but `inspect` is logged. `enclosed`: without a network but the way to the proxy
        that listens on `proxy_socket`. Raises FixFailed with its last lines, FixCancelled."""
        if shutil.which("buildah") is None:
            raise FixFailed("buildah is not installed on this machine: it builds the fixed images")
        self.log.write(f"$ buildah {' '.join(arguments)}\n")
        self.log.flush()
        command = [
            "buildah",
            "--root",
            str(self.folder / "storage"),
            "--runroot",
            str(self.folder / "runroot"),
            "--storage-driver",
            self.driver,
        ]
        if enclosed and os.geteuid() == 0:
            gate = [sys.executable, "-I", "-S", enclosure.__file__, str(self.proxy_socket), str(PORT)]
            command = ["unshare", "--net", "--pid", "--fork", "--kill-child", *gate, *command]
        out, err = self.folder / "out", self.folder / "err"
        with out.open("wb") as stdout, err.open("wb") as stderr:
            process = subprocess.Popen(  # a group of its own, dead when we are
                [sys.executable, "-I", "-S", die_with_parent.__file__, str(os.getpid()), *command, *arguments],
                stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, start_new_session=True, env=self._environment(), cwd=self.folder,
            )  # fmt: skip
            try:
                self._wait(process)
            finally:
                _kill_group(process)
        return self._answer(arguments[0], process.returncode, out, err)

    def _answer(self, name: str, code: int, out: Path, err: Path) -> str:
        printed, told = _tail(out), _tail(err)
        for text in (told, printed if name != "inspect" else ""):
            if text.strip():
                self.log.write(text.rstrip() + "\n")
        self.log.flush()
        if code:
            lines = [line.strip() for line in f"{printed}\n{told}".splitlines() if line.strip() and not _EXIT_STATUS.match(line)]
            last = " / ".join(lines[-3:])
            raise FixFailed(f"buildah {name} ended with {code}: {last[-800:]}")
        return printed

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        while process.poll() is None:
            if self.cancelled():
                raise FixCancelled("cancelled")
            now = time.monotonic()
            if now > self._end:
                raise FixFailed(f"not ready within {self.limits.seconds:.0f} s")
            if now > self._measured + _MEASURE_EVERY_S:
                self._measured = now
                self._measure()
            time.sleep(_LOOK_EVERY_S)

    def _measure(self) -> None:
        if shutil.disk_usage(self.folder).free < self.limits.free_bytes:
            raise FixFailed(f"less than {self.limits.free_bytes >> 20} MiB are left where images are built")
        used = _used_bytes(self.folder)
        if used > self.limits.disk_bytes:
            raise FixFailed(f"the build uses {used >> 20} MiB, at most {self.limits.disk_bytes >> 20} MiB are allowed")

    def _environment(self) -> dict[str, str]:
        """Nothing of ours: no variable of this process reaches the build."""
        return {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.folder), "LC_ALL": "C.UTF-8",
            "TMPDIR": str(self.folder / "tmp"), "XDG_RUNTIME_DIR": str(self.folder / "runtime"), "BUILDAH_ISOLATION": "chroot",
            "REGISTRY_AUTH_FILE": str(self.folder / "auth.json"), "CONTAINERS_REGISTRIES_CONF": str(self.folder / "registries.conf"),
            "CONTAINERS_STORAGE_CONF": str(self.folder / "storage.conf"),
        }  # fmt: skip


def build_folder(home: Path) -> Path:
    """Where images are built for a data folder: inside it, unless its name has signs that the mounts of buildah cannot hold."""
    if re.fullmatch(r"[\w./-]+", str(home), re.ASCII):
        return home / "fixes"
    return Path(tempfile.gettempdir()) / f"imagerisk-{os.getuid()}-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"


def sweep(folder: Path) -> None:
    """Take away what a build left: mounts below the folder, then the folder."""
    if not folder.exists():
        return
    libc = ctypes.CDLL(None, use_errno=True)
    inside = os.fsencode(folder.resolve()) + b"/"
    mounts = Path("/proc/self/mountinfo").read_bytes().splitlines()
    points = [re.sub(rb"\\([0-7]{3})", lambda octal: bytes([int(octal[1], 8)]), line.split()[4]) for line in mounts]  # proc(5)
    for point in sorted((point for point in points if point.startswith(inside)), key=len, reverse=True):
        libc.umount2(point, _MNT_DETACH)
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists() and shutil.which("buildah"):  # files of other users, when we are not root
        subprocess.run(["buildah", "unshare", "rm", "-rf", str(folder)], check=False, capture_output=True, timeout=120)


def _used_bytes(folder: Path) -> int:
    total = 0
    pending = [folder]
    while pending:
        current = pending.pop()
        if current.name == "merged":  # a mounted view of what is counted elsewhere
            continue
        try:
            with os.scandir(current) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(Path(entry.path))
                    else:
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
        except OSError:
            continue
    return total


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _tail(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _OUTPUT_LIMIT))
        return file.read().decode("utf-8", "replace")


def shell(script: str, limits: FixLimits) -> Sequence[str]:
    """`sh` arguments for a script inside the image, with its limits set first."""
    return ("/bin/sh", "-ec", f"umask 022\nulimit -v {limits.memory_bytes >> 10}\nulimit -f {limits.disk_bytes >> 9}\n{script}")
