"""The members of one layer on their way to the collectors: whole files, windows of large ones, entries, whiteouts."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Literal, TypeVar

from analyzers.contract import OVERLAP, WINDOW, Collector, Entry, FileView, PassContext
from analyzers.dispatch import Dispatch
from analyzers.tar import Take
from schemas.facts import Fact, Skipped
from schemas.vocabulary import Reason

A = TypeVar("A")
WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
AUFS = ".wh..wh."  # what aufs kept for itself; OCI image-spec, layer.md, Whiteouts
SKIPS_NAMED = 1000  # of one collector and reason; the others are counted
JOINED = 4096
LAYER = "layer"


class LimitReached(Exception):
    """The layer is not read on. `reason` is a vocabulary.Reason, `text` says more."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(f"{reason}: {text}")
        self.reason = reason
        self.text = text


class RunningDigests:
    """sha256 and md5 of a file that passes by in pieces."""

    def __init__(self) -> None:
        self._hashes = {"sha256": hashlib.sha256(), "md5": hashlib.md5(usedforsecurity=False)}

    def update(self, piece: bytes) -> None:
        for one in self._hashes.values():
            one.update(piece)

    def hexdigest(self, algorithm: Literal["sha256", "md5"]) -> str:
        return self._hashes[algorithm].hexdigest()


@dataclass
class Reading:
    """The file that is being read: who gets it whole and who in windows."""

    entry: Entry
    whole: list[Collector]
    windowed: list[Collector]
    digests: RunningDigests | None
    buffer: BytesIO
    window_start: int = 0


class Members:
    """A tar.Consumer. `facts`, by name of the collector that told them, grow as members pass; what the pass itself has to say is told by
    LAYER. `names` gives all paths at the end.

    Facts of a member stay when a later member of the same layer has the same path: what it held is still there to be read."""

    def __init__(
        self, collectors: Sequence[type[Collector]], context: PassContext, count: Callable[[int], None], members: int, facts: int
    ) -> None:
        self.facts: dict[str, list[Fact]] = {LAYER: [], **{kind.name: [] for kind in collectors}}
        self.members = self._told = 0
        self.whiteouts: set[str] = set()
        self.opaques: set[str] = set()
        self._count, self._member_limit, self._fact_limit = count, members, facts
        self._skips: Counter[tuple[str, str]] = Counter()
        self._collectors = [one for one in (self._start(kind, context) for kind in collectors) if one is not None]
        self._dispatch = Dispatch(self._collectors)
        self._for_entries = [one for one in self._collectors if one.wanted.entries]
        self._reading: Reading | None = None
        self._paths: list[str] = []
        self._joined: list[str] = []

    def _start(self, kind: type[Collector], context: PassContext) -> Collector | None:
        try:
            return kind(context)
        except Exception as error:
            self.skip("", kind.name, f"{Reason.DETECTOR_CRASHED}: {type(error).__name__}")
            return None

    def skip(self, path: str, collector: str, reason: str) -> None:
        """Record that something was not looked at; beyond SKIPS_NAMED of a kind they are only counted."""
        key = collector, reason.partition(":")[0]
        self._skips[key] += 1
        if self._skips[key] <= SKIPS_NAMED:
            self.facts.setdefault(collector, []).append(Skipped(path=path, collector=collector, reason=reason))

    def begin(self, entry: Entry, head: bytes, sparse: bool) -> Take:
        self.members += 1
        if self.members > self._member_limit:
            raise LimitReached(Reason.TOO_MANY_FILES, f"more than {self._member_limit:,} members")
        path = entry.path
        if WHITEOUT in path and self._whiteout(path):
            return "skip"
        self._remember(path + "/" if entry.type == "folder" else path)
        for collector in self._for_entries:
            self._ask(collector, path, collector.entry, entry)
        if entry.type != "file":
            return "skip"
        chosen = self._dispatch.wanting(path, head)
        return self._choose(entry, chosen, head, sparse) if chosen else "skip"

    def refused(self, entry: Entry, reason: str) -> None:
        self.members += 1
        self.skip(entry.path[:1024], LAYER, f"{Reason.UNREADABLE}: {reason}")

    def content(self, piece: bytes) -> None:
        reading = self._reading
        assert reading is not None
        reading.buffer.write(piece)
        if reading.digests is not None:
            reading.digests.update(piece)
        if not reading.whole:
            while reading.buffer.tell() > WINDOW:
                self._window(reading)

    def end(self) -> None:
        reading = self._reading
        assert reading is not None
        data, self._reading = reading.buffer.getvalue(), None
        self._count(len(data))
        if not reading.whole:
            self._offer(reading.windowed, FileView(reading.entry, data, reading.window_start, True, reading.digests))
            return
        view = FileView(reading.entry, data)
        self._offer(reading.whole, view)
        step = WINDOW - OVERLAP
        for start in range(0, max(len(data) - OVERLAP, 1), step) if reading.windowed else ():
            final = start + WINDOW >= len(data)
            self._offer(reading.windowed, FileView(view.entry, data[start : start + WINDOW], start, final, reading.digests))

    def cut(self) -> None:
        """The file that is being read has no end."""
        if self._reading is not None:
            self.skip(self._reading.entry.path, LAYER, f"{Reason.TRUNCATED_LAYER}: the layer ends within this file")
            self._reading = None

    def finish(self) -> None:
        """Ask all collectors for their last facts, and say how many skips were not named."""
        self.cut()
        for collector in self._collectors:
            self._ask(collector, "", _last_facts, collector)
        for (collector_name, reason), number in self._skips.items():
            if number > SKIPS_NAMED:
                self.facts[collector_name].append(Skipped(collector=collector_name, reason=f"{reason}: {number - SKIPS_NAMED} more"))

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
        whole = [one for one in chosen if size <= one.wanted.max_bytes]
        windowed: list[Collector] = []
        if len(whole) < len(chosen):
            windowed = [one for one in chosen if size > one.wanted.max_bytes and one.wanted.windows]
            for one in chosen:
                if size > one.wanted.max_bytes and not one.wanted.windows:
                    self.skip(entry.path, one.name, f"{Reason.FILE_TOO_LARGE}: {size} bytes")
        if not whole and not windowed:
            return "skip"
        if not windowed and len(head) == size and not sparse:
            self._offer(whole, FileView(entry, head))  # small files are most of them: no need to gather them
            return "skip"
        stored = sparse and not whole
        hashed = not stored and any(one.wanted.digests for one in windowed)
        self._reading = Reading(entry, whole, windowed, RunningDigests() if hashed else None, BytesIO())
        return "stored" if stored else "whole"

    def _window(self, reading: Reading) -> None:
        data = reading.buffer.getvalue()
        self._count(WINDOW - OVERLAP)
        self._offer(reading.windowed, FileView(reading.entry, data[:WINDOW], reading.window_start, False))
        reading.buffer = BytesIO()
        reading.buffer.write(memoryview(data)[WINDOW - OVERLAP :])
        reading.window_start += WINDOW - OVERLAP

    def _offer(self, collectors: list[Collector], view: FileView) -> None:
        for collector in tuple(collectors):
            if not self._ask(collector, view.entry.path, collector.collect, view):
                collectors.remove(collector)

    def _ask(self, collector: Collector, path: str, question: Callable[[A], Iterable[Fact]], argument: A) -> bool:
        """Take the facts of one answer. A crash ends this collector for this file only; what it said before stays."""
        try:
            for fact in question(argument):
                if not isinstance(fact, (Skipped, *collector.tells)):
                    raise TypeError(f"{collector.name} does not say that it tells {fact.kind}")
                self.facts[collector.name].append(fact)
                self._told += 1
        except Exception as error:
            self.skip(path, collector.name, f"{Reason.DETECTOR_CRASHED}: {type(error).__name__}")
            return False
        if self._told > self._fact_limit:
            raise LimitReached(Reason.TOO_MANY_FILES, f"more than {self._fact_limit:,} facts")
        return True


def _last_facts(collector: Collector) -> Iterable[Fact]:
    return collector.finish()
