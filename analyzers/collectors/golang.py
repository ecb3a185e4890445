"""Go modules and the Go standard library in programs. Source: Go's `debug/buildinfo`; modules reference, "Module paths"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from analyzers.collectors.application_files import ApplicationCollector, Unreadable
from analyzers.collectors.go_build_info import Module, go_versions, module_texts, modules, release
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact, Package


@dataclass(slots=True)
class _Program:
    versions: dict[str, None] = field(default_factory=dict)
    texts: dict[str, None] = field(default_factory=dict)


class Golang(ApplicationCollector):
    """Facts: Package of type `golang` per module of a program and `stdlib` for what it has of Go itself. A version that is not known is
    empty and `details` says what stands there instead (`version`: `(devel)`) or what was replaced (`replaces`)."""

    name: ClassVar[str] = "golang"
    version: ClassVar[int] = 2
    reads_windows: ClassVar[bool] = True
    wanted: ClassVar[Wanted] = Wanted(executables=True, windows=True, max_bytes=32 * 1024 * 1024)

    _program: _Program | None = None

    def read(self, file: FileView) -> Iterator[Fact]:
        if file.offset == 0 or self._program is None:
            self._program = _Program()
        program = self._program
        program.versions.update(dict.fromkeys(go_versions(file.data, whole=file.final and file.offset == 0)))
        program.texts.update(dict.fromkeys(module_texts(file.data)))
        if file.final:
            self._program = None
            yield from _packages(file.path, program)


def _packages(path: str, program: _Program) -> Iterator[Fact]:
    for text in program.texts:
        for module in modules(text):
            yield _package(path, module)
    known = [one for one in program.versions if one]
    for version in known:
        number = release(version)
        yield Package(path=path, type="golang", name="stdlib", version=number, details={} if number else {"version": version[:100]})
    if not known and (program.versions or program.texts):
        raise Unreadable("a Go program whose Go version could not be read")


def _package(path: str, module: Module) -> Package:
    namespace, _, name = module.path.rpartition("/")
    unknown = module.version in ("", "(devel)")
    details = {"replaces": module.replaces[:300]} if module.replaces else {}
    if module.linked:
        details |= {"confidence": "80", "doubt": "version from a linker flag"}
    if unknown:
        details["version"] = module.version or "not stated"
    return Package(
        path=path, type="golang", namespace=namespace, name=name, version="" if unknown else module.version, details=details,
    )  # fmt: skip
