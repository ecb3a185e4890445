"""The members of one layer on their way to the collectors: entries, whiteouts, and regular files as offered by FileReading."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from analyzers.archives.gate import outermost_format
from analyzers.contract import Collector, Entry, FileView, PassContext
from analyzers.dispatch import Dispatch
from analyzers.file_reading import FileReading, inside_of
from analyzers.offering import LAYER, LimitReached, Offering
from analyzers.tar import Take
from schemas.facts import Fact
from schemas.vocabulary import Reason

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
AUFS = ".wh..wh."  # what aufs kept for itself; OCI image-spec, layer.md, Whiteouts
JOINED = 4096


class Members:
    """A tar.Consumer. `facts`, by name of the collector that told them, grow as members pass; what the pass itself has to say is told by
    LAYER. `names` gives all paths at the end.

    Facts of a member stay when a later member of the same layer has the same path: what it held is still there to be read."""

    def __init__(
        self, collectors: Sequence[type[Collector]], context: PassContext, count: Callable[[int], None], members: int, facts: int
    ) -> None:
        self._offering = Offering(collectors, context, count, facts)
        self.members = 0
        self.whiteouts: set[str] = set()
        self.opaques: set[str] = set()
        self._member_limit = members
        self._dispatch = Dispatch(self._offering.collectors)
        self._least_bound = min((one.wanted.max_bytes for one in self._offering.collectors), default=0)
        self._for_entries = [one for one in self._offering.collectors if one.wanted.entries]
        self._reading: FileReading | None = None
        self._open: Entry | None = None
        self._paths: list[str] = []
        self._joined: list[str] = []

    @property
    def facts(self) -> dict[str, list[Fact]]:
        return self._offering.facts

    def skip(self, path: str, collector: str, reason: str) -> None:
        """Record that something was not looked at."""
        self._offering.skip(path, collector, reason)

    def begin(self, entry: Entry, head: bytes, sparse: bool) -> Take:
        self.members += 1
        if self.members > self._member_limit:
            raise LimitReached(Reason.TOO_MANY_FILES, f"more than {self._member_limit:,} members")
        path = entry.path
        if WHITEOUT in path and self._whiteout(path):
            return "skip"
        self._remember(path + "/" if entry.type == "folder" else path)
        for collector in self._for_entries:
            self._offering.ask(collector, path, collector.entry, entry)
        if entry.type != "file":
            return "skip"
        chosen = self._dispatch.wanting(path, head)
        return self._choose(entry, chosen, head, sparse) if chosen else "skip"

    def refused(self, entry: Entry, reason: str) -> None:
        self.members += 1
        self.skip(entry.path[:1024], LAYER, f"{Reason.UNREADABLE}: {reason}")

    def content(self, piece: bytes) -> None:
        assert self._reading is not None
        self._reading.feed(piece)

    def end(self) -> None:
        assert self._reading is not None
        reading, self._reading = self._reading, None
        reading.close()

    def cut(self) -> None:
        """The file that is being read has no end."""
        if self._reading is not None and self._open is not None:
            self.skip(self._open.path, LAYER, f"{Reason.TRUNCATED_LAYER}: the layer ends within this file")
            self._reading.cut()
            self._reading = None

    def finish(self) -> None:
        """Ask all collectors for their last facts."""
        self.cut()
        self._offering.finish()

    def names(self) -> str:
        """All member paths, one a line in the order of the tar; folders end with a slash, a replaced member may come twice."""
        return "\n".join([*self._joined, *self._paths])

    def _remember(self, name: str) -> None:
        if name != "/" and name:
            self._paths.append(name)
            if len(self._paths) >= JOINED:
                self._joined.append("\n".join(self._paths))
                self._paths.clear()

    def _whiteout(self, path: str) -> bool:
        """Whether this member is a mark of the layer format and no member of the file system. OCI image-spec, layer.md."""
        folder, _, base = path.rpartition("/")
        if base == OPAQUE:
            self.opaques.add(folder)
            return True
        if not base.startswith(WHITEOUT):
            return path.startswith(AUFS)
        name = base.removeprefix(WHITEOUT)
        if base.startswith(AUFS):
            return True
        if name in ("", ".", ".."):
            self.skip(path, LAYER, f"{Reason.UNREADABLE}: a whiteout of nothing")
        else:
            self.whiteouts.add(f"{folder}/{name}" if folder else name)
        return True

    def _choose(self, entry: Entry, chosen: tuple[Collector, ...], head: bytes, sparse: bool) -> Take:
        size = entry.size
        form = outermost_format(entry.path, head)
        if len(head) == size <= self._least_bound and not sparse and not form:
            self._offering.show_soon(chosen, FileView(entry, head))  # small files are most of them: no need to gather them
            return "skip"
        whole = [one for one in chosen if size <= one.wanted.max_bytes]
        windowed: list[Collector] = []
        if len(whole) < len(chosen):
            windowed = [one for one in chosen if size > one.wanted.max_bytes and one.wanted.windows]
            for one in chosen:
                if size > one.wanted.max_bytes and not one.wanted.windows:
                    self.skip(entry.path, one.name, f"{Reason.FILE_TOO_LARGE}: {size} bytes")
        if not whole and not windowed:
            return "skip"
        stored = sparse and not whole
        inside = inside_of(self._offering, entry, form) if form and not stored else None
        if form and stored:
            self.skip(entry.path, LAYER, f"{Reason.FILE_TOO_LARGE}: a sparse archive of {size} bytes is not opened")
        self._reading = FileReading(self._offering, entry, whole, windowed, inside=inside, hashed=not stored)
        self._open = entry
        return "stored" if stored else "whole"
