"""Lines of builds that run beside each other in one release of a distribution: a fix in one line says nothing about the others, and their
versions cannot be compared with each other.

Sources: ubuntu.com/security/esm and /fips (versions with `esm` or `fips`, OSV's `Ubuntu:Pro:FIPS-updates:22.04:LTS`); Red Hat's tags of
minor releases, which may go on with extended updates (`el9_2`, in modules `module+el9.2.0+`); Oracle's user space Ksplice and FIPS
builds, which have epochs of their own (`2:2.28-251.0.2.ksplice1.el8_10`, `10:3.6.16-8.el8_fips`).
"""

from __future__ import annotations

import re
from functools import lru_cache

_MINOR = re.compile(r"[._]el(\d+)_(\d+)|\.module\+el(\d+)\.(\d+)\.")
_PRO = re.compile(r"Ubuntu:Pro:(?:([A-Za-z]+)[\w-]*:)?\d")
_UBUNTU = re.compile(r"esm|fips", re.IGNORECASE)
_ORACLE = re.compile(r"[._](ksplice|fips)\d*(?:[._]|\Z)")


def line_of(ecosystem: str, version: str) -> str:
    """The line that a version belongs to, empty for the release's own: `esm`, `el9_2`, `ksplice`, `fips`. Every build for a minor release
    of Red Hat is of that release's line, as it may go on with extended updates."""
    base = ecosystem.partition(":")[0]
    pattern = {"Ubuntu": _UBUNTU, "Red Hat": _MINOR, "Oracle Linux": _ORACLE}.get(base)
    found = pattern.search(version) if pattern else None
    if not found:
        return ""
    return "el" + "_".join(filter(None, found.groups())) if base == "Red Hat" else found[found.re.groups].lower()


@lru_cache(maxsize=4096)
def extended(ecosystem: str) -> str:
    """The line that an ecosystem is about: `Ubuntu:Pro:22.04:LTS` is esm, `Ubuntu:Pro:FIPS:22.04:LTS` fips; empty for a release, and for
    Red Hat's minor releases, of which the matcher knows by their names (sinks/queries/match.sql)."""
    pro = _PRO.match(ecosystem)
    return (pro[1] or "esm").lower() if pro else ""
