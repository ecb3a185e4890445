"""Feeds in their distributions' own form, rewritten as OSV documents: Debian's security tracker; the secdb of Alpine, Wolfi, Chainguard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from analyzers.distribution_support import end_of_support
from analyzers.distributions import DEBIAN_CODENAMES
from streams.advisories.record import BadRecord

_REPOSITORIES = {"os": "Wolfi", "chainguard": "Chainguard", "extra-packages": "Chainguard"}
_TESTING = next(name for name, release in DEBIAN_CODENAMES.items() if end_of_support("debian", release) is None)
_CVES = re.compile(r"\bCVE[-_](\d{4})-(\d{4,})", re.IGNORECASE).findall
_NAMES = re.compile(r"\b[A-Z]{2,}[A-Z0-9]*-[\w.-]*\w").findall


def debian_tracker(path: Path, problems: list[str]) -> Iterator[dict[str, Any]]:
    """OSV documents, one a CVE. Shape of the tracker: {source package: {CVE: {description, releases: {codename: {status, fixed_version,
    urgency, nodsa_reason}}}}}; status is resolved, open or undetermined; fixed_version `0` means never affected. An image of sid calls
    itself testing, and what is fixed in sid comes to testing: where testing is open or has no such package, it counts as sid. What cannot
    be read is named in `problems`. Raises BadRecord."""
    table: dict[str, dict[str, Any]] = {}
    for package, flaws in _load(path).items():
        if not isinstance(flaws, dict):
            problems.append(f"{path.name}: {package}: no object")
            continue
        for name, flaw in flaws.items():
            try:
                releases = _with_testing(flaw.get("releases") or {})
                entries = (_debian_entry(package, codename, state) for codename, state in releases.items())
                affected = [entry for entry in entries if entry]
            except (AttributeError, TypeError) as error:
                problems.append(f"{path.name}: {package} {name}: {error}")
                continue
            if affected:
                record = {"id": f"DEBIAN-{name}", "upstream": [name], "details": flaw.get("description", ""), "affected": []}
                table.setdefault(name, record)["affected"] += affected
    yield from table.values()


def _with_testing(releases: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    testing, sid = releases.get(_TESTING), releases.get("sid")
    fixed_in_sid = sid and sid.get("status") == "resolved" and sid.get("fixed_version") not in (None, "", "0")
    behind = testing is None or (testing.get("status") == "open" and fixed_in_sid)
    return {**releases, _TESTING: sid} if sid and behind else releases


def _debian_entry(package: str, codename: str, state: dict[str, Any]) -> dict[str, Any] | None:
    fixed, status = str(state.get("fixed_version") or ""), state.get("status")
    if codename not in DEBIAN_CODENAMES or status == "undetermined" or fixed == "0" or (status == "resolved" and not fixed):
        return None
    events: list[dict[str, str]] = [{"introduced": "0"}]
    if status == "resolved":
        events.append({"fixed": fixed})
    urgency = str(state.get("urgency") or "").rstrip("*")
    reasons = (urgency if urgency == "end-of-life" else "", state.get("nodsa_reason"), state.get("nodsa"))
    return {
        "package": {"ecosystem": f"Debian:{DEBIAN_CODENAMES[codename]}", "name": package},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
        "ecosystem_specific": {"urgency": urgency, "unfixed_reason": ": ".join(str(one) for one in reasons if one)},
    }


def alpine_secdb(path: Path, problems: list[str]) -> Iterator[dict[str, Any]]:
    """OSV documents, one a flaw. Shape: {distroversion, reponame, packages: [{pkg: {name, secfixes: {version: [names]}}}]};
    version `0` means never affected. A flaw that stands at several versions of a package counts at the first. Wolfi and Chainguard have
    the same form without a release. Raises BadRecord for a file that does not say whose it is."""
    data = _load(path)
    ecosystem = _distribution(data)
    if not ecosystem:
        raise BadRecord(f"{path.name}: a secdb that names neither a release of Alpine nor a repository that is known")
    table: dict[str, dict[str, list[str]]] = {}
    for one in data.get("packages") or ():
        try:
            fixes = [(str(one["pkg"]["name"]), str(version), texts) for version, texts in (one["pkg"].get("secfixes") or {}).items()]
        except (AttributeError, KeyError, TypeError):
            problems.append(f"{path.name}: a package that is none: {str(one)[:100]}")
            continue
        for package, version, texts in fixes:
            for name in {name for text in ([texts] if isinstance(texts, str) else texts or ()) for name in _names(str(text))}:
                table.setdefault(name, {}).setdefault(package, []).append(version)
    for name, packages in sorted(table.items()):
        affected = [
            {"package": {"ecosystem": ecosystem, "name": package},
             "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, *({"fixed": one} for one in versions)]}]}
            for package, versions in packages.items() if "0" not in versions
        ]  # fmt: skip
        if affected:
            prefix = ecosystem.partition(":")[0].upper()
            yield {"id": f"{prefix}-{name}" if name.startswith("CVE-") else name, "upstream": [name] if name.startswith("CVE-") else [],
                   "affected": affected}  # fmt: skip


def _distribution(data: dict[str, Any]) -> str:
    release = data.get("distroversion")
    return f"Alpine:{release}" if release else _REPOSITORIES.get(str(data.get("reponame")), "")


def _names(text: str) -> list[str]:
    """The flaws of one entry: its CVEs, beside which another name (`CVE-2023-20569 XSA-434`) is the same flaw's; else that name."""
    return [f"CVE-{year}-{number}" for year, number in _CVES(text)] or _NAMES(text)


def _load(path: Path) -> dict[str, Any]:
    try:
        data = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise BadRecord(f"{path.name}: {error}") from error
    if not isinstance(data, dict):
        raise BadRecord(f"{path.name}: no object")
    return data
