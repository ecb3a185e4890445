"""Red Hat's CSAF 2.0 VEX documents, rewritten as OSV documents: one for each vulnerability and module stream.

Products are relations of a component (an rpm, by its package URL) to a release (by its CPE). A release becomes OSV's ecosystem as OSV
itself writes it: `cpe:/a:redhat:enterprise_linux:9::appstream` is `Red Hat:enterprise_linux:9::appstream`. `known_not_affected` asserts
nothing, so nothing matches; `known_affected` without a fixed build is unfixed, with the vendor's words as the reason.
Sources: CSAF 2.0, sections 3.2.2 and 3.2.3; Red Hat's description of its VEX files; purl specification, type rpm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import orjson

from streams.advisories.csaf_tree import items, leaves, mapping
from streams.advisories.record import BadRecord

LIMIT_BYTES = 256 << 20
_CPE = re.compile(r"cpe:/[aho]?:redhat:(?P<rest>.+)|cpe:2\.3:[aho]:redhat:(?P<new>.+)")
_UNFIXED = ("no_fix_planned", "none_available")


@dataclass(frozen=True)
class _Component:
    """An rpm of a product: `version` is empty where the document means all, `module` is `name:stream`."""

    name: str
    version: str
    module: str


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
    products = _products(mapping(document.get("product_tree")))
    tracking = mapping(mapping(document.get("document")).get("tracking"))
    for one in document["vulnerabilities"]:
        flaw = mapping(one)
        name = str(flaw.get("cve") or "")
        if not name:
            problems.append(f"{path.name}: a vulnerability without a CVE")
            continue
        about = {
            "upstream": [name], "summary": str(flaw.get("title") or ""), "details": _note(flaw), "severity": _vectors(flaw),
            "modified": str(tracking.get("current_release_date") or ""), "published": str(flaw.get("release_date") or ""),
            "references": [{"type": "WEB", "url": url} for url in _links(flaw)],
        }  # fmt: skip
        by_module: dict[str, list[dict[str, Any]]] = {"": []}
        for module, entry in _affected(flaw, products):
            by_module.setdefault(module, []).append(entry)
        for module, affected in by_module.items():
            yield {"id": f"RHVEX-{name}{f'-{module}' if module else ''}", **about, "affected": affected}


def _affected(flaw: Mapping[str, Any], products: Mapping[str, tuple[str, _Component]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(module stream, OSV entry)."""
    status = mapping(flaw.get("product_status"))
    fixed: dict[tuple[str, str, str], dict[str, str]] = {}
    days = _fix_days(flaw)
    for product_id in map(str, items(status.get("fixed"))):
        ecosystem, component = products.get(product_id, ("", _Component("", "", "")))
        if component.name and component.version:
            versions = fixed.setdefault((ecosystem, component.name, component.module), {})
            known = [day for day in (versions.get(component.version), days.get(product_id)) if day]
            versions[component.version] = min(known, default="")
    for (ecosystem, name, module), versions in sorted(fixed.items()):
        events = [{"introduced": "0"}, *({"fixed": version} for version in sorted(versions))]
        yield module, _entry(ecosystem, name, module, events, {"fixed_on": {one: day for one, day in versions.items() if day}})
    settled = {(_release(ecosystem), name, module) for ecosystem, name, module in fixed}
    reasons = _reasons(flaw)
    open_ended: dict[tuple[str, str, str], str] = {}
    for product_id in map(str, items(status.get("known_affected"))):
        ecosystem, component = products.get(product_id, ("", _Component("", "", "")))
        if component.name and (_release(ecosystem), component.name, component.module) not in settled:
            open_ended[ecosystem, component.name, component.module] = reasons.get(product_id, "")
    for (ecosystem, name, module), reason in sorted(open_ended.items()):
        yield module, _entry(ecosystem, name, module, [{"introduced": "0"}], {"unfixed_reason": reason})


def _release(ecosystem: str) -> str:
    """The release of Red Hat Enterprise Linux that is fixed by each of its repositories and by its longer life; others by themselves."""
    found = re.match(r"Red Hat:(?:enterprise_linux|rhel_els):(\d+)", ecosystem)
    return found[1] if found else ecosystem


def _entry(ecosystem: str, name: str, module: str, events: list[dict[str, str]], more: Mapping[str, Any]) -> dict[str, Any]:
    specific = {key: value for key, value in (("rpmmod", module), *more.items()) if value}
    ranges = [{"type": "ECOSYSTEM", "events": events}]
    return {"package": {"ecosystem": ecosystem, "name": name}, "ranges": ranges, "ecosystem_specific": specific}


def _products(tree: Mapping[str, Any]) -> dict[str, tuple[str, _Component]]:
    """Product id -> (ecosystem, component), for rpms of releases that are known by their CPE."""
    releases: dict[str, str] = {}
    components: dict[str, _Component] = {}
    for product in [*leaves(tree), *map(mapping, items(tree.get("full_product_names")))]:
        helper, product_id = mapping(product.get("product_identification_helper")), str(product.get("product_id"))
        cpe = _CPE.match(str(helper.get("cpe") or ""))
        if cpe:
            releases[product_id] = f"Red Hat:{(cpe['rest'] or cpe['new']).rstrip(':*')}"
        component = _component(str(helper.get("purl") or ""))
        if component:
            components[product_id] = component
    found = {}
    for relation in map(mapping, items(tree.get("relationships"))):
        release = releases.get(str(relation.get("relates_to_product_reference")))
        part = components.get(str(relation.get("product_reference"))) or _named(str(relation.get("product_reference") or ""))
        if release and part:
            found[str(mapping(relation.get("full_product_name")).get("product_id"))] = release, part
    return found


def _component(purl: str) -> _Component | None:
    if not purl.startswith("pkg:rpm/"):
        return None
    path, _, query = purl.partition("?")
    qualifiers = {name: values[0] for name, values in parse_qs(query).items()}
    name, _, version = path.rpartition("/")[2].partition("@")
    epoch = qualifiers.get("epoch", "0")
    evr = f"{epoch}:{unquote(version)}" if version and epoch != "0" else unquote(version)
    return _Component(unquote(name), evr, ":".join(qualifiers.get("rpmmod", "").split(":")[:2]))


def _named(reference: str) -> _Component | None:
    """A component without a package URL is a plain name in documents about what is not fixed; with a module `name:stream/package`."""
    module, slash, name = reference.rpartition("/")
    return _Component(name, "", module if slash and ":" in module else "") if re.fullmatch(r"[A-Za-z0-9][\w.+-]*", name) else None


def _fix_days(flaw: Mapping[str, Any]) -> dict[str, str]:
    """Product id -> day on which its fix came out: the remediation's date (CSAF 2.0, 3.2.3.12.2), the first of several."""
    found: dict[str, str] = {}
    for one in map(mapping, items(flaw.get("remediations"))):
        day = str(one.get("date") or "")[:10]
        if one.get("category") == "vendor_fix" and day:
            for product_id in map(str, items(one.get("product_ids"))):
                found[product_id] = min(day, found.get(product_id, day))
    return found


def _reasons(flaw: Mapping[str, Any]) -> dict[str, str]:
    """Product id -> why there is no fix, in the vendor's words."""
    found: dict[str, str] = {}
    for one in map(mapping, items(flaw.get("remediations"))):
        if one.get("category") in _UNFIXED:
            found |= dict.fromkeys(map(str, items(one.get("product_ids"))), str(one.get("details") or one["category"])[:200])
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
