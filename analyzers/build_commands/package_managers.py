"""Calls of package managers: which one, what it does, to what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from analyzers.build_commands.rule import Build
from analyzers.build_commands.steps import Step
from analyzers.shell.tree import Command

APT = frozenset({"apt", "apt-get", "aptitude", "eatmydata", "apt-fast"})
RPM = frozenset({"yum", "dnf", "dnf5", "microdnf", "tdnf", "zypper"})
INSTALLS = frozenset({"install", "upgrade", "dist-upgrade", "full-upgrade", "build-dep", "safe-upgrade", "reinstall"})
_VALUED = {
    "apt": ("-o", "-c", "-t", "-a", "--option", "--target-release", "--config-file", "--default-release"),
    "apk": ("-X", "-p", "-t", "--repository", "--root", "--virtual", "--keys-dir", "--repositories-file", "--arch", "--cache-dir",
            "--cache-max-age", "--wait", "--progress-fd", "--timeout"),
    "rpm": ("-c", "-x", "--installroot", "--releasever", "--setopt", "--repo", "--repoid", "--enablerepo", "--disablerepo",
            "--exclude", "--config"),
    "pip": ("-r", "-c", "-i", "-e", "-t", "-f", "--requirement", "--constraint", "--index-url", "--extra-index-url", "--target",
            "--prefix", "--root", "--find-links", "--trusted-host", "--cache-dir", "--timeout", "--retries", "--proxy",
            "--python", "--only-binary",
            "--no-binary", "--platform"),
    "npm": ("--prefix", "--registry", "--cache", "--userconfig", "--workspace", "-w", "-C", "--tag", "--loglevel"),
    "gem": ("-v", "--version", "--source", "-s", "-i", "--install-dir", "-n", "--bindir", "-P"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PackageCall:
    """`family` is apt, apk, rpm, pip, npm, gem ...; `action` its subcommand; `names` the operands after it."""

    step: Step
    command: Command
    family: str
    action: str
    names: tuple[str, ...]

    @property
    def args(self) -> tuple[str, ...]:
        return self.command.args


def family_of(command: Command) -> tuple[str, tuple[str, ...]]:
    """(family, arguments): `python -m pip` is pip."""
    name, args = command.name, command.args
    if name in APT:
        return "apt", args
    if name in RPM:
        return "rpm", args
    if re.fullmatch(r"pip[\d.]*|pipx|uv", name):
        return "pip", args[1:] if name == "uv" and args[:1] == ("pip",) else args
    if re.fullmatch(r"python[\d.]*|pypy[\d.]*", name) and "-m" in args and args[args.index("-m") + 1 : args.index("-m") + 2] == ("pip",):
        return "pip", args[args.index("-m") + 2 :]
    if name in ("npm", "yarn", "pnpm"):
        return "npm", args
    return (name, args) if name in ("apk", "gem", "pacman", "opkg", "conda", "mamba", "micromamba") else ("", args)


def package_calls(build: Build, *families: str) -> Iterator[PackageCall]:
    for step, command in build.calls():
        family, args = family_of(command)
        if family and (not families or family in families):
            action, names = _operands(family, args)
            yield PackageCall(step, command, family, action, names)


def _operands(family: str, args: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    valued = _VALUED.get(family, ())
    words: list[str] = []
    skip = False
    for arg in args:
        if skip:
            skip = False
        elif arg in valued:
            skip = True
        elif not arg.startswith("-"):
            words.append(arg)
    return (words[0] if words else ""), tuple(words[1:])
