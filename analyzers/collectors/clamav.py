"""What ClamAV says about contents that can do harm, where a daemon is configured (PassContext.antivirus).

Sent are programs, scripts, documents that carry code, and archives, which the daemon unpacks itself; large ones window by window. Whatever
was not answered is told once for each reason, with the number of files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from analyzers.antivirus import Sending
from analyzers.archives.gate import worth_opening
from analyzers.collectors.clamav_names import sample_type
from analyzers.collectors.file_kind import Kind, kind_of
from analyzers.collectors.sample_gate import is_script
from analyzers.collectors.sample_shapes import is_startup
from analyzers.contract import OVERLAP, BaseCollector, FileView, PassContext, Wanted
from schemas.facts import Fact, Sample, Skipped
from schemas.vocabulary import Reason

MAX_WHOLE = 32 * 1024 * 1024
REASONS_TOLD = 10
CODE = (
    b"%PDF-", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rt", b"MSCF", b"ITSF", b"L\0\0\0\x01\x14\x02\0", b"dex\n", b"\xca\xfe\xba\xbe",
    b"\0asm",
)  # fmt: skip
"""First bytes of what carries code and is neither program nor archive nor script to `kind_of`: PDF (ISO 32000), compound files of Office
and Windows Installer (MS-CFB), RTF, cabinets (MS-CAB), CHM, shortcuts (MS-SHLLINK), Dalvik, Java classes and fat Mach-O, WebAssembly."""


def worth_asking(path: str, head: bytes) -> bool:
    """Whether the file at this path, which begins so (1 KiB is enough), is one that can do harm."""
    if head.startswith(CODE):
        return True
    kind = kind_of(head)
    if kind is Kind.TEXT:
        return is_script(path, head) or is_startup(path)
    return kind is Kind.PROGRAM or (kind is Kind.ARCHIVE and worth_opening(path))


class ClamAv(BaseCollector):
    """Every regular file is looked at, few are sent."""

    name: ClassVar[str] = "clamav"
    version: ClassVar[int] = 1
    tells: ClassVar[tuple[type[Fact], ...]] = (Sample,)
    wanted: ClassVar[Wanted] = Wanted(everything=True, windows=True, digests=True, max_bytes=MAX_WHOLE)

    def __init__(self, context: PassContext) -> None:
        super().__init__(context)
        self._sending: Sending | None = None
        self._sent = 0
        self._notes: dict[str, tuple[int, str]] = {}  # why -> number of files, path of the first

    def idle(self) -> bool:
        return self.context.antivirus is None

    def collect(self, file: FileView) -> Iterator[Fact]:
        """A sample, told with the last window of an infected file."""
        if file.offset == 0:
            self._begin(file)
        if self._sending is None:
            return
        piece = file.data[OVERLAP:] if file.offset else file.data
        self._sending.send(piece)
        self._sent += len(piece)
        if not file.final:
            return
        verdict, self._sending = self._sending.verdict(), None
        if verdict.state == "infected":
            name, score = sample_type(verdict.signature)
            yield Sample(
                path=file.path, type=name, score=score, source=self.name, rule=verdict.signature, sha256=file.sha256, md5=file.md5,
                size=file.entry.size,
            )  # fmt: skip
        elif verdict.state == "unknown":
            self._note(verdict.note, file.path)
        elif self._sent < file.entry.size:
            self._note("sent without the holes of a sparse file", file.path)

    def finish(self) -> Iterator[Fact]:
        """What was not answered."""
        self._drop()
        for why, (count, first) in self._notes.items():
            files = "one file" if count == 1 else f"{count} files, the first"
            yield Skipped(collector=self.name, reason=f"{Reason.ANTIVIRUS_NOT_ASKED}: ClamAV about {files} {first}: {why}")

    def _begin(self, file: FileView) -> None:
        self._drop()
        if self.context.antivirus is not None and worth_asking(file.path, file.data):
            self._sending, self._sent = self.context.antivirus.begin(file.entry.size), 0

    def _drop(self) -> None:
        """A file that was cut has no answer: that it was cut is told by the pass."""
        if self._sending is not None:
            self._sending.drop()
            self._sending = None

    def _note(self, why: str, path: str) -> None:
        if why not in self._notes and len(self._notes) >= REASONS_TOLD:
            why = "other reasons"
        count, first = self._notes.get(why, (0, path))
        self._notes[why] = count + 1, first
