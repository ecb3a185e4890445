"""Installed Ruby gems: the specifications that RubyGems and Bundler write beside them. Source: RubyGems guides, "Specification Reference";
`# stub: NAME VERSION PLATFORM PATHS` as Gem::StubSpecification reads it; Bundler keeps gems of repositories in
`bundler/gems/NAME-REVISION`, with the specification as RubyGems writes it (Bundler::Source::Git)."""

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
# Older RubyGems repeat all dependencies for still older ones behind `else`, those for development among them.
_FOR_OLDER = re.compile(r"^[ \t]*else[ \t]*$", re.MULTILINE)
_DEPENDS = re.compile(r"""^[ \t]{0,80}\w{1,80}\.add_(?:runtime_)?dependency\(?\s*(?:%q<|["'])([\w.-]+)""", re.MULTILINE)

_OF_REPOSITORY = re.compile(r"(?:^|/)bundler/gems/[^/]+-[0-9a-f]{12}/(?:.+/)?[^/]+\.gemspec\Z")


class Ruby(ApplicationCollector):
    """Facts: Package of type `gem` per specification below a folder `specifications` and per gem that Bundler has from a repository."""

    name: ClassVar[str] = "ruby"
    version: ClassVar[int] = 2
    wanted: ClassVar[Wanted] = Wanted(suffixes=frozenset({".gemspec"}), max_bytes=2 * 1024 * 1024)

    def read(self, file: FileView) -> Iterator[Fact]:
        text = text_of(file.data)
        written = "specifications" in file.path.split("/")[:-1] or (_OF_REPOSITORY.search(file.path) and _STUB.search(text))
        if not written:
            return  # a gem's own source, not what was installed
        stub, name, version = _STUB.search(text), _NAME.search(text), _VERSION.search(text)
        found = (stub[1], stub[2]) if stub else (name[1], version[1]) if name and version else None
        if found is None:
            raise Unreadable("a specification without name or version")
        licences = _LICENCES.search(text)
        yield Package(
            path=file.path, type="gem", name=found[0], version=found[1], depends=_needed(text),
            licences=licence_names(_QUOTED.findall(licences[1])) if licences else (),
            details={"platform": stub[3]} if stub and stub[3] != "ruby" else {},
        )  # fmt: skip


def _needed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_DEPENDS.findall(_FOR_OLDER.split(text, maxsplit=1)[0])))
