"""Feeds in their distributions' own form, rewritten as OSV documents: Debian's security tracker and Alpine's secdb."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from streams.advisories.record import BadRecord

_DEBIAN = {"buster": "10", "bullseye": "11", "bookworm": "12", "trixie": "13", "forky": "14"}
_NAME = re.compile(r"(?:CVE-\d{4}-\d{4,}|[A-Z]{2,}[A-Z0-9]*-[\w.-]+)\Z")


def debian_tracker(path: Path) -> Iterator[dict[str, Any]]:
    """OSV documents, one a CVE. Shape of the tracker: {source package: {CVE: {description, releases: {codename: {status, fixed_version,
    urgency, nodsa_reason}}}}}; status is resolved, open or undetermined; fixed_version `0` means never affected."""
    data = _load(path)
    table: dict[str, dict[str, Any]] = {}
    for package, flaws in data.items():
        for name, flaw in flaws.items() if isinstance(flaws, dict) else ():
            affected = [
                entry for codename, state in (flaw.get("releases") or {}).items() if (entry := _debian_entry(package, codename, state))
            ]
            if not affected:
                continue
            record = {"id": f"DEBIAN-{name}", "upstream": [name], "details": flaw.get("description", ""), "affected": []}
            table.setdefault(name, record)["affected"] += affected
    yield from table.values()


def _debian_entry(package: str, codename: str, state: dict[str, Any]) -> dict[str, Any] | None:
    fixed, status = str(state.get("fixed_version") or ""), state.get("status")
    if codename not in _DEBIAN or status == "undetermined" or fixed == "0" or (status == "resolved" and not fixed):
        return None
    events: list[dict[str, str]] = [{"introduced": "0"}]
    if status == "resolved":
        events.append({"fixed": fixed})
    urgency = str(state.get("urgency") or "").rstrip("*")
    return {
        "package": {"ecosystem": f"Debian:{_DEBIAN[codename]}", "name": package},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
        "ecosystem_specific": {"urgency": urgency, "unfixed_reason": state.get("nodsa_reason") or state.get("nodsa") or ""},
    }


def alpine_secdb(path: Path) -> Iterator[dict[str, Any]]:
    """OSV documents, one a flaw. Shape: {distroversion, reponame, packages: [{pkg: {name, secfixes: {version: [names]}}}]}; version `0`
    means never affected. A flaw that stands at several versions of a package counts at the first."""
    data = _load(path)
    ecosystem = f"Alpine:{data.get('distroversion')}"
    table: dict[str, dict[str, list[str]]] = {}
    for one in data.get("packages") or ():
        package = one.get("pkg") or {}
        for version, names in (package.get("secfixes") or {}).items():
            for name in {word for text in names or () for word in str(text).split() if _NAME.match(word)}:
                table.setdefault(name, {}).setdefault(str(package.get("name")), []).append(str(version))
    for name, packages in sorted(table.items()):
        affected = [
            {"package": {"ecosystem": ecosystem, "name": package},
             "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, *({"fixed": one} for one in versions)]}]}
            for package, versions in packages.items() if "0" not in versions
        ]  # fmt: skip
        if affected:
            yield {"id": f"ALPINE-{name}" if name.startswith("CVE-") else name, "upstream": [name] if name.startswith("CVE-") else [],
                   "affected": affected}  # fmt: skip


def _load(path: Path) -> dict[str, Any]:
    try:
        data = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise BadRecord(f"{path.name}: {error}") from error
    if not isinstance(data, dict):
        raise BadRecord(f"{path.name}: no object")
    return data
