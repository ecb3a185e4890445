"""Lock files of Swift packages and CocoaPods. Sources: Swift Package Manager documentation (Package.resolved, versions 1 to 3);
CocoaPods guides, "Podfile.lock"; purl type definitions of `swift` and `cocoapods`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from analyzers.collectors.application_files import (
    LOCK_BYTES,
    LockCollector,
    declared,
    json_object,
    table_in,
    tables_in,
    text_in,
    text_lines,
)
from analyzers.contract import FileView, Wanted
from analyzers.language_packages import repository_name
from schemas.facts import Fact

_POD = re.compile(r'  - "?([^\s"(/]+)(?:/[^\s"(]+)? \(([0-9][^)\s]*)\)"?:?\Z')
_NEEDED = re.compile(r'    - "?([^\s"(/]+)')
_ADDRESS = re.compile(r"(?:\w+://|[\w.-]+@)")


class SwiftResolved(LockCollector):
    """Facts: Package of type `swift`: host and owner are the namespace, the repository is the name."""

    name: ClassVar[str] = "swift-resolved"
    version: ClassVar[int] = 3
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"Package.resolved"}), max_bytes=LOCK_BYTES)

    def read(self, file: FileView) -> Iterator[Fact]:
        document = json_object(file.data)
        for pin in (*tables_in(document, "pins"), *tables_in(table_in(document, "object"), "pins")):
            location = (text_in(pin, "location") or text_in(pin, "repositoryURL"))[:1000]
            version = text_in(table_in(pin, "state"), "version")
            if version and _ADDRESS.match(location):
                namespace, _, name = repository_name(location).rpartition("/")
                yield declared(file, "swift", name, version, namespace=namespace)


class PodfileLock(LockCollector):
    """Facts: Package of type `cocoapods`; parts of a pod count as the pod."""

    name: ClassVar[str] = "podfile-lock"
    version: ClassVar[int] = 3
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"Podfile.lock"}), max_bytes=LOCK_BYTES)

    def read(self, file: FileView) -> Iterator[Fact]:
        section = ""
        needs: dict[tuple[str, str], list[str]] = {}  # in the order of the file; the parts of a pod need what the pod needs
        listed: list[str] = []
        for line in text_lines(file.data):
            if line and not line.startswith(" "):
                section = line.strip()
            elif section == "PODS:":
                if match := _POD.match(line.rstrip()):
                    listed = needs.setdefault((match[1], match[2]), [])
                elif (needed := _NEEDED.match(line)) and needed[1]:
                    listed.append(needed[1])
        for (name, version), others in needs.items():
            yield declared(file, "cocoapods", name, version, depends=(one for one in others if one != name))
