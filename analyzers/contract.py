"""The whole plug-in API: collectors turn bytes of one blob into facts, detectors turn the facts of one image into findings.

Plug-ins do no I/O and read no clock and no environment: whatever they need is an argument. The lists of plug-ins are explicit tuples:
`analyzers/registry.py` for collectors and categories, each category's `__init__` for its detectors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple, Protocol

from analyzers.user_rules.hash_lists import HashLists
from schemas.facts import Fact
from schemas.findings import ScanReport
from schemas.vocabulary import CategoryId

if TYPE_CHECKING:
    from analyzers.antivirus import Antivirus
    from analyzers.image import ImageView
    from analyzers.user_rules.load import Problem
    from analyzers.user_rules.records import BaselineItem, BuildCommand, Pattern

EntryType = Literal["file", "folder", "symlink", "hardlink", "character", "block", "fifo"]


class Entry(NamedTuple):
    """One member of a layer's tar. `path` has no leading or trailing slash and no `.` or `..` parts; `mode` has 12 bits; `target` is the
    link target as written; `xattrs` maps names such as `security.capability` to raw bytes (PAX `SCHILY.xattr.*`). A member of
    an archive in the layer has the path `archive!/inner`, `archive` is the path of that archive (the outermost one), and its size may be 0:
    not known."""

    path: str
    type: EntryType
    mode: int
    uid: int
    gid: int
    size: int
    target: str = ""
    xattrs: Mapping[str, bytes] = MappingProxyType({})
    archive: str = ""


HASHES: Mapping[Literal["sha256", "md5"], Callable[..., hashlib._Hash]] = {
    "sha256": hashlib.sha256, "md5": partial(hashlib.md5, usedforsecurity=False),  # hashlib.new looks the algorithm up each time
}  # fmt: skip


class Digests(Protocol):
    """Hashes of a file that is read in windows, complete with its last window."""

    def hexdigest(self, algorithm: Literal["sha256", "md5"]) -> str: ...


class FileView:
    """A regular file, or a window of a large one, as a collector sees it.

    `data` holds the bytes [offset, offset + len(data)) of the file. Files up to the collector's `max_bytes` come whole (offset 0,
    final True). Collectors with `windows` see larger files as consecutive windows that overlap by `OVERLAP` bytes, the last with final
    True; of a sparse file read in windows the holes are left out. `sha256` and `md5` (hex) are of the whole file and are computed when
    somebody asks. They are empty in windows before the last, and in the last one too unless a collector set `Wanted.digests`.
    `opened`: it is an archive whose members are shown as files of their own. Nothing tells which package owns the file: that is known only
    for the image."""

    __slots__ = ("_digests", "_md5", "_sha256", "data", "entry", "final", "offset", "opened")

    def __init__(
        self, entry: Entry, data: bytes, offset: int = 0, final: bool = True, digests: Digests | None = None, opened: bool = False
    ) -> None:
        self.opened = opened
        self.entry = entry
        self.data = data
        self.offset = offset
        self.final = final
        self._digests = digests
        self._sha256: str | None = None
        self._md5: str | None = None

    @property
    def path(self) -> str:
        return self.entry.path

    @property
    def sha256(self) -> str:
        if self._sha256 is None:
            self._sha256 = self._hexdigest("sha256")
        return self._sha256

    @property
    def md5(self) -> str:
        if self._md5 is None:
            self._md5 = self._hexdigest("md5")
        return self._md5

    def _hexdigest(self, algorithm: Literal["sha256", "md5"]) -> str:
        if not self.final:
            return ""
        if self.offset == 0:
            return HASHES[algorithm](self.data).hexdigest()
        return self._digests.hexdigest(algorithm) if self._digests is not None else ""


OVERLAP = 64 * 1024
WINDOW = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which files a collector wants; a file that fits any of these is offered to it. All comparisons are exact and on the whole path
    without leading slash, case counts.

    names: base names; suffixes: endings of the base name, each beginning with its last dot (`.jar`, `.gemspec`; for `.cdx.json` give
    `.json` and check the rest in `collect`); paths: whole paths; folders: prefixes such as `etc/cron.d/` (any depth below);
    everything: every regular file (content scanners). max_bytes: larger files are not offered whole; with `windows` they come in
    windows, else the pass records Skipped(file_too_large) for this collector. entries: `entry()` is called for every member of the tar,
    of any type."""

    names: frozenset[str] = frozenset()
    suffixes: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()
    folders: tuple[str, ...] = ()
    everything: bool = False
    windows: bool = False
    entries: bool = False
    executables: bool = False  # files with an ELF, PE or Mach-O head, wherever they lie
    inside: bool = False  # members of archives too, whole or in windows; windows of archives come between those of their members
    digests: bool = False  # sha256 and md5 of files that come in windows too; of whole files they are there without asking
    max_bytes: int = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PassContext:
    """What a pass gives its collectors. `secret_key` keys the hashes of secret values; `rule_files` are the user's own rules by name
    (YARA sources, pattern files, hash lists); `options` are settings that collectors name in their docstrings; `antivirus` is the virus
    scanner that somebody configured, for this one blob."""

    secret_key: bytes
    rule_files: Mapping[str, bytes] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    antivirus: Antivirus | None = None


class Collector(Protocol):
    """Reads files of one kind. One instance lives for one blob, so it may keep state from file to file.

    `version` is raised whenever the same bytes would give other facts: then only this collector reads known layers again.
    An exception in `collect` ends this collector for this file only: the pass records Skipped(detector_crashed)."""

    name: ClassVar[str]
    version: ClassVar[int]
    tells: ClassVar[tuple[type[Fact], ...]]  # besides Skipped; any other fact from it counts as a crash
    wanted: ClassVar[Wanted]

    def __init__(self, context: PassContext) -> None: ...

    @classmethod
    def rules_of(cls, context: PassContext) -> str:
        """Names what of the user's rules decides the facts of this collector; empty where nothing does."""

    def idle(self) -> bool:
        """Whether nothing that it could find is asked for: then no file is shown to it."""

    def collect(self, file: FileView) -> Iterable[Fact]: ...

    def entry(self, entry: Entry) -> Iterable[Fact]: ...

    def finish(self) -> Iterable[Fact]: ...


class BaseCollector:
    """Default answers, so that a collector writes only what it needs."""

    tells: ClassVar[tuple[type[Fact], ...]] = ()
    wanted: ClassVar[Wanted] = Wanted()

    def __init__(self, context: PassContext) -> None:
        self.context = context

    @classmethod
    def rules_of(cls, context: PassContext) -> str:
        return ""

    def idle(self) -> bool:
        return False

    def collect(self, file: FileView) -> Iterable[Fact]:
        return ()

    def entry(self, entry: Entry) -> Iterable[Fact]:
        return ()

    def finish(self) -> Iterable[Fact]:
        return ()


def reader_id(name: str, version: int, rules: str = "") -> str:
    """Names everything that decides which facts a collector makes of the same bytes: `dpkg.2`, or `samples.1-9f86d081884c7d65` where the
    user's own rules take part. Facts are kept under it; a blob is read again only by the readers that it lacks."""
    return f"{name}.{version}-{rules}" if rules else f"{name}.{version}"


@dataclass(frozen=True, slots=True)
class Match:
    """One package of the image that lies in an affected range of one flaw, as the store's matcher found it.

    `flaw` is the name of the alias group (a CVE where there is one), `aliases` every other name of it, `advisories` the records that
    assert it. `fixed_version` is the lowest version that fixes all affected ranges on that release line, empty when there is none.
    `vectors` are (source, CVSS vector), in any order; `epss` 0-1 or None; dates are ISO or empty."""

    package_id: str
    flaw: str
    aliases: tuple[str, ...]
    advisories: tuple[str, ...]
    fixed_version: str = ""
    title: str = ""
    description: str = ""
    urgency: str = ""
    vectors: tuple[tuple[str, str], ...] = ()
    epss: float | None = None
    known_exploited: bool = False
    public_exploit: bool = False
    published: str = ""
    fixed_on: str = ""
    unfixed_reason: str = ""
    references: tuple[str, ...] = ()
    malicious: bool = False
    ranges: tuple[str, ...] = ()  # why it matched: advisory, package and affected range, as people read it


@dataclass(frozen=True, slots=True)
class ImagePackage:
    """A distinct package of an image, ready for matching. `id` is the package identity (hash over ecosystem, name, version, arch).

    `ecosystem` is OSV's with release (`Debian:12`, `PyPI`); `match_name` and `match_version` are what advisories speak of (the source
    package for Debian, Ubuntu and Alpine, else the package itself). `layer` is the index of the layer that brought it; `paths` where it
    lies; `installed_kib` its size on disk where the database says it. `confidence` (percent) is 100 where the package names itself, else
    `doubt` says how it was recognised.
    `matched` False: not to be matched (owned by a distribution package, declared but installed evidence exists, development),
    with `unmatched_reason`."""

    id: str
    ecosystem: str
    type: str
    name: str
    version: str
    purl: str
    match_name: str
    match_version: str
    arch: str = ""
    source: str = ""
    layer: int = 0
    paths: tuple[str, ...] = ()
    evidence: str = "installed"
    development: bool = False
    licences: tuple[str, ...] = ()
    depends: tuple[str, ...] = ()
    module: str = ""
    owner: str = ""
    installed_kib: int = 0
    confidence: int = 100
    doubt: str = ""
    matched: bool = True
    unmatched_reason: str = ""


@dataclass(frozen=True, slots=True)
class AnalysisInputs:
    """What a category may use besides the image: today's date, its packages and their matches, the chosen strategy.

    strategy: `default` or `full`; chosen: items and classes of a list of checks that run in place of the strategy's; disabled: rule keys
    that are switched off; levels: rule key -> changed level; user_patterns, user_commands, user_items: the user's own rules, only those
    of the category; rule_problems: what of them cannot be used; hash_lists: files that the user knows;
    exposed: a running container of the image is reachable from outside; asset: important, ordinary or test (features.md section 4)."""

    today: date
    packages: tuple[ImagePackage, ...] = ()
    matches: tuple[Match, ...] = ()
    advisories: str = ""
    ecosystems: frozenset[str] = frozenset()  # ecosystems (with release) for which the store has advisories
    strategy: str = "default"
    chosen: frozenset[str] = frozenset()
    disabled: frozenset[str] = frozenset()
    levels: Mapping[str, str] = field(default_factory=dict)
    user_patterns: tuple[Pattern, ...] = ()
    user_commands: tuple[BuildCommand, ...] = ()
    user_items: tuple[BaselineItem, ...] = ()
    rule_problems: tuple[Problem, ...] = ()
    hash_lists: HashLists = field(default_factory=HashLists)
    exposed: bool = False
    asset: str = "ordinary"


class Category(Protocol):
    """A room of detectors. `kinds` are the fact kinds it reads; `version` changes whenever one of its rules does."""

    id: ClassVar[CategoryId]
    version: ClassVar[str]
    kinds: ClassVar[frozenset[str]]
    matches: ClassVar[bool]  # whether it needs AnalysisInputs.matches

    def analyze(self, image: ImageView, inputs: AnalysisInputs) -> ScanReport: ...
