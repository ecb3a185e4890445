"""The images that peers were measured on, through everything: the physical limit, `imagerisk analyze` of the archive, and the whole chain
from the push to a real registry to risk rows. `python -m tests.bench.anchors [NAME ...]`"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from infra.local.state import read_state
from infra.settings import Settings, load_settings
from sinks.scans import progress
from sinks.store import Store
from tests.bench.anchor_images import FAMILY, NAMES, AnchorImages
from tests.bench.local_system import cpu_seconds, fresh_home, imagerisk
from tests.bench.rescan import WORKERS
from tests.bench.row import Row, run_module
from tests.flow.real_registry import PASSWORD, USERNAME, RealRegistry
from tests.flow.sample_images import sample

COMMAND = ".venv/bin/python -m tests.bench.anchors"
ADVISORIES = Path(__file__).parents[3] / "shared" / "data" / "advisories"
LIMIT_S = 600.0
PEERS = {  # CPU seconds: Trivy with vulnerabilities, secrets and configuration, cold; Syft, packages only
    "base": "Trivy 6.0, Syft 4.1", "app": "Trivy 8.0, Syft 6.1", "big": "Trivy 97.9, Syft 20.1", "inode": "Trivy 71.7, Syft 16.9",
}  # fmt: skip
PEERS_MEMORY = {
    "base": "Trivy 212, Syft 253",
    "app": "Trivy 232, Syft 320",
    "big": "Trivy 507, Syft 1,096",
    "inode": "Trivy 233, Syft 1,247",
}
GOAL_CHAIN = {"app": "<= 4; ", "big": "<= 25; ", "inode": "<= 12; "}
GOAL_ANALYZE = {"app": "<= 6; ", "big": "<= 28; ", "inode": "<= 15; "}
GOAL_MEMORY = {"base": "<= 150; ", "app": "<= 150; ", "big": "<= 200; ", "inode": "<= 150; "}


def limit(images: AnchorImages, name: str) -> float:
    """CPU seconds of the least that any scanner must do: read, hash, inflate, hash; one thread."""
    blobs = [str(images.blob(one.digest)) for one in images.layers(name)]
    return float(run_module("tests.bench.anchors", "--limit", *blobs)[0])


def spend(paths: list[str]) -> float:
    """CPU seconds of reading these gzip blobs with both hashes."""
    from isal import isal_zlib

    begin = time.process_time()
    for path in paths:
        outer, inner, inflate = hashlib.sha256(), hashlib.sha256(), isal_zlib.decompressobj(31)
        with Path(path).open("rb") as blob:
            while chunk := blob.read(1 << 20):
                outer.update(chunk)
                inner.update(inflate.decompress(chunk))
    return time.process_time() - begin


def analyze(archive: Path) -> tuple[float, float, int, str]:
    """CPU seconds of `imagerisk analyze` with all that it starts, its peak memory in MB, findings, scan states."""
    program = [sys.executable, "-m", "console.cli.main", "analyze", str(archive), "--format", "json"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(program, stdout=out, stderr=subprocess.DEVNULL)
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        out.seek(0)
        document = json.load(out)
    spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    states = sorted({one["state"] for one in document["scans"]})
    return spent, usage.ru_maxrss / 1024, len(document["findings"]), "/".join(states)


class Chain:
    """A running system with advisories and a registry that notifies it; rules are compiled."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings, self.folder = settings, folder
        self.registry = RealRegistry(folder / "registry")
        imagerisk("up", *WORKERS, "gateway")
        if ADVISORIES.is_dir():
            imagerisk("advisories", "import", str(ADVISORIES))
        self.store = Store(settings.clickhouse_url)
        password = folder / "password"
        password.write_text(PASSWORD)
        command = ["registries", "add", "bench", f"http://{self.registry.host}", "--username", USERNAME, "--password-file", str(password)]
        done = subprocess.run([sys.executable, "-m", "console.cli.main", *command, "--json"], check=True, capture_output=True, text=True)
        self.registry.start("loud", json.loads(done.stdout))
        warm = sample(folder, "warm")
        self.registry.push("bench/warm", "1", warm)
        self.wait(warm.digest)
        time.sleep(3)  # the second reading process compiles its rules, too

    def push(self, images: AnchorImages, name: str) -> tuple[float, float, float]:
        """Seconds from the end of the push to the end of all scans; CPU seconds of our processes, and of the broker and the engine too."""
        workers, everything = cpu_seconds(self.settings, *WORKERS, "gateway"), cpu_seconds(self.settings)
        digest = images.push(name, f"{self.registry.host}/bench/{name}:1", f"{USERNAME}:{PASSWORD}")
        begin = time.perf_counter()
        self.wait(digest)
        taken = time.perf_counter() - begin
        return taken, cpu_seconds(self.settings, *WORKERS, "gateway") - workers, cpu_seconds(self.settings) - everything

    def wait(self, digest: str) -> None:
        """Until all categories of an image have ended."""
        end = time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            state = progress(self.store, [digest]).get(digest)
            if state and state.at_rest:
                return
            time.sleep(0.2)
        raise TimeoutError(f"{digest} has not been analysed after {LIMIT_S} s")

    def peak(self) -> float:
        """Peak memory of the largest reading process so far, MB. Source: proc(5), VmHWM."""
        state = read_state(self.settings)
        reader = next(one.pid for one in state.processes if one.name == "worker-inspect") if state else 0
        peaks = [0.0]
        for task in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, StopIteration):
                text = (task / "status").read_text()
                fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
                if int(fields["PPid"]) == reader and "VmHWM" in fields:
                    peaks.append(int(fields["VmHWM"].split()[0]) / 1024)
        return max(peaks)

    def close(self) -> None:
        self.registry.stop()
        self.store.close()


@contextlib.contextmanager
def chain() -> Iterator[Chain]:
    """A fresh system: nothing is known to it."""
    with fresh_home() as settings, tempfile.TemporaryDirectory() as folder:
        one = Chain(settings, Path(folder))
        try:
            yield one
        finally:
            one.close()


def rows_of(images: AnchorImages, name: str) -> list[Row]:
    """All figures of one image; those of the family with `app`."""
    layers = images.layers(name)
    packed, plain = sum(one.size for one in layers) / 1e6, sum(one.tar_size for one in layers) / 1e6
    sizes = f"{name} ({len(layers)} layers, {packed:.0f} MB packed, {plain:.0f} MB of tar)"
    command = f"{COMMAND} {name}"
    rows = [Row(f"{sizes}: physical limit", limit(images, name), "CPU s", "", command)]
    with chain() as running:
        taken, ours, everything = running.push(images, name)
        peak = running.peak()
        rows += [
            Row(f"{name}: push to risks, cold, our processes", ours, "CPU s", GOAL_CHAIN.get(name, "") + PEERS[name], command),
            Row(f"{name}: the same, broker and engine too", everything, "CPU s", "", command),
            Row(f"{name}: the same, end of the push to the last category", taken, "s", "", command),
            Row(f"{name}: peak memory of a reading process", peak, "MB", GOAL_MEMORY[name] + PEERS_MEMORY[name], command),
        ]
        if name == "app":
            rows += family(images, running, command)
        spent, memory, findings, states = analyze(images.archive(name))
        goal = GOAL_ANALYZE.get(name, "") + PEERS[name]
        rows += [
            Row(f"{name}: analyze of the archive ({findings} findings, {states})", spent, "CPU s", goal, command),
            Row(f"{name}: analyze: peak memory", memory, "MB", PEERS_MEMORY[name], command),
        ]
    return rows


def family(images: AnchorImages, running: Chain, command: str) -> list[Row]:
    """Images on layers that are known, each with a small one of its own."""
    running.push(images, "family-0")
    pushed = [running.push(images, f"family-{number}") for number in range(1, FAMILY)]
    taken, ours, everything = (sum(figures) / len(pushed) for figures in zip(*pushed, strict=True))
    return [
        Row("family: each next image, push to risks, our processes", ours, "CPU s", "<= 0.16; Trivy 1.59 (packages only 0.14)", command),
        Row("family: the same, broker and engine too", everything, "CPU s", "", command),
        Row("family: the same, end of the push to the last category", taken, "s", "Trivy 1.85", command),
    ]


def run(names: tuple[str, ...] = NAMES) -> list[Row]:
    """Every image in turn, each on a system of its own."""
    images = AnchorImages(load_settings().cache / "bench" / "anchors")
    return [row for name in names for row in rows_of(images, name)]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--limit"]:
        print(spend(sys.argv[2:]))
    else:
        for row in run(tuple(sys.argv[1:]) or NAMES):
            print(f"{row.what}: {row.figure:.2f} {row.unit} ({row.bound or 'no goal'})", flush=True)
