"""Which distribution a layer says it is: os-release and the files that came before it.

Sources: os-release(5), lsb_release(1), and the one-line release files of Red Hat, SUSE, Alpine, Debian, Photon and their relatives.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from typing import ClassVar

from analyzers.contract import BaseCollector, FileView, Wanted
from schemas.facts import Distribution, Fact, Skipped
from schemas.vocabulary import Reason

OS_RELEASE = ("etc/os-release", "usr/lib/os-release", "etc/initrd-release", "usr/lib/initrd-release")
LSB = ("etc/lsb-release", "etc/openwrt_release", "usr/lib/lsb-release")
RELEASE_LINES = (
    "etc/rocky-release", "etc/almalinux-release", "etc/oracle-release", "etc/centos-release", "etc/fedora-release", "etc/photon-release",
    "etc/mariner-release", "etc/azurelinux-release", "etc/openEuler-release", "etc/mageia-release", "etc/redhat-release",
    "etc/system-release", "etc/SuSE-release", "etc/slackware-version", "etc/gentoo-release",
)  # fmt: skip
PLAIN = {"etc/alpine-release": "alpine", "etc/debian_version": "debian", "etc/wolfi-release": "wolfi", "etc/arch-release": "arch"}
# In the order in which they are believed: os-release, then what only one distribution writes, then what others write as well.
PRECEDENCE = (*OS_RELEASE, *RELEASE_LINES, "etc/alpine-release", "etc/wolfi-release", "etc/arch-release", *LSB, "etc/debian_version")

# The name at the beginning of a release line -> os-release ID; longer names first.
LINE_NAMES = (
    ("red hat enterprise linux", "rhel"), ("centos", "centos"), ("rocky", "rocky"), ("almalinux", "almalinux"), ("oracle", "ol"),
    ("enterprise linux enterprise linux", "ol"), ("fedora", "fedora"), ("amazon linux", "amzn"), ("scientific linux", "scientific"),
    ("vmware photon", "photon"), ("photon", "photon"), ("cbl-mariner", "mariner"), ("microsoft azure linux", "azurelinux"),
    ("azure linux", "azurelinux"), ("suse linux enterprise server", "sles"), ("suse linux enterprise desktop", "sled"),
    ("opensuse", "opensuse-leap"), ("openeuler", "openeuler"), ("mageia", "mageia"), ("slackware", "slackware"), ("gentoo", "gentoo"),
    ("virtuozzo", "virtuozzo"), ("clearos", "clearos"), ("cloudlinux", "cloudlinux"), ("xenserver", "xenserver"),
)  # fmt: skip
_VERSION = re.compile(r"\d+(?:\.\d+)*")
_CODENAME = re.compile(r"\(([^()]+)\)")


class OsRelease(BaseCollector):
    """Facts: one Distribution per file; Skipped for an os-release without ID."""

    name: ClassVar[str] = "os-release"
    version: ClassVar[int] = 1
    tells: ClassVar[tuple[type[Fact], ...]] = (Distribution,)
    wanted: ClassVar[Wanted] = Wanted(paths=frozenset(PRECEDENCE), max_bytes=64 * 1024)

    def collect(self, file: FileView) -> Iterable[Fact]:
        text = file.data.decode("utf-8", "backslashreplace").lstrip("\ufeff")
        if file.path in OS_RELEASE:
            found = from_os_release(file.path, assignments(text))
        elif file.path in LSB:
            found = _from_lsb(file.path, assignments(text))
        elif file.path in PLAIN:
            found = _from_plain(file.path, text.strip())
        else:
            found = _from_line(file.path, text)
        if found is None:
            return (Skipped(path=file.path, collector=self.name, reason=f"{Reason.UNREADABLE}: names no distribution"),)
        return (found,)


def assignments(text: str) -> dict[str, str]:
    """Shell variable assignments, unquoted; lines that are none are left out. Source: os-release(5), "shell-compatible"."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            try:
                found[name] = " ".join(shlex.split(value))
            except ValueError:  # an open quote
                found[name] = value.strip("\"' ")
    return found


def from_os_release(path: str, values: dict[str, str]) -> Distribution | None:
    """ID defaults to `linux` by the standard: that names nothing, so it counts as absent."""
    identity = values.get("ID", "").lower()
    if not identity:
        return None
    kept = ("PRETTY_NAME", "VARIANT_ID", "CPE_NAME", "BUILD_ID", "IMAGE_ID", "UBUNTU_CODENAME", "DEBIAN_CODENAME", "SUPPORT_END")
    details = {name.lower(): values[name] for name in kept if values.get(name)}
    if "distroless" in values.get("PRETTY_NAME", "").lower():
        details["variant"] = "distroless"
    return Distribution(
        path=path,
        id=identity,
        version=values.get("VERSION_ID", ""),
        codename=values.get("VERSION_CODENAME", "") or _codename(values.get("VERSION", "")),
        name=values.get("PRETTY_NAME") or values.get("NAME", ""),
        like=tuple(values.get("ID_LIKE", "").lower().split()),
        details=details,
    )


def _codename(version: str) -> str:
    match = _CODENAME.search(version)
    return match[1].lower() if match else ""


def _from_lsb(path: str, values: dict[str, str]) -> Distribution | None:
    identity = values.get("DISTRIB_ID", "").lower()
    if not identity:
        return None
    return Distribution(
        path=path,
        id=identity,
        version=values.get("DISTRIB_RELEASE", ""),
        codename=values.get("DISTRIB_CODENAME", ""),
        name=values.get("DISTRIB_DESCRIPTION", ""),
    )


def _from_plain(path: str, text: str) -> Distribution | None:
    """A version alone. Debian's may be code names (`trixie/sid`) and lies in Ubuntu too, where it is Debian's."""
    identity = PLAIN[path]
    if _VERSION.match(text):
        return Distribution(path=path, id=identity, version=text.split()[0])
    if identity == "arch" or text:
        return Distribution(path=path, id=identity, codename=text.partition("/")[0])
    return None


def _from_line(path: str, text: str) -> Distribution | None:
    """`NAME release VERSION (CODENAME)`; SUSE adds `VERSION =` and `PATCHLEVEL =` lines."""
    line = text.strip().partition("\n")[0]
    identity = next((known for name, known in LINE_NAMES if line.lower().startswith(name)), "")
    match = _VERSION.search(line)
    if not identity or match is None:
        return None
    version = match[0]
    patch = re.search(r"^PATCHLEVEL\s*=\s*([1-9]\d*)", text, re.MULTILINE)
    if patch and "." not in version:
        version = f"{version}.{patch[1]}"
        line = f"{line.partition(' (')[0]} SP{patch[1]}"  # as later releases write their PRETTY_NAME
    if identity == "centos" and "stream" in line.lower():
        return Distribution(path=path, id=identity, version=version, name="CentOS Stream")
    if identity == "opensuse-leap" and "tumbleweed" in line.lower():
        identity = "opensuse-tumbleweed"
    return Distribution(path=path, id=identity, version=version, codename=_codename(line), name=line)
