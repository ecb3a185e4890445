"""How fast secrets are looked for: MB per CPU-second of the whole chain on text and on binaries.

    python -m tests.bench.patterns [FOLDER ...]      default: the standard library and the shared libraries of this Python

Each folder is read once into memory (files up to 16 MB, at most 200 MB), then scanned file by file as a pass would do it."""

from __future__ import annotations

import re
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from analyzers.collectors.patterns.database import PatternDatabase
from analyzers.collectors.secret_rules import RULES
from analyzers.collectors.secret_scan import own_engine
from analyzers.collectors.secrets import Secrets
from analyzers.contract import Entry, FileView, PassContext
from tests.bench.row import Row, run_module

LIMIT = 200_000_000
COMMAND = ".venv/bin/python -m tests.bench.patterns"


def files(folders: list[Path]) -> Iterator[tuple[str, bytes]]:
    """(path, content) of the regular files, up to LIMIT bytes together."""
    left = LIMIT
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and path.stat().st_size <= 16 * 1024 * 1024:
                data = path.read_bytes()
                left -= len(data)
                if left < 0:
                    return
                yield str(path).lstrip("/"), data


def rate(label: str, held: list[tuple[str, bytes]], collector: Secrets, database: PatternDatabase) -> None:
    """Print MB/s of the database alone and of the whole chain."""
    size = sum(len(data) for _, data in held) / 1e6
    if not size:
        return
    started = time.process_time()
    for _, data in held:
        database.scan(data)
    alone = time.process_time() - started
    started = time.process_time()
    found = 0
    for path, data in held:
        found += len(list(collector.collect(FileView(Entry(path, "file", 0o644, 0, 0, len(data)), data))))
    chain = time.process_time() - started
    print(
        f"{label}: {len(held)} files, {size:.0f} MB, database {size / alone:.0f} MB/s, whole chain {size / chain:.0f} MB/s, {found} secrets"
    )


def run() -> list[Row]:
    """MB per CPU-second of the database alone and of the whole chain, on text and on binaries."""
    rows = []
    for kind, alone, chain in re.findall(r"(\w+): .* database (\d+) MB/s, whole chain (\d+) MB/s", run_module("tests.bench.patterns")[0]):
        rows.append(Row(f"secrets on {kind}: pattern database alone", float(alone), "MB/CPU s", "", COMMAND))
        rows.append(Row(f"secrets on {kind}: whole chain", float(chain), "MB/CPU s", "", COMMAND))
    return rows


def main() -> None:
    folders = [Path(name) for name in sys.argv[1:]] or [Path(sysconfig.get_paths()["stdlib"])]
    with tempfile.TemporaryDirectory() as cache:
        started = time.process_time()
        collector = Secrets(PassContext(b"bench", options={"cache": cache}))
        print(f"{len(RULES)} rule entries compiled in {time.process_time() - started:.2f} s")
        held = list(files(folders))
        for kind, binary in (("text", False), ("binary", True)):
            of_kind = [(path, data) for path, data in held if (b"\0" in data[:8192]) == binary]
            if database := own_engine(cache, binary=binary).database:
                rate(kind, of_kind, collector, database)


if __name__ == "__main__":
    main()
