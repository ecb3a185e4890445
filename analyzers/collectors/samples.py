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

import yara_x

from analyzers.collectors.archive_walk import SEPARATOR, Walk
from analyzers.collectors.archives_inside import members
from analyzers.collectors.eicar import is_eicar
from analyzers.collectors.file_kind import Kind, as_text, kind_of
from analyzers.collectors.sample_gate import rule_sets, wanted_member, worth_opening
from analyzers.collectors.sample_rules import USER_SUFFIXES, Hit, SampleRules
from analyzers.collectors.sample_shapes import is_startup, shapes
from analyzers.contract import BaseCollector, FileView, PassContext, Wanted
from schemas.facts import Fact, Sample, Skipped
from schemas.vocabulary import Reason

MAX_WHOLE = 32 * 1024 * 1024
MAX_HITS = 20


@dataclass(slots=True)
class Reading:
    """A file that is being read, window by window. Hits wait here until the hash of the whole file is known."""

    path: str = ""
    kind: Kind = Kind.EMPTY
    size: int = 0
    hits: dict[tuple[str, str], Hit] = field(default_factory=dict)

    def add(self, hits: Iterable[Hit]) -> None:
        for hit in hits:
            if len(self.hits) < MAX_HITS:
                self.hits.setdefault((hit.source, hit.rule), hit)


class SampleCollector(BaseCollector):
    """Every regular file, and the files inside archives."""

    name: ClassVar[str] = "samples"
    version: ClassVar[int] = 2
    tells: ClassVar[tuple[type[Fact], ...]] = (Sample,)
    wanted: ClassVar[Wanted] = Wanted(everything=True, windows=True, digests=True, max_bytes=MAX_WHOLE)

    def __init__(self, context: PassContext) -> None:
        super().__init__(context)
        self._rules = SampleRules(context.rule_files, context.options.get("cache", ""))
        self._reading = Reading()

    @classmethod
    def rules_of(cls, context: PassContext) -> str:
        return _fingerprint(
            tuple(sorted((name, text) for name, text in context.rule_files.items() if name.lower().endswith(USER_SUFFIXES)))
        )

    def collect(self, file: FileView) -> Iterator[Fact]:
        """Samples of one file, told with its last window."""
        if file.offset == 0:
            yield from self._unfinished()
            self._reading = Reading(file.path, kind_of(file.data), file.entry.size)
        reading = self._reading
        yield from self._scan(file)
        if not file.final:
            return
        self._reading = Reading()
        if reading.hits:
            yield from self._facts(reading, file.sha256, file.md5, file.entry.size)
        if reading.kind is Kind.ARCHIVE and worth_opening(file.path):
            yield from self._archive(file)

    def finish(self) -> Iterator[Fact]:
        """What a cut blob left open, and the rules that could not be used."""
        yield from self._unfinished()
        for name, reason in self._rules.problems:
            yield Skipped(path="", collector=self.name, reason=f"{Reason.UNREADABLE}: {name}: {reason}")

    def _unfinished(self) -> Iterator[Fact]:
        reading, self._reading = self._reading, Reading()
        yield from self._facts(reading, "", "", reading.size)

    def _scan(self, file: FileView) -> Iterator[Fact]:
        reading = self._reading
        whole = file.offset == 0 and file.final
        if whole and is_eicar(file.data):
            reading.add([EICAR])
        try:
            reading.add(self._hits(file.data, reading.kind, file.path, file.entry.size))
            if whole or file.offset == 0:
                reading.add(shapes(file, reading.kind))
        except yara_x.TimeoutError:
            yield Skipped(path=file.path, collector=self.name, reason=f"{Reason.TIMEOUT}: rules took too long")

    def _hits(self, data: bytes, kind: Kind, path: str, size: int) -> Iterator[Hit]:
        sets = rule_sets(kind, path, data, size, is_startup(path))
        if not sets and (not self._rules.has_user_rules or kind in (Kind.MEDIA, Kind.EMPTY)):
            return iter(())
        text = kind is Kind.TEXT or "script" in sets
        return self._rules.scan(as_text(data) if text else data, sets, path, text)

    def _archive(self, file: FileView) -> Iterator[Fact]:
        if file.offset:
            yield Skipped(
                path=file.path, collector=self.name, reason=f"{Reason.FILE_TOO_LARGE}: archives above {MAX_WHOLE} bytes are not opened"
            )
            return
        walk = Walk(want=wanted_member)
        for name, data in members(file.data, file.path, walk):
            yield from self._member(file.path, name, data)
        for name, reason in walk.notes:
            yield Skipped(path=name, collector=self.name, reason=reason)

    def _member(self, outer: str, name: str, data: bytes) -> Iterator[Fact]:
        """Samples of one file inside an archive. The fact's path is that of the archive; `details` name the member."""
        reading = Reading(outer, kind_of(data), len(data))
        if is_eicar(data):
            reading.add([EICAR])
        try:
            reading.add(self._hits(data, reading.kind, name, len(data)))
        except yara_x.TimeoutError:
            yield Skipped(path=name, collector=self.name, reason=f"{Reason.TIMEOUT}: rules took too long")
        if not reading.hits:
            return
        sha256, md5 = hashlib.sha256(data).hexdigest(), hashlib.md5(data, usedforsecurity=False).hexdigest()
        yield from self._facts(reading, sha256, md5, len(data), name.partition(SEPARATOR)[2] if name.startswith(outer) else name)

    def _facts(self, reading: Reading, sha256: str, md5: str, size: int, member: str = "") -> Iterator[Fact]:
        """The samples of one file."""
        for hit in reading.hits.values():
            details = {**hit.details, **({"member": member} if member else {})}
            yield Sample(
                path=reading.path, type=hit.type, score=hit.score, source=hit.source, rule=hit.rule, sha256=sha256, md5=md5, size=size,
                line=hit.line,
                excerpt=hit.excerpt, details=details,
            )  # fmt: skip


EICAR = Hit("Engtest", 100, "test-file", "EICAR_Test_File", details={"family": "EICAR", "reference": "https://www.eicar.org/"})


@lru_cache(maxsize=2)
def _fingerprint(files: tuple[tuple[str, bytes], ...]) -> str:
    rules = hashlib.blake2b(digest_size=8)
    for name, text in files:
        rules.update(f"{name} {hashlib.sha256(text).hexdigest()}\n".encode())
    return rules.hexdigest() if files else ""
