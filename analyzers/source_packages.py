"""What a distribution package was built from, as advisories name it: the source package and its version."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from schemas.facts import Package

_SOURCE_RPM = re.compile(r"(?P<name>.+)-(?P<version>[^-]+-[^-]+)\.(?:no)?src\.rpm")
_SIGNED_KERNEL = re.compile(r"linux-signed(?P<line>(?:-[a-z0-9.]+)*?)(?:-(?:amd64|arm64|armhf|i386))?")

Epochs = Mapping[str, str]
"""File name of a source rpm -> its epoch, empty for none."""


def source_package(fact: Package) -> tuple[str, str]:
    """(name, version). Signed kernels are built from a source that only wraps the kernel's own, `linux-signed-amd64` from `linux` and
    `linux-signed-hwe-6.5` from `linux-hwe-6.5`; its binaries have the kernel's version, it has not."""
    signed = _SIGNED_KERNEL.fullmatch(fact.source)
    if signed:
        return f"linux{signed['line']}", fact.version
    return fact.source or fact.name, fact.source_version or fact.version


def source_rpm(fact: Package, epochs: Epochs) -> tuple[str, str]:
    """(name, version). A binary package may count its versions by itself (perl-Errno 1.30 of perl 4:5.32.1)."""
    own = _SOURCE_RPM.fullmatch(fact.source)
    if own is None:
        return fact.source or fact.name, fact.version
    epoch, _, rest = fact.version.rpartition(":")
    if rest != own["version"]:
        epoch = epochs.get(fact.source, epoch)
    return own["name"], f"{epoch}:{own['version']}" if epoch else own["version"]


def source_rpm_name(file: str) -> str:
    """`util-linux-2.32.1-42.el8.src.rpm` -> `util-linux`; a name that is no file name stays."""
    own = _SOURCE_RPM.fullmatch(file)
    return own["name"] if own else file


def source_epochs(facts: Iterable[Package]) -> dict[str, str]:
    """The file name of a source rpm lacks its epoch: a binary of the very same version has it."""
    found = {}
    for fact in facts:
        own = _SOURCE_RPM.fullmatch(fact.source) if fact.type == "rpm" else None
        epoch, _, rest = fact.version.rpartition(":")
        if own and rest == own["version"]:
            found[fact.source] = epoch
    return found
