"""The packages of a case, written into the database or lock file that an image would hold, and read back by the collector."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from urllib.parse import quote

from analyzers.collectors.apk import Apk
from analyzers.collectors.dotnet import Dotnet
from analyzers.collectors.dpkg import Dpkg
from analyzers.collectors.lockfiles.cargo_lock import CargoLock
from analyzers.collectors.lockfiles.gemfile_lock import GemfileLock
from analyzers.collectors.lockfiles.go_mod import GoMod
from analyzers.collectors.lockfiles.gradle_lock import GradleLock
from analyzers.collectors.lockfiles.hex_pub_locks import MixLock, PubspecLock
from analyzers.collectors.lockfiles.npm_lock import NpmLock
from analyzers.collectors.lockfiles.python_locks import PythonLocks
from analyzers.collectors.os_release import OsRelease
from analyzers.collectors.php import Php
from analyzers.collectors.sbom import Sbom
from analyzers.contract import Collector, ImagePackage
from analyzers.image import ImageView, Located
from analyzers.packages import image_packages
from tests.unit.analyzers.collectors.collecting import collected

Writer = Callable[[str, str, Mapping[str, str]], str]


def installed_package(database: str, text: str, os_release: str) -> ImagePackage:
    """The one package of an image with an os-release file and a database that holds `name version [key=value ...]`.

    Keys: source, source_version (dpkg, apk origin), module and type (purl)."""
    name, version, *more = text.split()
    collector, path, writer = _DATABASES[database]
    content = writer(name, version, dict(word.split("=", 1) for word in more))
    facts = [*collected(OsRelease, {"etc/os-release": os_release}), *collected(collector, {path: content})]
    view = ImageView("sha256:image", ("sha256:layer",), tuple(Located(0, fact) for fact in facts))
    [package] = image_packages(view, folder_target=True).packages
    assert package.matched, f"{text}: {package.unmatched_reason}"
    return package


def _dpkg(name: str, version: str, more: Mapping[str, str]) -> str:
    source = more.get("source", "") + (f" ({more['source_version']})" if "source_version" in more else "")
    lines = [f"Package: {name}", "Status: install ok installed", "Architecture: amd64", f"Version: {version}"]
    return "\n".join([*lines, *([f"Source: {source}"] if source else []), "", ""])


def _apk(name: str, version: str, more: Mapping[str, str]) -> str:
    return f"P:{name}\nV:{version}\nA:x86_64\no:{more.get('source', name)}\n\n"


def _purl(name: str, version: str, more: Mapping[str, str]) -> str:
    """CycloneDX, for databases that have no text form. An rpm's epoch is a qualifier of its purl."""
    epoch, _, rest = version.rpartition(":") if more.get("type", "rpm") == "rpm" else ("", "", version)
    qualifiers = {"arch": "x86_64", "epoch": epoch, "upstream": more.get("source", ""), "rpmmod": more.get("module", "")}
    query = "&".join(f"{key}={quote(value)}" for key, value in qualifiers.items() if value and more.get("type", "rpm") == "rpm")
    purl = f"pkg:{more.get('type', 'rpm')}/{quote(name, safe='/')}@{quote(rest, safe='')}" + (f"?{query}" if query else "")
    components = [{"type": "library", "name": name, "version": version, "purl": purl}]
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components})


def _package_lock(name: str, version: str, _: Mapping[str, str]) -> str:
    return json.dumps({"lockfileVersion": 3, "packages": {"": {}, f"node_modules/{name}": {"version": version}}})


def _gemfile_lock(name: str, version: str, _: Mapping[str, str]) -> str:
    return f"GEM\n  remote: elsewhere\n  specs:\n    {name} ({version})\n\nDEPENDENCIES\n  {name}\n"


def _packages_lock(name: str, version: str, _: Mapping[str, str]) -> str:
    return json.dumps({"version": 1, "dependencies": {"net8.0": {name: {"type": "Direct", "resolved": version}}}})


_DATABASES: dict[str, tuple[type[Collector], str, Writer]] = {
    "dpkg": (Dpkg, "var/lib/dpkg/status", _dpkg),
    "apk": (Apk, "lib/apk/db/installed", _apk),
    "purl": (Sbom, "srv/a.cdx.json", _purl),
    "requirements.txt": (PythonLocks, "srv/requirements.txt", lambda name, version, _: f"{name}=={version}\n"),
    "package-lock.json": (NpmLock, "srv/package-lock.json", _package_lock),
    "gradle.lockfile": (GradleLock, "srv/gradle.lockfile", lambda name, version, _: f"{name}:{version}=runtimeClasspath\n"),
    "go.mod": (GoMod, "srv/go.mod", lambda name, version, _: f"module x\n\nrequire {name} {version}\n"),
    "Cargo.lock": (
        CargoLock,
        "srv/Cargo.lock",
        lambda name, version, _: f'version = 3\n\n[[package]]\nname = "{name}"\nversion = "{version}"\nsource = "registry+elsewhere"\n',
    ),
    "Gemfile.lock": (GemfileLock, "srv/Gemfile.lock", _gemfile_lock),
    "composer.lock": (Php, "srv/composer.lock", lambda name, version, _: json.dumps({"packages": [{"name": name, "version": version}]})),
    "packages.lock.json": (Dotnet, "srv/packages.lock.json", _packages_lock),
    "mix.lock": (MixLock, "srv/mix.lock", lambda name, version, _: f'%{{\n  "{name}": {{:hex, :{name}, "{version}", "0a", [:mix]}},\n}}\n'),
    "pubspec.lock": (
        PubspecLock,
        "srv/pubspec.lock",
        lambda name, version, _: f'packages:\n  {name}:\n    dependency: "direct main"\n    source: hosted\n    version: "{version}"\n',
    ),
}
