"""The packages of an image: each once, under the names that advisories and package URLs use.

What wins where several files name the same package: installed before SBOM before declared, then the lower layer. A language package
whose file belongs to a distribution package is that package's: it is linked to it and not matched, as the distribution's advisories
speak of it; where the distribution has no ecosystem it is matched all the same, as nothing else would look at it.
A declared package (lock file) is not matched where something installed answers for it: for npm and Composer, which install below the
lock file, anything installed of that type in the lock file's folder; for the others anything of that type in the image that no
distribution package owns. Likewise a distribution package that only an SBOM names, where there is a database. In
a folder that is scanned for itself declared packages count, development ones nowhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from analyzers.contract import ImagePackage
from analyzers.distributions import Release, chosen, release_for, release_of
from analyzers.image import ImageView
from analyzers.language_packages import ECOSYSTEMS, advisory_name, advisory_version
from analyzers.package_owners import owners_of
from analyzers.package_urls import package_url
from analyzers.purl_facts import BUNDLED, DISTRIBUTION_TYPES
from analyzers.source_packages import Epochs, source_epochs, source_package, source_rpm
from schemas.facts import Distribution, File, ImageSettings, OwnedFiles, Package, PackageLicences
from schemas.vocabulary import Reason

_INSTALLS_BELOW = frozenset({"npm", "composer"})
KINDS: frozenset[str] = frozenset(kind.kind for kind in (Package, OwnedFiles, PackageLicences, Distribution, File, ImageSettings))
"""Kinds of the facts that the packages of an image are made of."""
_EVIDENCE_RANK = {"installed": 0, "sbom": 1, "declared": 2}

_OWNED = "belongs to the distribution package"
_DECLARED = "declared only; what is installed there was found and is matched"
_LISTED = "named by an SBOM only; the database of installed packages lacks it"
_TOLD = (_OWNED, _DECLARED, _LISTED, BUNDLED)  # what an SBOM of ours says of an image and nobody can see in the SBOM itself

Key = tuple[str, str, str, str]  # ecosystem, name, version, architecture


@dataclass(frozen=True, slots=True)
class PackageList:
    """`packages` in the order of their first fact. `introduced`: package id -> lowest layer whose database lists it. `notes`: reasons
    (vocabulary.Reason, text after a colon) why packages may be missing or cannot be matched."""

    packages: tuple[ImagePackage, ...]
    distribution: Distribution | None
    release: Release
    notes: tuple[str, ...] = ()
    introduced: Mapping[str, int] = field(default_factory=dict)

    @property
    def ecosystem(self) -> str:
        """The distribution's OSV ecosystem, empty where it is not known."""
        return self.release.ecosystem


def image_packages(view: ImageView, *, folder_target: bool = False) -> PackageList:
    """The distinct packages that a container of the image sees."""
    named = [fact for _, fact in view.visible(Distribution)]
    distribution = chosen(named)
    release = release_of(distribution)
    releases = {one: release_for(one, named) for one in DISTRIBUTION_TYPES}
    merged: dict[Key, ImagePackage] = {}
    facts = list(view.visible(Package))
    epochs = source_epochs(fact for _, fact in facts)
    for layer, fact in facts:
        package = image_package(fact, releases.get(fact.type, release), layer, epochs)
        key = (package.ecosystem or package.type, package.name, package.version, package.arch)
        other = merged.get(key)
        merged[key] = package if other is None else _joined(other, package)
    merged = _licensed(_without_shadows(merged), view)
    owners = owners_of(view, [one for one in merged.values() if one.type not in DISTRIBUTION_TYPES])
    packages = [_owned(one, owners.get(one.id, ""), release) for one in merged.values()]
    if not folder_target:
        packages = _without_contradicted(packages)
    return PackageList(tuple(packages), distribution, release, _notes(packages, release), _introduced(view, packages))


def image_package(fact: Package, release: Release, layer: int, epochs: Epochs) -> ImagePackage:
    """One fact under the names of its ecosystem."""
    package = _distribution_package(fact, release, layer, epochs) if fact.type in DISTRIBUTION_TYPES else _language_package(fact, layer)
    if fact.development and package.matched:
        return replace(package, matched=False, unmatched_reason="used for development only")
    told = fact.details.get("unmatched", "")
    if fact.evidence == "sbom" and (package.matched or told == BUNDLED) and told.startswith(_TOLD):
        return replace(package, matched=False, unmatched_reason=told, owner=fact.details.get("owner", ""))
    return package


def _distribution_package(fact: Package, release: Release, layer: int, epochs: Epochs) -> ImagePackage:
    name, version = fact.name, fact.version
    if release.match_by == "source":
        match_name, match_version = source_package(fact)
    elif release.match_by == "source-rpm":
        match_name, match_version = source_rpm(fact, epochs)
    else:
        match_name, match_version = name, version
    reason = "" if release.supported else f"{Reason.UNSUPPORTED_DISTRIBUTION}: {release.reason}"
    if fact.type == "rpm" and name == "gpg-pubkey":
        reason = "a key that rpm keeps as a package"
    return ImagePackage(
        id=package_id(release.ecosystem or fact.type, name, version, fact.arch),
        ecosystem=release.ecosystem,
        type=fact.type,
        name=name,
        version=version,
        purl=_distribution_purl(fact, release),
        match_name=match_name,
        match_version=match_version,
        arch=fact.arch,
        source=fact.source,
        layer=layer,
        paths=(fact.path,),
        evidence=fact.evidence,
        development=fact.development,
        licences=fact.licences,
        depends=fact.depends,
        module=fact.module,
        installed_kib=int(fact.details.get("installed_kib", 0)),
        matched=not reason,
        unmatched_reason=reason,
    )


def _distribution_purl(fact: Package, release: Release) -> str:
    """deb and apk name their source as `upstream` with its version where that differs; rpm keeps the epoch apart from the version."""
    qualifiers = {"arch": fact.arch, "distro": release.distro}
    version = fact.version
    if fact.type == "rpm":
        epoch, colon, rest = version.partition(":")
        if colon:
            version, qualifiers["epoch"] = rest, epoch
        qualifiers["upstream"] = fact.source
        qualifiers["rpmmod"] = fact.module
    elif fact.source and (fact.source != fact.name or fact.source_version not in ("", version)):
        same = fact.source_version in ("", version)
        qualifiers["upstream"] = fact.source if same else f"{fact.source}@{fact.source_version}"
    return package_url(fact.type, fact.namespace or release.namespace, fact.name, version, qualifiers)


def _language_package(fact: Package, layer: int) -> ImagePackage:
    name = advisory_name(fact.type, fact.namespace, fact.name)
    version = advisory_version(fact.type, fact.version)
    ecosystem = ECOSYSTEMS.get(fact.type, "")
    reason = "" if ecosystem else f"no advisories are known for packages of type {fact.type}"
    return ImagePackage(
        id=package_id(ecosystem or fact.type, name, version, fact.arch),
        ecosystem=ecosystem,
        type=fact.type,
        name=name,
        version=version,
        purl=fact.purl or package_url(fact.type, fact.namespace, fact.name, fact.version, {"arch": fact.arch}),
        match_name=name,
        match_version=version,
        arch=fact.arch,
        source=fact.source,
        layer=layer,
        paths=(fact.path,),
        evidence=fact.evidence,
        development=fact.development,
        licences=fact.licences,
        depends=fact.depends,
        module=fact.module,
        confidence=int(fact.details.get("confidence", 100)),
        doubt=fact.details.get("doubt", ""),
        matched=bool(ecosystem and version),
        unmatched_reason=reason or ("" if version else "its version is not known"),
    )


def package_id(ecosystem: str, name: str, version: str, arch: str) -> str:
    """32 hex digits over the package identity; the same in every image."""
    return hashlib.blake2b("\0".join((ecosystem, name, version, arch)).encode(), digest_size=16).hexdigest()


def _joined(first: ImagePackage, second: ImagePackage) -> ImagePackage:
    """Two places of one package: the better evidence speaks, all paths of that evidence are kept; development only if both are."""
    ranks = _EVIDENCE_RANK[first.evidence], _EVIDENCE_RANK[second.evidence]
    best, other = (first, second) if ranks[0] <= ranks[1] else (second, first)
    paths = tuple(dict.fromkeys((*best.paths, *other.paths))) if ranks[0] == ranks[1] else best.paths
    surer = max(best, other, key=lambda one: one.confidence)
    joined = replace(
        best, paths=paths, licences=best.licences or other.licences, depends=best.depends or other.depends,
        confidence=surer.confidence, doubt=surer.doubt,
    )  # fmt: skip
    if best.development and not other.development:
        joined = replace(joined, development=False, matched=other.matched, unmatched_reason=other.unmatched_reason)
    return joined


def _without_shadows(merged: dict[Key, ImagePackage]) -> dict[Key, ImagePackage]:
    """Drops what is not installed and differs from something installed by its architecture alone: an SBOM often leaves that out."""
    installed = {key[:3] for key, one in merged.items() if one.evidence == "installed"}
    return {key: one for key, one in merged.items() if one.evidence == "installed" or key[:3] not in installed}


def _licensed(merged: dict[Key, ImagePackage], view: ImageView) -> dict[Key, ImagePackage]:
    """Gives packages of dpkg the licences of their copyright file. Where a package only links to the folder of another, the one of another
    package of the same source (Debian Policy 12.5 allows no other link)."""
    by_name = {fact.package: fact.licences for _, fact in view.visible(PackageLicences)}
    if not by_name:
        return merged
    by_source = {one.source: by_name[one.name] for one in merged.values() if one.type == "deb" and one.name in by_name}
    return {
        key: replace(one, licences=by_name.get(one.name) or by_source.get(one.source, ()))
        if one.type == "deb" and not one.licences
        else one
        for key, one in merged.items()
    }


def _owned(package: ImagePackage, owner: str, release: Release) -> ImagePackage:
    if not owner:
        return package
    if not release.supported:
        return replace(package, owner=owner)
    return replace(package, owner=owner, matched=False, unmatched_reason=f"{_OWNED} {owner}")


def _without_contradicted(packages: Iterable[ImagePackage]) -> list[ImagePackage]:
    """Marks declared packages for which something installed answers (rule of the module docstring)."""
    packages = list(packages)
    installed: dict[str, list[str]] = {}
    for one in packages:
        if one.evidence == "installed" and not one.owner:
            installed.setdefault(one.type, []).extend(one.paths)
    below = {kind: _folders(installed.get(kind, ())) for kind in _INSTALLS_BELOW}
    answer = []
    for one in packages:
        if one.evidence == "declared" and one.matched:
            if one.type in _INSTALLS_BELOW:
                known = all(path.rpartition("/")[0] in below[one.type] for path in one.paths)
            else:
                known = one.type in installed
            if known:
                one = replace(one, matched=False, unmatched_reason=_DECLARED)
        elif one.evidence == "sbom" and one.matched and one.type in DISTRIBUTION_TYPES and one.type in installed:
            one = replace(one, matched=False, unmatched_reason=_LISTED)
        answer.append(one)
    return answer


def _folders(paths: Iterable[str]) -> frozenset[str]:
    """All folders above the paths, the root as the empty string."""
    found: set[str] = set()
    for path in paths:
        folder = path
        while folder:
            folder = folder.rpartition("/")[0]
            if folder in found:
                break
            found.add(folder)
    return frozenset(found)


def _introduced(view: ImageView, packages: Iterable[ImagePackage]) -> dict[str, int]:
    """Lowest layer whose facts, hidden by now or not, name the same package."""
    lowest: dict[tuple[str, str, str, str], int] = {}
    for layer, fact in view.every(Package):
        if fact.type in DISTRIBUTION_TYPES:
            lowest.setdefault((fact.type, fact.name, fact.version, fact.arch), layer)
    return {one.id: lowest.get((one.type, one.name, one.version, one.arch), one.layer) for one in packages}


def _notes(packages: Iterable[ImagePackage], release: Release) -> tuple[str, ...]:
    notes = []
    if not release.supported:
        notes.append(f"{Reason.UNSUPPORTED_DISTRIBUTION}: {release.reason}")
    if release.note:
        notes.append(release.note)
    if not any(one.type in DISTRIBUTION_TYPES and one.unmatched_reason != BUNDLED for one in packages):
        notes.append(f"{Reason.NO_PACKAGE_DATABASE}: no database of distribution packages was found")
    return tuple(notes)
