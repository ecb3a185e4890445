"""Package names and ecosystems as advisories write them, and where advisories about a package may stand."""

from __future__ import annotations

import re
from collections.abc import Iterable

from analyzers.language_packages import repository_name

_RUNS = re.compile(r"[-_.]+")
_LOWER = frozenset({"Packagist", "NuGet", "GitHub Actions", "Hex", "Pub"})
_MAJOR_ONLY = ("AlmaLinux", "Rocky Linux", "Oracle Linux", "Debian")
_RENAMED = {"Rocky": "Rocky Linux", "Alma": "AlmaLinux", "RedHat": "Red Hat", "Oracle": "Oracle Linux"}
_SUSE = re.compile(r"SUSE:(?P<family>Linux (?:Enterprise|Micro))\b.*? (?P<release>\d[\d.]*(?: SP\d+)?)")
_UBUNTU = re.compile(r"Ubuntu:(?:Pro:)?(?P<release>\d\d\.\d\d)(?::LTS)?\Z")


def match_name(ecosystem: str, name: str) -> str:
    """A package name in the form in which equal names are equal bytes. Idempotent. Source: PEP 503 for PyPI; Packagist, NuGet and
    others ignore case; SwiftURL names repositories."""
    base = ecosystem.partition(":")[0]
    if base == "PyPI":
        return _RUNS.sub("-", name.strip()).lower()
    if base == "SwiftURL":
        return repository_name(name)
    return name.strip().lower() if base in _LOWER else name.strip()


def ecosystem_name(text: str) -> str:
    """An ecosystem as feeds and packages agree on it: without the minor release where advisories have none."""
    base, colon, release = text.strip().partition(":")
    base = _RENAMED.get(base, base)
    if base in _MAJOR_ONLY and re.fullmatch(r"\d+(\.\d+)+", release):
        release = release.partition(".")[0]
    if base == "Alpine" and (parts := re.match(r"v?(\d+\.\d+)", release)):
        release = f"v{parts[1]}"
    return base + colon + release


def where_to_look(ecosystem: str, version: str, known: Iterable[str]) -> list[str]:
    """The ecosystems whose advisories are about a package of this ecosystem, the most exact first.

    known: ecosystems that have advisories. Ubuntu: the release itself, with its `:LTS` form; `Ubuntu:Pro` where the package comes from
    there (esm in its version) or where nothing else is known about the release. Red Hat: every repository of the major release. SUSE: every
    product of the release, as its packages come from modules (`Linux Enterprise Module for Basesystem 15 SP6`) and what is fixed late is
    told under the name of a longer support (`Linux Enterprise Server 15 SP4-LTSS`).
    """
    exact = ecosystem_name(ecosystem)
    found = [exact]
    ubuntu = _UBUNTU.match(exact)
    if ubuntu:
        release = ubuntu["release"]
        plain = [f"Ubuntu:{release}:LTS", f"Ubuntu:{release}"]
        pro = [f"Ubuntu:Pro:{release}:LTS", f"Ubuntu:Pro:{release}"]
        there = set(known)
        use_pro = "esm" in version or exact.startswith("Ubuntu:Pro") or not there.intersection(plain)
        found = plain + (pro if use_pro else [])
    elif exact.startswith("Red Hat:") and (major := re.search(r"\d+", exact)):
        product = re.compile(rf"Red Hat:enterprise_linux:{major[0]}(?:[.:]|\Z)")
        found += sorted(one for one in known if product.match(one))
    elif suse := _SUSE.fullmatch(exact):
        product = re.compile(rf"SUSE:{suse['family']}(?: .+)? {re.escape(suse['release'])}(?:-[\w-]+)?")
        found += sorted(one for one in known if product.fullmatch(one))
    return list(dict.fromkeys(found))
