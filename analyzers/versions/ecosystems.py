"""Which family of versions an ecosystem belongs to. Source: the ecosystem list of the OSV schema 1.7, and distributions
that publish no OSV advisories but the same kind of packages.

Left out on purpose, because their versions have no one order: Android, OSS-Fuzz, GIT, vcpkg (a scheme per port), FreeBSD
ports, Docker Hardened Images and TuxCare (several kinds of package under one name).
"""

from functools import lru_cache

_FAMILIES = {
    "dpkg": ("Debian", "Ubuntu", "Echo"),
    "rpm": (
        *("AlmaLinux", "Amazon Linux", "Anolis", "Azure Linux", "CBL-Mariner", "CentOS", "EulerOS", "Fedora", "Mageia"),
        *("Mariner", "OpenCloudOS", "Oracle Linux", "Photon OS", "Red Hat", "Rocky Linux", "SUSE", "openEuler"),
        *("openSUSE",),
    ),
    "apk": (*("Alpaquita", "Alpine", "BellSoft Hardened Containers", "Chainguard", "CleanStart", "MinimOS", "Wolfi"),),
    "pypi": ("PyPI",),
    "semver": (".".join(("crates", "io")), "Hex", "npm", "SwiftURL", "VSCode"),
    "semver-like": ("Bitnami", "GitHub Actions", "Kubernetes", "Linux"),
    "semver-build": ("Julia",),
    "pub": ("Pub",),
    "go": ("Go",),
    "maven": ("Maven",),
    "rubygems": ("RubyGems",),
    "composer": ("Packagist",),
    "nuget": ("NuGet",),
    "dotted": ("Bioconductor", "CRAN", "GHC", "Hackage"),
    "conan": ("ConanCenter",),
    "opam": ("opam",),
}
FAMILY_OF = {name: family for family, names in _FAMILIES.items() for name in names}
_PREFIX = "Root:"  # Root republishes packages of other ecosystems: "Root:Alpine:3.18", "Root:PyPI"


@lru_cache(maxsize=1024)
def family(ecosystem: str) -> str | None:
    """Name of the comparison family of an OSV ecosystem, with or without ":release"; None when it has no known order.

    Two keys may be compared if and only if their families are equal.
    """
    return FAMILY_OF.get(ecosystem.removeprefix(_PREFIX).partition(":")[0])
