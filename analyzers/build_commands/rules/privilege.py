"""Rules of class `privilege`: who runs, and what lets somebody become more."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from analyzers.build_commands.permissions import Mode, is_setuid, is_world_writable, modes
from analyzers.build_commands.rule import Build, Hit, Rule, step_hit
from schemas.vocabulary import Level

_SOCKETS = re.compile(r"(?:^|/)(?:docker|dockershim|containerd|crio|podman|cri-dockerd|buildkitd)\.sock$")
_STICKY = frozenset({"/tmp", "/tmp/", "/var/tmp", "/var/tmp/", "/dev/shm"})  # noqa: S108 (looked for, not used)
_HOST_EXACT = frozenset({"/", "/etc", "/usr", "/lib", "/lib64", "/bin", "/sbin", "/host", "/rootfs"})
_HOST_BELOW = ("/proc", "/sys", "/dev", "/boot", "/var/lib/kubelet", "/etc/kubernetes", "/run/containerd", "/lib/modules")


def root_user(build: Build) -> Iterator[Hit]:
    """The effective user is uid 0. Windows images run as an unprivileged user unless they say otherwise."""
    user = build.settings.user.strip()
    name = user.split(":")[0].lower()
    if build.settings.os == "windows":
        if name.endswith("containeradministrator"):
            yield Hit("config.User", "user", f"User {user}")
    elif name in ("", "root") or re.fullmatch(r"0+", name):
        yield Hit("config.User", "user", f"User {user}" if user else "User is not set")


def setuid(build: Build) -> Iterator[Hit]:
    return (step_hit(one.step, one.subject) for one in modes(build) if is_setuid(one.mode))


def world_writable(build: Build) -> Iterator[Hit]:
    return (step_hit(one.step, one.subject) for one in modes(build) if is_world_writable(one.mode) and not _keeps_sticky(one))


def _keeps_sticky(one: Mode) -> bool:
    """Whether a mode only adds to what folders for temporary files have, the sticky bit among it."""
    return not one.mode[:1].isdigit() and "=" not in one.mode and bool(one.paths) and set(one.paths) <= _STICKY


def sudo(build: Build) -> Iterator[Hit]:
    """A step that calls sudo; installing it is none."""
    for step, command in build.calls():
        if "sudo" in command.wrappers or command.name == "sudo":
            yield step_hit(step, command.text)


def sensitive_volume(build: Build) -> Iterator[Hit]:
    """The data of an engine that runs inside the container (/var/lib/docker of docker:dind, /var/lib/containers of podman) is its own."""
    for volume in build.settings.volumes:
        path = posixpath.normpath(volume.replace("//", "/")) if volume else ""
        if _SOCKETS.search(path) or path in _HOST_EXACT or any(path == one or path.startswith(one + "/") for one in _HOST_BELOW):
            yield Hit(f"config.Volumes[{volume}]", path, f"VOLUME {volume}")


def set_capability(build: Build) -> Iterator[Hit]:
    for step, command in build.calls("setcap"):
        if not {"-r", "-v", "-h"} & set(command.args) and len(command.args) > 1:
            yield step_hit(step, command.text)


RULES: tuple[Rule, ...] = (
    Rule(
        "root_user", "privilege", Level.MEDIUM, "Container runs as root",
        "No USER is set, or the last one is root: whoever breaks into the process is root in the container.",
        "Create an account in the Dockerfile and end it with USER and that account's number.",
        root_user,
    ),
    Rule(
        "setuid", "privilege", Level.MEDIUM, "Setuid bit is set",
        "A build step makes a program run with its owner's rights, whoever starts it.",
        "Leave the bit out; give the process the one capability that it needs.",
        setuid, version=2,
    ),
    Rule(
        "world_writable", "privilege", Level.MEDIUM, "Everybody may write",
        "A build step lets every account write to files: a process of another account can change what others run or read.",
        "Give the files to the account that needs them, with mode 755 or 644.",
        world_writable, version=3,
    ),
    Rule(
        "sudo", "privilege", Level.LOW, "sudo in a build step",
        "Build steps run as root already; sudo hides who does what and often stays installed.",
        "Switch with USER, and remove sudo from the image.",
        sudo,
    ),
    Rule(
        "sensitive_volume", "privilege", Level.HIGH, "Volume on a path of the host",
        "The image declares a volume where people mount the container engine's socket or folders of the host: that gives the host away.",
        "Remove the VOLUME; if the container must talk to the engine, put a proxy with narrow rights between them.",
        sensitive_volume, version=2,
    ),
    Rule(
        "set_capability", "privilege", Level.MEDIUM, "File capability is set",
        "A build step gives a program kernel capabilities, which every account that may run it gets.",
        "Grant the capability to the container when it starts, or listen on a port above 1024.",
        set_capability,
    ),
)  # fmt: skip
