"""Rules of class `hygiene`: good form of Dockerfiles. All are low and run with the strategy `full` only."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.build_commands.package_managers import INSTALLS, package_calls
from analyzers.build_commands.rule import Build, Detect, Hit, Rule, step_hit
from analyzers.build_commands.targets import cache_mounted, has_option, option_values, removes_under
from analyzers.shell.tree import Command, pipelines
from schemas.vocabulary import Level

_SYSTEM = re.compile(r"/(?:bin|boot|dev|etc|lib|lib32|lib64|proc|run|sbin|sys|usr|var)?(?:/(?:bin|sbin|lib|lib64|share|run))?")
HUGE_UID = 100_000
_YES = ("-y", "--yes", "--assume-yes", "--assumeyes", "--non-interactive", "-n", "--force-yes")
_CACHES = {
    "rpm": (("install", "update", "upgrade", "reinstall", "groupinstall", "in"), ("/var/cache/yum", "/var/cache/dnf", "/var/cache/zypp")),
    "pip": (("install",), ("/root/.cache/pip", "/root/.cache", "~/.cache/pip", "~/.cache")),
    "npm": (("install", "ci", "i", "add"), ("/root/.npm", "~/.npm", "/root/.cache", "/usr/local/share/.cache", "~/.cache")),
    "pacman": (("",), ("/var/cache/pacman/pkg", "/var/cache/pacman")),
    "conda": (("install", "create", "update"), ("/opt/conda/pkgs",)),
}  # fmt: skip


def maintainer_deprecated(build: Build) -> Iterator[Hit]:
    return (step_hit(step, "MAINTAINER") for step in build.of("MAINTAINER"))


def install_asks(build: Build) -> Iterator[Hit]:
    """An install that would wait for an answer."""
    for call in package_calls(build, "apt", "rpm"):
        yes = has_option(call.args, *_YES) or "-qq" in call.args
        if call.action in (*INSTALLS, "remove", "purge", "autoremove") and not yes and call.command.name != "microdnf":
            yield step_hit(call.step, call.command.text)


def wget_and_curl(build: Build) -> Iterator[Hit]:
    """Both tools are called: one would do. Told at the first call of the second one."""
    first = ""
    for step, command in build.calls("wget", "curl"):
        if first and command.name != first:
            yield step_hit(step, "wget and curl")
            return
        first = command.name


def pipe_without_pipefail(build: Build) -> Iterator[Hit]:
    """A pipe whose first commands may fail unseen."""
    for step in build.of("RUN"):
        set_here = any(one.name == "set" and "pipefail" in one.args for one in step.commands)
        if "pipefail" not in step.shell and not set_here and any(len(pipeline.stages) > 1 for pipeline in pipelines(step.script)):
            yield step_hit(step, step.text)


def _several(instruction: str) -> Detect:
    def detect(build: Build) -> Iterator[Hit]:
        """An instruction again before any layer came between: a base image's own is replaced, which is no mistake."""
        before = False
        for step in build.steps:
            if step.instruction == instruction:
                if before:
                    yield step_hit(step, step.text)
                before = True
            elif step.layer is not None:
                before = False

    return detect


def cd_instead_of_workdir(build: Build) -> Iterator[Hit]:
    """A step that only changes the folder, or begins with it outside a subshell."""
    for step in build.of("RUN"):
        first = step.script[0].stages[0] if step.script else None
        if first is not None and getattr(first, "name", "") == "cd":
            yield step_hit(step, getattr(first, "text", "cd"))


def port_out_of_range(build: Build) -> Iterator[Hit]:
    for port in build.settings.ports:
        numbers = [int(one) for one in re.findall(r"\d{1,9}", port.partition("/")[0])]
        if any(number == 0 or number > 65535 for number in numbers):
            yield Hit(f"config.ExposedPorts[{port}]", port, f"EXPOSE {port}")


def workdir_on_system_path(build: Build) -> Iterator[Hit]:
    path = build.settings.workdir.rstrip("/")
    if path and _SYSTEM.fullmatch(path):
        yield Hit("config.WorkingDir", path, f"WORKDIR {path}")


def copy_many_without_folder(build: Build) -> Iterator[Hit]:
    """Several sources and a destination that is no folder by its name."""
    for step in build.of("ADD", "COPY"):
        many = len(step.arguments) > 2 or (step.hashed and step.arguments[0].startswith("multi:"))
        if many and not step.arguments[-1].endswith(("/", "/.")) and step.arguments[-1] not in (".", ".."):
            yield step_hit(step, " ".join(step.arguments))


def huge_uid(build: Build) -> Iterator[Hit]:
    """An account number so large that lastlog and faillog grow to gigabytes."""
    for step, command in build.calls("useradd", "adduser"):
        if has_option(command.args, "-l", "--no-log-init"):
            continue
        if any(value.isdigit() and int(value[:12]) >= HUGE_UID for value in option_values(command.args, "-u", "--uid")):
            yield step_hit(step, command.text)


def cache_left(build: Build) -> Iterator[Hit]:
    """A package manager other than apt and apk keeps its cache in the layer."""
    disabled = {name.upper() for name, value in build.settings.env if value not in ("", "0", "false", "off")}
    calls = list(package_calls(build, *_CACHES))
    cleaned = {step for step in {call.step for call in calls} if any(_cleans(command) for command in step.commands)}
    for call in calls:
        actions, folders = _CACHES[call.family]
        if call.step in cleaned or (call.action not in actions and not (call.family == "pacman" and has_option(call.args, "-S"))):
            continue
        pip_off = call.family == "pip" and (has_option(call.args, "--no-cache-dir", "--no-cache") or "PIP_NO_CACHE_DIR" in disabled)
        if not (pip_off or cache_mounted(call.step, *folders) or any(removes_under(call.step, folder) for folder in folders)):
            yield step_hit(call.step, call.command.text)


def _cleans(command: Command) -> bool:
    return bool({"clean", "cleancache", "purge"} & set(command.args)) or has_option(command.args, "-Scc")


def _low(key: str, title: str, description: str, advice: str, detect: Detect) -> Rule:
    return Rule(key, "hygiene", Level.LOW, title, description, advice, detect, default=False)


RULES: tuple[Rule, ...] = (
    _low("maintainer_deprecated", "MAINTAINER is deprecated", "The instruction MAINTAINER is no longer maintained itself.",
         "Use the label org.opencontainers.image.authors.", maintainer_deprecated),
    _low("install_asks", "Install waits for an answer", "A package manager is called without -y: a build cannot answer.", "Add -y.",
         install_asks),
    _low("wget_and_curl", "Both wget and curl", "The build uses two tools for the same thing.", "Use one of them.", wget_and_curl),
    _low("pipe_without_pipefail", "Pipe without pipefail", "Only the last command of the pipe decides whether the step fails.",
         "Set SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"] before.", pipe_without_pipefail),
    _low("several_cmd", "More than one CMD", "Only the last CMD counts.", "Remove the others.", _several("CMD")),
    _low("several_entrypoint", "More than one ENTRYPOINT", "Only the last ENTRYPOINT counts.", "Remove the others.",
         _several("ENTRYPOINT")),
    _low("several_healthcheck", "More than one HEALTHCHECK", "Only the last HEALTHCHECK counts.", "Remove the others.",
         _several("HEALTHCHECK")),
    _low("cd_instead_of_workdir", "cd instead of WORKDIR", "The folder that cd sets holds for this step only.", "Use WORKDIR.",
         cd_instead_of_workdir),
    _low("port_out_of_range", "Port out of range", "An exposed port is not between 1 and 65535.", "Correct the number.", port_out_of_range),
    _low("workdir_on_system_path", "Working folder is a system folder",
         "Programs that write to their working folder write into the system.",
         "Use a folder of the application.", workdir_on_system_path),
    _low("copy_many_without_folder", "Several sources, destination without slash", "With several sources the destination must be a folder.",
         "End the destination with a slash.", copy_many_without_folder),
    _low("huge_uid", "Very large account number", "useradd writes sparse login records as large as the number: the layer grows.",
         "Use --no-log-init or a smaller number.", huge_uid),
    _low("cache_left", "Package manager cache is left behind", "A package manager keeps what it downloaded in the layer.",
         "Clean it in the same step, or mount a cache.", cache_left),
)  # fmt: skip
