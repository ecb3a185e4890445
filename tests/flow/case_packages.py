"""The packages of a case, written into the database or lock file that an image would hold, and read back by the collector."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote

from analyzers.collectors.apk import Apk
from analyzers.collectors.dpkg import Dpkg
from analyzers.collectors.os_release import OsRelease
from analyzers.collectors.sbom import Sbom
from analyzers.contract import Collector, ImagePackage
from analyzers.image import ImageView, Located
from analyzers.packages import image_packages
from tests.flow.case_language_files import LANGUAGE_FILES, Writer
from tests.unit.analyzers.collectors.collecting import collected


def installed_package(database: str, text: str, os_release: str) -> ImagePackage:
    """The one package of an image with an os-release file and a database that holds `name version [key=value ...]`.

    Keys: source, source_version (dpkg, apk origin, file of a source rpm), arch (apk, purl), module and type (purl)."""
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
    return f"P:{name}\nV:{version}\nA:{more.get('arch', 'x86_64')}\no:{more.get('source', name)}\n\n"


def _purl(name: str, version: str, more: Mapping[str, str]) -> str:
    """CycloneDX, for databases that have no text form. An rpm's epoch is a qualifier of its purl."""
    epoch, _, rest = version.rpartition(":") if more.get("type", "rpm") == "rpm" else ("", "", version)
    qualifiers = {"arch": more.get("arch", "x86_64"), "epoch": epoch, "upstream": more.get("source", ""), "rpmmod": more.get("module", "")}
    query = "&".join(f"{key}={quote(value)}" for key, value in qualifiers.items() if value and more.get("type", "rpm") == "rpm")
    purl = f"pkg:{more.get('type', 'rpm')}/{quote(name, safe='/')}@{quote(rest, safe='')}" + (f"?{query}" if query else "")
    components = [{"type": "library", "name": name, "version": version, "purl": purl}]
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components})


_DATABASES: dict[str, tuple[type[Collector], str, Writer]] = {
    "dpkg": (Dpkg, "var/lib/dpkg/status", _dpkg),
    "apk": (Apk, "lib/apk/db/installed", _apk),
    "purl": (Sbom, "srv/a.cdx.json", _purl),
    **LANGUAGE_FILES,
}
