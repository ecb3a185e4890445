"""PHP packages: what Composer installed (`installed.json` of Composer 1 and 2 and `installed.php` in `vendor/composer`) and its lock file.

Source: Composer's documentation, composer.json schema (branch-alias), and its InstalledFilesystemRepository, which writes installed.php.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from analyzers.collectors.application_files import (
    LOCK_BYTES,
    ApplicationCollector,
    fetched,
    json_object,
    licence_names,
    table_in,
    tables_in,
    text_in,
    text_of,
)
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact, Package

_ENTRY = re.compile(r"'([\w.-]{1,200}/[\w.-]{1,200})'\s{0,40}=>\s{0,40}array\s{0,9}\(")
_FIELD = re.compile(r"'(name|pretty_version|dev_requirement)'\s{0,40}=>\s{0,40}(?:'([^'\n]{0,300})'|(true|false))")
_ALIASES = re.compile(r"'aliases'\s{0,40}=>\s{0,40}array\s{0,9}\(\s{0,40}0\s{0,9}=>\s{0,9}'([^'\n]{1,300})'")


class Php(ApplicationCollector):
    """Facts: Package of type `composer`; those of the lock file have evidence `declared`. A branch with an alias has the alias as its
    version and its own name in `details` (`branch`)."""

    name: ClassVar[str] = "php"
    version: ClassVar[int] = 2
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"installed.json", "installed.php", "composer.lock"}), max_bytes=LOCK_BYTES)

    def concerns(self, path: str) -> bool:
        if path.endswith("composer.lock"):
            return not fetched(path)
        return f"/{path}".rpartition("/")[0].endswith("/composer")

    def read(self, file: FileView) -> Iterator[Fact]:
        if file.path.endswith("composer.lock"):
            document = json_object(file.data)
            inline = {text_in(one, "package"): text_in(one, "alias") for one in tables_in(document, "aliases")}
            for key, development in (("packages", False), ("packages-dev", True)):
                for entry in tables_in(document, key):
                    alias = inline.get(text_in(entry, "name"), "")
                    yield _package(file.path, entry, development, alias).model_copy(update={"evidence": "declared"})
        elif file.path.endswith(".php"):
            yield from _from_php(file.path, text_of(file.data))
        else:
            data = file.data.strip()
            document = json_object(b'{"packages":' + data + b"}" if data.startswith(b"[") else data)
            listed = document.get("dev-package-names")
            for_development = {one for one in listed if isinstance(one, str)} if isinstance(listed, list) else set()
            for entry in tables_in(document, "packages"):
                yield _package(file.path, entry, text_in(entry, "name") in for_development)


def _package(path: str, entry: dict[str, Any], development: bool, alias: str = "") -> Package:
    version = text_in(entry, "version")
    if version.startswith("dev-") or version.endswith("-dev"):
        alias = alias or text_in(table_in(table_in(entry, "extra"), "branch-alias"), version)
    else:
        alias = ""
    require = entry.get("require")
    return _named(path, text_in(entry, "name"), version, alias, development).model_copy(
        update={
            "licences": licence_names(entry.get("license")),
            "depends": tuple(one for one in require if "/" in one) if isinstance(require, dict) else (),
        }
    )


def _named(path: str, full: str, version: str, alias: str, development: bool) -> Package:
    namespace, _, name = full.rpartition("/")
    return Package(
        path=path, type="composer", namespace=namespace, name=name, version=alias or version, development=development,
        details={"branch": version} if alias else {},
    )  # fmt: skip


def _from_php(path: str, text: str) -> Iterator[Package]:
    """The entries of `versions` with a version: those without are replaced or provided by others. The project itself is left out."""
    places = [*_ENTRY.finditer(text)]
    before = _FIELD.finditer(text[: places[0].start()] if places else text)
    root = next((one[2] for one in before if one[1] == "name"), "")
    for place, following in zip(places, [*(one.start() for one in places[1:]), len(text)], strict=False):
        body = text[place.end() : following]
        fields = {one[1]: one[2] or one[3] for one in _FIELD.finditer(body)}
        version, alias = fields.get("pretty_version"), _ALIASES.search(body)
        if version and place[1] != root:
            yield _named(path, place[1], version, alias[1] if alias else "", fields.get("dev_requirement") == "true")
