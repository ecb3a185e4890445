"""What each collector costs in the pass: its share of the CPU time, and the peak memory, each image in a process of its own.

    .venv/bin/python -m tests.bench.detectors [FOLDER]

FOLDER keeps the layers between runs (default: a temporary one). `base`, `tiny` and `large` are those of layer_pass; `app` is what is
installed here of wheels and npm packages. Shares below one percent are told together.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from analyzers.contract import Collector, Entry, FileView, PassContext
from analyzers.layer import inspect_layer
from schemas.facts import Fact
from tests.bench.false_positives import FOLDERS
from tests.bench.layer_pass import CASES, MB, chunks, small_layer
from tests.bench.row import Row, run_module

COMMAND = ".venv/bin/python -m tests.bench.detectors"
MEMORY = {"base": "<= 150", "app": "<= 200", "tiny": "<= 150", "large": "<= 150"}


def app(target: Path) -> None:
    """The wheels and npm packages that the project itself installs, as a layer."""
    with tarfile.open(target, "w:gz", compresslevel=6, format=tarfile.PAX_FORMAT) as archive:
        for name in ("wheels", "npm"):
            archive.add(FOLDERS[name](), f"opt/{name}")


MAKERS: dict[str, Callable[[Path], None]] = {**CASES, "app": app}


def timed(kind: type[Collector], spent: Counter[str]) -> type[Collector]:
    """The collector with the CPU seconds of its calls added to `spent` under its name."""

    def counted(call: Callable[[], Iterable[Fact]]) -> list[Fact]:
        begin = time.process_time_ns()
        facts = list(call())
        spent[kind.name] += time.process_time_ns() - begin
        return facts

    class Timed(kind):  # type: ignore[misc, valid-type]
        def collect(self, file: FileView) -> Iterable[Fact]:
            return counted(lambda: super(Timed, self).collect(file))

        def entry(self, entry: Entry) -> Iterable[Fact]:
            return counted(lambda: super(Timed, self).entry(entry))

        def finish(self) -> Iterable[Fact]:
            return counted(lambda: super(Timed, self).finish())

    return Timed


def measure(path: Path) -> None:
    """Print one JSON line about a layer."""
    from analyzers.registry import COLLECTORS

    context = PassContext(b"key of the benchmark")
    inspect_layer([small_layer()], COLLECTORS, context)  # a worker compiles its rules once
    spent: Counter[str] = Counter()
    begin = time.process_time()
    result = inspect_layer(chunks(path), [timed(one, spent) for one in COLLECTORS], context)
    total = time.process_time() - begin
    shares = {name: round(value / 1e7 / total, 2) for name, value in spent.most_common()}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    case = path.name.partition(".")[0]
    told = {"case": case, "cpu_s": round(total, 2), "tar_mb": round(result.tar_size / MB), "peak_mb": round(peak), "state": result.state}
    print(json.dumps({**told, "percent": shares}), flush=True)


def run() -> list[Row]:
    """Shares of each pass in percent, its CPU seconds and its peak memory."""
    rows = []
    for line in run_module("tests.bench.detectors")[0].splitlines():
        one = json.loads(line)
        what, shares = f"pass: {one['case']} ({one['tar_mb']:,} MB of tar)", one["percent"]
        rows.append(Row(what, one["cpu_s"], "CPU s", "", COMMAND))
        rows.append(Row(f"{what}: peak memory", one["peak_mb"], "MB", MEMORY[one["case"]], COMMAND))
        rows.append(Row(f"{what}: unpacking, tar, hashes, offering", 100 - sum(shares.values()), "%", "", COMMAND))
        rows += [Row(f"{what}: {name}", share, "%", "", COMMAND) for name, share in shares.items() if share >= 1]
        rows.append(Row(f"{what}: all others", sum(share for share in shares.values() if share < 1), "%", "", COMMAND))
    return rows


def main() -> None:
    if len(sys.argv) == 3 and sys.argv[1] == "--measure":
        measure(Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for name, make in MAKERS.items():
            path = folder / f"{name}.tar.gz"
            try:
                if not path.exists():
                    make(path)
            except (OSError, subprocess.CalledProcessError) as error:
                print(f"{name}: left out: {error}", file=sys.stderr)
                continue
            subprocess.run([sys.executable, "-m", "tests.bench.detectors", "--measure", str(path)], check=False)


if __name__ == "__main__":
    main()
