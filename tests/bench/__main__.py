"""All benchmarks, written to RESULTS.md beside this file: `make bench`, or `python -m tests.bench [NAME ...]` for some of them.

Nothing is asserted: a missed goal is written down as measured. Where some are run, the figures of the others are kept as they were.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench.pace import pace
from tests.bench.row import Row

BENCHES = (
    "layer_pass", "catalogue", "patterns", "samples", "versions", "advisory_import", "matching", "advisory_delta", "merge", "decisions",
    "rescan", "risk_rows", "make_run", "anchors", "detectors", "yardstick", "false_positives",
)  # fmt: skip
HERE = Path(__file__).parent
RESULTS, KEPT = HERE / "RESULTS.md", HERE / "results.json"
INTRODUCTION = """\
Written by `make bench`; figures as measured, also where a goal is missed. Wall times include whatever else the machine was doing: the load
beside each title is that of the minute before. `pace` is the CPU time of one fixed piece of work, just before and just after: where it is
twice as high, everything else takes about twice the time too. Sections without it are older than this figure."""
PEERS = """\
## Peers

Measured once, side by side on two cores, newest public versions of August 2026 (Trivy 0.74.0, Syft 1.51, gitleaks 8.30, ClamAV 1.4.6);
CPU seconds, user and system. `base`: Debian bookworm by mmdebstrap, 63 MB packed, 170 MB of tar. `app`: seven layers, 302 MB of tar.
`big`: 1,323 MB of tar, 93,463 files, 160 jars. `inode`: 200,000 files of 40 bytes. The machine above is another one, and our images are
close kin, not the same: compare orders, not digits.

| CPU s | base | app | big | inode |
|---|---|---|---|---|
| physical limit: read, hash, inflate, hash | 0.49 | 0.82 | 3.03 | 0.84 |
| Trivy, packages only, from a registry, cold | 1.7 | 2.5 | 16.8 | 2.9 |
| Trivy, vulnerabilities, secrets and configuration, cold | 6.0 | 8.0 | 97.9 | 71.7 |
| Trivy's peak memory, MB | 212 | 232 | 507 | 233 |
| Syft, packages only | 4.1 | 6.1 | 20.1 | 16.9 |
| Syft's peak memory, MB | 253 | 320 | 1,096 | 1,247 |
| gitleaks on the unpacked tree | 50 | 54 | | |
| clamscan, 500,000 hashes, on the unpacked tree | 6.4 | 10.4 | | |
| Trivy, each next image of a family, everything (wall 1.85 s) | | 1.59 | | |
"""


def machine() -> str:
    """Processor and cores."""
    names = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def commit() -> str:
    """Short name of the commit, with a plus where files differ from it."""
    done = subprocess.run(["git", "describe", "--always", "--dirty=+"], capture_output=True, text=True, cwd=HERE, check=False)
    return done.stdout.strip() or "unknown"


def measure(name: str) -> dict[str, Any]:
    """Figures of one benchmark, or why there are none, with the circumstances."""
    load, before, begin = os.getloadavg()[0], pace(), time.monotonic()
    rows: list[Row] = []
    notes: list[str] = []
    reason = ""
    try:
        module = importlib.import_module(f"tests.bench.{name}")
        rows = module.run()
        notes = module.notes() if hasattr(module, "notes") else []
        reason = "" if rows else "no figure in its output"
    except Exception as error:  # one that cannot run must not cost the others
        reason = f"{type(error).__name__}: {str(error)[:300]}"
    print(f"{name}: {len(rows)} figures in {time.monotonic() - begin:.0f} s {reason}", flush=True)
    return {
        "rows": [asdict(row) for row in rows],
        "notes": notes,
        "reason": reason,
        "commit": commit(),
        "load": load,
        "pace": [before, pace()],
        "machine": machine(),
        "at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),
    }


def write(kept: dict[str, dict[str, Any]]) -> None:
    """RESULTS.md from what was measured."""
    lines = ["# Benchmarks", "", INTRODUCTION, ""]
    for name in (name for name in BENCHES if name in kept):
        one = kept[name]
        speed = ", pace {:.2f} and {:.2f} s".format(*one["pace"]) if "pace" in one else ""
        lines += [f"## {name}", "", f"{one['machine']}; {one['at']} UTC, commit {one['commit']}, load {one['load']:.1f}{speed}.", ""]
        if one["reason"]:
            lines += [f"Not measured: {one['reason']}", ""]
            continue
        lines += ["| what | figure | unit | goal | command |", "|---|---|---|---|---|"]
        lines += [f"| {r['what']} | {_figure(r['figure'])} | {r['unit']} | {r['bound'] or '-'} | `{r['command']}` |" for r in one["rows"]]
        lines += ["", *one["notes"]] if one.get("notes") else []
        lines.append("")
    RESULTS.write_text("\n".join(lines) + "\n" + PEERS)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def main(names: list[str]) -> None:
    """Measure and write after each, so that an interrupted run leaves what it has."""
    unknown = set(names) - set(BENCHES)
    if unknown:
        sys.exit(f"unknown: {', '.join(sorted(unknown))}; one of {', '.join(BENCHES)}")
    kept: dict[str, dict[str, Any]] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    for name in names or BENCHES:
        kept[name] = measure(name)
        KEPT.write_text(json.dumps(kept, indent=1) + "\n")
        write(kept)


if __name__ == "__main__":
    main(sys.argv[1:])
