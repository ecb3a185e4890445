"""What fixing an image is about: the packages to upgrade, what stays open and why, the job, its limits and its outcome."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class PackageUpgrade:
    """One installed package and the lowest version that closes all of its flaws. `findings` are the ids of the risks that it closes.
    `installed_kib` is 0 where the database does not say. `own_numbers`: the fixed version is that of the source package, with which the
    package's own cannot be compared."""

    name: str
    arch: str
    installed_version: str
    fixed_version: str
    ecosystem: str
    flaws: tuple[str, ...]
    findings: tuple[str, ...]
    installed_kib: int = 0
    own_numbers: bool = False


@dataclass(frozen=True)
class StaysOpen:
    """A risk that the fix will not close. `reason` is one of no_fixed_version, handled, no_package_manager, not_chosen."""

    finding_id: str
    flaw: str
    package: str
    reason: str
    text: str


@dataclass(frozen=True)
class FixPlan:
    """What a fix of one image would do. Without a package manager there are no upgrades, and `proposal` says what to do instead."""

    image_digest: str
    distribution: str
    package_manager: str
    upgrades: tuple[PackageUpgrade, ...]
    stays_open: tuple[StaysOpen, ...]
    proposal: str = ""

    @property
    def flaws(self) -> tuple[str, ...]:
        return tuple(sorted({flaw for upgrade in self.upgrades for flaw in upgrade.flaws}))


@dataclass(frozen=True)
class FixLimits:
    """What one build may cost: seconds, bytes of disk, bytes of memory of each process inside, bytes that must stay free."""

    seconds: float = 1200.0
    disk_bytes: int = 20 << 30
    memory_bytes: int = 2 << 30
    free_bytes: int = 1 << 30


@dataclass(frozen=True)
class FixJob:
    """One build. `host` is host[:port] of the registry; `sources`: a folder whose files (apt.list, apk.repositories, dnf.repo, zypper.repo)
    replace the package sources of the image for the time of the build; without such a file the image's own are used."""

    task_id: str
    host: str
    insecure: bool
    repository: str
    image_digest: str
    media_type: str
    new_tag: str
    plan: FixPlan
    sources: Path
    username: str = ""
    password: str = field(default="", repr=False)


class FixFailed(Exception):
    """The build or the push ended without a fixed image; the text says why."""


class FixCancelled(FixFailed):
    """Somebody took the task back."""
