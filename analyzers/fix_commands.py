"""The command that brings a fixed version, by package manager. Names and versions come from images: everything is quoted."""

from __future__ import annotations

import shlex

from analyzers.contract import ImagePackage


def fix_command(package: ImagePackage, fixed: str, distribution: str = "") -> str:
    """The command, or what to set where there is no command; empty without a fixed version. `distribution`: os-release ID."""
    if not fixed:
        return ""
    name = package.name
    # Where an advisory speaks of the source package, its version is the binary's only if both are the same now.
    exact = fixed if package.version == package.match_version else ""
    if package.type == "deb":
        return f"apt-get update && apt-get install --only-upgrade {shlex.quote(f'{name}={exact}' if exact else name)}"
    if package.type == "apk":
        return f"apk add --upgrade {shlex.quote(f'{name}>={fixed}')}"
    if package.type == "rpm":
        return _rpm(name, exact, distribution)
    return _language(package.type, name, fixed)


def _rpm(name: str, exact: str, distribution: str) -> str:
    if distribution.startswith(("sle", "opensuse", "suse")):
        return f"zypper install {shlex.quote(f'{name}>={exact}' if exact else name)}"
    if distribution in {"mariner", "azurelinux", "azure"}:
        return f"tdnf upgrade {shlex.quote(name)}"  # advisories leave out the mark that the versions of builds end with
    tool = "tdnf" if distribution == "photon" else "dnf"
    return f"{tool} upgrade {shlex.quote(f'{name}-{exact}' if exact else name)}"


def _language(kind: str, name: str, fixed: str) -> str:
    version = f"v{fixed.removeprefix('v')}"
    commands = {
        "pypi": f"pip install {shlex.quote(f'{name}=={fixed}')}",
        "npm": f"npm install {shlex.quote(f'{name}@{fixed}')}",
        "gem": f"gem install {shlex.quote(name)} --version {shlex.quote(fixed)}",
        "composer": f"composer require {shlex.quote(f'{name}:{fixed}')}",
        "cargo": f"cargo update --package {shlex.quote(name)} --precise {shlex.quote(fixed)}",
        "nuget": f"dotnet add package {shlex.quote(name)} --version {shlex.quote(fixed)}",
        "maven": f"set {name} to version {fixed} in pom.xml or build.gradle",
        "golang": f"build with Go {fixed}" if name in {"stdlib", "toolchain"} else f"go get {shlex.quote(f'{name}@{version}')}",
    }
    return commands.get(kind, f"set {name} to version {fixed}")
