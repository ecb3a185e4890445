"""Images for the cases: a mapping of files becomes a real tar, which the real collectors read in one pass.

Keys are paths; a value is a text, or a mapping with `text` or `hex`, `mode`, `uid`, `gid`, `target` (symbolic link), `cap` (hex of the
attribute security.capability). A path that ends with a slash is a folder, its value the mode. `$env`, `$cmd`, `$entrypoint`,
`$packages` (Debian packages: name -> version) and `$today` stand beside the files.
"""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace
from datetime import date
from typing import Any

import orjson

from analyzers.baseline import evaluate
from analyzers.baseline.item import Outcome
from analyzers.collectors.accounts import Accounts
from analyzers.collectors.debug_modes import DebugModes
from analyzers.collectors.dpkg import Dpkg
from analyzers.collectors.file_modes import FileModes
from analyzers.collectors.os_release import OsRelease
from analyzers.collectors.repositories import Repositories
from analyzers.collectors.runtimes import Runtimes
from analyzers.collectors.secrets import Secrets
from analyzers.collectors.services import Services
from analyzers.collectors.ssh_server import SshServer
from analyzers.collectors.start_commands import StartCommands
from analyzers.collectors.trust import Trust
from analyzers.collectors.weak_credentials import WeakCredentials
from analyzers.collectors.web_servers import WebServers
from analyzers.config import inspect_config
from analyzers.contract import AnalysisInputs, Collector, PassContext
from analyzers.image import ImageView, Located
from analyzers.layer import LayerPass, LayerResult

OWN: tuple[type[Collector], ...] = (
    Accounts, FileModes, SshServer, Trust, Services, WebServers, Repositories, WeakCredentials, DebugModes, Runtimes, StartCommands,
)  # fmt: skip
ALL: tuple[type[Collector], ...] = (*OWN, OsRelease, Dpkg, Secrets)
INPUTS = AnalysisInputs(today=date(2026, 11, 23), strategy="full")
CONTEXT = PassContext(secret_key=b"0" * 32)


def tar_of(files: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, value in files.items():
            spec: dict[str, Any] = value if isinstance(value, dict) else {"mode": value} if isinstance(value, int) else {"text": value}
            data = bytes.fromhex(spec["hex"]) if "hex" in spec else str(spec.get("text", "")).encode()
            info = tarfile.TarInfo(path.rstrip("/"))
            info.mode = spec.get("mode", 0o755 if path.endswith("/") else 0o644)
            info.uid, info.gid = spec.get("uid", 0), spec.get("gid", 0)
            if path.endswith("/"):
                info.type = tarfile.DIRTYPE
            elif "target" in spec:
                info.type, info.linkname, info.mode = tarfile.SYMTYPE, spec["target"], 0o777
            else:
                info.size = len(data)
            if "cap" in spec:
                info.pax_headers = {"SCHILY.xattr.security.capability": bytes.fromhex(spec["cap"]).decode("utf-8", "surrogateescape")}
            tar.addfile(info, io.BytesIO(data) if info.isreg() else None)
    return out.getvalue()


def read(files: dict[str, Any], collectors: tuple[type[Collector], ...] = ALL) -> LayerResult:
    """One pass over the files of a picture."""
    plain = {path: value for path, value in files.items() if not path.startswith("$")}
    if files.get("$packages"):
        plain["var/lib/dpkg/status"] = "".join(
            f"Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n\n"
            for name, version in files["$packages"].items()
        )
    layer = LayerPass(collectors, CONTEXT)
    layer.feed(tar_of(plain))
    return layer.close()


def view_of(files: dict[str, Any]) -> ImageView:
    result = read(files)
    assert result.state == "succeeded", result.reason
    env = [f"{name}={value}" for name, value in files.get("$env", {}).items()]
    config = {"Env": env, "Cmd": files.get("$cmd"), "Entrypoint": files.get("$entrypoint")}
    settings = inspect_config(orjson.dumps({"config": config}), CONTEXT)
    facts = (*(Located(0, fact) for fact in result.facts), *(Located(-1, fact) for fact in settings))
    return ImageView("sha256:0", ("sha256:1",), facts)


def outcome_of(rule: str, files: dict[str, Any]) -> Outcome:
    inputs = replace(INPUTS, today=files.get("$today", INPUTS.today))
    (found,) = [one for one in evaluate(view_of(files), inputs) if one.item.rule == rule]
    return found
