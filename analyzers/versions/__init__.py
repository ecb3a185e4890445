"""Versions as sortable keys: plain comparison of two keys is the order of the two versions in their ecosystem.

Keys are bytes, so a database can sort and range-join them without knowing any ecosystem. Equal versions have equal keys.
No key is empty: LOWEST, the empty key, is below every version and stands for "from the first version on", which OSV
writes as `"introduced": "0"` (as a version, "0" is not the lowest: 0~rc1 or 0.dev1 are below it). Callers translate it.
"""

from collections.abc import Callable
from functools import lru_cache

from analyzers.versions import (
    apk,
    composer,
    conan,
    dotted,
    dpkg,
    golang,
    maven,
    nuget,
    pub,
    pypi,
    rpm,
    rubygems,
    semver,
)
from analyzers.versions.ecosystems import family
from analyzers.versions.invalid import InvalidVersion

__all__ = ["LOWEST", "MAX_LENGTH", "SORT_KEYS", "InvalidVersion", "family", "sort_key"]

LOWEST = b""
MAX_LENGTH = 1024  # characters; the longest version in public advisories has about 100

SORT_KEYS: dict[str, Callable[[str], bytes]] = {
    "apk": apk.sort_key,
    "composer": composer.sort_key,
    "conan": conan.sort_key,
    "dotted": dotted.sort_key,
    "dpkg": dpkg.sort_key,
    "go": golang.sort_key,
    "maven": maven.sort_key,
    "nuget": nuget.sort_key,
    "opam": dpkg.opam_sort_key,
    "pub": pub.sort_key,
    "pypi": pypi.sort_key,
    "rpm": rpm.sort_key,
    "rubygems": rubygems.sort_key,
    "semver": semver.sort_key,
    "semver-build": semver.build_sort_key,
    "semver-like": semver.like_sort_key,
}


def sort_key(ecosystem: str, version: str) -> bytes:
    """Key of a version; compare it with keys of the same family only.

    ecosystem: OSV name, with or without ":release". version: as the ecosystem writes it, 1 to MAX_LENGTH printable
    ASCII characters. Raises InvalidVersion for anything else, for a version that the ecosystem does not know and for an
    ecosystem without a known order (`family` gives None).
    """
    if not isinstance(version, str):
        raise InvalidVersion(version, f"a version is a text, not {type(version).__name__}")
    name = family(ecosystem)
    if name is None:
        raise InvalidVersion(version, f"no order of versions is known for the ecosystem {ecosystem!r}")
    return _sort_key(name, version)


@lru_cache(maxsize=1 << 16)
def _sort_key(name: str, version: str) -> bytes:
    if not version or len(version) > MAX_LENGTH:
        raise InvalidVersion(version, f"a version has 1 to {MAX_LENGTH} characters, not {len(version)}")
    if not (version.isascii() and version.isprintable()):
        raise InvalidVersion(version, "a version has printable ASCII characters only")
    return SORT_KEYS[name](version)
