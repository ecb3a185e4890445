"""Feed broken input to every collector and every version order for a while: `make fuzz`, or `python -m tests.fuzz [SECONDS] [SEED]`.

An exception that leaves a collector, a key that takes or needs too long, or too much memory is a failure: the input is written to
`.fuzz/` and named, and the exit code is 1. The same seed gives the same inputs.
"""

from __future__ import annotations

import random
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from analyzers.archives.formats import HEAD as ARCHIVE_HEAD
from analyzers.archives.formats import archive_format
from analyzers.archives.inside import Inside
from analyzers.archives.walk import Bounds, Walk
from analyzers.config import inspect_config
from analyzers.contract import OVERLAP, WINDOW, Collector, Entry, FileView, PassContext
from analyzers.registry import COLLECTORS
from analyzers.versions import SORT_KEYS, InvalidVersion
from tests.fuzz.mutations import checked, mutated
from tests.fuzz.seeds import archives_of_all_kinds, forms, seeds_of

HANG_S = 20.0
MEMORY_BYTES = 3 << 30
VERSIONS = (
    "1.0",
    "1:2.3-4~rc1+b1",
    "1.2.3-alpha.1+build",
    "v0.0.0-20200101000000-abcdef123456",
    "2.0.post1.dev3",
    "1.0_p1-r2",
    "1.0^git1",
    "",
)
FOUND = Path(".fuzz")
OPENING = Bounds(total=64 << 20, members=10_000)


class Hang(Exception):
    """One input took too long."""


@dataclass
class Tally:
    """What was fed, and what failed: a text for each distinct failure."""

    fed: Counter[str] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)

    def fail(self, what: str, data: bytes, error: BaseException) -> None:
        place = traceback.extract_tb(error.__traceback__)[-1]
        key = f"{what}: {type(error).__name__} in {Path(place.filename).name}:{place.lineno}: {str(error)[:120]}"
        if key not in self.failures:
            FOUND.mkdir(exist_ok=True)
            name = FOUND / f"{what.replace('/', '_')}-{len(self.failures)}.bin"
            name.write_bytes(data)
            self.failures[key] = str(name)


def feed_collector(kind: type[Collector], path: str, data: bytes) -> None:
    """As the pass offers a file: whole, or in windows where the collector takes them."""
    one = kind(PassContext(b"key"))
    entry = Entry(path, "file", 0o4755, 0, 0, len(data))
    list(one.entry(entry))
    if len(data) <= kind.wanted.max_bytes:
        list(one.collect(FileView(entry, data)))
    elif kind.wanted.windows:
        for start in range(0, max(len(data) - OVERLAP, 1), WINDOW - OVERLAP):
            list(one.collect(FileView(entry, data[start : start + WINDOW], start, start + WINDOW >= len(data))))
    list(one.finish())


class _Nobody:
    """A Sink that takes everything and keeps nothing."""

    def feed(self, piece: bytes) -> None: ...

    def close(self) -> None: ...

    def cut(self) -> None: ...


def open_archive(data: bytes, step: int) -> None:
    """As the pass opens a file: in pieces of `step` bytes, or whole where that is 0. What it unpacks to is bounded."""
    walk = Walk(OPENING)
    inside = Inside("srv/a", archive_format(data[:ARCHIVE_HEAD]), lambda name, size, head, opened: _Nobody(), walk)
    if step:
        for start in range(0, len(data), step):
            inside.feed(data[start : start + step])
        inside.close()
    else:
        inside.whole(data)
    assert walk.unpacked <= OPENING.total + WINDOW and walk.seen <= OPENING.members + 1


def fuzz(seconds: float, seed: int, kinds: Sequence[type[Collector]] = COLLECTORS) -> Tally:
    """Feed until the time is over. Every collector and every order gets its turn."""
    rng, tally = random.Random(seed), Tally()
    seeds = seeds_of(tuple(kinds))
    documents, archives = forms(), archives_of_all_kinds()
    inspect_config(documents[0], PassContext(b"key"))  # compiles its patterns, once a process
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for kind in kinds:
            path, data = rng.choice(seeds[kind.name])
            broken = mutated(rng, data, documents)
            _guarded(tally, kind.name, broken, lambda kind=kind, path=path, broken=broken: feed_collector(kind, path, broken))
        form, step = rng.choice(sorted(archives)), rng.choice((0, 1000))
        broken = checked(mutated(rng, archives[form], [*archives.values()]))
        _guarded(tally, f"archives/{form}", broken, lambda broken=broken, step=step: open_archive(broken, step))
        broken = mutated(rng, rng.choice(documents), documents)
        _guarded(tally, "config", broken, lambda broken=broken: inspect_config(broken, PassContext(b"key")))
        for name in SORT_KEYS:
            text = mutated(rng, rng.choice(VERSIONS).encode(), [one.encode() for one in VERSIONS])[:1024].decode("latin-1")
            _guarded(tally, f"versions/{name}", text.encode(), lambda name=name, text=text: _key(name, text))
        if time.monotonic() > end:
            break
    return tally


def _key(name: str, text: str) -> None:
    """The same text has the same key, which is not empty; or it is no version."""
    printable = "".join(letter for letter in text if letter.isascii() and letter.isprintable())
    if not printable:
        return
    try:
        key = SORT_KEYS[name](printable)
    except InvalidVersion:
        return
    assert key and key == SORT_KEYS[name](printable)


def _guarded(tally: Tally, what: str, data: bytes, work: object) -> None:
    assert callable(work)
    tally.fed[what] += 1
    signal.setitimer(signal.ITIMER_REAL, HANG_S)
    try:
        work()
    except Exception as error:
        tally.fail(what, data, error)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _hang(_: int, frame: FrameType | None) -> None:
    raise Hang(f"longer than {HANG_S:.0f} s")


def main(seconds: float = 60.0, seed: int = 0) -> int:
    """Fuzz and tell."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    signal.signal(signal.SIGALRM, _hang)
    seed = seed or time.time_ns() % 1_000_000
    tally = fuzz(seconds, seed)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    fed = f"{sum(tally.fed.values()):,} inputs to {len(tally.fed)} readers in {seconds:.0f} s, at least {min(tally.fed.values())} each"
    print(f"seed {seed}: {fed}; peak memory {peak} MB; {len(tally.failures)} failures")
    for text, name in tally.failures.items():
        print(f"  {text}\n    {name}")
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if sys.argv[1:] else 60.0, int(sys.argv[2]) if sys.argv[2:] else 0))
