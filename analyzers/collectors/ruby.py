"""Installed Ruby gems: the specifications that RubyGems and Bundler write beside them. Source: RubyGems guides, "Specification Reference";
`# stub: NAME VERSION PLATFORM PATHS` as Gem::StubSpecification reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from analyzers.collectors.application_files import ApplicationCollector, Unreadable, licence_names, text_of
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact, Package

_STUB = re.compile(r"^# stub: (\S+) (\S+) (\S+)", re.MULTILINE)
_NAME = re.compile(r"""^[ \t]{0,80}\w{1,80}\.name\s*=\s*(?:%q\{|["'])([\w.-]+)""", re.MULTILINE)
_VERSION = re.compile(
    r"""^[ \t]{0,80}\w{1,80}\.version\s*=\s*(?:Gem::Version\.new\s{0,9}\(?\s{0,9})?(?:%q\{|["'])([0-9][\w.-]*)""", re.MULTILINE
)
_LICENCES = re.compile(r"""^[ \t]{0,80}\w{1,80}\.licenses?\s*=\s*\[?([^\]\n]{0,500})""", re.MULTILINE)
_QUOTED = re.compile(r"""["']([^"']+)["']""")
_DEPENDS = re.compile(r"""^[ \t]{0,80}\w{1,80}\.add_(?:runtime_)?dependency\(?\s*(?:%q<|["'])([\w.-]+)""", re.MULTILINE)


class Ruby(ApplicationCollector):
    """Facts: Package of type `gem` per specification below a folder `specifications`."""

    name: ClassVar[str] = "ruby"
    version: ClassVar[int] = 1
    wanted: ClassVar[Wanted] = Wanted(suffixes=frozenset({".gemspec"}), max_bytes=2 * 1024 * 1024)

    def read(self, file: FileView) -> Iterator[Fact]:
        if "specifications" not in file.path.split("/")[:-1]:
            return  # a gem's own source, not what was installed
        text = text_of(file.data)
        stub, name, version = _STUB.search(text), _NAME.search(text), _VERSION.search(text)
        found = (stub[1], stub[2]) if stub else (name[1], version[1]) if name and version else None
        if found is None:
            raise Unreadable("a specification without name or version")
        licences = _LICENCES.search(text)
        yield Package(
            path=file.path, type="gem", name=found[0], version=found[1], depends=tuple(dict.fromkeys(_DEPENDS.findall(text))),
            licences=licence_names(_QUOTED.findall(licences[1])) if licences else (),
            details={"platform": stub[3]} if stub and stub[3] != "ruby" else {},
        )  # fmt: skip
