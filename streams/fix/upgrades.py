"""The upgrade plan for application vulnerabilities: what to change in which file, and the commands. Pure; nothing of it is carried out.

A package that lies in an image was put there by a build: the fix belongs into the file that declares it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.vocabulary import CategoryId
from streams.fix.plan import FIXABLE, version_key

_GO = "go get {name}@v{fixed} && go mod tidy"
_LOCK_TOOLS: dict[str, str] = {
    "poetry.lock": "poetry add {name}@^{fixed}",
    "pdm.lock": "pdm update {name}",
    "uv.lock": "uv lock --upgrade-package {name}=={fixed}",
    "Pipfile.lock": "pipenv upgrade {name}=={fixed}",
    "yarn.lock": "yarn upgrade {name}@{fixed}",
    "pnpm-lock.yaml": "pnpm update {name}@{fixed}",
    "bun.lock": "bun update {name}@{fixed}",
    "Gemfile.lock": "bundle update {name} --conservative",
    "composer.lock": "composer require {name}:^{fixed}",
    "Cargo.lock": "cargo update --package {name} --precise {fixed}",
    "go.mod": _GO,
    "go.sum": _GO,
    "mix.lock": "mix deps.update {name}",
    "pubspec.lock": "dart pub upgrade {name}",
    "packages.lock.json": "dotnet add package {name} --version {fixed}",
}
"""Lock file -> the command of the tool that keeps it."""
_MANIFEST_OF_TYPE = {
    "pypi": "requirements.txt or pyproject.toml",
    "npm": "package.json",
    "maven": "pom.xml or build.gradle",
    "golang": "go.mod",
    "gem": "Gemfile",
    "composer": "composer.json",
    "cargo": "Cargo.toml",
    "nuget": "the project file",
    "hex": "mix.exs",
    "pub": "pubspec.yaml",
}
_SAFE = re.compile(r"[A-Za-z0-9@/._:+~^-]+")


@dataclass(frozen=True)
class ApplicationUpgrade:
    """One package of one ecosystem: the lowest version that closes all flaws that have a fix, where it is declared, and the command.
    `unfixed` are flaws without a fixed version."""

    ecosystem: str
    name: str
    installed_version: str
    fixed_version: str
    declared_in: str
    paths: tuple[str, ...]
    command: str
    flaws: tuple[str, ...]
    unfixed: tuple[str, ...]
    base_image: str = ""


def plan_upgrades(risks: Sequence[Mapping[str, Any]]) -> tuple[ApplicationUpgrade, ...]:
    """Upgrades for the open application vulnerabilities among rows of the view `risks`, by ecosystem and name."""
    by_package: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for one in risks:
        if one["category"] == CategoryId.APPLICATION_VULNERABILITY and one["status"] in FIXABLE:
            key = (str(one["details"].get("ecosystem", "")), str(one["package"]), str(one["version"]))
            by_package.setdefault(key, []).append(one)
    return tuple(_upgrade(*key, some) for key, some in sorted(by_package.items()))


def _upgrade(ecosystem: str, name: str, version: str, risks: Sequence[Mapping[str, Any]]) -> ApplicationUpgrade:
    fixed = max(
        (str(one["fixed_version"]) for one in risks if one["fixed_version"]), key=lambda text: version_key(ecosystem, text), default=""
    )
    paths = tuple(sorted({one["path"] for one in risks if one["path"]}))
    kind = str(risks[0]["purl"]).removeprefix("pkg:").partition("/")[0]
    declared, command = _declaration(kind, name, fixed, paths)
    return ApplicationUpgrade(
        ecosystem, name, version, fixed, declared, paths, command or (str(risks[0]["fix_command"]) if fixed else ""),
        tuple(sorted({one["rule"] for one in risks if one["fixed_version"]})),
        tuple(sorted({one["rule"] for one in risks if not one["fixed_version"]})),
        str(risks[0]["details"].get("base_image", "")),
    )  # fmt: skip


def _declaration(kind: str, name: str, fixed: str, paths: Sequence[str]) -> tuple[str, str]:
    """The file that declares the package, and the command of the tool that keeps that file; the command may be empty."""
    for path in paths:
        command = _LOCK_TOOLS.get(path.rpartition("/")[2])
        if command is not None:
            safe = fixed and _SAFE.fullmatch(name) and _SAFE.fullmatch(fixed)
            return path, command.format(name=name, fixed=fixed.removeprefix("v") if kind == "golang" else fixed) if safe else ""
    return _MANIFEST_OF_TYPE.get(kind, "the file that declares it"), ""
