"""`python -m console.demo [FOLDER]`: write the full demo (default: into the data folder) and say where: an archive with a plant for every
rule, its clean twin, and the manifest of what was planted."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from console.demo.full import write_full_demo
from infra.settings import load_settings

if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else load_settings().home / "demo"
    for written in write_full_demo(folder, datetime.now(UTC).date()):
        print(written)
