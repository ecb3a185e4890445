"""The advisories of a case file, written in the form in which their publishers deliver them.

Tables of a case file: `osv` (one record each: id, aliases, upstream, related, withdrawn, summary, and `affected` entries or the one entry
itself: name, in, purl, events, versions, specific, database), `tracker` (Debian's security tracker as it is), `secdb` (as it is), `csaf`
(Red Hat VEX: cve, and lines `product name [version [module]]` under fixed, affected, not_affected and under_investigation, `-` for no
version, with `reason` for what stays unfixed; a product is a CPE without its vendor, or the release alone). Events are written
`introduced=0 fixed=1.2`; ` | ` begins another range.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analyzers.language_packages import CRATES

Table = Mapping[str, Any]
_STATUS = {
    "fixed": "fixed", "affected": "known_affected", "not_affected": "known_not_affected", "under_investigation": "under_investigation",
}  # fmt: skip
_OSV_FIELDS = ("id", "aliases", "upstream", "related", "withdrawn", "summary", "database_specific")


def write_feeds(folder: Path, case_file: Table) -> None:
    """Writes what a case file holds below a folder."""
    folder.mkdir()
    if records := case_file.get("osv"):
        with zipfile.ZipFile(folder / "all.zip", "w") as archive:
            for one in records:
                archive.writestr(f"{one['id']}.json", json.dumps(_osv_record(one, case_file.get("ecosystem", ""))))
    if tracker := case_file.get("tracker"):
        (folder / "tracker.json").write_text(json.dumps(tracker))
    for one in case_file.get("secdb", ()):
        place = folder / str(one.get("distroversion", ""))
        place.mkdir(exist_ok=True)
        (place / f"{one['reponame']}.json").write_text(json.dumps({"apkurl": "{{pkg.name}}-{{pkg.ver}}.apk", **one}))
    for one in case_file.get("csaf", ()):
        (folder / f"{one['cve'].lower()}.json").write_text(json.dumps(_csaf_document(one)))


def _osv_record(one: Table, ecosystem: str) -> dict[str, Any]:
    entries = one.get("affected") or [one]
    record = {name: one[name] for name in _OSV_FIELDS if name in one}
    return {**record, "modified": "2024-01-01T00:00:00Z", "affected": [_entry(entry, ecosystem) for entry in entries]}


def _entry(one: Table, ecosystem: str) -> dict[str, Any]:
    ranges = [
        {"type": one.get("type", "ECOSYSTEM"), "events": [dict([word.split("=", 1)]) for word in text.split()]}
        for text in one.get("events", "").split(" | ")
        if text
    ]
    purl = {"purl": one["purl"]} if "purl" in one else {}
    return {
        "package": {"ecosystem": CRATES if ecosystem == "crates" else one.get("in", ecosystem), "name": one["name"], **purl},
        "ranges": ranges, "versions": one.get("versions", []), "ecosystem_specific": one.get("specific", {}),
        "database_specific": one.get("database", {}),
    }  # fmt: skip


def _line(text: str) -> tuple[str, str, str, str]:
    """(product, name, version, module) of a line that may end after the name."""
    product, name, *more = text.split()
    version, module = (*more, *("-", "")[len(more) :])
    return product, name, version, module


def _csaf_document(one: Table) -> dict[str, Any]:
    releases: dict[str, dict[str, Any]] = {}
    components: dict[str, dict[str, Any]] = {}
    relations: list[dict[str, Any]] = []
    status: dict[str, list[str]] = {}
    for kind, key in _STATUS.items():
        for product, name, version, module in map(_line, one.get(kind, ())):
            reference = f"{name}-{version}" if version != "-" else f"{module}/{name}".removeprefix("/")
            releases[product] = _product(product, cpe=f"cpe:/a:redhat:{'enterprise_linux:' if product[0].isdigit() else ''}{product}")
            components[reference] = _product(reference, **({"purl": _rpm_purl(name, version, module)} if version != "-" else {}))
            relations.append({
                "category": "default_component_of", "product_reference": reference, "relates_to_product_reference": product,
                "full_product_name": {"product_id": f"{product}:{reference}", "name": name},
            })  # fmt: skip
            status.setdefault(key, []).append(f"{product}:{reference}")
    planned = one.get("reason") in ("Affected", "Fix deferred")
    stays = {
        "category": "none_available" if planned else "no_fix_planned",
        "details": one.get("reason", ""),
        "product_ids": status.get("known_affected", []),
    }
    return {
        "document": {"category": "csaf_vex", "csaf_version": "2.0", "tracking": {"current_release_date": "2024-06-01T00:00:00+00:00"}},
        "product_tree": {"branches": [*releases.values(), *components.values()], "relationships": relations},
        "vulnerabilities": [{"cve": one["cve"], "product_status": status, "remediations": [stays]}],
    }


def _product(identity: str, **helper: str) -> dict[str, Any]:
    product = {"product_id": identity, "name": identity, "product_identification_helper": helper}
    return {"category": "product_version", "name": identity, "product": product}


def _rpm_purl(name: str, version: str, module: str) -> str:
    epoch, _, rest = version.rpartition(":")
    qualifiers = "&".join(f"{key}={value}" for key, value in (("epoch", epoch), ("rpmmod", module)) if value)
    escaped = rest.replace("+", "%2B").replace("^", "%5E")
    return f"pkg:rpm/redhat/{name}@{escaped}" + (f"?{qualifiers}" if qualifiers else "")
