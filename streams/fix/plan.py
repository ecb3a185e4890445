"""Which risks of an image can be fixed by its own package manager, and which stay open and why. Pure: risks in, plan out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from analyzers.versions import InvalidVersion, sort_key
from schemas.vocabulary import CategoryId
from streams.fix.job import FixPlan, PackageUpgrade, StaysOpen
from streams.fix.managers import PackageManager, manager_for

Risk = Mapping[str, Any]
"""A row of the view `risks`."""
FIXABLE = frozenset({"open", "fix_failed"})
_ENDED = frozenset({"fixed", "withdrawn"})


def plan_fix(
    image_digest: str, risks: Sequence[Risk], has: Callable[[str], bool], *, findings: Collection[str] = (), flaws: Collection[str] = ()
) -> FixPlan:
    """The plan for the system vulnerabilities among `risks`, or for those of them that `findings` (ids) or `flaws` (CVE or other names)
    choose. `has` says whether a path (without leading slash) is in the image."""
    system = [one for one in risks if one["category"] == CategoryId.SYSTEM_VULNERABILITY and one["status"] not in _ENDED]
    chosen = [one for one in system if _is_chosen(one, findings, flaws)]
    types = {_package_type(one) for one in chosen}
    managers = {kind: manager for kind in types if (manager := manager_for(kind, has))}
    stays = [_stays(one, "not_chosen", "it was not chosen") for one in system if one not in chosen]
    fixable: list[Risk] = []
    for one in chosen:
        reason, text = _obstacle(one, managers)
        if reason:
            stays.append(_stays(one, reason, text))
        else:
            fixable.append(one)
    manager = next(iter(managers.values()), None)
    distribution = next((str(one["details"].get("ecosystem", "")) for one in system), "")
    proposal = "" if manager or not any(one["fixed_version"] for one in chosen) else _proposal(types)
    return FixPlan(image_digest, distribution, manager.name if manager else "", _upgrades(fixable), tuple(stays), proposal)


def _is_chosen(risk: Risk, findings: Collection[str], flaws: Collection[str]) -> bool:
    if not findings and not flaws:
        return True
    return risk["finding_id"] in findings or bool({risk["rule"], *risk["aliases"]} & set(flaws))


def _obstacle(risk: Risk, managers: Mapping[str, PackageManager]) -> tuple[str, str]:
    """Why a chosen risk cannot be fixed here; empty if it can."""
    if risk["status"] not in FIXABLE:
        return "handled", f"it is {risk['status']}"
    if not risk["fixed_version"]:
        why = risk["details"].get("unfixed_reason", "")
        return "no_fixed_version", f"there is no fixed version{f': {why}' if why else ''}"
    if _package_type(risk) not in managers:
        return "no_package_manager", "the image has no package manager that could bring the fixed version"
    return "", ""


def _upgrades(risks: Sequence[Risk]) -> tuple[PackageUpgrade, ...]:
    """One upgrade for each package: to the highest of the versions that its flaws need."""
    by_package: dict[tuple[str, str], list[Risk]] = {}
    for one in risks:
        by_package.setdefault((one["package"], one["details"].get("arch", "")), []).append(one)
    found = []
    for (name, arch), some in sorted(by_package.items()):
        ecosystem = some[0]["details"].get("ecosystem", "")
        fixed = max((str(one["fixed_version"]) for one in some), key=lambda version: version_key(ecosystem, version))
        found.append(PackageUpgrade(
            name, arch, some[0]["version"], fixed, ecosystem, tuple(sorted({one["rule"] for one in some})),
            tuple(sorted({one["finding_id"] for one in some})), int(some[0]["details"].get("installed_kib") or 0),
            "source_version" in some[0]["details"],
        ))  # fmt: skip
    return tuple(found)


def still_below(upgrade: PackageUpgrade, found: str) -> str:
    """Why a package with the version `found` is not fixed; empty if it is, as far as the version tells: the scan of the new image decides.
    A package that is gone (empty) has no flaw."""
    if upgrade.own_numbers:
        return f"{upgrade.name} is still {found}" if found == upgrade.installed_version else ""
    if not found or version_key(upgrade.ecosystem, found) >= version_key(upgrade.ecosystem, upgrade.fixed_version):
        return ""
    return f"{upgrade.name} is {found} and has to be {upgrade.fixed_version}"


def version_key(ecosystem: str, version: str) -> bytes:
    """A sortable key; a version that has no place in the order is below all others."""
    try:
        return sort_key(ecosystem, version)
    except InvalidVersion:
        return b""


def _package_type(risk: Risk) -> str:
    return str(risk["purl"]).removeprefix("pkg:").partition("/")[0]


def _stays(risk: Risk, reason: str, text: str) -> StaysOpen:
    return StaysOpen(risk["finding_id"], risk["rule"], risk["package"], reason, text)


def _proposal(types: Collection[str]) -> str:
    return (
        f"the image has {' and '.join(sorted(types))} packages and no package manager (a distroless or static image): "
        "rebuild it on a newer base image, then push it under a new tag"
    )
