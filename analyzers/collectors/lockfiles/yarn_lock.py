"""Yarn's lock files, of version 1 and of Berry. Source: Yarn documentation, "yarn.lock" and "Protocols"."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import ClassVar

from analyzers.collectors.application_files import LOCK_BYTES, ApplicationCollector, declared, text_of
from analyzers.collectors.lockfiles.indented import key_and_value, lines_of, scalar
from analyzers.collectors.npm import split_name
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact

_LOCAL = ("workspace:", "link:", "portal:", "file:")


class YarnLock(ApplicationCollector):
    """Facts: Package of type `npm`. Neither form says what is for development only."""

    name: ClassVar[str] = "yarn-lock"
    version: ClassVar[int] = 1
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"yarn.lock"}), max_bytes=LOCK_BYTES)

    def concerns(self, path: str) -> bool:
        return "node_modules/" not in path

    def read(self, file: FileView) -> Iterator[Fact]:
        full = version = locator = ""
        for indentation, content in chain(lines_of(text_of(file.data)), [(0, "end:")]):
            if indentation == 0:
                if full and version and not locator.startswith(_LOCAL):
                    namespace, name = split_name(full)
                    yield declared(file, "npm", name, version, namespace=namespace)
                version = ""
                full, locator = _name(scalar(content.removesuffix(":").split(", ")[0]).strip('"'))
            elif indentation == 2:
                key, value = key_and_value(content)
                if not key:
                    key, _, value = content.partition(" ")
                if key == "version":
                    version = scalar(value)
                elif key == "resolution":
                    full, locator = _name(value)


def _name(descriptor: str) -> tuple[str, str]:
    """`@s/a@npm:^1.0.0` -> (`@s/a`, `npm:^1.0.0`); an alias `b@npm:a@^1` gives the real name."""
    place = descriptor.find("@", 1)
    if place < 0:
        return "", ""
    name, locator = descriptor[:place], descriptor[place + 1 :]
    real = locator.removeprefix("npm:")
    if locator.startswith("npm:") and real.find("@", 1) > 0:
        name = real[: real.find("@", 1)]
    return name, locator
