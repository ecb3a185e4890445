"""From what release files say to what advisories and package URLs call a distribution.

Ecosystem names are those of the OSV schema ("Defined ecosystems"); distributions that OSV does not define (Amazon, Oracle, Fedora,
CentOS ...) get names of the same form, so that a feed for them can be told from a missing one. A derivative counts as its parent only
where the table below says so, and then with a note; any other unknown distribution is unsupported and says that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from analyzers.collectors.os_release import PRECEDENCE
from analyzers.distribution_support import end_of_support
from analyzers.versions import family
from schemas.facts import Distribution

MatchBy = Literal["source", "binary", "source-rpm"]


@dataclass(frozen=True, slots=True)
class Release:
    """A distribution as the world outside calls it.

    `namespace` and `distro` are those of package URLs (`debian`, `debian-12`); `ecosystem` is empty where `supported` is False, and then
    `reason` says why; `note` tells of a derivative that is read as its parent. `match_by` names what advisories speak of: the
    source package with its version, the binary package, or the source rpm's name with the binary's version."""

    id: str = ""
    release: str = ""
    namespace: str = ""
    distro: str = ""
    ecosystem: str = ""
    match_by: MatchBy = "binary"
    reason: str = ""
    note: str = ""
    support_ends: date | None = None

    @property
    def supported(self) -> bool:
        return bool(self.ecosystem)


@dataclass(frozen=True, slots=True)
class _Rule:
    ecosystem: str  # with {} for the release; the release is left out without it
    release: Callable[[Distribution], str]
    match_by: MatchBy
    namespace: str = ""  # empty: the os-release ID


DEBIAN_CODENAMES = {
    "squeeze": "6", "wheezy": "7", "jessie": "8", "stretch": "9", "buster": "10", "bullseye": "11", "bookworm": "12", "trixie": "13",
    "forky": "14", "duke": "15", "sid": "sid",
}  # fmt: skip
UBUNTU_CODENAMES = {
    "precise": "12.04", "trusty": "14.04", "xenial": "16.04", "bionic": "18.04", "cosmic": "18.10", "disco": "19.04", "eoan": "19.10",
    "focal": "20.04", "groovy": "20.10", "hirsute": "21.04", "impish": "21.10", "jammy": "22.04", "kinetic": "22.10", "lunar": "23.04",
    "mantic": "23.10", "noble": "24.04", "oracular": "24.10", "plucky": "25.04", "questing": "25.10", "resolute": "26.04",
}  # fmt: skip


def _major(found: Distribution) -> str:
    match = re.match(r"\d+", found.version)
    return match[0] if match else ""


def _minor(found: Distribution) -> str:
    match = re.match(r"\d+(?:\.\d+)?", found.version)
    return match[0] if match else ""


def _with_minor(found: Distribution) -> str:
    version = _minor(found)
    return f"{version}.0" if version and "." not in version else version


def _debian(found: Distribution) -> str:
    """Testing and unstable name no release; before bookworm only PRETTY_NAME had a code name (`Debian GNU/Linux bullseye/sid`)."""
    named = re.search(r"(\w+)/sid\b", found.name)
    return _major(found) or DEBIAN_CODENAMES.get((found.codename or (named[1] if named else "")).lower(), "")


def _ubuntu(found: Distribution) -> str:
    version = _minor(found) or UBUNTU_CODENAMES.get(found.codename.lower(), "")
    year, _, month = version.partition(".")
    return f"{version}:LTS" if month == "04" and int(year) % 2 == 0 else version


def _alpine(found: Distribution) -> str:
    if re.search(r"_(?!rc|beta)", found.version) or found.version == "edge":  # 3.21_alpha20240807: what becomes 3.21
        return "edge"
    version = _minor(found)
    return f"v{version}" if "." in version else ""


def _suse(product: str) -> Callable[[Distribution], str]:
    def named(found: Distribution) -> str:
        """The marketing name as PRETTY_NAME has it, without its first word; else the product's with the release as SUSE counts it."""
        words = found.name.split(maxsplit=1)
        if len(words) == 2 and words[0].lower() == "suse" and re.search(r"\d", found.name):
            return re.sub(r"\s*\(.*", "", words[1])
        version = _minor(found)
        major, _, patch = version.partition(".")
        if "Micro" not in product and version and int(major) < 16:
            version = f"{major} SP{patch}" if patch not in ("", "0") else major
        return f"{product} {version}" if version else ""

    return named


def _leap(found: Distribution) -> str:
    micro = "Micro " if found.id == "opensuse-leap-micro" else ""
    return f"Leap {micro}{_with_minor(found)}" if found.version else ""


def _euler(found: Distribution) -> str:
    match = re.search(r"\((LTS(?:-SP\d+)?)\)", f"{found.name} ({found.codename})", re.IGNORECASE)
    version = _with_minor(found)
    return f"{version}-{match[1].upper()}" if match and version else version


def _rolling(found: Distribution) -> str:
    return "rolling"


_RULES: dict[str, _Rule] = {
    "debian": _Rule("Debian:{}", _debian, "source"),
    "ubuntu": _Rule("Ubuntu:{}", _ubuntu, "source"),
    "alpine": _Rule("Alpine:{}", _alpine, "source"),
    "wolfi": _Rule("Wolfi", _rolling, "source"),
    "chainguard": _Rule("Chainguard", _rolling, "source"),
    "minimos": _Rule("MinimOS", _rolling, "source"),
    "cleanstart": _Rule("CleanStart", _rolling, "source"),
    "echo": _Rule("Echo", _rolling, "source"),
    "alpaquita": _Rule("Alpaquita:{}", lambda found: found.version.lower(), "source"),
    "bellsoft-hardened-containers": _Rule("BellSoft Hardened Containers:{}", lambda found: found.version.lower(), "source"),
    "rhel": _Rule("Red Hat:enterprise_linux:{}", _major, "binary", "redhat"),
    "almalinux": _Rule("AlmaLinux:{}", _major, "binary"),
    "rocky": _Rule("Rocky Linux:{}", _major, "source-rpm"),
    "ol": _Rule("Oracle Linux:{}", _major, "binary", "oracle"),
    "fedora": _Rule("Fedora:{}", _major, "binary"),
    "amzn": _Rule("Amazon Linux:{}", lambda found: "1" if re.match(r"201\d\.", found.version) else _major(found), "binary", "amazon"),
    "photon": _Rule("Photon OS:{}", _with_minor, "source-rpm"),
    "mariner": _Rule("Azure Linux:{}", _major, "source-rpm"),
    "azurelinux": _Rule("Azure Linux:{}", _major, "source-rpm"),
    "mageia": _Rule("Mageia:{}", _major, "source-rpm"),
    "openeuler": _Rule("openEuler:{}", _euler, "source-rpm"),
    "sles": _Rule("SUSE:{}", _suse("Linux Enterprise Server"), "source-rpm", "suse"),
    "sled": _Rule("SUSE:{}", _suse("Linux Enterprise Desktop"), "source-rpm", "suse"),
    "sles_sap": _Rule("SUSE:{}", _suse("Linux Enterprise Server for SAP Applications"), "source-rpm", "suse"),
    "sle_hpc": _Rule("SUSE:{}", _suse("Linux Enterprise High Performance Computing"), "source-rpm", "suse"),
    "sle-micro": _Rule("SUSE:{}", _suse("Linux Enterprise Micro"), "source-rpm", "suse"),
    "sl-micro": _Rule("SUSE:{}", _suse("Linux Micro"), "source-rpm", "suse"),
    "opensuse-leap": _Rule("openSUSE:{}", _leap, "source-rpm", "opensuse"),
    "opensuse-leap-micro": _Rule("openSUSE:{}", _leap, "source-rpm", "opensuse"),
    "opensuse": _Rule("openSUSE:{}", _leap, "source-rpm", "opensuse"),
    "opensuse-tumbleweed": _Rule("openSUSE:Tumbleweed", _rolling, "source-rpm", "opensuse"),
}  # fmt: skip
FAMILY_OF_TYPE = {"deb": "dpkg", "apk": "apk", "rpm": "rpm"}
"""Type of a package as in package URLs -> family of versions (analyzers.versions)."""
_SYNONYMS = {
    "redhat": "rhel", "oracle": "ol", "amazon": "amzn", "suse": "sles", "cbl-mariner": "mariner", "alma": "almalinux",
    "rockylinux": "rocky", "sle-hpc": "sle_hpc", "slem": "sle-micro", "opensuse.leap": "opensuse-leap",
    "opensuse.tumbleweed": "opensuse-tumbleweed", "suse linux enterprise server": "sles", "suse linux enterprise micro": "sle-micro",
}  # fmt: skip
# Built from their parent's own packages; the code name in UBUNTU_CODENAME or DEBIAN_CODENAME says of which release.
_OF_UBUNTU = frozenset({"linuxmint", "pop", "elementary", "zorin", "neon", "tuxedo", "kubuntu", "xubuntu", "lubuntu"})
# The same packages, or the same sources built again under the same versions.
_PARENTS = {"raspbian": "debian", "centos": "rhel", "opensuse-microos": "opensuse-tumbleweed"}


def chosen(found: Iterable[Distribution]) -> Distribution | None:
    """The most trusted of several release files: os-release first, then what only one distribution writes (order of PRECEDENCE)."""
    rank = {path: index for index, path in enumerate(PRECEDENCE)}
    return min(found, key=lambda one: rank.get(one.path, len(rank)), default=None)


def release_for(type_: str, found: Collection[Distribution]) -> Release:
    """The release that packages of a type (deb, apk, rpm ...) are of: the most trusted one that has such packages. A database that lies in
    an image beside its own (of a tool that unpacks packages, of a root file system in the root) is none of the distribution's."""
    main, wanted = release_of(chosen(found)), FAMILY_OF_TYPE.get(type_)
    if not main.supported or family(main.ecosystem) == wanted:
        return main
    fitting = chosen(one for one in found if wanted and family(release_of(one).ecosystem) == wanted)
    return release_of(fitting) if fitting else Release(reason=f"{main.distro} has no packages of type {type_}: nobody knows whose they are")


def release_of(found: Distribution | None) -> Release:
    """What to call a distribution; with a reason in place of an ecosystem where that is not known."""
    if found is None:
        return Release(reason="no file names the distribution")
    own = _SYNONYMS.get(found.id, found.id)
    parent = _parent(found)
    identity = parent.id if parent else own
    rule = _RULES.get(identity)
    number = found.version or found.codename.partition(" ")[0]
    distro = f"{found.id}-{number}" if number else found.id
    if rule is None or _is_stream(found):
        like = f", which calls itself like {' '.join(found.like)}" if found.like else ""
        reason = (
            f"nobody publishes advisories for {distro} ({'Stream' if found.id == 'centos' else 'Kitten'})"
            if _is_stream(found)
            else f"{distro} is not known{like}"
        )
        ends = _told_end(found) or end_of_support(f"{own} stream" if _is_stream(found) else own, _major(found))
        return Release(own, found.version, own, distro, reason=reason, support_ends=ends)
    release = rule.release(parent or found)
    namespace = own if parent else rule.namespace or own
    if not release:
        return Release(id=identity, namespace=namespace, distro=distro, reason=f"{found.id} does not say which release it is")
    ecosystem = rule.ecosystem.format(release)
    note = f"{found.name or distro} is read as {ecosystem}" if parent else ""
    plain = _plain(rule, release, parent or found)
    ends = end_of_support(own, plain) or _told_end(found) or end_of_support(identity, plain)
    return Release(identity, plain, namespace, distro, ecosystem, rule.match_by, "", note, ends)


def _parent(found: Distribution) -> Distribution | None:
    """The distribution that a derivative is read as."""
    for parent, codename in (("ubuntu", "ubuntu_codename"), ("debian", "debian_codename")):
        if found.id in _OF_UBUNTU and found.details.get(codename):
            return found.model_copy(update={"id": parent, "version": "", "codename": found.details[codename]})
    return found.model_copy(update={"id": _PARENTS[found.id]}) if found.id in _PARENTS else None


def _is_stream(found: Distribution) -> bool:
    """CentOS Stream and AlmaLinux Kitten run ahead of the releases: advisories do not name their builds. CentOS Linux ended with 8."""
    name = found.name.lower()
    return (found.id == "centos" and ("stream" in name or int(_major(found) or 0) > 8)) or (found.id == "almalinux" and "kitten" in name)


def _told_end(found: Distribution) -> date | None:
    """What the release says of itself. Source: os-release(5), SUPPORT_END."""
    try:
        return date.fromisoformat(found.details.get("support_end", ""))
    except ValueError:
        return None


def _plain(rule: _Rule, release: str, found: Distribution) -> str:
    """The release as a number: `22.04:LTS` is 22.04, `v3.18` is 3.18."""
    if rule.namespace in ("suse", "opensuse") and release != "rolling":
        return _minor(found)
    return release.removesuffix(":LTS").removeprefix("v") if release != "rolling" else found.version
