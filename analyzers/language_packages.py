"""What advisories call the packages of languages: purl type -> OSV ecosystem, and the name and version as records there write them.

Sources: OSV schema, "Defined ecosystems" (names); PEP 503 (PyPI); NuGet and Packagist compare names without case.
"""

from __future__ import annotations

import re

_REPOSITORY = re.compile(r"(?:[A-Za-z][\w+.-]*://)?(?:[^@/\s]*@)?(?:[wW]{3}\.)?([^/:\s]+)(?::\d+)?[/:]/?(.+?)(?:\.git)?/?\Z")
CRATES = ".".join(("crates", "io"))  # the ecosystem's own name in the OSV schema
ECOSYSTEMS = {
    "pypi": "PyPI", "npm": "npm", "maven": "Maven", "golang": "Go", "gem": "RubyGems", "composer": "Packagist", "nuget": "NuGet",
    "cargo": CRATES, "hex": "Hex", "pub": "Pub", "conan": "ConanCenter", "cran": "CRAN", "bioconductor": "Bioconductor",
    "swift": "SwiftURL", "hackage": "Hackage",
    "bitnami": "Bitnami", "julia": "Julia", "opam": "opam", "githubactions": "GitHub Actions", "github": "GitHub Actions",
}  # fmt: skip
ACTIONS = frozenset({"githubactions", "github"})
"""As SBOMs name actions; `github` may be any other repository too, of which there are no advisories."""
_MOVING = re.compile(r"[vV]?(\d{1,8})(?:\.\*)*\Z|[vV]?(\d{1,8}\.\d{1,8})(?:\.\*)?\Z")
_NEWEST = 99_999_999


def advisory_name(kind: str, namespace: str, name: str) -> str:
    """The name as OSV writes it: `group:artifact` for Maven, `@scope/name` for npm, the module path for Go."""
    if kind == "pypi":
        return re.sub(r"[-_.]+", "-", name).lower()
    if kind == "maven":
        return f"{namespace}:{name}" if namespace else name
    full = f"{namespace}/{name}" if namespace else name
    if kind == "swift":
        return repository_name(full)
    return full.lower() if kind in ("nuget", "composer", "bitnami", "hex", *ACTIONS) else full


def repository_name(address: str) -> str:
    """`host/path` in lower case of a repository's address, with or without scheme, account, port and `.git`; idempotent.

    Such names mean Git repositories on hosts that ignore case; advisories write them with and without the scheme."""
    match = _REPOSITORY.match(address.strip())
    return f"{match[1]}/{match[2]}".lower() if match else address.strip().lower()


def compared_version(ecosystem: str, version: str) -> str:
    """The version whose place in the order a package has. A tag of an action without all three numbers (`v4`, `4.1`, `4.*.*`) is moved to
    each release of its line, so it stands where the newest would: above all fixes in that line, below those in the next."""
    moving = _MOVING.match(version) if ecosystem == "GitHub Actions" else None
    if moving is None:
        return version
    line = moving[1] or moving[2]
    return ".".join([line, *[str(_NEWEST)] * (2 - line.count("."))])


def advisory_version(kind: str, version: str) -> str:
    """The version as OSV writes it: Go modules without their leading `v`, the Go standard library without `go`."""
    if kind == "golang":
        return re.sub(r"^(?:v|go)(?=\d)", "", version)
    return version
