"""WordPress, its plugins and its themes. Sources: WordPress developer handbooks, "Header Requirements" and "Main Stylesheet"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from analyzers.collectors.application_files import ApplicationCollector, text_of
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact, Package

_CORE = re.compile(r"(?:^|/)wp-includes/version\.php\Z")
_PLUGIN = re.compile(r"(?:^|/)wp-content/(?:mu-)?plugins/(?:([\w.-]+)/)?([\w.-]+)\.php\Z")  # in a folder, or a file alone
_THEME = re.compile(r"(?:^|/)wp-content/themes/([\w.-]+)/style\.css\Z")
_CORE_VERSION = re.compile(r"^\$wp_version\s*=\s*['\"]([\w.+-]+)['\"]", re.MULTILINE)
_START = r"^(?:[ \t]*<\?php)?[ \t/*#@]*"  # as get_file_data looks for them, in any case
_TITLE = re.compile(_START + r"(?:Plugin|Theme) Name:[ \t]*\S", re.MULTILINE | re.IGNORECASE)
_VERSION = re.compile(_START + r"Version:[ \t]*v?([\w.+-]+)", re.MULTILINE | re.IGNORECASE)
_HEAD = 8192  # WordPress itself looks for headers there only


class WordPress(ApplicationCollector):
    """Facts: Package of type `generic`: `wordpress`, `wordpress-plugin/NAME`, `wordpress-theme/NAME`."""

    name: ClassVar[str] = "wordpress"
    version: ClassVar[int] = 2
    wanted: ClassVar[Wanted] = Wanted(
        names=frozenset({"style.css"}), suffixes=frozenset({".php"}), windows=True, max_bytes=16 * 1024 * 1024
    )

    def concerns(self, path: str) -> bool:
        return any(pattern.search(path) for pattern in (_CORE, _PLUGIN, _THEME))

    def read(self, file: FileView) -> Iterator[Fact]:
        if _CORE.search(file.path):
            match = _CORE_VERSION.search(text_of(file.data[: 64 * 1024]))
            if match:
                yield Package(path=file.path, type="generic", name="wordpress", version=match[1])
            return
        for pattern, kind in ((_PLUGIN, "wordpress-plugin"), (_THEME, "wordpress-theme")):
            place = pattern.search(file.path)
            if place:
                head = text_of(file.data[:_HEAD]).replace("\r", "\n")
                match = _VERSION.search(head)
                if match and _TITLE.search(head):
                    yield Package(path=file.path, type="generic", namespace=kind, name=next(filter(None, place.groups())), version=match[1])
