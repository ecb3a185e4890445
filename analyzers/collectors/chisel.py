"""Packages of which Chisel cut slices (Ubuntu's images without a package manager) and the files that they own.

Source: Chisel documentation, "Chisel manifest": JSON objects one a line, packed with zstd, wherever a slice asks for it; by convention
`/var/lib/chisel/manifest.wall`. It does not say from which source a package is built, of which Ubuntu's advisories speak.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import orjson

from analyzers.collectors.application_files import text_in
from analyzers.contract import BaseCollector, FileView, Wanted
from analyzers.decompress import DecompressionError, decompressor
from analyzers.ubuntu_sources import ubuntu_source
from schemas.facts import Fact, OwnedFiles, Package, Skipped
from schemas.vocabulary import Reason

NO_SOURCE = f"{Reason.ADVISORIES_MISSING}: advisories speak of sources, and nothing says those"
"""Begins the reason for packages that are known, and whose source is not."""
MAX_BYTES = 64 * 1024 * 1024  # unpacked; real ones have less than 1 MB


class Chisel(BaseCollector):
    """Facts: Package and OwnedFiles per package; Skipped for what cannot be read, and once for packages of unknown source."""

    name: ClassVar[str] = "chisel"
    version: ClassVar[int] = 1
    tells: ClassVar[tuple[type[Fact], ...]] = (OwnedFiles, Package)
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"manifest.wall"}), max_bytes=16 * 1024 * 1024)

    def collect(self, file: FileView) -> Iterable[Fact]:
        files: dict[str, list[str]] = {}
        found: dict[str, Package] = {}
        damage = ""
        try:
            for entry in _entries(file.data):
                kind, name = text_in(entry, "kind"), text_in(entry, "name")
                path = text_in(entry, "path").strip("/")
                if kind == "package" and name and text_in(entry, "version"):
                    found[name] = _package(file.path, entry)
                elif kind == "content" and path and not text_in(entry, "path").endswith("/"):
                    files.setdefault(text_in(entry, "slice").partition("_")[0], []).append(path)
        except (DecompressionError, orjson.JSONDecodeError, EOFError) as error:
            damage = str(error)[:200]
        yield from found.values()
        for name, paths in files.items():
            if name in found:
                yield OwnedFiles(path=file.path, package=name, arch=found[name].arch, files=tuple(dict.fromkeys(paths)))
        if unknown := [name for name, one in found.items() if not one.source]:
            reason = f"{NO_SOURCE} of {len(unknown)} packages, {unknown[0]} first"
            yield Skipped(path=file.path, collector=self.name, reason=reason)
        if damage:
            yield Skipped(path=file.path, collector=self.name, reason=f"{Reason.UNREADABLE}: {damage}")


def _package(path: str, entry: dict[str, Any]) -> Package:
    name, version = text_in(entry, "name"), text_in(entry, "version")
    source = ubuntu_source(name, version)
    return Package(
        path=path,
        type="deb",
        name=name,
        version=version,
        arch=text_in(entry, "arch"),
        source=source,
        source_version=version if source else "",
    )


def _entries(data: bytes) -> Iterator[dict[str, Any]]:
    """The objects, as far as they can be read. Raises DecompressionError, JSONDecodeError, EOFError (too short, too long)."""
    stream, rest, size = decompressor("zstd"), b"", 0
    for piece in stream.feed(data):
        size += len(piece)
        if size > MAX_BYTES:
            raise EOFError(f"more than {MAX_BYTES:,} bytes unpacked")
        *lines, rest = (rest + piece).split(b"\n")
        yield from _objects(lines)
    yield from _objects([rest])
    if not stream.complete:
        raise EOFError("the manifest is cut")


def _objects(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if line.strip() and isinstance(entry := orjson.loads(line), dict):
            yield entry
