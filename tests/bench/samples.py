"""Speed of the sample collector alone over a folder: `python -m tests.bench.samples [FOLDER ...]` (default /usr/lib).

Prints files, megabytes, CPU seconds, MB a CPU-second and peak memory, and the hits of level suspicious or urgent."""

from __future__ import annotations

import os
import resource
import stat
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

from analyzers.collectors.sample_types import level_of
from analyzers.collectors.samples import SampleCollector
from analyzers.contract import OVERLAP, WINDOW, Entry, FileView, PassContext
from schemas.facts import Sample
from tests.bench.row import Row, run_module

COMMAND = ".venv/bin/python -m tests.bench.samples STANDARD_LIBRARY"


def views(path: Path, size: int, mode: int, whole: int) -> Iterator[FileView]:
    """A file as a layer pass would show it."""
    entry = Entry(str(path).lstrip("/"), "file", mode & 0o7777, 0, 0, size)
    with path.open("rb") as stream:
        if size <= whole:
            yield FileView(entry, stream.read())
            return
        data, offset = stream.read(WINDOW), 0
        while data:
            final = offset + len(data) >= size
            yield FileView(entry, data, offset, final)
            if final:
                return
            kept = data[-OVERLAP:]
            offset += len(data) - len(kept)
            data = kept + stream.read(WINDOW - len(kept))


def files(folders: list[str]) -> Iterator[tuple[Path, os.stat_result]]:
    for folder in folders:
        for parent, _, names in os.walk(folder):
            for name in names:
                path = Path(parent, name)
                info = path.lstat()
                if stat.S_ISREG(info.st_mode) and os.access(path, os.R_OK):
                    yield path, info


def run() -> list[Row]:
    """MB per CPU-second over the standard library of this Python."""
    first = run_module("tests.bench.samples", sysconfig.get_paths()["stdlib"])[0].splitlines()[0]
    rate = float(first.partition(" MB/CPU-s")[0].rpartition(" ")[2])
    return [Row(f"samples alone ({first.partition(',')[0]})", rate, "MB/CPU s", "", COMMAND)]


def main(folders: list[str]) -> None:
    collector = SampleCollector(PassContext(b"bench"))
    count, total, spent = 0, 0, 0.0
    hits: list[Sample] = []
    for path, info in files(folders):
        for view in views(path, info.st_size, info.st_mode, collector.wanted.max_bytes):
            begin = time.process_time()
            found = [fact for fact in collector.collect(view) if isinstance(fact, Sample)]
            spent += time.process_time() - begin
            hits += found
        count, total = count + 1, total + info.st_size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{count} files, {total / 1e6:.0f} MB, {spent:.1f} CPU s, {total / 1e6 / max(spent, 1e-9):.0f} MB/CPU-s, peak {peak} MB")
    for hit in hits:
        if level_of(hit.type, hit.score) in ("urgent", "suspicious"):
            print(hit.type, hit.score, hit.rule, hit.path, hit.details.get("member", ""))


if __name__ == "__main__":
    main(sys.argv[1:] or ["/usr/lib"])
