"""Bun's binary lock file. Source: Bun's own serializer (src/install/lockfile: bun.lockb.zig, Package.zig, Buffers.zig), formats 2 and 3.

Behind the head lies a table of packages, one column after the other, then buffers, each behind its first and last place in the file. A
text of up to eight bytes stands where it is named, a longer one in the last buffer. All numbers are little-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from analyzers.collectors.application_files import Unreadable, reachable

MAGIC = b"#!/usr/bin/env bun\nbun-lockfile-format-v0\n"
_HEAD = struct.Struct("<L32s6Q")  # format, hash, size, packages, alignment, columns, places of the table
_RESOLUTIONS = {2: struct.Struct("<B15x3L4x8s8x8s8x"), 3: struct.Struct("<B15x3Q8s8x8s8x")}  # tag, address, version, pre-release, build
_DEPENDENCY = struct.Struct("<16xB9x")  # name, hash of the name, behavior, tag, literal
_TEXT, _HASH, _SLICE = 8, 8, struct.Struct("<2L")
_ROOT, _NPM, _WORKSPACE = 1, 2, 72
_NEEDED, _DEVELOPMENT = 0b10110, 0b1000  # behavior: normal, optional, peer; development
_BUFFERS = 6


class Locked(NamedTuple):
    """A package from a registry."""

    name: str
    version: str
    development: bool


def locked_packages(data: bytes) -> Iterator[Locked]:
    """Packages in the order of the file. Raises Unreadable."""
    try:
        yield from _Lockfile(data).packages()
    except (struct.error, IndexError, OverflowError) as error:
        raise Unreadable(f"damaged: {error}") from error


class _Lockfile:
    def __init__(self, data: bytes) -> None:
        if not data.startswith(MAGIC):
            raise Unreadable("no lock file of Bun")
        kind, _, size, self.count, _, _, begin, end = _HEAD.unpack_from(data, len(MAGIC))
        if kind not in _RESOLUTIONS:
            raise Unreadable(f"format {kind} of Bun's binary lock file")
        self._resolution = _RESOLUTIONS[kind]
        if (
            not 0 < begin <= end <= size <= len(data)
            or self.count * (_TEXT + _HASH + self._resolution.size + 2 * _SLICE.size) > end - begin
        ):
            raise Unreadable("damaged: its table does not fit")
        self._data, self._begin = data, begin
        buffers = list(self._buffers(end))
        self._resolved, self._dependencies, self._texts = buffers[2], buffers[3], buffers[5]

    def _buffers(self, place: int) -> Iterator[bytes]:
        for _ in range(_BUFFERS):
            start, stop = struct.unpack_from("<2Q", self._data, place)
            if not place < start <= stop <= len(self._data):
                raise Unreadable("damaged: its buffers do not fit")
            yield self._data[start:stop]
            place = stop

    def packages(self) -> Iterator[Locked]:
        names = self._begin
        resolutions = names + self.count * (_TEXT + _HASH)
        read = [self._resolution.unpack_from(self._data, resolutions + at * self._resolution.size) for at in range(self.count)]
        edges = self._edges(resolutions + self.count * self._resolution.size)
        needed = reachable((at for at, one in enumerate(read) if one[0] in (_ROOT, _WORKSPACE)), edges)
        for at, (tag, major, minor, patch, pre, build) in enumerate(read):
            if tag == _NPM:
                more = "".join(sign + text for sign, text in (("-", self._text(pre)), ("+", self._text(build))) if text)
                place = names + at * _TEXT
                yield Locked(self._text(self._data[place : place + _TEXT]), f"{major}.{minor}.{patch}{more}", at not in needed)

    def _edges(self, slices: int) -> dict[int, list[int]]:
        """Package -> what it needs other than for its own development."""
        edges: dict[int, list[int]] = {}
        most = len(self._resolved) // 4
        for at in range(self.count):
            first, many = _SLICE.unpack_from(self._data, slices + at * _SLICE.size)
            if first + many > most or (first + many) * _DEPENDENCY.size > len(self._dependencies):
                raise Unreadable("damaged: its dependencies do not fit")
            edges[at] = [number for one in range(first, first + many) if (number := self._needed(one)) < self.count]
        return edges

    def _needed(self, dependency: int) -> int:
        """The package that a dependency was resolved to; beyond all where it is none, or for development."""
        behavior: int = _DEPENDENCY.unpack_from(self._dependencies, dependency * _DEPENDENCY.size)[0]
        if behavior & _DEVELOPMENT and not behavior & _NEEDED:
            return int(self.count)
        return int.from_bytes(self._resolved[4 * dependency : 4 * dependency + 4], "little")

    def _text(self, raw: bytes) -> str:
        if raw[7] & 0x80:
            place, size = _SLICE.unpack(raw)
            size &= 0x7FFFFFFF
            if place + size > len(self._texts):
                raise Unreadable("damaged: a text beyond its end")
            raw = self._texts[place : place + size]
        else:
            raw = raw.partition(b"\0")[0]
        return raw.decode("utf-8", "backslashreplace")
