"""One hyperscan database over many expressions: compiled once, kept in a cache folder, loaded once per process."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from importlib.metadata import version

import hyperscan

from analyzers.collectors.compiled_files import keep_compiled, read_compiled

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

    What another release or another kind of processor compiled is passed over."""
    key = hashlib.sha256("\0".join((version("hyperscan"), str(_FLAGS), *expressions)).encode()).hexdigest()
    with _LOCK:
        if key not in _LOADED:
            name = f"patterns-{key[:32]}.hs"
            database = _read(cache, name)
            if database is None:
                database = _compile(expressions)
                keep_compiled(cache, name, hyperscan.dumpb(database))
            _LOADED[key] = PatternDatabase(database)
        return _LOADED[key]


def refusal(expression: str) -> str:
    """Why the database does not take an expression; empty when it does."""
    try:
        _compile([expression])
    except hyperscan.error as error:
        return str(error)
    return ""


def _read(cache: str, name: str) -> hyperscan.Database | None:
    kept = read_compiled(cache, name)
    try:
        return hyperscan.loadb(kept, hyperscan.HS_MODE_BLOCK) if kept else None
    except hyperscan.error:
        return None


def _compile(expressions: Sequence[str]) -> hyperscan.Database:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    encoded = [expression.encode("latin-1") for expression in expressions]
    database.compile(expressions=encoded, ids=list(range(len(encoded))), elements=len(encoded), flags=[_FLAGS] * len(encoded))
    return database
