"""From the packages of an image to matches: keys, the store's matcher, and what is known about each flaw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from analyzers.advisory_names import is_product, names_to_look_up, where_to_look
from analyzers.build_lines import line_of
from analyzers.contract import ImagePackage, Match
from analyzers.language_packages import compared_version
from analyzers.versions import InvalidVersion, sort_key
from sinks import packages as table
from sinks.advisories import known_ecosystems
from sinks.matches import Hit, KeyRow, flaw_texts, match_keys
from sinks.store import Store
from streams.advisories.spans import version_key

__all__ = ["Matched", "key_stored_packages", "match_packages", "store_packages", "stored_package"]


@dataclass(frozen=True, slots=True)
class Matched:
    """`matches`: package id -> its matches, sorted by flaw; packages without any are left out. `unmatched`: package id -> why it could not
    be compared (its version has no place in the order of its ecosystem); `ecosystems`: those that had advisories."""

    matches: dict[str, list[Match]]
    unmatched: dict[str, str]
    ecosystems: frozenset[str]

    @property
    def all(self) -> tuple[Match, ...]:
        return tuple(match for one in self.matches.values() for match in one)


def match_packages(store: Store, packages: Sequence[ImagePackage]) -> Matched:
    """Match the packages that are to be matched. Raises StoreError, StoreDown."""
    known = known_ecosystems(store)
    wanted = {table.number_of(one.id): one for one in packages if one.matched}
    rows = [row for number, one in wanted.items() for row in _keys(number, one, known)]
    hits = match_keys(store, rows)
    texts = flaw_texts(store, sorted({hit.flaw for hit in hits}))
    matches: dict[str, list[Match]] = {}
    for hit in sorted(hits, key=lambda hit: (hit.package, hit.flaw)):
        one = wanted[hit.package]
        matches.setdefault(one.id, []).append(_match(one, hit, texts.get(hit.flaw, {})))
    unmatched = {one.id: reason for one in wanted.values() if (reason := why_not(one))}
    return Matched(matches, unmatched, known)


def store_packages(store: Store, image_digest: str, packages: Sequence[ImagePackage], version: int) -> None:
    """Keep the inventory of an image as of a moment (ms), so that later advisories find it. May run twice."""
    known = known_ecosystems(store)
    numbers = {one.id: table.number_of(one.id) for one in packages}
    keys = [row for one in packages for row in _keys(numbers[one.id], one, known)]
    table.write_packages(store, [_row(numbers[one.id], one) for one in packages], keys)
    held = [
        (
            numbers[one.id],
            max(one.layer, 0),
            one.paths,
            one.evidence,
            int(one.development),
            int(one.matched),
            one.unmatched_reason,
            one.confidence,
            one.doubt,
        )
        for one in packages
    ]
    table.write_inventory(store, image_digest, held, version)


def key_stored_packages(store: Store, before: frozenset[str]) -> None:
    """Let stored packages be found in products that had no advisories `before`. May run twice."""
    known = known_ecosystems(store)
    fresh = {one for one in known - before if is_product(one)}
    if not fresh:
        return
    packages = map(stored_package, table.packages_of(store, {one.partition(":")[0] for one in fresh}))
    keys = [row for one in packages for row in _keys(table.number_of(one.id), one, known)]
    table.write_keys(store, [row for row in keys if row[1] in fresh])


def stored_package(row: dict[str, Any]) -> ImagePackage:
    """A row of stored packages; where the package lies is another question."""
    values = {name: value for name, value in row.items() if name not in ("package", "package_id")}
    return ImagePackage(id=row["package_id"], **{**values, "licences": tuple(row["licences"]), "depends": tuple(row["depends"])})


def why_not(package: ImagePackage) -> str:
    """Why a version cannot be compared, empty if it can."""
    try:
        sort_key(package.ecosystem, compared_version(package.ecosystem, package.match_version))
    except InvalidVersion as error:
        return str(error)
    return ""


def _keys(number: int, package: ImagePackage, known: frozenset[str]) -> list[KeyRow]:
    key, comparable = version_key(package.ecosystem, compared_version(package.ecosystem, package.match_version))
    stated = ":".join(package.module.split(":")[:2]) or ("?" if ".module" in package.version else "")
    return [
        (number, ecosystem, name, key, int(comparable), stated or line_of(ecosystem, package.version))
        for ecosystem in where_to_look(package.ecosystem, package.version, known)
        for name in names_to_look_up(ecosystem, package.match_name, package.name, package.arch, package.source)
    ]


def _row(number: int, one: ImagePackage) -> tuple[object, ...]:
    key, _ = version_key(one.ecosystem, compared_version(one.ecosystem, one.match_version))
    return (
        number, one.id, one.ecosystem, one.type, one.name, one.version, one.purl, one.match_name, one.match_version, one.arch, one.source,
        one.module, one.licences, why_not(one), key, one.depends, one.installed_kib,
    )  # fmt: skip


def _match(package: ImagePackage, hit: Hit, flaw: dict[str, object]) -> Match:
    text = {name: str(flaw.get(name) or "") for name in ("title", "description", "published", "kev", "kev_title")}
    own: list[tuple[str, str]] = list(flaw.get("own_vectors") or ())  # type: ignore[call-overload]
    listed: list[str] = list(flaw.get("vectors") or ())  # type: ignore[call-overload]
    aliases: list[str] = list(flaw.get("aliases") or ())  # type: ignore[call-overload]
    links: list[str] = list(flaw.get("links") or ())  # type: ignore[call-overload]
    fixed, unfixed = _to_be_had(package, hit)
    return Match(
        package_id=package.id, flaw=hit.flaw, aliases=tuple(sorted({*aliases, *hit.ids} - {hit.flaw})), advisories=hit.ids,
        fixed_version=fixed, fixed_on=hit.fixed_on if fixed else "", title=text["title"] or text["kev_title"],
        description=text["description"], urgency=hit.urgency,
        vectors=tuple(dict.fromkeys((*((str(a), str(b)) for a, b in own), *(("cvss", one) for one in listed)))),
        epss=float(str(flaw["epss"])) if flaw.get("has_epss") else None, known_exploited=bool(text["kev"]),
        public_exploit=bool(flaw.get("exploit")), published=text["published"], unfixed_reason=unfixed, references=tuple(links),
        malicious=bool(flaw.get("malicious")), ranges=hit.ranges,
    )  # fmt: skip


def _to_be_had(package: ImagePackage, hit: Hit) -> tuple[str, str]:
    """(fixed version, why there is none). What Ubuntu fixes with a subscription only cannot be installed where no package has one; its
    kernels have no mark, but then nothing is said of the release."""
    pro = line_of(package.ecosystem, hit.fixed) == "esm" or all(": Ubuntu:Pro:" in one for one in hit.ranges)
    if hit.fixed and pro and not line_of(package.ecosystem, package.version):
        return "", f"fixed in {hit.fixed}, with Ubuntu Pro only"
    return hit.fixed, hit.unfixed
