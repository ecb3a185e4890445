"""What an application image of about 600 MB costs: one large Spring Boot jar, 60 jars, 5,000 npm packages; CPU seconds and peak RSS of a
whole pass by all collectors, beside a pass without any (inflate, tar, hashes).

    .venv/bin/python -m tests.bench.catalogue
"""

from __future__ import annotations

import io
import random
import re
import sys
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path

from analyzers.layer import inspect_layer
from analyzers.registry import COLLECTORS
from tests.bench.layer_pass import context_at, warm_up
from tests.bench.row import Row, run_module

MB = 1_000_000
COMMAND = ".venv/bin/python -m tests.bench.catalogue"


def library(draw: random.Random, number: int, size: int) -> bytes:
    """A jar with a pom.properties and classes that hardly pack."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        pom = f"groupId=org.example\nartifactId=library-{number}\nversion=1.{number}.0\n"
        archive.writestr(f"META-INF/maven/org.example/library-{number}/pom.properties", pom)
        for place in range(0, size, 20_000):
            archive.writestr(f"org/example/library{number}/Class{place}.class", b"\xca\xfe\xba\xbe\0\0\0\x34" + draw.randbytes(20_000))
    return target.getvalue()


def application(target: Path) -> None:
    """The layer: 260 MB in one executable jar, 240 MB in 60 others, 100 MB of node_modules."""
    draw = random.Random(1)
    with tarfile.open(target, "w:gz", compresslevel=1) as archive:
        boot = io.BytesIO()
        with zipfile.ZipFile(boot, "w", zipfile.ZIP_STORED) as jar:
            for number in range(65):
                jar.writestr(f"BOOT-INF/lib/library-{number}-1.{number}.0.jar", library(draw, number, 4 * MB))
        add(archive, "srv/app.jar", boot.getvalue())
        for number in range(100, 160):
            add(archive, f"opt/lib/library-{number}-1.{number}.0.jar", library(draw, number, 4 * MB))
        for number in range(5000):
            folder = f"srv/node_modules/package-{number}"
            add(archive, f"{folder}/package.json", b'{"name": "package-%d", "version": "1.0.%d", "license": "MIT"}' % (number, number))
            add(archive, f"{folder}/index.js", b"module.exports = function (a, b) { return a + b; };\n" * 400)


def add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    """One file."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    archive.addfile(info, io.BytesIO(content))


def one_pass(path: Path, everything: bool) -> None:
    """Print MB of tar, CPU seconds, peak RSS in MB and the number of packages of a pass, with all rules at hand."""
    collectors = COLLECTORS if everything else ()
    context = context_at(path.parent)
    warm_up(collectors, context)
    began = time.process_time()
    with path.open("rb") as source:
        result = inspect_layer(iter(lambda: source.read(1 << 20), b""), collectors, context)
    used = time.process_time() - began
    found = sum(fact.kind == "package" for fact in result.facts)
    # not ru_maxrss: a child begins with its parent's
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    print(result.tar_size / MB, used, int(peak[1]) * 1024 / MB if peak else 0, found)


def run() -> list[Row]:
    """The figures of both passes, each in a process of its own."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layer.tar.gz"
        application(path)
        for what, bound in (("everything", "<= 200 MB"), ("nothing", "")):
            size, used, peak, found = (float(one) for one in run_module("tests.bench.catalogue", what, str(path))[0].split())
            name = f"application image of {size:.0f} MB, " + (f"all collectors, {found:.0f} packages" if bound else "no collector")
            rows.append(Row(f"{name}: CPU", used, "CPU s", "", COMMAND))
            rows.append(Row(f"{name}: peak RSS", peak, "MB", bound, COMMAND))
    return rows


if __name__ == "__main__":
    if len(sys.argv) == 3:
        one_pass(Path(sys.argv[2]), sys.argv[1] == "everything")
    else:
        for row in run():
            print(f"{row.what:75} {row.figure:10.2f} {row.unit} {row.bound}")
