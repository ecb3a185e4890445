"""Everything inside one file: archives and compressed files are opened while their bytes pass by, archives inside them too.

Members are named `outer!/inner`. Nothing is kept but what the formats need: zip and 7z are gathered, as their directory stands at the end,
everything else passes through. What a bound or a defect kept from being read is told in `Walk.notes`, so that it never looks clean.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from analyzers.archives.formats import COMPRESSED, HEAD, OPENED, archive_format
from analyzers.archives.gathered import CONTENTS, GatheredArchive
from analyzers.archives.records import AR_MAGIC, Records, ar_header, cpio_header
from analyzers.archives.rpm_package import RpmHeaders
from analyzers.archives.source import InMemory
from analyzers.archives.walk import SEPARATOR, BadArchive, Exceeded, Receiver, Sink, Walk, unpacking_memory
from analyzers.contract import Entry
from analyzers.decompress import LONGEST_MAGIC, Compression, DecompressionError, decompressor, detect
from analyzers.tar import Take, TarReader
from analyzers.tar_headers import TarError
from schemas.vocabulary import Reason

DEFECTS = (BadArchive, TarError, DecompressionError, OSError)
STEP = 64 * 1024  # packed bytes between two looks at the bounds


class Inside:
    """One outermost file. Feed it, or give it whole; it never raises for what the bytes are, only what `receive` and its sinks raise."""

    def __init__(self, name: str, form: str, receive: Receiver, walk: Walk) -> None:
        self.name, self.walk, self._form, self._receive = name, walk, form, receive
        self._opener = self.opener(form, name, 1)

    @property
    def opened(self) -> bool:
        """Whether its members are given out, as far as they can be read."""
        return self._opener is not None

    def feed(self, piece: bytes) -> None:
        self.walk.packed += len(piece)
        self._guarded(lambda opener: opener.feed(piece))

    def close(self) -> None:
        self._guarded(lambda opener: opener.close())
        self._opener = None  # it knows this object and holds the archive: nothing would free the two before the next sweep

    def cut(self) -> None:
        """The file has no end: what was read of the member that was open is all there is."""
        if self._opener is not None:
            self._opener.cut()
            self._opener = None

    def whole(self, data: bytes) -> None:
        """All of the file at once."""
        if isinstance(self._opener, GatheredArchive):
            self.walk.packed = len(data)
            self._opener.source = InMemory(data)
        else:
            self.feed(data)
        self.close()

    def opener(self, form: str, name: str, depth: int, packed: int = 0) -> Sink | None:
        """Who opens a file of this format; None, with a note where it could hold something. `packed`: compressions around it."""
        if not form:
            return None
        if form not in OPENED:
            self.walk.note(name, Reason.UNSUPPORTED_ARCHIVE, f"no reader for {form}")
            return None
        if depth > self.walk.bounds.depth:
            self.walk.note(name, Reason.EXPANSION_LIMIT, f"archives nested more than {self.walk.bounds.depth} deep")
            return None
        if form in COMPRESSED:
            return _Compressed(self, name, form, depth, packed)
        if form == "rpm":
            return _Rpm(self, name, depth, packed)
        if form in CONTENTS:
            return GatheredArchive(self, form, name, depth, packed)
        return self.container(form, name, depth, packed)

    def container(self, form: str, name: str, depth: int, packed: int) -> Sink:
        """Who reads a tar, ar or cpio."""
        if form == "tar":
            return _Tar(self, name, depth, packed)

        def begin(inner: str, size: int, head: bytes) -> Sink | None:
            return self.member(name + SEPARATOR + inner, size, head, depth, packed)

        return Records(ar_header, AR_MAGIC, begin) if form == "ar" else Records(cpio_header, b"", begin)

    def member(self, name: str, size: int, head: bytes, depth: int, packed: int = 0) -> Sink | None:
        """Who takes a member of an archive at this depth; None for nobody. Raises Exceeded."""
        self.walk.enter()
        opener = self.opener(archive_format(head), name, depth + 1, packed)
        sink = self._receive(name, size, head, opener is not None)
        return _Both(self.walk, name, opener, sink) if opener is not None else sink

    def _guarded(self, act: Callable[[Sink], None]) -> None:
        opener = self._opener
        if opener is None:
            return
        try:
            act(opener)
        except Exceeded as error:
            self.walk.note(self.name, Reason.EXPANSION_LIMIT, str(error))
        except DEFECTS as error:
            self.walk.defect(self.name, error)
        else:
            return
        self.cut()


class _Both:
    """A member that is an archive itself: it is opened, and taken as a file. A defect ends the opening of this one only."""

    def __init__(self, walk: Walk, name: str, opener: Sink, sink: Sink | None) -> None:
        self._walk, self._name, self._sink = walk, name, sink
        self._opener: Sink | None = opener

    def feed(self, piece: bytes) -> None:
        self._guarded(lambda opener: opener.feed(piece))
        if self._sink is not None:
            self._sink.feed(piece)

    def close(self) -> None:
        self._guarded(lambda opener: opener.close())
        if self._sink is not None:
            self._sink.close()

    def cut(self) -> None:
        self._cut_opener()
        if self._sink is not None:
            self._sink.cut()

    def _cut_opener(self) -> None:
        if self._opener is not None:
            self._opener.cut()
            self._opener = None

    def _guarded(self, act: Callable[[Sink], None]) -> None:
        if self._opener is None:
            return
        try:
            act(self._opener)
        except DEFECTS as error:
            self._walk.defect(self._name, error)
            self._cut_opener()


class _Compressed:
    """A compressed tar or cpio, or one file that was compressed."""

    def __init__(self, inside: Inside, name: str, form: str, depth: int, packed: int) -> None:
        self._inside, self._name, self._depth, self._packed = inside, name, depth, packed + 1
        self._stream = decompressor(cast(Compression, form), unpacking_memory(packed))
        self._head = b""
        self._begun = False
        self._inner: Sink | None = None

    def feed(self, piece: bytes) -> None:
        for start in range(0, len(piece), STEP):
            for unpacked in self._stream.feed(piece[start : start + STEP]):
                self._inside.walk.count(len(unpacked))
                self._take(unpacked)

    def close(self) -> None:
        if not self._stream.complete:
            self._begin()
            self.cut()
            raise BadArchive("ends early")
        self._begin()
        if self._inner is not None:
            self._inner.close()

    def cut(self) -> None:
        if self._inner is not None:
            self._inner.cut()
            self._inner = None

    def _take(self, unpacked: bytes) -> None:
        if self._begun:
            if self._inner is not None:
                self._inner.feed(unpacked)
            return
        self._head += unpacked
        if len(self._head) >= HEAD:
            self._begin()

    def _begin(self) -> None:
        """Enough is known to tell what was compressed, or there is no more."""
        if self._begun:
            return
        self._begun = True
        head, self._head = self._head, b""
        form = archive_format(head[:HEAD])
        if form in ("tar", "cpio"):
            self._inner = self._inside.container(form, self._name, self._depth, self._packed)
        elif head:
            name = self._name + SEPARATOR + stem(self._name)
            self._inner = self._inside.member(name, 0, head[:HEAD], self._depth, self._packed)
        if self._inner is not None:
            self._inner.feed(head)


def stem(name: str) -> str:
    """What a compressed file was called before."""
    base = name.rpartition("/")[2]
    return base.rpartition(".")[0] or base or "content"


class _Rpm:
    """The files of an rpm package: a compressed cpio behind headers."""

    def __init__(self, inside: Inside, name: str, depth: int, packed: int) -> None:
        self._inside, self._name, self._depth, self._packed = inside, name, depth, packed
        self._headers = RpmHeaders()
        self._head = b""
        self._payload: Sink | None = None

    def feed(self, piece: bytes) -> None:
        data = self._head + self._headers.feed(piece)
        if self._payload is None:
            self._head = data
            if len(data) < LONGEST_MAGIC:
                return
            self._payload, self._head = self._unpacking(data), b""
        self._payload.feed(data)

    def close(self) -> None:
        if self._payload is None:
            raise BadArchive("ends early")
        self._payload.close()

    def cut(self) -> None:
        if self._payload is not None:
            self._payload.cut()

    def _unpacking(self, data: bytes) -> Sink:
        kind = detect(data[:LONGEST_MAGIC])
        if kind == "none":
            raise BadArchive("the compression of its payload is not known", Reason.UNSUPPORTED_ARCHIVE)
        return _Compressed(self._inside, self._name, kind, self._depth, self._packed)


class _Tar:
    """The regular files of a tar, as analyzers.tar reads layers; of sparse files what is stored."""

    def __init__(self, inside: Inside, name: str, depth: int, packed: int) -> None:
        self._inside, self._name, self._depth, self._packed = inside, name, depth, packed
        self._reader = TarReader(self)
        self._member: Sink | None = None

    def feed(self, piece: bytes) -> None:
        self._reader.feed(piece)

    def close(self) -> None:
        self._reader.close()

    def cut(self) -> None:
        if self._member is not None:
            self._member.cut()
            self._member = None

    def begin(self, entry: Entry, head: bytes, sparse: bool) -> Take:
        if entry.type != "file" or not entry.size:
            return "skip"
        self._member = self._inside.member(self._name + SEPARATOR + entry.path, entry.size, head, self._depth, self._packed)
        if self._member is None:
            return "skip"
        return "stored" if sparse else "whole"

    def content(self, piece: bytes) -> None:
        assert self._member is not None
        self._member.feed(piece)

    def end(self) -> None:
        assert self._member is not None
        self._member.close()
        self._member = None

    def refused(self, entry: Entry, reason: str) -> None:
        self._inside.walk.note(self._name + SEPARATOR + entry.path[:1024], Reason.UNREADABLE, reason)
