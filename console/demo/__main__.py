"""`python -m console.demo [PATH]`: write the demo image (default: shop.tar in the data folder) and say where."""

from __future__ import annotations

import sys
from pathlib import Path

from console.demo.content import HISTORY, SETTINGS, layers
from console.demo.oci_archive import write_image
from infra.settings import load_settings


def write_demo(path: Path) -> str:
    """Write the demo image; returns its digest."""
    return write_image(path, layers(), SETTINGS, HISTORY)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else load_settings().home / "demo" / "shop.tar"
    print(write_demo(target), target)
