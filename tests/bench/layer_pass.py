"""How fast a layer is read and in how much memory: MB of tar per CPU-second and peak RSS, each case in a process of its own.

    .venv/bin/python -m tests.bench.layer_pass [FOLDER]

FOLDER keeps the layers between runs (default: a temporary one). `base` needs mmdebstrap and a mirror, and is left out without them.
"""

from __future__ import annotations

import gzip
import io
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from analyzers.contract import Collector, PassContext
from analyzers.layer import inspect_layer
from tests.bench.row import Row, run_module

MB = 1_000_000
COMMAND = ".venv/bin/python -m tests.bench.layer_pass"


def debian_base(target: Path) -> None:
    """A minimal bookworm, as mmdebstrap writes it."""
    plain = target.with_suffix(".tar")
    command = ["mmdebstrap", "--variant=minbase", "--mode=root", "--quiet", "bookworm", str(plain)]
    subprocess.run(command, check=True, env={**os.environ, "SOURCE_DATE_EPOCH": "1767225600"})
    with plain.open("rb") as source, gzip.open(target, "wb", compresslevel=6) as packed:
        shutil.copyfileobj(source, packed, MB)
    plain.unlink()


def tiny_files(target: Path) -> None:
    """200,000 files of 40 bytes."""
    with tarfile.open(target, "w:gz", compresslevel=6, format=tarfile.PAX_FORMAT) as archive:
        for number in range(200_000):
            info = tarfile.TarInfo(f"srv/data/{number // 1000:03}/file-{number:06}.txt")
            info.size = 40
            archive.addfile(info, io.BytesIO(b"%039d\n" % number))
            archive.members = []  # type: ignore[attr-defined] # it would keep every one


def one_file(target: Path) -> None:
    """One file of 2 GB, half of it hard to pack."""
    draw = random.Random(1)
    block = draw.randbytes(MB // 2) + b"The quick brown fox jumps over the lazy dog. " * (MB // 90)
    with tarfile.open(target, "w:gz", compresslevel=1) as archive:
        info = tarfile.TarInfo("srv/large.bin")
        info.size = 2000 * MB
        archive.addfile(info, _Repeated(block))


class _Repeated(io.RawIOBase):
    def __init__(self, block: bytes) -> None:
        self._block = block

    def read(self, size: int = -1) -> bytes:
        return (self._block * (size // len(self._block) + 1))[:size]


CASES: dict[str, Callable[[Path], None]] = {"base": debian_base, "tiny": tiny_files, "large": one_file}


def small_layer() -> bytes:
    """A layer with a text and a program."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in (("srv/text.txt", b"some text " * 100), ("srv/program", b"\x7fELF\2\1\1" + bytes(5000))):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def warm_up(collectors: tuple[type[Collector], ...], context: PassContext) -> None:
    """What a worker does once: all rules are at hand afterwards."""
    inspect_layer([small_layer()], collectors, context)
    if collectors:  # loading them takes memory that the bare pass does not need
        from analyzers.collectors.sample_rules import own_rules

        own_rules(context.options["cache"])


def context_at(folder: Path) -> PassContext:
    """As a worker has it: rules are compiled by the first process and read by all others."""
    return PassContext(b"key of the benchmark", options={"cache": str(folder / "rules")})


def chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk


def measure(path: Path, collectors: str) -> None:
    """Print one line; the process ends afterwards, so that its peak memory is that of this case."""
    chosen: tuple[type[Collector], ...] = ()
    if collectors == "all":  # loading them takes memory that the bare pass does not need
        from analyzers.registry import COLLECTORS

        chosen = COLLECTORS
    begun = time.process_time()
    context = context_at(path.parent)
    warm_up(chosen, context)
    start = time.process_time()
    result = inspect_layer(chunks(path), chosen, context)
    spent = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{path.name:14} {len(chosen):3} collectors  {result.tar_size / MB:7.0f} MB tar {result.members:7} members  {spent:6.2f} CPU s "
        f"{result.tar_size / MB / spent:5.0f} MB/s {result.members / spent:8.0f} members/s  peak {peak:4.0f} MB {len(result.facts):6} facts"
        f"  {result.state} {result.reason}"
        f"  (first layer {start - begun:.2f} CPU s)"
    )


_LINE = re.compile(r"(\w+)\.tar\.gz +(\d+) collectors .* ([\d.]+) CPU s +(\d+) MB/s .* peak +(\d+) MB")


def run() -> list[Row]:
    """MB of tar per CPU-second, CPU seconds and peak memory of each case, bare and with all collectors."""
    rows = []
    for line in run_module("tests.bench.layer_pass")[0].splitlines():
        if found := _LINE.match(line):
            case, collectors, spent, rate, peak = found.groups()
            what = f"layer pass: {case}, {collectors} collectors"
            rows.append(Row(what, float(rate), "MB tar/CPU s", ">= 90" if case == "base" else "", COMMAND))
            rows.append(Row(f"{what}: time", float(spent), "CPU s", "", COMMAND))
            rows.append(Row(f"{what}: peak memory", float(peak), "MB", "<= 150", COMMAND))
    return rows


def main() -> None:
    if len(sys.argv) == 4 and sys.argv[1] == "--measure":
        measure(Path(sys.argv[2]), sys.argv[3])
        return
    print("# " + " ".join([".venv/bin/python", "-m", "tests.bench.layer_pass", *sys.argv[1:]]))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else temporary)
        folder.mkdir(parents=True, exist_ok=True)
        measured = [sys.executable, "-m", "tests.bench.layer_pass", "--measure"]
        (folder / "first.tar").write_bytes(small_layer())
        subprocess.run([*measured, str(folder / "first.tar"), "all"], check=True, stdout=subprocess.DEVNULL)
        for name, make in CASES.items():
            path = folder / f"{name}.tar.gz"
            try:
                if not path.exists():
                    make(path)
            except (OSError, subprocess.CalledProcessError) as error:
                print(f"{name}: left out: {error}")
                continue
            for collectors in ("none", "all"):
                subprocess.run([*measured, str(path), collectors], check=False)


if __name__ == "__main__":
    main()
