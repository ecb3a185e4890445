"""Go module and toolchain versions. Source: Go Modules Reference, "Versions" and "Pseudo-versions"; "Go Toolchains".

Semantic versions with an optional `v` (advisories leave it out, build information has it). What follows `+`, so also
`+incompatible`, has no part in the order. A pseudo-version needs no rule of its own: it is written as a pre-release that
sorts by its base version, then by time. Toolchain names go1.21rc2 and go1.21 are read as 1.21.0-rc.2 and 1.21.0, which
is how the advisories for the standard library write them.
"""

import re

from analyzers.versions.invalid import InvalidVersion
from analyzers.versions.semver import sort_key as semver_sort_key

_TOOLCHAIN = re.compile(r"(?:go)?([0-9]+)((?:\.[0-9]+){0,2})(?:(beta|rc)([0-9]+))?").fullmatch


def sort_key(version: str) -> bytes:
    """Key of a Go version; raises InvalidVersion."""
    match = _TOOLCHAIN(version)
    if match is None:
        return semver_sort_key(version)
    major, others, phase, number = match.groups()
    if phase is None:
        return semver_sort_key(major + others)
    if others.count(".") == 0:
        raise InvalidVersion(version, "a pre-release of the Go toolchain needs a minor version")
    return semver_sort_key(f"{major}{others}-{phase}.{number}")
