"""How fast the machine is at this moment: CPU seconds of a fixed piece of work, so that figures of different days can be compared."""

from __future__ import annotations

import hashlib
import json
import time
import zlib

ROUNDS = 3


def pace() -> float:
    """CPU seconds of the work, the best of ROUNDS: about half of it pure Python, half in C."""
    return min(_once() for _ in range(ROUNDS))


def _once() -> float:
    began = time.process_time()
    table: dict[str, int] = {}
    for number in range(200_000):
        word = f"{number * 2654435761 % 1_000_003:07}"
        table[word[:5]] = table.get(word[:5], 0) + len(word)
    text = json.dumps(table).encode()
    for _ in range(10):
        json.loads(text)
        hashlib.md5(text, usedforsecurity=False).digest()
        zlib.decompress(zlib.compress(text, 1))
    return time.process_time() - began
