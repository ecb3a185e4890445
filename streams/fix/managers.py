"""Package managers inside images: how each refreshes its lists, upgrades exactly the named packages, checks itself and tells versions.

All scripts are for `sh -e` inside the image. SCRATCH is a folder that the build makes and removes; lists and caches go there, so that
the image's own are not touched. Sources: apt-get(8), apt.conf(5), dpkg-query(1), apk(8), dnf(8), yum(8), zypper(8).
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from streams.fix.job import PackageUpgrade

SCRATCH = "/.imagerisk-fix"


@dataclass(frozen=True)
class PackageManager:
    """`programs`: where it lies in the image, without leading slash; `sources_file` the name of a file in FixJob.sources that replaces
    the image's package sources. `upgrade`, `check` and `versions` give scripts; `versions` prints `name<TAB>version` lines."""

    name: str
    package_type: str
    programs: tuple[str, ...]
    sources_file: str
    upgrade: Callable[[Sequence[PackageUpgrade], bool], str]
    check: str
    versions: Callable[[Sequence[str]], str]


def manager_for(package_type: str, has: Callable[[str], bool]) -> PackageManager | None:
    """The package manager of an image that handles packages of a type; `has` says whether a path is there."""
    return next((one for one in MANAGERS if one.package_type == package_type and any(map(has, one.programs))), None)


def manager_named(name: str) -> PackageManager:
    """By name. Raises KeyError."""
    return {one.name: one for one in MANAGERS}[name]


def _quoted(names: Iterable[str]) -> str:
    return " ".join(shlex.quote(name) for name in names)


def _apt(upgrades: Sequence[PackageUpgrade], own_sources: bool) -> str:
    options = [
        f"-o Dir::State::lists={SCRATCH}/lists", f"-o Dir::Cache={SCRATCH}/cache", f"-o Dir::Log={SCRATCH}/log",
        "-o APT::Sandbox::User=root", "-o APT::Get::AutomaticRemove=false", "-o Acquire::Retries=2", "-o Acquire::http::Timeout=30",
        "-o Acquire::http::Pipeline-Depth=0", f"-o DPkg::Options::=--log={SCRATCH}/dpkg.log", "-o DPkg::Options::=--force-confold",
    ]  # fmt: skip
    if own_sources:
        options += [f"-o Dir::Etc::sourcelist={SCRATCH}/apt.list", "-o Dir::Etc::sourceparts=-"]
    apt = f"apt-get -y -q {' '.join(options)}"
    names = _quoted(f"{one.name}:{one.arch}" if one.arch not in ("", "all") else one.name for one in upgrades)
    return (
        f"export DEBIAN_FRONTEND=noninteractive\nmkdir -p {SCRATCH}/lists/partial {SCRATCH}/cache/archives/partial {SCRATCH}/log\n"
        f"{apt} update -o APT::Update::Error-Mode=any\n{apt} install --only-upgrade --no-install-recommends {names}\n"
    )


def _dpkg_versions(names: Sequence[str]) -> str:
    return f"dpkg-query -W -f '${{Package}}\\t${{source:Version}}\\n' {_quoted(names)}"


def _apk(upgrades: Sequence[PackageUpgrade], own_sources: bool) -> str:
    """`apk fix` upgrades without touching the list of wanted packages (world)."""
    sources = f" --repositories-file {SCRATCH}/apk.repositories" if own_sources else ""
    apk = f"apk --no-progress --cache-dir {SCRATCH}/cache{sources}"
    return f"mkdir -p {SCRATCH}/cache\n{apk} update\n{apk} fix --upgrade {_quoted(one.name for one in upgrades)}\n"


def _apk_versions(names: Sequence[str]) -> str:
    wanted = "|".join(name.replace("\\", "").replace("'", "") for name in names)
    return (
        "db=/lib/apk/db/installed; [ -e $db ] || db=/usr/lib/apk/db/installed; "
        f'awk -v wanted=\'|{wanted}|\' -F: \'/^P:/{{name=substr($0,3)}} /^V:/{{if (index(wanted, "|" name "|")) '
        'print name "\\t" substr($0,3)}\' $db'
    )


def _rpm_versions(names: Sequence[str]) -> str:
    return f"rpm -q --qf '%{{NAME}}\\t%|EPOCH?{{%{{EPOCH}}:}}:{{}}|%{{VERSION}}-%{{RELEASE}}\\n' {_quoted(names)}"


def _dnf(program: str, verb: str) -> Callable[[Sequence[PackageUpgrade], bool], str]:
    def script(upgrades: Sequence[PackageUpgrade], own_sources: bool) -> str:
        options = [f"--setopt=cachedir={SCRATCH}/cache"] + ([f"--setopt=reposdir={SCRATCH}"] if own_sources else [])
        return f"{program} -y {' '.join(options)} {verb} {_quoted(one.name for one in upgrades)}\n"

    return script


def _zypper(upgrades: Sequence[PackageUpgrade], own_sources: bool) -> str:
    options = f"--non-interactive --cache-dir {SCRATCH}/cache" + (f" --reposd-dir {SCRATCH}" if own_sources else "")
    names = _quoted(one.name for one in upgrades)
    return f"zypper {options} refresh\nzypper {options} update --no-recommends {names}\n"


def _tdnf(upgrades: Sequence[PackageUpgrade], own_sources: bool) -> str:
    options = f" --setopt=reposdir={SCRATCH}" if own_sources else ""
    return f"tdnf -y{options} update {_quoted(one.name for one in upgrades)}\ntdnf clean all\n"


_RPM_CHECK = "rpm -Va --nofiles --nodigest --nosignature --noscripts"
_APT_CHECK = (
    f'test -z "$(dpkg --audit)" && mkdir -p {SCRATCH}/lists/partial && '
    f"apt-get check -q -o Dir::Cache={SCRATCH}/cache -o Dir::State::lists={SCRATCH}/lists"
)
_ZYPPER_CHECK = f"{_RPM_CHECK} && zypper --non-interactive --no-refresh verify --dry-run"
_UPGRADE = "upgrade --setopt=install_weak_deps=0"
_DNF = ("usr/bin/dnf", "usr/bin/dnf5", "usr/bin/dnf-3")
MANAGERS: tuple[PackageManager, ...] = (
    PackageManager("apt", "deb", ("usr/bin/apt-get", "bin/apt-get"), "apt.list", _apt, _APT_CHECK, _dpkg_versions),
    PackageManager("apk", "apk", ("sbin/apk", "usr/sbin/apk", "usr/bin/apk"), "apk.repositories", _apk, "apk --no-network --simulate fix",
                   _apk_versions),
    PackageManager("dnf", "rpm", _DNF, "dnf.repo", _dnf("dnf", _UPGRADE), _RPM_CHECK, _rpm_versions),
    PackageManager("microdnf", "rpm", ("usr/bin/microdnf",), "dnf.repo", _dnf("microdnf", _UPGRADE), _RPM_CHECK, _rpm_versions),
    PackageManager("tdnf", "rpm", ("usr/bin/tdnf",), "dnf.repo", _tdnf, _RPM_CHECK, _rpm_versions),
    PackageManager("yum", "rpm", ("usr/bin/yum",), "dnf.repo", _dnf("yum", "update"), _RPM_CHECK, _rpm_versions),
    PackageManager("zypper", "rpm", ("usr/bin/zypper",), "zypper.repo", _zypper, _ZYPPER_CHECK, _rpm_versions),
)  # fmt: skip
