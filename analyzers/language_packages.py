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
    "bitnami": "Bitnami", "julia": "Julia", "opam": "opam", "githubactions": "GitHub Actions",
}  # fmt: skip


def advisory_name(kind: str, namespace: str, name: str) -> str:
    """The name as OSV writes it: `group:artifact` for Maven, `@scope/name` for npm, the module path for Go."""
    if kind == "pypi":
        return re.sub(r"[-_.]+", "-", name).lower()
    if kind == "maven":
        return f"{namespace}:{name}" if namespace else name
    full = f"{namespace}/{name}" if namespace else name
    if kind == "swift":
        return repository_name(full)
    return full.lower() if kind in ("nuget", "composer", "bitnami", "hex") else full


def repository_name(address: str) -> str:
    """`host/path` in lower case of a repository's address, with or without scheme, account, port and `.git`; idempotent.

    Such names mean Git repositories on hosts that ignore case; advisories write them with and without the scheme."""
    match = _REPOSITORY.match(address.strip())
    return f"{match[1]}/{match[2]}".lower() if match else address.strip().lower()


def advisory_version(kind: str, version: str) -> str:
    """The version as OSV writes it: Go modules without their leading `v`, the Go standard library without `go`."""
    if kind == "golang":
        return re.sub(r"^(?:v|go)(?=\d)", "", version)
    return version
