"""Deliveries of OSV records and packages to match them with, made by hand."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from analyzers.contract import ImagePackage
from sinks.store import Store
from streams.advisories.importer import ImportOutcome, import_advisories
from streams.advisories.matching import match_packages


def package(ecosystem: str, name: str, version: str, kind: str = "pypi", **more: Any) -> ImagePackage:
    identity = f"{ecosystem} {name} {version}"
    values: dict[str, Any] = {"match_name": name, "match_version": version, "paths": (f"srv/{name}",), **more}
    return ImagePackage(identity, ecosystem, kind, name, version, f"pkg:{kind}/{name}@{version}", **values)


def osv(identity: str, *events: dict[str, str], ecosystem: str = "PyPI", name: str = "thing", **more: Any) -> dict[str, Any]:
    ranges = [{"type": "ECOSYSTEM", "events": list(events)}]
    return {
        "id": identity,
        "modified": "2024-01-01T00:00:00Z",
        "affected": [{"package": {"ecosystem": ecosystem, "name": name}, "ranges": ranges}],
        **more,
    }


def feed(folder: Path, *records: dict[str, Any] | bytes, name: str = "PyPI") -> Path:
    path = folder / name / "all.zip"
    path.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for place, one in enumerate(records):
            archive.writestr(f"{one['id'] if isinstance(one, dict) else place}.json", json.dumps(one) if isinstance(one, dict) else one)
    return path


def flaws_of(store: Store, *packages: ImagePackage) -> set[str]:
    return {match.flaw for match in match_packages(store, packages).all}


ZERO = {"introduced": "0"}
THING = package("PyPI", "thing", "1.0")


def deliver(store: Store, folder: Path, *records: dict[str, Any] | bytes, name: str = "PyPI") -> ImportOutcome:
    return import_advisories(store, [feed(folder, *records, name=name)])
