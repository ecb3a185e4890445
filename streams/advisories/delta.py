"""What changed advisories say about stored images: findings without loading an image, made from its inventory alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from packageurl import PackageURL

from analyzers.application_vulnerabilities import application_findings
from analyzers.contract import AnalysisInputs, ImagePackage, Match
from analyzers.distributions import release_of
from analyzers.image import BaseImage, ImageView
from analyzers.purl_facts import DISTRIBUTION_TYPES, distribution_of
from analyzers.system_vulnerabilities import system_findings
from schemas.findings import Finding
from schemas.vocabulary import CategoryId
from sinks.bases import bases_of
from sinks.images import layers_of
from sinks.packages import Holding, holdings, images_with, packages_that_need, stored_packages
from sinks.store import Store
from streams.advisories.matching import match_packages, stored_package
from streams.analysis import inputs_for, with_origin
from streams.surroundings import Assets, surroundings

Place = tuple[str, str]
"""(image digest, category)."""


@dataclass(frozen=True)
class _Stored:
    """The packages that an advisory may concern, by number, and what the flaws that changed say about them."""

    packages: Mapping[int, ImagePackage]
    matches: Mapping[str, Sequence[Match]]  # by package id


def delta_findings(
    store: Store, ids: Sequence[str], flaws: Iterable[str], today: date, assets: Assets
) -> Iterator[tuple[Place, list[Finding]]]:
    """The findings that the flaws make now, for each image that an advisory (of `ids`) concerns, category by category. No fact is read."""
    stored = _stored(store, ids, frozenset(flaws))
    held: dict[str, list[Holding]] = {}
    for one in holdings(store, [number for number, package in stored.packages.items() if package.id in stored.matches]):
        held.setdefault(one.image_digest, []).append(one)
    users = _users(store, held, {stored.packages[one.package].name for some in held.values() for one in some})
    layers = layers_of(store, held)
    bases, around = bases_of(store, layers), surroundings(store, held, assets)
    for digest, some in sorted(held.items()):
        packages = [_as_held(stored.packages[one.package], one) for one in some]
        matches = tuple(match for package in packages for match in stored.matches.get(package.id, ()))
        base = bases.get(digest)
        view = ImageView(digest, tuple(layers.get(digest, ())), (), base=BaseImage(*base) if base else None)
        inputs = inputs_for(today, (*packages, *users.get(digest, ())), matches, around=around[digest])
        yield (digest, CategoryId.SYSTEM_VULNERABILITY.value), with_origin(_system(view, inputs, packages), view)
        yield (digest, CategoryId.APPLICATION_VULNERABILITY.value), with_origin(application_findings(view, inputs), view)


def _stored(store: Store, ids: Sequence[str], flaws: frozenset[str]) -> _Stored:
    packages = {int(row["package"]): stored_package(row) for row in stored_packages(store, ids)}
    found = match_packages(store, list(packages.values())).matches
    wanted = {package: [match for match in some if match.flaw in flaws] for package, some in found.items()}
    return _Stored(packages, {package: some for package, some in wanted.items() if some})


def _users(store: Store, images: Collection[str], names: Collection[str]) -> dict[str, list[ImagePackage]]:
    """Image digest -> the packages in it that need one of the names: no more of them than says so."""
    found = packages_that_need(store, images, names) if images else {}
    users = {
        number: ImagePackage(f"user {number}", "", kind, name, "", "", "", "", depends=tuple(needed), matched=False)
        for number, (kind, name, needed) in found.items()
    }
    return {digest: [users[one] for one in some] for digest, some in images_with(store, images, users).items()} if users else {}


def _as_held(package: ImagePackage, held: Holding) -> ImagePackage:
    return replace(
        package, layer=held.layer, paths=held.paths, evidence=held.evidence, development=held.development, confidence=held.confidence,
        doubt=held.doubt,
    )  # fmt: skip


def _system(view: ImageView, inputs: AnalysisInputs, packages: Sequence[ImagePackage]) -> list[Finding]:
    """The package URLs tell the distribution as well as os-release does."""
    purls = [PackageURL.from_string(one.purl) for one in packages if one.type in DISTRIBUTION_TYPES]
    return system_findings(view, inputs, release_of(distribution_of(purls, "")))
