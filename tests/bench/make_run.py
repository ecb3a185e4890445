"""What `make run` does, on an empty home with everything downloaded, and once more after `make stop`. `python -m tests.bench.make_run`"""

from __future__ import annotations

from tests.bench.local_system import fresh_home, imagerisk
from tests.bench.row import Row

COMMAND = ".venv/bin/python -m tests.bench.make_run"


def run() -> list[Row]:
    """Wall seconds of `imagerisk up` and `imagerisk demo` together."""
    rows = []
    with fresh_home():
        for what in ("`make run`, empty home, downloads at hand", "`make run` again after `make stop`"):
            parts = [imagerisk("up")[0], imagerisk("demo")[0]]
            rows.append(Row(what, sum(parts), "s", "< 20", COMMAND))
            imagerisk("down")
    return rows


if __name__ == "__main__":
    for row in run():
        print(f"{row.what}: {row.figure:.1f} {row.unit} (goal {row.bound or 'none'})")
