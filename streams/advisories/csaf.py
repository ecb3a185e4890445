"""Red Hat's CSAF 2.0 VEX documents, rewritten as OSV documents: one for each vulnerability.

A release becomes OSV's ecosystem as OSV itself writes it: `cpe:/a:redhat:enterprise_linux:9::appstream` is
`Red Hat:enterprise_linux:9::appstream`. `known_not_affected` asserts nothing, so nothing matches; `known_affected` without a fixed build is
unfixed, with the vendor's words as the reason. Where a product has nothing but source rpms, what is said of them is said of all that is
built from them; else each binary is named, and those that are not are not affected.
Sources: CSAF 2.0, sections 3.2.2 and 3.2.3; Red Hat's security data guidelines, "CSAF VEX" and "Scanning vendors".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from streams.advisories.csaf_products import Component, Product, products
from streams.advisories.csaf_tree import items, mapping
from streams.advisories.record import BadRecord

LIMIT_BYTES = 256 << 20
_UNFIXED = ("no_fix_planned", "none_available")
_NOT_FIXED = ("known_affected", "known_not_affected", "under_investigation")
_NOTHING: Product = ("", Component(""))
Place = tuple[str, str, str]
"""(ecosystem, name, module stream)."""


def csaf_vex(path: Path, problems: list[str]) -> Iterator[dict[str, Any]]:
    """OSV documents; vulnerabilities that cannot be read are named in `problems`. Raises BadRecord for a file that is no CSAF document."""
    if path.stat().st_size > LIMIT_BYTES:
        raise BadRecord(f"{path.name}: larger than {LIMIT_BYTES >> 20} MiB")
    try:
        document = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise BadRecord(f"{path.name}: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("vulnerabilities"), list):
        raise BadRecord(f"{path.name}: no CSAF document with vulnerabilities")
    tree = mapping(document.get("product_tree"))
    known, groups = products(tree), _groups(tree)
    tracking = mapping(mapping(document.get("document")).get("tracking"))
    for flaw in map(mapping, document["vulnerabilities"]):
        name = str(flaw.get("cve") or "")
        if not name:
            problems.append(f"{path.name}: a vulnerability without a CVE")
            continue
        yield {
            "id": f"RHVEX-{name}", "upstream": [name], "summary": str(flaw.get("title") or ""), "details": _note(flaw),
            "severity": _vectors(flaw), "modified": str(tracking.get("current_release_date") or ""),
            "published": str(flaw.get("release_date") or ""), "references": [{"type": "WEB", "url": url} for url in _links(flaw)],
            "affected": list(_affected(flaw, known, groups)),
        }  # fmt: skip


def _affected(flaw: Mapping[str, Any], known: Mapping[str, Product], groups: Mapping[str, list[str]]) -> Iterator[dict[str, Any]]:
    """The OSV entries."""
    status = {kind: list(map(str, items(ids))) for kind, ids in mapping(flaw.get("product_status")).items()}
    levels, days, reasons = _levels(flaw, groups), _fix_days(flaw, groups), _reasons(flaw, groups)
    fixed: dict[Place, dict[str, str]] = {}
    words: dict[Place, str] = {}
    for product_id in (*status.get("fixed", ()), *status.get("first_fixed", ())):
        ecosystem, component = known.get(product_id, _NOTHING)
        if component.name and component.version:
            place = ecosystem, component.name, component.module
            versions = fixed.setdefault(place, {})
            told = [day for day in (versions.get(component.version), days.get(product_id)) if day]
            versions[component.version] = min(told, default="")
            words.setdefault(place, levels.get(product_id, ""))
    for place, versions in sorted(fixed.items()):
        events = [{"introduced": "0"}, *({"fixed": version} for version in sorted(versions))]
        dated = {one: day for one, day in versions.items() if day}
        yield _entry(place, events, {"fixed_on": dated, "severity": words[place]})
    settled = {(_release(ecosystem), name, module) for ecosystem, name, module in fixed}
    open_ids = (one for kind in _NOT_FIXED for one in status.get(kind, ()))
    binaries = {known[one][0] for one in open_ids if one in known and known[one][1].source is False}
    unfixed: dict[tuple[Place, bool], dict[str, str]] = {}
    for product_id in status.get("known_affected", ()):
        ecosystem, component = known.get(product_id, _NOTHING)
        if component.name and (_release(ecosystem), component.name, component.module) not in settled:
            more = {"unfixed_reason": reasons.get(product_id, ""), "severity": levels.get(product_id, "")}
            place = ecosystem, component.name, component.module
            unfixed[place, False] = more
            if component.source is not False and ecosystem not in binaries:
                unfixed[place, True] = more
    for (place, source), more in sorted(unfixed.items()):
        yield _entry(place, [{"introduced": "0"}], more, source=source)


def _release(ecosystem: str) -> str:
    """The release of Red Hat Enterprise Linux that is fixed by each of its repositories and by its longer life; others by themselves."""
    found = re.match(r"Red Hat:(?:enterprise_linux|rhel_els):(\d+)", ecosystem)
    return found[1] if found else ecosystem


def _entry(place: Place, events: list[dict[str, str]], more: Mapping[str, Any], *, source: bool = False) -> dict[str, Any]:
    ecosystem, name, module = place
    specific = {key: value for key, value in (("rpmmod", module), *more.items()) if value}
    purl = {"purl": f"pkg:rpm/redhat/{name}?arch=src"} if source else {}
    ranges = [{"type": "ECOSYSTEM", "events": events}]
    return {"package": {"ecosystem": ecosystem, "name": name, **purl}, "ranges": ranges, "ecosystem_specific": specific}


def _groups(tree: Mapping[str, Any]) -> dict[str, list[str]]:
    """Group id -> product ids (CSAF 2.0, 3.2.2.3)."""
    groups = map(mapping, items(tree.get("product_groups")))
    return {str(one.get("group_id")): list(map(str, items(one.get("product_ids")))) for one in groups}


def _spoken_of(one: Mapping[str, Any], groups: Mapping[str, list[str]]) -> Iterable[str]:
    """The products of a remediation or threat, by themselves and in groups."""
    grouped = (product for group in map(str, items(one.get("group_ids"))) for product in groups.get(group, ()))
    return (*map(str, items(one.get("product_ids"))), *grouped)


def _levels(flaw: Mapping[str, Any], groups: Mapping[str, list[str]]) -> dict[str, str]:
    """Product id -> the vendor's word for the impact (CSAF 2.0, 3.2.3.14)."""
    found: dict[str, str] = {}
    for one in map(mapping, items(flaw.get("threats"))):
        if one.get("category") == "impact":
            found |= dict.fromkeys(_spoken_of(one, groups), str(one.get("details") or ""))
    return found


def _fix_days(flaw: Mapping[str, Any], groups: Mapping[str, list[str]]) -> dict[str, str]:
    """Product id -> day on which its fix came out: the remediation's date (CSAF 2.0, 3.2.3.12.2), the first of several."""
    found: dict[str, str] = {}
    for one in map(mapping, items(flaw.get("remediations"))):
        day = str(one.get("date") or "")[:10]
        if one.get("category") == "vendor_fix" and day:
            for product_id in _spoken_of(one, groups):
                found[product_id] = min(day, found.get(product_id, day))
    return found


def _reasons(flaw: Mapping[str, Any], groups: Mapping[str, list[str]]) -> dict[str, str]:
    """Product id -> why there is no fix, in the vendor's words."""
    found: dict[str, str] = {}
    for one in map(mapping, items(flaw.get("remediations"))):
        if one.get("category") in _UNFIXED:
            found |= dict.fromkeys(_spoken_of(one, groups), str(one.get("details") or one["category"])[:200])
    return found


def _vectors(flaw: Mapping[str, Any]) -> list[dict[str, str]]:
    found: dict[str, str] = {}
    for score in map(mapping, items(flaw.get("scores"))):
        for field, kind in (("cvss_v3", "CVSS_V3"), ("cvss_v2", "CVSS_V2")):
            vector = str(mapping(score.get(field)).get("vectorString") or "")
            if vector:
                found.setdefault(kind, vector)
    return [{"type": kind, "score": vector} for kind, vector in found.items()]


def _links(flaw: Mapping[str, Any]) -> list[str]:
    return [str(one["url"]) for one in map(mapping, items(flaw.get("references"))) if one.get("url")]


def _note(flaw: Mapping[str, Any]) -> str:
    notes = {str(one.get("category")): str(one.get("text") or "") for one in map(mapping, items(flaw.get("notes")))}
    return notes.get("description") or notes.get("summary") or ""
