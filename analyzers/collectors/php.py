"""PHP packages: what Composer installed (`vendor/composer/installed.json` of Composer 1 and 2) and its lock file.

Source: Composer's documentation, composer.json schema, and its InstalledFilesystemRepository.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from analyzers.collectors.application_files import LOCK_BYTES, ApplicationCollector, json_object, licence_names, tables_in, text_in
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact, Package


class Php(ApplicationCollector):
    """Facts: Package of type `composer`; those of the lock file have evidence `declared`."""

    name: ClassVar[str] = "php"
    version: ClassVar[int] = 1
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"installed.json", "composer.lock"}), max_bytes=LOCK_BYTES)

    def read(self, file: FileView) -> Iterator[Fact]:
        if file.path.endswith("composer.lock"):
            document = json_object(file.data)
            for key, development in (("packages", False), ("packages-dev", True)):
                for entry in tables_in(document, key):
                    yield _package(file.path, entry, development).model_copy(update={"evidence": "declared"})
        elif f"/{file.path}".endswith("/composer/installed.json"):
            data = file.data.strip()
            document = json_object(b'{"packages":' + data + b"}" if data.startswith(b"[") else data)
            listed = document.get("dev-package-names")
            for_development = {one for one in listed if isinstance(one, str)} if isinstance(listed, list) else set()
            for entry in tables_in(document, "packages"):
                yield _package(file.path, entry, text_in(entry, "name") in for_development)


def _package(path: str, entry: dict[str, Any], development: bool) -> Package:
    namespace, _, name = text_in(entry, "name").rpartition("/")
    require = entry.get("require")
    return Package(
        path=path, type="composer", namespace=namespace, name=name, version=text_in(entry, "version"), development=development,
        licences=licence_names(entry.get("license")),
        depends=tuple(one for one in require if "/" in one) if isinstance(require, dict) else (),
    )  # fmt: skip
