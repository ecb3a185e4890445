"""Rules of class `other`: habits that make images harder to trust or to run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.build_commands.rule import Build, Hit, Rule, step_hit
from analyzers.build_commands.steps import Step
from schemas.vocabulary import Level

_ARCHIVE = re.compile(r"\.(?:tar|tgz|tbz2?|txz|tzst|tar\.\w{1,4}|t[gx]z)$", re.IGNORECASE)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|git@", re.IGNORECASE)
_FROM = re.compile(r"FROM\s+(?:--platform=\S+\s+)?(\S+)")
_BASE_LABEL = "org.opencontainers.image.base.name"


def add_instead_of_copy(build: Build) -> Iterator[Hit]:
    """ADD of local files. The first layer is the base; archives are unpacked by ADD alone; addresses are another rule's."""
    base = next((step.index for step in build.steps if step.layer is not None), -1)
    for step in build.of("ADD"):
        if step.index != base and not _needs_add(step):
            yield step_hit(step, " ".join(step.arguments))


def _needs_add(step: Step) -> bool:
    sources = step.arguments[:-1]
    if step.hashed:
        return ":" not in sources[0]
    return bool(sources) and all(_ARCHIVE.search(source) or _ADDRESS.match(source) for source in sources)


def no_healthcheck(build: Build) -> Iterator[Hit]:
    """No check, or one that was switched off with NONE."""
    check = build.settings.healthcheck
    if not check or check[0].upper() == "NONE":
        yield Hit("config.Healthcheck", "healthcheck", "HEALTHCHECK NONE" if check else "HEALTHCHECK is not set")


def latest_base_tag(build: Build) -> Iterator[Hit]:
    """The base is named without a version, where a builder writes its name down (buildah's comments, the label of the base)."""
    names = {(step.place, found[1]) for step in build.steps if (found := _FROM.match(step.comment))}
    names |= {(f"config.Labels[{name}]", value) for name, value in build.settings.labels if name == _BASE_LABEL}
    for place, name in sorted(names):
        tag = name.rpartition("/")[2].partition(":")[2]
        if name != "scratch" and "@" not in name and not re.fullmatch(r"[0-9a-f]{12,64}", name) and tag in ("", "latest"):
            yield Hit(place, name, f"FROM {name}")


def git_folder_copied(build: Build) -> Iterator[Hit]:
    for step in build.of("ADD", "COPY"):
        if any(re.search(r"(?:^|/)\.git/?(?:\*)?$", path) for path in step.arguments):
            yield step_hit(step, " ".join(step.arguments))


def copy_everything(build: Build) -> Iterator[Hit]:
    """The whole build context is copied."""
    for step in build.of("ADD", "COPY"):
        if not step.hashed and "from" not in step.flags and any(source in (".", "./", "/", "*", "./*") for source in step.arguments[:-1]):
            yield step_hit(step, " ".join(step.arguments))


def shell_form_start(build: Build) -> Iterator[Hit]:
    """The start command is a text for a shell, so signals reach the shell and not the program."""
    settings = build.settings
    for place, words in (("config.Entrypoint", settings.entrypoint), ("config.Cmd", settings.cmd)):
        if len(words) == 3 and words[:2] in (("/bin/sh", "-c"), ("/bin/bash", "-c")) and not words[2].lstrip().startswith("exec "):
            yield Hit(place, " ".join(words), " ".join(words))


def relative_workdir(build: Build) -> Iterator[Hit]:
    for step in build.of("WORKDIR"):
        path = step.arguments[0].strip("\"'") if step.arguments else ""
        if path and not path.startswith(("/", "$", "\\")) and not re.match(r"[A-Za-z]:", path):
            yield step_hit(step, path)


RULES: tuple[Rule, ...] = (
    Rule(
        "add_instead_of_copy", "other", Level.LOW, "ADD where COPY would do",
        "ADD also unpacks archives and fetches addresses, so what it puts into the image is less plain than with COPY.",
        "Use COPY for local files.",
        add_instead_of_copy,
    ),
    Rule(
        "no_healthcheck", "other", Level.LOW, "No health check",
        "The image has no HEALTHCHECK, or switches it off: a container that hangs looks well.",
        "Add a HEALTHCHECK, or rely on the probes of the orchestrator and ignore this finding.",
        no_healthcheck,
    ),
    Rule(
        "git_folder_copied", "other", Level.LOW, "Repository is copied",
        "A step copies the .git folder: the whole past of the sources, with secrets that were removed from them, is in the image.",
        "List .git in .dockerignore.",
        git_folder_copied,
    ),
    Rule(
        "latest_base_tag", "other", Level.LOW, "Base image without a version",
        "The base image is named by `latest` or by no tag: two builds give two images.",
        "Name a version, better a digest.",
        latest_base_tag, default=False,
    ),
    Rule(
        "copy_everything", "other", Level.LOW, "Whole build context is copied",
        "A step copies the whole context: files that nobody meant to ship come along.",
        "Name what is needed, or keep a strict .dockerignore.",
        copy_everything, default=False,
    ),
    Rule(
        "shell_form_start", "other", Level.LOW, "Start command in shell form",
        "The start command runs under a shell, which does not pass signals on: the container is killed instead of stopped.",
        "Use the exec form, or begin the text with exec.",
        shell_form_start, default=False,
    ),
    Rule(
        "relative_workdir", "other", Level.LOW, "Relative working folder",
        "WORKDIR is relative: where it leads depends on the base image.",
        "Use an absolute path.",
        relative_workdir, default=False,
    ),
)  # fmt: skip
