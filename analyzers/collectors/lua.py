"""Installed Lua rocks: LuaRocks keeps each below `rocks-5.x/NAME/VERSION`. Source: LuaRocks documentation, "File locations"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from analyzers.collectors.application_files import ApplicationCollector
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact, Package

_PLACE = re.compile(r"(?:^|/)rocks(?:-5\.\d)?/([^/]+)/([^/]+)/[^/]+\.rockspec\Z")


class Lua(ApplicationCollector):
    """Facts: Package of type `luarocks`, named by the place of its rockspec."""

    name: ClassVar[str] = "lua"
    version: ClassVar[int] = 1
    wanted: ClassVar[Wanted] = Wanted(suffixes=frozenset({".rockspec"}))

    def read(self, file: FileView) -> Iterator[Fact]:
        place = _PLACE.search(file.path)
        if place:
            yield Package(path=file.path, type="luarocks", name=place[1], version=place[2])
