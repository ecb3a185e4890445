"""Build information that the Go linker leaves in every program: Go's version and the modules.

Source: Go's `debug/buildinfo` and `runtime/debug` packages (ModInfo), the comments there on both forms of the header. The module text
lies between two marks of 16 bytes, in every form of executable and of header, so that no section has to be found for it.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from analyzers.collectors.elf_segments import loaded_addresses

MAGIC = b"\xff Go buildinf:"
HEADER = 32
ALIGNED = 16
INLINE, BIG = 2, 1
START, END = bytes.fromhex("3077af0c9274080241e1c107e6d618e6"), bytes.fromhex("f932433186182072008242104116d8f2")
MAX_TEXT = 4 * 1024 * 1024
MAX_MARKS = 32
_RELEASE = re.compile(r"go(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:(rc|beta)(\d+))?(?![\w.]*-)")
_LDFLAG_VERSION = re.compile(r"-X[= ]['\"\\]*([\w./-]+)\.[A-Za-z]*[vV]ersion=['\"\\]*(v?\d+\.\d+(?:\.\d+)?(?:[-+.][\w.+-]*)?)")


@dataclass(frozen=True, slots=True)
class Module:
    """`version` as Go writes it (`v1.2.3`, `(devel)`, empty); `replaces`: what go.mod replaced by it, as `path@version`."""

    path: str
    version: str
    main: bool = False
    replaces: str = ""
    linked: bool = False  # the version is the one that a linker flag set


def go_versions(data: bytes, whole: bool) -> Iterator[str]:
    """The Go versions that build information headers in these bytes of a file name, empty for a header that could not be followed.

    data: the file, or a window that begins at a multiple of 16. Headers of Go before 1.18 point into the rest and need the `whole`."""
    place = data.find(MAGIC)
    marks = 0
    while place >= 0 and marks < MAX_MARKS:
        marks += 1
        if place % ALIGNED == 0 and place + HEADER < len(data):
            flags = data[place + 15]
            if flags & INLINE:
                text = _inline(data, place + HEADER)
                if text.startswith(("go", "devel")):
                    yield text
            elif flags in (0, BIG) and data[place + 14] in (4, 8):
                yield _pointed(data, place) if whole else ""
        place = data.find(MAGIC, place + 1)


def module_texts(data: bytes) -> Iterator[str]:
    """The module texts in these bytes that have both of their marks there."""
    start = data.find(START)
    while start >= 0:
        end = data.find(END, start, start + MAX_TEXT)
        if end < 0:
            return
        text = data[start + len(START) : end]
        if text.endswith(b"\n") and text.startswith((b"path\t", b"mod\t", b"dep\t", b"build\t")):
            yield text.decode("utf-8", "backslashreplace")
        start = data.find(START, end)


def _inline(data: bytes, place: int) -> str:
    """A string after its length in base 128."""
    size = shift = 0
    for place in range(place, min(place + 5, len(data))):  # noqa: B020 - goes on from where it began
        size |= (data[place] & 0x7F) << shift
        shift += 7
        if data[place] < 0x80:
            break
    raw = data[place + 1 : place + 1 + size]
    return raw.decode("utf-8", "replace") if size == len(raw) <= 256 else ""


def _pointed(data: bytes, place: int) -> str:
    """The version string that the pointers of an older header lead to; empty where they cannot be followed."""
    order, wide = ">" if data[place + 15] & BIG else "<", data[place + 14] == 8
    pair = struct.Struct(order + ("QQ" if wide else "II"))
    segments = loaded_addresses(data)

    def at(address: int) -> int:
        return next((address - start + where for where, size, start in segments if start <= address < start + size), -1)

    header = at(pair.unpack_from(data, place + 16)[0]) if place + 16 + pair.size <= len(data) else -1
    if header < 0 or header + pair.size > len(data):
        return ""
    address, size = pair.unpack_from(data, header)
    text = at(address)
    raw = data[text : text + size] if text >= 0 and size <= 256 else b""
    return raw.decode("utf-8", "replace") if raw.startswith((b"go", b"devel")) else ""


def release(version: str) -> str:
    """`go1.21` -> `1.21.0`, `go1.21rc2` -> `1.21.0-rc.2`, as Go's advisories write releases; empty for development versions."""
    match = _RELEASE.match(version)
    if match is None:
        return ""
    text = ".".join(part or "0" for part in match.group(1, 2, 3))
    return f"{text}-{match[4]}.{match[5]}" if match[4] else text


def modules(text: str) -> Iterator[Module]:
    """The modules of one module text, in its order; a replaced one gives the module that took its place.

    A main module that says `(devel)` has the version that a linker flag sets in its own packages, where there is one."""
    held: Module | None = None
    for line in text.split("\n"):
        kind, *words = line.split("\t")
        path, version = (*words, "", "")[:2]
        if kind == "=>" and held is not None:
            original = f"{held.path}@{held.version}"
            local = path.startswith((".", "/")) or not version
            held = Module(
                held.path if local else path, "" if local else version, held.main, original if not local else f"{original} by {path}"
            )
        elif kind in ("mod", "dep") and path:
            if held is not None:
                yield held
            linked = _linked_version(text, path) if kind == "mod" and version in ("", "(devel)") else ""
            held = Module(path, linked or version, kind == "mod", linked=bool(linked))
    if held is not None:
        yield held


def _linked_version(text: str, path: str) -> str:
    for match in _LDFLAG_VERSION.finditer(text[: 256 * 1024]):
        if match[1] == "main" or match[1] == path or match[1].startswith(path + "/"):
            return "v" + match[2].removeprefix("v")
    return ""
