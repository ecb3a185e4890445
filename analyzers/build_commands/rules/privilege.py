"""Rules of class `privilege`: who runs, and what lets somebody become more."""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.build_commands.rule import Build, Hit, Rule
from schemas.vocabulary import Level


def root_user(build: Build) -> Iterator[Hit]:
    """The effective user is uid 0. Windows images run as an unprivileged user unless they say otherwise."""
    user = build.settings.user.strip()
    name = user.split(":")[0].lower()
    if build.settings.os == "windows":
        if name.endswith("containeradministrator"):
            yield Hit("config.User", "user", f"User {user}")
    elif name in ("", "root") or (name.isdigit() and int(name) == 0):
        yield Hit("config.User", "user", f"User {user}" if user else "User is not set")


RULES: tuple[Rule, ...] = (
    Rule(
        "root_user", "privilege", Level.MEDIUM, "Container runs as root",
        "No USER is set, or the last one is root: whoever breaks into the process is root in the container.",
        "Create an account in the Dockerfile and end it with USER and that account's number.",
        root_user,
    ),
)  # fmt: skip
