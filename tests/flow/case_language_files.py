"""Writers of the files that name packages of languages: lock files, and what installers and compilers leave behind."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Callable, Mapping

from analyzers.collectors.dotnet import Dotnet
from analyzers.collectors.erlang import Erlang
from analyzers.collectors.golang import Golang
from analyzers.collectors.java import Java
from analyzers.collectors.lockfiles.cargo_lock import CargoLock
from analyzers.collectors.lockfiles.conan_lock import ConanLock
from analyzers.collectors.lockfiles.gemfile_lock import GemfileLock
from analyzers.collectors.lockfiles.go_mod import GoMod
from analyzers.collectors.lockfiles.gradle_lock import GradleLock
from analyzers.collectors.lockfiles.hex_locks import MixLock
from analyzers.collectors.lockfiles.npm_lock import NpmLock
from analyzers.collectors.lockfiles.pub_locks import PubLocks
from analyzers.collectors.lockfiles.python_locks import PythonLocks
from analyzers.collectors.lockfiles.swift_locks import SwiftResolved
from analyzers.collectors.php import Php
from analyzers.collectors.python import Python
from analyzers.collectors.r_language import RLanguage
from analyzers.collectors.ruby import Ruby
from analyzers.collectors.rust import Rust
from analyzers.contract import Collector

Words = Mapping[str, str]
Writer = Callable[[str, str, Words], str | bytes]


def _package_lock(name: str, version: str, more: Words) -> str:
    place = f"node_modules/{more.get('alias', name)}"
    return json.dumps({"lockfileVersion": 3, "packages": {"": {}, place: {"name": name, "version": version}}})


def _go_mod(name: str, version: str, more: Words) -> str:
    """`replaces=PATH`: what the project asks for, before it is replaced by the package."""
    if "replaces" in more:
        return f"module x\n\nrequire {more['replaces']} v0.1.0\n\nreplace {more['replaces']} => {name} {version}\n"
    return f"module x\n\nrequire {name} {version}\n"


def _go_program(_: str, version: str, __: Words) -> bytes:
    """The standard library that the linker left its version of (debug/buildinfo, header with inline strings)."""
    text = f"go{version}".encode()
    return b"\x7fELF" + bytes(12) + b"\xff Go buildinf:\x08\x02" + bytes(16) + bytes([len(text)]) + text + b"\0"


def _jar(name: str, version: str, __: Words) -> bytes:
    group, _, artifact = name.partition(":")
    text = f"groupId={group}\nartifactId={artifact}\nversion={version}\n"
    return _zip({f"META-INF/maven/{group}/{artifact}/pom.properties": text})


def _war(name: str, version: str, more: Words) -> bytes:
    """An archive in an archive; without a description of its own the inner one is known by its file name."""
    inner = _zip({"a/A.class": b""}) if "bare" in more else _jar(name, version, more)
    return _zip({f"WEB-INF/lib/{name.rpartition(':')[2]}-{version}.jar": inner})


def _zip(files: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _cargo_lock(name: str, version: str, more: Words) -> str:
    return f'version = 3\n\n[[package]]\nname = "{name}"\nversion = "{version}"\nsource = "{more.get("source", "registry+elsewhere")}"\n'


def _audited(name: str, version: str, _: Words) -> bytes:
    crates = [
        {"name": "own", "version": "0.1.0", "source": "local", "root": True},
        {"name": name, "version": version, "source": "registry"},
    ]
    text = json.dumps({"packages": crates}, separators=(",", ":"))
    return b"\x7fELF" + bytes(200) + zlib.compress(text.encode()) + b"\0.dep-v0\0"


def _gemfile_lock(name: str, version: str, more: Words) -> str:
    platform = f"-{more['platform']}" if "platform" in more else ""
    return f"GEM\n  remote: elsewhere\n  specs:\n    {name} ({version}{platform})\n\nDEPENDENCIES\n  {name}\n"


def _gemspec(name: str, version: str, more: Words) -> str:
    stub = f"# -*- encoding: utf-8 -*-\n# stub: {name} {version} {more.get('platform', 'ruby')} lib\n\n"
    return f'{stub}Gem::Specification.new do |s|\n  s.name = "{name}".freeze\n  s.version = "{version}"\nend\n'


def _composer(name: str, version: str, more: Words) -> dict[str, object]:
    return {"name": name, "version": version, "extra": {"branch-alias": {version: more["alias"]}} if "alias" in more else []}


def _installed_php(name: str, version: str, _: Words) -> str:
    entry = (
        f"        '{name}' => array(\n            'pretty_version' => '{version}',\n            'dev_requirement' => false,\n        ),\n"
    )
    return f"<?php return array(\n    'root' => array(\n        'name' => 'own/app',\n    ),\n    'versions' => array(\n{entry}    ),\n);\n"


def _packages_lock(name: str, version: str, _: Words) -> str:
    return json.dumps({"version": 1, "dependencies": {"net8.0": {name: {"type": "Direct", "resolved": version}}}})


def _deps_json(name: str, version: str, more: Words) -> str:
    return json.dumps({"libraries": {"own/1.0.0": {"type": "project"}, f"{name}/{version}": {"type": more.get("kind", "package")}}})


def _package_resolved(location: str, version: str, _: Words) -> str:
    pin = {"identity": "x", "kind": "remoteSourceControl", "location": location, "state": {"revision": "0a", "version": version}}
    return json.dumps({"pins": [pin], "version": 2})


def _conan_lock(name: str, version: str, more: Words) -> str:
    return json.dumps({"version": "0.5", "requires": [f"{name}/{version}{more.get('rest', '')}#0a%1.0"], "build_requires": []})


def _description(name: str, version: str, more: Words) -> str:
    place = "biocViews: Software\n" if "bioconductor" in more else "Repository: CRAN\n"
    return f"Package: {name}\nVersion: {version}\n{place}Built: R 4.3.1; ; 2024-01-01 00:00:00 UTC; unix\n"


def _renv_lock(name: str, version: str, more: Words) -> str:
    source = "Bioconductor" if "bioconductor" in more else "Repository"
    return json.dumps({"R": {"Version": "4.3.1"}, "Packages": {name: {"Package": name, "Version": version, "Source": source}}})


LANGUAGE_FILES: dict[str, tuple[type[Collector], str, Writer]] = {
    "requirements.txt": (PythonLocks, "srv/requirements.txt", lambda name, version, _: f"{name}=={version}\n"),
    "METADATA": (Python, "srv/site-packages/x.dist-info/METADATA", lambda name, version, _: f"Name: {name}\nVersion: {version}\n"),
    "package-lock.json": (NpmLock, "srv/package-lock.json", _package_lock),
    "gradle.lockfile": (GradleLock, "srv/gradle.lockfile", lambda name, version, _: f"{name}:{version}=runtimeClasspath\n"),
    "jar": (Java, "srv/x.jar", _jar),
    "war": (Java, "srv/x.war", _war),
    "go.mod": (GoMod, "srv/go.mod", _go_mod),
    "go": (Golang, "usr/local/bin/x", _go_program),
    "Cargo.lock": (CargoLock, "srv/Cargo.lock", _cargo_lock),
    "audit": (Rust, "usr/local/bin/own", _audited),
    "Gemfile.lock": (GemfileLock, "srv/Gemfile.lock", _gemfile_lock),
    "gemspec": (Ruby, "usr/lib/ruby/gems/3.2.0/specifications/x.gemspec", _gemspec),
    "composer.lock": (Php, "srv/composer.lock", lambda *package: json.dumps({"packages": [_composer(*package)]})),
    "installed.json": (Php, "srv/vendor/composer/installed.json", lambda *package: json.dumps({"packages": [_composer(*package)]})),
    "installed.json-1": (Php, "srv/vendor/composer/installed.json", lambda *package: json.dumps([_composer(*package)])),
    "installed.php": (Php, "srv/vendor/composer/installed.php", _installed_php),
    "packages.lock.json": (Dotnet, "srv/packages.lock.json", _packages_lock),
    "deps.json": (Dotnet, "srv/own.deps.json", _deps_json),
    "mix.lock": (MixLock, "srv/mix.lock", lambda name, version, _: f'%{{\n  "{name}": {{:hex, :{name}, "{version}", "0a", [:mix]}},\n}}\n'),
    "app": (Erlang, "srv/lib/x/ebin/x.app", lambda name, version, _: f'{{application, {name}, [{{vsn, "{version}"}}]}}.\n'),
    "pubspec.lock": (
        PubLocks,
        "srv/pubspec.lock",
        lambda name, version, _: f'packages:\n  {name}:\n    dependency: "direct main"\n    source: hosted\n    version: "{version}"\n',
    ),
    "Package.resolved": (SwiftResolved, "srv/Package.resolved", _package_resolved),
    "conan.lock": (ConanLock, "srv/conan.lock", _conan_lock),
    "DESCRIPTION": (RLanguage, "usr/lib/R/library/x/DESCRIPTION", _description),
    "renv.lock": (RLanguage, "srv/renv.lock", _renv_lock),
}
