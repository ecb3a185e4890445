"""What a collector keeps of a file from window to window. Files in archives come between the windows of their archive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from analyzers.contract import Entry, FileView

T = TypeVar("T")


class OpenFiles(Generic[T]):
    """One state, made by `make`, for each file of which windows came and the last did not."""

    def __init__(self, make: Callable[[FileView], T]) -> None:
        self._make = make
        self._open: list[tuple[Entry, T]] = []

    def take(self, file: FileView) -> tuple[T, list[T]]:
        """The state of this file, and those of files that turn out to have been cut: they have no last window."""
        cut: list[T] = []
        if file.offset == 0:
            if not file.entry.archive:
                cut = self.drain()
            state = self._make(file)
        else:
            while self._open and self._open[-1][0] is not file.entry:
                cut.append(self._open.pop()[1])
            state = self._open.pop()[1] if self._open else self._make(file)
        if not file.final:
            self._open.append((file.entry, state))
        return state, cut

    def __bool__(self) -> bool:
        """Whether a file is open."""
        return bool(self._open)

    def drain(self) -> list[T]:
        """The states of all files that are open: nothing more will come of them."""
        states = [state for _, state in self._open]
        self._open.clear()
        return states
