"""Which Maven coordinates a Java archive has, from its manifest, its file name and the folders of its classes.

Sources: JAR File Specification ("Main Attributes"), OSGi Core 3.2 (Bundle-SymbolicName, Bundle-Version). Archives built with Maven name
themselves in `pom.properties`; the rest is a matter of habit, so every answer says where it comes from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from analyzers.collectors.application_files import text_of
from analyzers.collectors.java_groups import group_of, tomcat_artifact

_FILE = re.compile(r"(?P<name>.+?(?:-\d[\d.]*-api)?)-(?P<version>v?\d[^/]*)\Z")  # log4j-1.2-api-2.17.0 is no log4j 1.2
_BUNDLE = re.compile(r"(?P<name>[A-Za-z]\w*(?:\.[A-Za-z][\w-]*)+)_(?P<version>\d+\.\d+\.\d+(?:\.[\w-]+)?)\Z")
_CLASSIFIER = re.compile(
    r"[-.](?:jar-with-dependencies|shaded|all|fat|uber|exec|bin|sources|javadoc|tests?|nodep|bundle|linux-[a-z0-9_]+|osx-[a-z0-9_]+|"
    r"windows-[a-z0-9_]+|native|standalone|withdeps|runner)\Z"
)
_VERSION_FIELDS = ("implementation-version", "bundle-version", "plugin-version", "specification-version")
_VERSION = re.compile(r"v?\d[A-Za-z0-9._+-]{0,80}\Z")
_GROUP = re.compile(r"[A-Za-z_][\w-]*(?:\.[\w-]+)*\Z")
_ARTIFACT = re.compile(r"[A-Za-z][\w.-]*\Z")


@dataclass(frozen=True, slots=True)
class Coordinates:
    """`group` may be empty. `doubt`: how name, group or version were found where they are no more than likely; `confidence` in percent."""

    group: str
    artifact: str
    version: str
    doubt: str = ""
    confidence: int = 100


def manifest_fields(data: bytes) -> dict[str, str]:
    """Main attributes in lower case -> value, continuation lines joined."""
    fields: dict[str, str] = {}
    name = ""
    for line in text_of(data[: 1024 * 1024]).replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if not line:
            if fields:
                break
        elif line[0] == " ":
            if name:
                fields[name] += line[1:]
        else:
            name, colon, value = line.partition(":")
            name = name.strip().lower() if colon else ""
            if name:
                fields[name] = value.strip()
    return fields


def properties(data: bytes) -> Coordinates | None:
    """The coordinates in a pom.properties; None where one of the three is missing or a placeholder."""
    fields = {}
    for line in text_of(data[: 64 * 1024]).splitlines():
        key, sign, value = line.partition("=")
        if sign and not line.startswith(("#", "!")):
            fields[key.strip()] = value.strip()
    group, artifact, version = fields.get("groupId", ""), fields.get("artifactId", ""), fields.get("version", "")
    if not (_GROUP.match(group) and _ARTIFACT.match(artifact) and _VERSION.match(version)):
        return None
    return Coordinates(group, artifact, version)


def file_parts(file: str) -> tuple[str, str]:
    """(name, version) of `name-1.2.3-classifier.jar`; the version may be empty."""
    stem = _CLASSIFIER.sub("", file.rpartition("/")[2].rpartition(".")[0])
    match = _FILE.match(stem)
    if match is None or not _VERSION.match(match["version"]):
        return stem, ""
    return match["name"], _CLASSIFIER.sub("", match["version"])


def guessed(file: str, manifest: Mapping[str, str], class_folder: str) -> Coordinates | None:
    """The most likely coordinates of an archive without pom.properties of its own. class_folder: `org/example/thing`, the folder that
    all its classes share. None where nothing tells name and version."""
    bundle = _BUNDLE.match(file.rpartition("/")[2].rpartition(".")[0])
    if bundle is not None:
        return _bundle(bundle["name"], bundle["version"])
    name, version = file_parts(file)
    symbolic = manifest.get("bundle-symbolicname", "").partition(";")[0].strip()
    said = [manifest.get(key, "").partition(" ")[0] for key in _VERSION_FIELDS]
    stated = next((one for one in said if _VERSION.match(one)), "")
    doubts, confidence = ["name from the file"], 90
    if not version:
        version = stated
        doubts.append("version from the manifest")
        confidence -= 10
    if not version or not _ARTIFACT.match(name):
        return None
    if manifest.get("implementation-title") == "Apache Tomcat" and not file_parts(file)[1]:
        name = tomcat_artifact(name, version)
    group, said_group = group_of(name, version), manifest.get("group-id", "")
    if group:
        doubts.append("group from a table")
    elif _GROUP.match(said_group):  # plug-ins of Jenkins
        group = said_group
        doubts.append("group from Group-Id")
    else:
        group, source, share = _group(name, symbolic, manifest.get("implementation-vendor-id", ""), class_folder)
        doubts.append(source)
        confidence = confidence * share // 100
    return Coordinates(group, name, version, ", ".join(doubts), confidence)


def _bundle(symbolic: str, version: str) -> Coordinates:
    """Of a bundle whose file is named as Eclipse does, `org.eclipse.jetty.server_9.4.30.jar`: the last two words are often the artifact."""
    head, _, last = symbolic.rpartition(".")
    for artifact in (f"{head.rpartition('.')[2]}-{last}", last):
        if group := group_of(artifact, version):
            return Coordinates(group, artifact, version, "name from the file, group from a table", 80)
    return Coordinates(head, last, version, "name from the file, group from Bundle-SymbolicName", 70)


def _group(name: str, symbolic: str, vendor: str, folder: str) -> tuple[str, str, int]:
    """(group, where it comes from, how far to be believed in percent). A symbolic name is often `group.artifact`, or the group with the
    last word of the artifact."""
    if _GROUP.match(vendor) and "." in vendor and vendor != name:
        longer = folder.replace("/", ".")
        if vendor.count(".") == 1 and longer == f"{vendor}.{name}":
            return longer, "group from the folder of the classes", 90
        return vendor, "group from Implementation-Vendor-Id", 90
    dashed = name.replace("-", ".")
    for tail in (f".{name}", f".{dashed}"):
        if symbolic.endswith(tail):
            return symbolic.removesuffix(tail), "group from Bundle-SymbolicName", 90
    if "." in symbolic and _GROUP.match(symbolic):
        head, _, last = symbolic.rpartition(".")
        return (head if last in name else symbolic), "group from Bundle-SymbolicName", 80
    parts = [part for part in folder.split("/") if part]
    if len(parts) >= 2 and _GROUP.match(".".join(parts)):
        return ".".join(parts[:3]), "group from the folder of the classes", 60
    return "", "group unknown", 40
