"""Rules of class `other`: habits that make images harder to trust or to run."""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.build_commands.rule import Build, Hit, Rule
from schemas.vocabulary import Level


def no_healthcheck(build: Build) -> Iterator[Hit]:
    """No check, or one that was switched off with NONE."""
    check = build.settings.healthcheck
    if not check or check[0].upper() == "NONE":
        yield Hit("config.Healthcheck", "healthcheck", "HEALTHCHECK NONE" if check else "HEALTHCHECK is not set")


RULES: tuple[Rule, ...] = (
    Rule(
        "no_healthcheck", "other", Level.LOW, "No health check",
        "The image has no HEALTHCHECK, or switches it off: a container that hangs looks well.",
        "Add a HEALTHCHECK, or rely on the probes of the orchestrator and ignore this finding.",
        no_healthcheck,
    ),
)  # fmt: skip
