"""Rules of class `account`: who may come in, set up past the tools that are made for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.build_commands.rule import Build, Hit, Rule, step_hit
from analyzers.build_commands.targets import operands, option_values, step_writes
from schemas.vocabulary import Level

_ACCOUNT_FILES = re.compile(r"/etc/(?:passwd|shadow|group|gshadow|sudoers|sudoers\.d(?:/.*)?)-?$")
_COPIED_ACCOUNT_FILES = re.compile(r"/etc/(?:shadow|gshadow|sudoers|sudoers\.d(?:/.*)?)$")
_AUTHORISED = re.compile(r"(?:^|/)authorized_keys2?$|/etc/ssh/authorized_keys(?:/|\.d/)")
_PRIVILEGED = frozenset({"root", "sudo", "wheel", "docker", "admin", "disk", "shadow", "lxd", "lxc", "kvm", "libvirt", "podman", "adm"})


def account_files_edited(build: Build) -> Iterator[Hit]:
    """passwd and group of a scratch image are copied from a build stage, so a COPY of these two is none."""
    for step in build.of("RUN"):
        for path, text in step_writes(step):
            if _ACCOUNT_FILES.search(path):
                yield step_hit(step, f"{path} {text}")
    for step, command in build.calls("visudo"):
        if not any(re.match(r"-\w*c|--check", one) for one in command.args):
            yield step_hit(step, command.text)
    for step in build.of("ADD", "COPY"):
        if step.arguments and _COPIED_ACCOUNT_FILES.search(step.arguments[-1]):
            yield step_hit(step, " ".join(step.arguments))


def authorised_keys_added(build: Build) -> Iterator[Hit]:
    for step in build.of("RUN"):
        for path, text in step_writes(step):
            if _AUTHORISED.search(path):
                yield step_hit(step, f"{path} {text}")
    for step, command in build.calls("ssh-import-id", "ssh-import-id-gh", "ssh-copy-id"):
        yield step_hit(step, command.text)
    for step in build.of("ADD", "COPY"):
        if any(_AUTHORISED.search(path) for path in step.arguments):
            yield step_hit(step, " ".join(step.arguments))


def privileged_group(build: Build) -> Iterator[Hit]:
    """An account is made a member of a group that is as good as root."""
    for step, command in build.calls("usermod", "useradd", "adduser", "addgroup", "gpasswd"):
        values = option_values(command.args, "-G", "--groups", "-g", "--gid", "--ingroup", "-a")
        groups = [group for value in values for group in value.split(",")]
        words = operands(command.args)
        if command.name in ("adduser", "addgroup", "gpasswd") and len(words) == 2:
            groups.append(words[1])
        if _PRIVILEGED & set(groups):
            yield step_hit(step, command.text)


RULES: tuple[Rule, ...] = (
    Rule(
        "account_files_edited", "account", Level.MEDIUM, "Account files are written directly",
        "A step writes to passwd, shadow, group or sudoers itself: mistakes lock nobody out and let everybody in.",
        "Use useradd, usermod and visudo, and leave sudo out of images.",
        account_files_edited, version=2,
    ),
    Rule(
        "authorised_keys_added", "account", Level.HIGH, "Key for remote login is built in",
        "A step adds an SSH key that may log in: whoever has its private half can enter every container of the image.",
        "Remove the key; use the exec function of the runtime, or hand keys in when the container starts.",
        authorised_keys_added,
    ),
    Rule(
        "privileged_group", "account", Level.MEDIUM, "Account in a privileged group",
        "A step puts an account into a group whose members can become root.",
        "Leave the account out of that group.",
        privileged_group, default=False,
    ),
)  # fmt: skip
