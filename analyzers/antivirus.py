"""What a collector may ask of a virus scanner that somebody configured. The way to it is made elsewhere: streams/clamd.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the scanner said of one content: `infected` with the name of its `signature`, `unknown` with the reason in `note`."""

    state: Literal["clean", "infected", "unknown"]
    signature: str = ""
    note: str = ""


class Sending(Protocol):
    """One content on its way to the scanner, piece by piece. Nothing raises for what the scanner or the way to it does."""

    def send(self, piece: bytes) -> None: ...

    def verdict(self) -> Verdict:
        """The answer, once everything was sent; ends the sending."""
        ...

    def drop(self) -> None:
        """End the sending without an answer."""
        ...


class Antivirus(Protocol):
    """A virus scanner during the pass over one blob. It keeps its own bounds: what is beyond them is `unknown` with the reason."""

    def begin(self, size: int) -> Sending:
        """Begin to send a content of so many bytes."""
        ...
