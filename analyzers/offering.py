"""The collectors of one layer: files and windows are shown to them, and the facts that they tell are gathered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from analyzers.archives.walk import Budget
from analyzers.contract import Collector, FileView, PassContext
from schemas.facts import Fact, Skipped
from schemas.vocabulary import Reason

A = TypeVar("A")
SKIPS_NAMED = 1000  # of one collector and reason; the others are counted
LAYER = "layer"
BATCH_FILES, BATCH_BYTES = 128, 2 * 1024 * 1024


class LimitReached(Exception):
    """The layer is not read on. `reason` is a vocabulary.Reason, `text` says more."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(f"{reason}: {text}")
        self.reason = reason
        self.text = text


class Offering:
    """`facts`, by name of the collector that told them, grow; what the pass itself has to say is told by LAYER. `inside` are the collectors
    that see members of archives, which may cost `budget`. `count` hears how many bytes were shown and may raise LimitReached."""

    def __init__(self, kinds: Sequence[type[Collector]], context: PassContext, count: Callable[[int], None], facts: int) -> None:
        self.facts: dict[str, list[Fact]] = {LAYER: [], **{kind.name: [] for kind in kinds}}
        self.count = count
        self._told, self._fact_limit = 0, facts
        self._skips: Counter[tuple[str, str]] = Counter()
        self.collectors = [one for one in (self._start(kind, context) for kind in kinds) if one is not None and not one.idle()]
        self.inside = tuple(one for one in self.collectors if one.wanted.inside)
        self.budget = Budget()
        self._batch: list[tuple[Sequence[Collector], FileView]] = []
        self._batch_bytes = 0

    def skip(self, path: str, collector: str, reason: str) -> None:
        """Record that something was not looked at; beyond SKIPS_NAMED of a kind they are only counted."""
        key = collector, reason.partition(":")[0]
        self._skips[key] += 1
        if self._skips[key] <= SKIPS_NAMED:
            self.facts.setdefault(collector, []).append(Skipped(path=path, collector=collector, reason=reason))

    def show_soon(self, collectors: Sequence[Collector], view: FileView) -> None:
        """A whole file. One collector sees a batch of files, then the next one does: what it looks things up in stays in the processor's
        caches. Each sees its files in their order."""
        self._batch.append((collectors, view))
        self._batch_bytes += len(view.data)
        if len(self._batch) >= BATCH_FILES or self._batch_bytes >= BATCH_BYTES:
            self._show_batch()

    def show(self, collectors: Sequence[Collector], view: FileView) -> list[Collector]:
        """A file or a window. Returns those that see more of this file: a collector that crashed does not."""
        self._show_batch()
        path = view.entry.path
        return [one for one in collectors if self.ask(one, path, one.collect, view)]

    def ask(self, collector: Collector, path: str, question: Callable[[A], Iterable[Fact]], argument: A) -> bool:
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

    def finish(self) -> None:
        """Ask all collectors for their last facts, and say how many skips were not named."""
        self._show_batch()
        for collector in self.collectors:
            self.ask(collector, "", _last_facts, collector)
        for (collector_name, reason), number in self._skips.items():
            if number > SKIPS_NAMED:
                self.facts[collector_name].append(Skipped(collector=collector_name, reason=f"{reason}: {number - SKIPS_NAMED} more"))

    def _show_batch(self) -> None:
        batch, self._batch, self._batch_bytes = self._batch, [], 0
        views: dict[int, tuple[Collector, list[FileView]]] = {}
        for collectors, view in batch:
            for one in collectors:
                views.setdefault(id(one), (one, []))[1].append(view)
        for one, some in views.values():
            for view in some:
                self.ask(one, view.entry.path, one.collect, view)

    def _start(self, kind: type[Collector], context: PassContext) -> Collector | None:
        try:
            return kind(context)
        except Exception as error:
            self.skip("", kind.name, f"{Reason.DETECTOR_CRASHED}: {type(error).__name__}")
            return None


def _last_facts(collector: Collector) -> Iterable[Fact]:
    return collector.finish()
