"""Packages of the opkg database (OpenWrt, Yocto) and the files that they own.

Source: opkg's own files: `status` is a Debian control file, `info/NAME.control` holds the fields that `status` may lack, `NAME.list`
the files, one a line, some with size and mode behind a tab.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from analyzers.collectors.control_file import depended_names, paragraphs, provided_names, resolve
from analyzers.contract import BaseCollector, FileView, PassContext, Wanted
from schemas.facts import Fact, OwnedFiles, Package, Skipped
from schemas.vocabulary import Reason

ROOTS = ("usr/lib/opkg/", "var/lib/opkg/")
_PRESENT = frozenset({"installed", "unpacked", "half-configured", "half-installed"})


class Opkg(BaseCollector):
    """Facts: Package per installed entry of `status`, OwnedFiles per list."""

    name: ClassVar[str] = "opkg"
    version: ClassVar[int] = 1
    tells: ClassVar[tuple[type[Fact], ...]] = (OwnedFiles, Package)
    wanted: ClassVar[Wanted] = Wanted(
        paths=frozenset(root + "status" for root in ROOTS), folders=tuple(root + "info/" for root in ROOTS), max_bytes=32 * 1024 * 1024
    )

    def __init__(self, context: PassContext) -> None:
        super().__init__(context)
        self._status: dict[str, list[dict[str, str]]] = {}
        self._controls: dict[str, dict[str, str]] = {}

    def collect(self, file: FileView) -> Iterable[Fact]:
        if file.path in self.wanted.paths:
            self._status[file.path] = list(paragraphs(file.data))
        elif file.path.endswith(".control"):
            for fields in paragraphs(file.data):
                self._controls[fields.get("package", "")] = fields
        elif file.path.endswith(".list"):
            lines = file.data.decode("utf-8", "backslashreplace").splitlines()
            files = tuple(path for line in lines if (path := line.partition("\t")[0].strip().strip("/")))
            package = file.path.rpartition("/")[2].removesuffix(".list")
            if files:
                return (OwnedFiles(path=file.path, package=package, files=files),)
        return ()

    def finish(self) -> Iterable[Fact]:
        for path, records in self._status.items():
            merged = [{**self._controls.get(fields.get("package", ""), {}), **fields} for fields in records]
            present = [fields for fields in merged if _is_present(fields)]
            provided = provided_names({fields["package"]: fields.get("provides", "") for fields in present if fields.get("package")})
            for fields in present:
                name, version = fields.get("package", ""), fields.get("version", "")
                if not name or not version:
                    what = f"{name or 'a package'} has no {'version' if name else 'name'}"
                    yield Skipped(path=path, collector=self.name, reason=f"{Reason.UNREADABLE}: {what}")
                    continue
                yield Package(
                    path=path,
                    type="opkg",
                    name=name,
                    version=version,
                    arch=fields.get("architecture", ""),
                    source=fields.get("sourcename", ""),
                    licences=(fields["license"],) if fields.get("license") else (),
                    depends=resolve(depended_names(fields.get("depends", "")), provided),
                )


def _is_present(fields: dict[str, str]) -> bool:
    words = fields.get("status", "installed").split()
    return bool(words) and words[-1] in _PRESENT and bool(fields.get("package") or fields.get("version"))
