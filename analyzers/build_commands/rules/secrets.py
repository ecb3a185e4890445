"""Rules of class `secret`: credentials in settings and history."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from analyzers.build_commands.rule import Build, Hit, Rule, step_hit
from analyzers.build_commands.secret_paths import is_secret_folder, is_secret_path
from analyzers.build_commands.targets import step_leaves
from schemas.facts import ConfigSecret
from schemas.vocabulary import Level


def secret_in_env(build: Build) -> Iterator[Hit]:
    return _secrets(build, lambda place: place.startswith("config.Env"))


def secret_in_label(build: Build) -> Iterator[Hit]:
    return _secrets(build, lambda place: place.startswith("config.Labels"))


def secret_in_history(build: Build) -> Iterator[Hit]:
    """History entries and, as they stand there too, the start commands."""
    return _secrets(build, lambda place: not place.startswith(("config.Env", "config.Labels")))


def secret_file_in_history(build: Build) -> Iterator[Hit]:
    """A private key or a store of credentials is copied or written; the layer keeps it even if a later one removes it. What the step itself
    removes again is in no layer."""
    for step in build.of("ADD", "COPY"):
        if any(is_secret_path(path) for path in step.arguments) or any(is_secret_folder(path) for path in step.arguments[:-1]):
            yield step_hit(step, " ".join(step.arguments))
    for step in build.of("RUN"):
        for path in step_leaves(step):
            if is_secret_path(path) and not path.startswith(("/run/", "/dev/", "/proc/")):
                yield step_hit(step, path)


def _secrets(build: Build, wanted: Callable[[str], bool]) -> Iterator[Hit]:
    steps = {step.place: step for step in build.steps}
    for secret in build.secrets:
        if wanted(secret.place):
            step = steps.get(secret.place)
            yield Hit(
                secret.place, f"{secret.name}\0{secret.value_id}", step.text if step else _shown(secret), step.layer if step else None
            )


def _shown(secret: ConfigSecret) -> str:
    return f"{secret.name}={secret.excerpt}" if secret.name else secret.excerpt


RULES: tuple[Rule, ...] = (
    Rule(
        "secret_in_env", "secret", Level.HIGH, "Credential in the environment of the image",
        "An environment variable of the image holds a credential: whoever can pull the image reads it, and so does every process in it.",
        "Revoke the credential, take it out of the Dockerfile and hand it in when the container starts.",
        secret_in_env,
    ),
    Rule(
        "secret_in_history", "secret", Level.HIGH, "Credential in the build history",
        "A build step or start command shows a credential: a build argument, a header, an address or a password that was set. It stays in "
        "the history of the image.",
        "Revoke the credential, rebuild, and use build secrets (RUN --mount=type=secret) instead of arguments.",
        secret_in_history,
    ),
    Rule(
        "secret_file_in_history", "secret", Level.HIGH, "Key or credential file is built in",
        "A step puts a private key or a file of credentials into a layer. Removing it in a later step does not take it out of the image.",
        "Replace the key, rebuild, and use build secrets (RUN --mount=type=secret or type=ssh).",
        secret_file_in_history, version=3,
    ),
    Rule(
        "secret_in_label", "secret", Level.HIGH, "Credential in a label",
        "A label of the image holds a credential that everybody who can see the image reads.",
        "Revoke the credential and remove the label.",
        secret_in_label,
    ),
)  # fmt: skip
