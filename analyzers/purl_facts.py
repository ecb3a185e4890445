"""A package URL with its qualifiers -> the facts that a database would have given.

Source: purl specification and its type definitions; `distro`, `upstream`, `epoch` and `arch` as SBOM producers write them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from packageurl import PackageURL

from analyzers.distributions import DEBIAN_CODENAMES, UBUNTU_CODENAMES
from analyzers.language_packages import ACTIONS
from schemas.facts import Distribution, Package

DISTRIBUTION_TYPES = frozenset({"deb", "apk", "rpm", "opkg", "alpm"})
IMAGE_TYPES = frozenset({"oci", "docker"})
BUNDLED = "a copy that a Python package brings along: no distribution updates it"
"""Why a distribution package that only the SBOM of a wheel names is not matched."""
_IDENTITY_AND_VERSION = re.compile(r"([A-Za-z][A-Za-z0-9_.]*(?:-[A-Za-z][A-Za-z0-9_.]*)*)-(v?\d[^/]*)")


def package_of(purl: PackageURL, path: str, licences: tuple[str, ...] = (), development: bool = False) -> Package:
    """A Package of evidence `sbom`. An rpm's epoch goes back into its version; `upstream` becomes source and source version."""
    qualifiers = purl.qualifiers if isinstance(purl.qualifiers, dict) else {}
    version = purl.version or ""
    epoch = qualifiers.get("epoch", "")
    if purl.type in ("rpm", "deb") and epoch.isdigit() and ":" not in version:  # deb: Trivy
        version = f"{epoch}:{version}"
    source, source_version = qualifiers.get("upstream", ""), ""
    if purl.type != "rpm" and "@" in source:
        source, _, source_version = source.rpartition("@")
    distributed = purl.type in DISTRIBUTION_TYPES
    place = purl.subpath if purl.type in ACTIONS else ""  # which of the actions and workflows of the repository
    return Package(
        path=path,
        type=purl.type,
        namespace=purl.namespace or "",
        name=f"{purl.name}/{place}" if place else purl.name,
        version=version,
        arch=qualifiers.get("arch", "") if distributed else "",
        source=source or (purl.name if purl.type in ("deb", "apk") else ""),
        source_version=(source_version or version) if distributed else "",
        evidence="sbom",
        development=development,
        licences=licences,
        module=qualifiers.get("rpmmod", "") or qualifiers.get("modularitylabel", ""),
        purl="" if distributed else purl.to_string(),
    )


def distribution_of(purls: Iterable[PackageURL], path: str) -> Distribution | None:
    """The distribution that most distribution packages name by `distro`, else the one of their namespace, without a release."""
    counts: dict[tuple[str, str], int] = {}
    for purl in purls:
        if purl.type in DISTRIBUTION_TYPES:
            qualifiers = purl.qualifiers if isinstance(purl.qualifiers, dict) else {}
            key = (qualifiers.get("distro", "") or _os_qualifiers(qualifiers), purl.namespace or "")
            counts[key] = counts.get(key, 0) + 1
    if not counts:
        return None
    distro, namespace = max(counts, key=lambda key: (bool(key[0]), counts[key]))
    return from_distro(distro, namespace, path)


def _os_qualifiers(qualifiers: Mapping[str, str]) -> str:
    """`os_name` and `os_version`, as Docker Scout writes them."""
    name, version = qualifiers.get("os_name", ""), qualifiers.get("os_version", "") or qualifiers.get("os_distro", "")
    return f"{name}-{version}" if name and version else ""


def from_distro(distro: str, namespace: str, path: str) -> Distribution | None:
    """`debian-12`, `opensuse-leap-15.5`, `3.18.0`, `bookworm`, `debian-bookworm`, `wolfi` -> Distribution."""
    namespace = namespace.lower()
    text = distro.strip().lower()
    match = _IDENTITY_AND_VERSION.fullmatch(text)
    if match:
        return Distribution(path=path, id=match[1], version=match[2].removeprefix("v"))
    if text[:1].isdigit() and namespace:
        return Distribution(path=path, id=namespace, version=text)
    known = {**DEBIAN_CODENAMES, **UBUNTU_CODENAMES}
    identity, _, word = text.rpartition("-")
    if word in known or word in ("edge", "stream"):
        identity = identity or namespace or ("debian" if word in DEBIAN_CODENAMES else "ubuntu")
        return Distribution(path=path, id=identity, codename=word, version=word if word in ("edge", "stream") else "")
    identity = text or namespace
    return Distribution(path=path, id=identity) if identity else None
