"""Assets from npm, by the lock file beside this one: downloaded once into the cache, served by the console itself."""

from __future__ import annotations

import hashlib
import shutil
from importlib.resources import files
from pathlib import Path

from infra.local.errors import LocalError
from infra.local.install import install_once, run_tool


def installed_assets(cache: Path) -> Path:
    """The folder `node_modules` with the assets. Raises LocalError."""
    here = files("console.web")
    lock = here.joinpath("package-lock.json").read_bytes()

    def fill(draft: Path) -> None:
        npm = shutil.which("npm")
        if not npm:
            raise LocalError("Node (`npm`) was not found on PATH; it downloads the console's assets", "install the package npm")
        draft.joinpath("package.json").write_bytes(here.joinpath("package.json").read_bytes())
        draft.joinpath("package-lock.json").write_bytes(lock)
        run_tool([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], draft, remedy="check the network and npm's settings")

    return install_once(cache / f"console-{hashlib.sha256(lock).hexdigest()[:12]}", fill, need_mb=20) / "node_modules"
