"""One hyperscan database over many expressions: compiled once, kept in a cache folder, loaded once per process."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import hyperscan

# MULTILINE stays off: `^` and `$` mean the ends of the data, as in re2.
_FLAGS = hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_DOTALL
_LOADED: dict[str, PatternDatabase] = {}
_LOCK = threading.Lock()


class PatternDatabase:
    """Says which of the expressions occur in a block of bytes. Thread-safe: each thread has its own scratch space."""

    def __init__(self, database: hyperscan.Database) -> None:
        self._database = database
        self._local = threading.local()

    def scan(self, data: bytes) -> list[tuple[int, int]]:
        """(index of the expression, end of its first match) of every expression that occurs, in the order of their ends."""
        hits: list[tuple[int, int]] = []

        def record(index: int, start: int, end: int, flags: int, context: object) -> None:
            hits.append((index, end))

        self._database.scan(data, record, scratch=self._scratch())
        return hits

    def _scratch(self) -> hyperscan.Scratch:
        scratch = getattr(self._local, "scratch", None)
        if scratch is None:
            scratch = self._local.scratch = hyperscan.Scratch(self._database)
        return scratch


def load_database(expressions: Sequence[str], cache: str = "") -> PatternDatabase:
    """The database of these expressions: from this process, from the folder `cache`, or compiled now (about a second).

    A cache that cannot be read or written, or that another release or another kind of processor wrote, is passed over."""
    key = hashlib.sha256("\0".join((version("hyperscan"), str(_FLAGS), *expressions)).encode()).hexdigest()
    with _LOCK:
        if key not in _LOADED:
            stored = Path(cache) / f"patterns-{key[:32]}.hs" if cache else None
            _LOADED[key] = PatternDatabase(_read(stored) or _compile(expressions, stored))
        return _LOADED[key]


def refusal(expression: str) -> str:
    """Why the database does not take an expression; empty when it does."""
    try:
        _compile([expression], None)
    except hyperscan.error as error:
        return str(error)
    return ""


def _read(stored: Path | None) -> hyperscan.Database | None:
    if stored is None:
        return None
    try:
        return hyperscan.loadb(stored.read_bytes(), hyperscan.HS_MODE_BLOCK)
    except (OSError, hyperscan.error):
        return None


def _compile(expressions: Sequence[str], stored: Path | None) -> hyperscan.Database:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    encoded = [expression.encode("latin-1") for expression in expressions]
    database.compile(expressions=encoded, ids=list(range(len(encoded))), elements=len(encoded), flags=[_FLAGS] * len(encoded))
    if stored is not None:
        with suppress(OSError):
            stored.parent.mkdir(parents=True, exist_ok=True)
            part = stored.with_suffix(f".{os.getpid()}.part")
            part.write_bytes(hyperscan.dumpb(database))
            part.replace(stored)
    return database
