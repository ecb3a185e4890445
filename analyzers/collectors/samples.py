"""Malicious content in files: YARA rules of ours and of users, the EICAR test file, and shapes that need more than patterns.

User files (PassContext.rule_files): `*.yar` and `*.yara` are rules. What of them cannot be used is named in Skipped facts with an empty
path. Option `cache`: a folder for compiled rules. Hash lists need no reader: the category asks them about FileHashes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar

from analyzers.archives.walk import SEPARATOR
from analyzers.collectors.eicar import is_eicar
from analyzers.collectors.file_kind import Kind, as_text, kind_of
from analyzers.collectors.open_files import OpenFiles
from analyzers.collectors.sample_gate import MAX_SCRIPT, SCRIPT_RULES, left_out, rule_sets
from analyzers.collectors.sample_rules import USER_SUFFIXES, Hit, SampleRules
from analyzers.collectors.sample_shapes import is_startup, shapes
from analyzers.contract import BaseCollector, Entry, FileView, PassContext, Wanted
from schemas.facts import Fact, Sample, Skipped
from schemas.vocabulary import Reason

MAX_WHOLE = 32 * 1024 * 1024
MAX_HITS = 20
LARGE_TEXT = f"{Reason.FILE_TOO_LARGE}: our rules look at texts above {MAX_SCRIPT} bytes only where they begin with #!"


@dataclass(slots=True)
class Reading:
    """A file that is being read, window by window. Hits wait here until the hash of the whole file is known."""

    entry: Entry
    kind: Kind
    hits: dict[tuple[str, str], Hit] = field(default_factory=dict)

    def add(self, hits: Iterable[Hit]) -> None:
        for hit in hits:
            if len(self.hits) < MAX_HITS:
                self.hits.setdefault((hit.source, hit.rule), hit)


class SampleCollector(BaseCollector):
    """Every regular file, and the files inside archives: the path of their facts is that of the outermost archive, `details` name the
    member."""

    name: ClassVar[str] = "samples"
    version: ClassVar[int] = 16
    tells: ClassVar[tuple[type[Fact], ...]] = (Sample,)
    wanted: ClassVar[Wanted] = Wanted(everything=True, windows=True, inside=True, digests=True, max_bytes=MAX_WHOLE)

    def __init__(self, context: PassContext) -> None:
        super().__init__(context)
        self._rules = SampleRules(context.rule_files, context.options.get("cache", ""))
        self._open: OpenFiles[Reading] = OpenFiles(lambda file: Reading(file.entry, kind_of(file.data)))

    @classmethod
    def rules_of(cls, context: PassContext) -> str:
        return _fingerprint(
            tuple(sorted((name, text) for name, text in context.rule_files.items() if name.lower().endswith(USER_SUFFIXES)))
        )

    def collect(self, file: FileView) -> Iterator[Fact]:
        """Samples of one file, told with its last window."""
        reading, cut = self._open.take(file)
        for one in cut:
            yield from _facts(one)
        if file.offset == 0 and left_out(reading.kind, file.path, file.data, file.entry.size):
            yield Skipped(path=file.path, collector=self.name, reason=LARGE_TEXT)
        for late in self._look(reading, file):
            yield Skipped(path=file.path, collector=self.name, reason=f"{Reason.TIMEOUT}: {late} took too long")
        if file.final and reading.hits:
            yield from _facts(reading, file.sha256, file.md5, file.offset + len(file.data))

    def finish(self) -> Iterator[Fact]:
        """What a cut blob left open, and the rules that could not be used."""
        for one in self._open.drain():
            yield from _facts(one)
        for name, reason in self._rules.problems:
            yield Skipped(path="", collector=self.name, reason=f"{Reason.UNREADABLE}: {name}: {reason}")
        for name in self._rules.left_out:
            yield Skipped(
                path="", collector=self.name, reason=f"{Reason.TIMEOUT}: {name} was late too often: not run on the rest of the layer"
            )

    def _look(self, reading: Reading, file: FileView) -> Iterable[str]:
        """Add everything that is found in a file or a window to the hits; returns the names of rules that took too long."""
        startup = is_startup(file.path)
        if file.offset == 0 and file.final and is_eicar(file.data):
            reading.add([EICAR])
        late = self._match(reading, file.data, file.path, startup)
        if file.offset == 0 and not file.entry.archive:
            reading.add(shapes(file, reading.kind, startup))
        return late

    def _match(self, reading: Reading, data: bytes, path: str, startup: bool) -> Iterable[str]:
        """Add what rules find in these bytes to the hits; returns the names of those that took too long."""
        kind = reading.kind
        if kind is Kind.TEXT:
            data = as_text(data)
        sets = rule_sets(kind, path, data, reading.entry.size, startup)
        if not sets and (not self._rules.has_user_rules or kind in (Kind.MEDIA, Kind.EMPTY)):
            return ()
        hits, late = self._rules.scan(data, sets, path, text=kind is Kind.TEXT or SCRIPT_RULES in sets)
        reading.add(hits)
        return late


def _facts(reading: Reading, sha256: str = "", md5: str = "", size: int = 0) -> Iterator[Fact]:
    """The samples of one file; of one that was cut nobody knows the hashes."""
    entry = reading.entry
    member = {"member": entry.path[len(entry.archive) + len(SEPARATOR) :]} if entry.archive else {}
    for hit in reading.hits.values():
        yield Sample(
            path=entry.archive or entry.path, type=hit.type, score=hit.score, source=hit.source, rule=hit.rule, sha256=sha256, md5=md5,
            size=size or entry.size, line=hit.line, excerpt=hit.excerpt, details={**hit.details, **member},
        )  # fmt: skip


EICAR = Hit(
    "Engtest", 100, "test-file", "EICAR_Test_File",
    details={"description": "A harmless file that tests scanners", "family": "EICAR", "reference": "https://www.eicar.org/"},
)  # fmt: skip


@lru_cache(maxsize=2)
def _fingerprint(files: tuple[tuple[str, bytes], ...]) -> str:
    rules = hashlib.blake2b(digest_size=8)
    for name, text in files:
        rules.update(f"{name} {hashlib.sha256(text).hexdigest()}\n".encode())
    return rules.hexdigest() if files else ""
