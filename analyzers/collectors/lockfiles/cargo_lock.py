"""Cargo's lock file. Source: The Cargo Book, "Cargo.toml vs Cargo.lock"; packages without a source are the project's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from analyzers.collectors.application_files import TOML_BYTES, LockCollector, declared, tables_in, text_in, texts_in, toml_table
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact


class CargoLock(LockCollector):
    """Facts: Package of type `cargo`. The file does not say what is for development only."""

    name: ClassVar[str] = "cargo-lock"
    version: ClassVar[int] = 3
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"Cargo.lock"}), max_bytes=TOML_BYTES)

    def read(self, file: FileView) -> Iterator[Fact]:
        for entry in tables_in(toml_table(file.data), "package"):
            if text_in(entry, "source"):
                depends = (one.partition(" ")[0] for one in texts_in(entry, "dependencies"))
                yield declared(file, "cargo", text_in(entry, "name"), text_in(entry, "version"), depends=depends)
