"""Lifecycle: distributions and runtimes that get no security fixes any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from analyzers.baseline.item import Hit, Item, Need, hit_fact
from analyzers.baseline.runtime_support import end_of_runtime
from analyzers.baseline.system import System
from analyzers.distributions import chosen, release_of
from schemas.vocabulary import Level

GROUP = "lifecycle"
SOON = timedelta(days=90)
_ENV = {
    "PYTHON_VERSION": "python", "NODE_VERSION": "node", "PHP_VERSION": "php", "RUBY_VERSION": "ruby", "JAVA_VERSION": "java",
    "GOLANG_VERSION": "go", "DOTNET_VERSION": "dotnet",
}  # fmt: skip


def _release(system: System) -> tuple[Hit, date] | None:
    """The hit for the distribution, and its last day of support."""
    best = chosen(fact for _, fact in system.distributions)
    release = release_of(best)
    if best is None or release.support_ends is None:
        return None
    layer = next(layer for layer, fact in system.distributions if fact is best)
    text = f"{best.name or best.id} {release.release}: support ends {release.support_ends.isoformat()}"
    return hit_fact((layer, best), f"{release.id} {release.release}", text), release.support_ends


def distribution_eol(system: System) -> Iterator[Hit]:
    found = _release(system)
    if found and found[1] < system.inputs.today:
        yield found[0]


def distribution_eol_within_90_days(system: System) -> Iterator[Hit]:
    found = _release(system)
    if found and system.inputs.today <= found[1] <= system.inputs.today + SOON:
        yield found[0]


def _runtimes(system: System) -> Iterator[tuple[str, str, Hit]]:
    """(runtime, version, hit); what the files say goes before what the environment says."""
    told: set[str] = set()
    for (layer, fact), one in system.directives("runtime"):
        told.add(one.name)
        yield one.name, one.value, Hit("", fact.path, layer, 0, "")
    for name, runtime in _ENV.items():
        if name in system.env and runtime not in told:
            yield runtime, system.env[name].lstrip("v"), Hit("", f"config.Env[{name}]", -1, 0, "")


def runtime_eol(system: System) -> Iterator[Hit]:
    for runtime, version, hit in _runtimes(system):
        line, ends = end_of_runtime(runtime, version)
        if ends and ends < system.inputs.today:
            yield Hit(f"{runtime} {line}", hit.path, hit.layer, 0, f"{runtime} {version}: support of {line} ended {ends.isoformat()}")


def _known(system: System) -> bool:
    return _release(system) is not None


def _has_runtime(system: System) -> bool:
    return next(_runtimes(system), None) is not None


_DISTRIBUTION = Need("No distribution with a known end of support was found.", _known, frozenset({"os-release"}))
ITEMS = (
    Item(
        "distribution_eol",
        GROUP,
        Level.HIGH,
        "The distribution gets no security fixes any more",
        "Build the image on a supported release.",
        distribution_eol,
        _DISTRIBUTION,
        "Flaws found since then stay open, and advisories no longer name this release.",
        version=2,
    ),
    Item(
        "runtime_eol",
        GROUP,
        Level.MEDIUM,
        "A language runtime gets no security fixes any more",
        "Move to a supported version.",
        runtime_eol,
        Need("No runtime of a language was found.", _has_runtime, frozenset({"runtimes"})),
        "Flaws found since then stay open.",
        version=2,
    ),
    Item(
        "distribution_eol_within_90_days",
        GROUP,
        Level.LOW,
        "The support of the distribution ends within 90 days",
        "Plan the move to a newer release.",
        distribution_eol_within_90_days,
        _DISTRIBUTION,
        version=2,
    ),
)
