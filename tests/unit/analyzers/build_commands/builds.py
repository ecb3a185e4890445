"""Image configurations of tests as reports: documents go through the same reader as real ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import orjson

from analyzers.build_commands import BuildCommands
from analyzers.config import inspect_config
from analyzers.contract import AnalysisInputs, PassContext
from analyzers.image import ImageView, Located
from schemas.facts import OwnedFiles
from schemas.findings import ScanReport

BASE = "ADD rootfs.tar / # buildkit"
EMPTY = (
    "ARG", "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
)  # fmt: skip


def report(document: bytes, strategy: str = "default", owned: Sequence[str] = (), **inputs: Any) -> ScanReport:
    """The category's report on a configuration document; layer n has the digest `layer-n`."""
    facts = [Located(-1, fact) for fact in inspect_config(document, PassContext(secret_key=b"key of the tests"))]
    if owned:
        facts.append(Located(0, OwnedFiles(path="var/lib/dpkg/status", package="x", files=tuple(owned))))
    view = ImageView("sha256:image", tuple(f"layer-{number}" for number in range(100)), tuple(facts))
    return BuildCommands().analyze(view, AnalysisInputs(today=date(2026, 1, 1), strategy=strategy, **inputs))


def document(steps: Sequence[str], comment: str = "", **config: Any) -> bytes:
    """A configuration with a history after a base layer; instructions that make no layer are marked as empty."""
    history = [{"created_by": text, "comment": comment, **({"empty_layer": True} if _empty(text) else {})} for text in (BASE, *steps)]
    return orjson.dumps({"os": "linux", "architecture": "amd64", "config": config, "history": history})


def case_report(case: str | Mapping[str, Any], strategy: str = "full") -> ScanReport:
    """The report on a case of tests/cases/build_commands: a history entry, or settings."""
    if isinstance(case, str):
        return report(document([case]), strategy)
    config = {
        "User": case.get("user", ""), "Env": case.get("env", []), "Cmd": case.get("cmd"), "Entrypoint": case.get("entrypoint"),
        "Healthcheck": {"Test": case["healthcheck"]} if case.get("healthcheck") else None, "Labels": case.get("labels"),
        "Volumes": {path: {} for path in case.get("volumes", ())}, "ExposedPorts": {port: {} for port in case.get("ports", ())},
        "WorkingDir": case.get("workdir", ""),
    }  # fmt: skip
    return report(document(case.get("steps", ()), case.get("comment", ""), **config), strategy, case.get("owned", ()))


def _empty(text: str) -> bool:
    return text.partition("#(nop)")[2].strip().startswith(EMPTY) or text.startswith(EMPTY)
