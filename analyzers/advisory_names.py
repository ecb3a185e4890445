"""Package names and ecosystems as advisories write them, and where advisories about a package may stand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from analyzers.build_lines import line_of
from analyzers.language_packages import repository_name
from analyzers.source_packages import source_rpm_name

_SOURCE = "?arch=src"
_RUNS = re.compile(r"[-_.]+")
_LOWER = frozenset({"Packagist", "NuGet", "GitHub Actions", "Hex", "Pub"})
_MAJOR_ONLY = ("AlmaLinux", "Rocky Linux", "Oracle Linux", "Debian", "Azure Linux")
_RENAMED = {
    "Rocky": "Rocky Linux", "Alma": "AlmaLinux", "RedHat": "Red Hat", "Oracle": "Oracle Linux", "Amazon": "Amazon Linux",
    "Photon": "Photon OS", "CBL-Mariner": "Azure Linux", "Mariner": "Azure Linux",
}  # fmt: skip
_SUSE = re.compile(r"SUSE:(?P<family>Linux (?:Enterprise|Micro))\b.*? (?P<release>\d[\d.]*(?: SP\d+)?)")
_BASES = frozenset({"AlmaLinux", "Debian", "Rocky Linux"})
"""Whose advisories may leave out the release (OSV schema, "Defined ecosystems")."""
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


def advised_name(ecosystem: str, name: str, arch: str = "", *, alone: bool = False) -> str:
    """The name under which an advisory is kept: with the architecture if it is about one, and with a mark if it is about the package
    `alone` and not about what else is built from the same source. Only Wolfi's relatives have advisories of that kind. What Red Hat says of
    a source rpm is kept under a name of its own."""
    if arch == "src" and ecosystem.startswith("Red Hat:"):
        return f"{name.strip()}{_SOURCE}"
    marks = [f"arch={arch}"] if arch else []
    marks += ["subpackages=no"] if alone else []
    plain = match_name(ecosystem, name)
    return f"{plain}?{'&'.join(marks)}" if marks and by_package(ecosystem) else plain


def names_to_look_up(ecosystem: str, source: str, name: str, arch: str, source_rpm: str = "") -> list[str]:
    """The names under which advisories about a package are kept: its source's, or its own where advisories are about packages. Red Hat's
    packages: with that of the `source_rpm` (a file name or a name). An action or workflow in a folder of its repository: its own name and
    the repository's."""
    if ecosystem == "GitHub Actions":
        whole = match_name(ecosystem, source)
        return list(dict.fromkeys((whole, "/".join(whole.split("/")[:2]))))
    if ecosystem.startswith("Red Hat:"):
        return [match_name(ecosystem, source), advised_name(ecosystem, source_rpm_name(source_rpm) or name, "src")]
    if not by_package(ecosystem):
        return [match_name(ecosystem, source)]
    both = [advised_name(ecosystem, one, place) for one in (source, name) for place in ("", arch)]
    return list(dict.fromkeys([*both, *(advised_name(ecosystem, name, place, alone=True) for place in ("", arch))]))


def by_package(ecosystem: str) -> bool:
    """Whether advisories are about single packages of one architecture. Source: Chainguard's advisories in OSV (CGA-...)."""
    return ecosystem.partition(":")[0] in {"Chainguard", "Wolfi"}


@lru_cache(maxsize=4096)
def ecosystem_name(text: str) -> str:
    """An ecosystem as feeds and packages agree on it: without the minor release where advisories have none, and without what narrows a
    release of Ubuntu to one kernel (`Pro:22.04:LTS:Realtime:Kernel`, `22.04:LTS:for:NVIDIA:BlueField`), which has a source of its own."""
    base, colon, release = text.strip().partition(":")
    base = _RENAMED.get(base, base)
    if base in _MAJOR_ONLY and re.fullmatch(r"\d+(\.\d+)+", release):
        release = release.partition(".")[0]
    if base == "Alpine" and (parts := re.match(r"v?(\d+\.\d+)", release)):
        release = f"v{parts[1]}"
    if base == "Ubuntu":
        release = re.sub(r"(\d\d\.\d\d(?::LTS)?):.*", r"\1", release)
    return base + colon + release


def is_product(ecosystem: str) -> bool:
    """Whether packages are looked up there only once it is known: one product of many of a release, or a distribution without a release."""
    return ecosystem.partition(":")[0] in {"Red Hat", "SUSE"} or ecosystem in _BASES


def where_to_look(ecosystem: str, version: str, known: Iterable[str]) -> list[str]:
    """The ecosystems whose advisories are about a package of this ecosystem, the most exact first.

    known: ecosystems that have advisories. A release of Debian, AlmaLinux or Rocky Linux: what is said without a release too. Ubuntu: the
    release with and without `:LTS`, and `Ubuntu:Pro`; for a build for FIPS those of FIPS. Red Hat: every repository of the major release,
    its longer life (rhel_els), and the extended updates of the minor release that a build is for (el9_2). SUSE: every product of the
    release, as its packages come from modules (`Linux Enterprise Module for Basesystem 15 SP6`, `Package Hub 15 SP6`) and what is fixed
    late is told under the name of a longer support (`Linux Enterprise Server 15 SP4-LTSS`).
    """
    exact = ecosystem_name(ecosystem)
    found = [exact, *({exact.partition(":")[0]} & _BASES & set(known))]
    ubuntu = _UBUNTU.match(exact)
    if ubuntu:
        release = ubuntu["release"]
        lines = ("", "Pro:", *(f"Pro:FIPS{one}:" for one in ("-updates", "-preview", "") if line_of(exact, version) == "fips"))
        found = [f"Ubuntu:{line}{release}{mark}" for line in lines for mark in (":LTS", "")]
    elif exact.startswith("Red Hat:") and (major := re.search(r"\d+", exact)):
        line = line_of(exact, version).removeprefix("el").replace("_", r"\.")
        extended = rf"|(?:rhel|enterprise_linux)_\w+:{line}" if line else ""
        product = re.compile(rf"Red Hat:(?:(?:enterprise_linux|rhel_els):{major[0]}{extended})(?:[.:]|\Z)")
        found += sorted(one for one in known if product.match(one))
    elif suse := _SUSE.fullmatch(exact):
        hub = "|Package Hub" if suse["family"].endswith("Enterprise") else ""
        product = re.compile(rf"SUSE:(?:{suse['family']}(?: .+)?{hub}) {re.escape(suse['release'])}(?:-[\w -]+)?")
        found += sorted(one for one in known if product.fullmatch(one))
    return list(dict.fromkeys(found))
