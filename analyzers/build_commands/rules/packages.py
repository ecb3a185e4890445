"""Rules of class `package`: how packages are installed and what is left behind."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.build_commands.package_managers import INSTALLS, PackageCall, package_calls
from analyzers.build_commands.rule import Build, Hit, Rule, step_hit
from analyzers.build_commands.steps import Step
from analyzers.build_commands.targets import cache_mounted, has_option, removes_under
from analyzers.shell.tree import Command
from schemas.vocabulary import Level

_SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh", ".", "source"})
_INSTALLERS = frozenset({"mk-build-deps", "rosdep", "gdebi", "playwright", "debootstrap", "tasksel", "install_packages"})
_LISTS = "/var/lib/apt/lists"
_TRUSTED = re.compile(r"\[[^\[\]]{0,200}\btrusted\s*=\s*yes\b[^\[\]]{0,200}\]\s*(\S+)")
_SIGNING_OFF = re.compile(r"(?i)^\s*(?:repo_|pkg_)?gpgcheck\s*=\s*(?:0|no|false)\b|^\s*SigLevel\s*=\s*.*\bNever\b", re.MULTILINE)
_APT_OPTION = re.compile(
    r"(?i)(?:apt::get::allowunauthenticated|acquire::allow(?:insecure|weak)repositories)\s*(?:=|\s)\s*[\"']?(?:true|1|yes)"
)
_WRITERS = frozenset({"echo", "printf", "cat", "tee", "sed", "add-apt-repository"})
_SETOPT = re.compile(r"--setopt[= ](?:\S+\.)?gpgcheck=(?:0|no|false)")
_UNSIGNED = {
    "apt": ("--allow-unauthenticated", "--force-yes", "--allow-insecure-repositories"), "apk": ("--allow-untrusted",),
    "rpm": ("--nogpgcheck", "--no-gpgchecks", "--no-gpg-checks", "--no-gpg-check", "--allow-unsigned-rpm"),
}  # fmt: skip


def update_alone(build: Build) -> Iterator[Hit]:
    """A step that fetches the package index and installs nothing, neither itself nor through a script or a tool that calls apt."""
    calls = list(package_calls(build, "apt", "apk"))
    used = {call.step.index for call in calls if call.action in INSTALLS or call.action in ("add", "download", "source", "changelog")}
    for call in calls:
        if call.action == "update" and call.step.index not in used and not any(map(_may_install, call.step.commands)):
            yield step_hit(call.step, call.command.text)


def _may_install(command: Command) -> bool:
    runs_file = command.name in _SHELLS and any(not word.startswith("-") for word in command.args[:1])
    return runs_file or command.name.endswith(".sh") or command.name in _INSTALLERS or "playwright" in command.args


def dist_upgrade(build: Build) -> Iterator[Hit]:
    for call in package_calls(build, "apt", "rpm"):
        if call.action in ("dist-upgrade", "full-upgrade", "system-upgrade", "dup", "distro-sync"):
            yield step_hit(call.step, call.command.text)
    for step, command in build.calls("do-release-upgrade"):
        yield step_hit(step, command.text)


def package_lists_left(build: Build) -> Iterator[Hit]:
    """apt installs and the step leaves the package lists in the layer."""
    calls = list(package_calls(build, "apt"))
    cleaned = {call.step.index for call in calls if call.action in ("dist-clean", "distclean")}
    for step in {call.step for call in calls}:
        if removes_under(step, _LISTS) or cache_mounted(step, _LISTS, "/var/lib/apt", "/var/lib"):
            cleaned.add(step.index)
    for call in calls:
        if call.action in INSTALLS and call.step.index not in cleaned:
            yield step_hit(call.step, call.command.text)


def package_cache_left(build: Build) -> Iterator[Hit]:
    """apk adds packages and keeps its index."""
    calls = list(package_calls(build, "apk"))
    cleaned = {step for step in {call.step for call in calls} if _apk_cleaned(step)}
    for call in calls:
        if call.action == "add" and call.step not in cleaned and not has_option(call.args, "--no-cache") and "--root" not in call.args:
            yield step_hit(call.step, call.command.text)


def _apk_cleaned(step: Step) -> bool:
    cleaned = any(other.name == "apk" and "cache" in other.args and bool({"clean", "purge"} & set(other.args)) for other in step.commands)
    return cleaned or removes_under(step, "/var/cache/apk") or cache_mounted(step, "/var/cache/apk", "/etc/apk/cache", "/var/cache")


def unpinned(build: Build) -> Iterator[Hit]:
    """A package is installed without a version."""
    for call in package_calls(build, "apt", "apk", "rpm", "pip", "npm", "gem"):
        if call.action in ("install", "add") and any(_floats(call, name) for name in call.names):
            yield step_hit(call.step, call.command.text)


def _floats(call: PackageCall, name: str) -> bool:
    if (
        "$" in name
        or name.startswith((".", "/", "git+"))
        or "://" in name
        or name.endswith((".deb", ".rpm", ".apk", ".whl", ".tgz", ".gem"))
    ):
        return False
    if call.family == "gem":
        return not has_option(call.args, "-v", "--version") and ":" not in name
    if call.family == "npm":
        return "@" not in name[1:]
    if call.family == "rpm":
        return not re.search(r"-\d", name) and not name.startswith("@")
    return not re.search(r"[=~<>@*]", name)


def unsigned_packages_allowed(build: Build) -> Iterator[Hit]:
    """Signatures of packages or of repositories are not checked; a repository of local files needs none."""
    for call in package_calls(build, *_UNSIGNED):
        joined = " ".join(call.args)
        if has_option(call.args, *_UNSIGNED[call.family]) or _APT_OPTION.search(joined) or _SETOPT.search(joined):
            yield step_hit(call.step, call.command.text)
    for step, command in build.calls():
        text = "\n".join([command.text, *(f"{one.target.text}\n{one.body}" for one in command.redirections)])
        unchecked = command.name in ("rpm", "dpkg") and has_option(command.args, "--nosignature", "--force-bad-verify", "--nodigest")
        if unchecked or (command.name in _WRITERS and _signing_off(command.name, text)):
            yield step_hit(step, command.text)


def _signing_off(name: str, text: str) -> bool:
    lines = text.replace("\\n", "\n")
    if name in ("echo", "printf"):
        lines = lines.replace(" ", "\n", 1)
    if name == "sed":
        return bool(re.search(r"gpgcheck\s*=\s*1[^/|#,]*[/|#,]\s*(?:repo_)?gpgcheck\s*=\s*0", text))
    trusted = any(not found[1].startswith(("file:", "copy:", "cdrom:", "/", "$")) for found in _TRUSTED.finditer(lines))
    return trusted or bool(_SIGNING_OFF.search(lines)) or bool(_APT_OPTION.search(lines))


RULES: tuple[Rule, ...] = (
    Rule(
        "update_alone", "package", Level.LOW, "Package index updated in a step of its own",
        "A step updates the package index and installs nothing: the cached step is reused, so later installs get old packages.",
        "Update and install in one RUN step.",
        update_alone, version=2,
    ),
    Rule(
        "dist_upgrade", "package", Level.LOW, "Whole distribution is upgraded",
        "A step upgrades the distribution: packages may be removed or replaced, and two builds give two images.",
        "Start from a newer base image, and upgrade only the packages that need it.",
        dist_upgrade,
    ),
    Rule(
        "package_lists_left", "package", Level.LOW, "Package lists are left behind",
        "apt installs packages and its lists stay in the layer.",
        "End the same RUN step with rm -rf /var/lib/apt/lists/*.",
        package_lists_left, version=2,
    ),
    Rule(
        "package_cache_left", "package", Level.LOW, "Package cache is left behind",
        "apk adds packages and keeps its index in the layer.",
        "Use apk add --no-cache.",
        package_cache_left,
    ),
    Rule(
        "unsigned_packages_allowed", "package", Level.MEDIUM, "Unsigned packages are allowed",
        "A step switches off the signature check of packages or repositories: whoever controls a mirror controls the image.",
        "Import the key of the repository and leave the check on.",
        unsigned_packages_allowed, version=2,
    ),
    Rule(
        "unpinned", "package", Level.LOW, "Packages without a version",
        "A step installs packages without saying which version: two builds give two images.",
        "Name versions, or install from a lock file.",
        unpinned, default=False,
    ),
)  # fmt: skip
