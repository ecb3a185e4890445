"""What is in the archives of this folder, made by 7-Zip 26.02: `python -m tests.unit.analyzers.sevenzip.contents`, with 7zz on the path."""

from __future__ import annotations

import os
import random
import subprocess
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parent


def _program() -> bytes:
    """Branches of x86 and of ARM64 among other bytes, to near and far places."""
    rng, code = random.Random(11), bytearray(b"\x7fELF\x02\x01\x01" + bytes(57))
    for _ in range(300):
        distance = rng.choice((16, 4096, 1 << 19)).to_bytes(4, "little")
        code += rng.choice((b"\xe8" + distance, b"\xe9" + distance, b"\x0f\x85" + distance, b"\x0f\x8f\xff\xff\xff\xff"))
        code += rng.choice((b"\x90" * 3, b"\x48\x89\xe5", b"\x0f\x0f", b"\xe8\xe9\x0f\x80", b"\x0f"))
    code += bytes(-len(code) % 4)
    for at in range(200):
        top = rng.choice((0x94, 0x97, 0x90, 0xB0, 0xF0, 0xD0, 0xA9))
        code += (top << 24 | rng.choice((at, 0x1FFFF, 0xE00000, 0xFFFFFF, rng.randrange(1 << 24)))).to_bytes(4, "little")
    return bytes(code)


FILES = {"a.txt": b"alpha", "deep/程序": _program(), "deep/b.sh": b"#!/bin/sh\n" + b"echo b\n" * 90, "empty": b""}
BCJ2 = "-m0=bcj2 -m1=lzma -m2=lzma -m3=lzma -mb0:1 -mb0s1:2 -mb0s2:3"
READ = {
    "default": "", "level9": "-mx=9", "copy": "-mx=0", "plain-header": "-mhc=off", "not-solid": "-ms=off", "lzma": "-m0=lzma:lc=0:lp=2",
    "deflate": "-m0=deflate", "bzip2": "-m0=bzip2", "bcj-bzip2": "-m0=bcj -m1=bzip2", "bcj-lzma": "-m0=bcj -m1=lzma", "bcj2": BCJ2,
    "delta": "-m0=delta:4 -m1=lzma2", "arm64": "-m0=arm64 -m1=lzma2", "ppc": "-m0=ppc -m1=deflate", "lzma-in-lzma": "-m0=lzma -m1=lzma2",
}  # fmt: skip
NOT_READ = {
    "ppmd": ("-m0=ppmd", "unsupported_archive: no reader for PPMd"),
    "deflate64": ("-m0=deflate64", "unsupported_archive: no reader for Deflate64"),
    "riscv": ("-m0=riscv -m1=lzma", "unsupported_archive: no reader for RISC-V filter"),
    "encrypted": ("-psesame", "unreadable: encrypted"),
}
"""Name of an archive -> options that it was made with, and what is told of each of its files."""


def make() -> None:
    """Write all archives."""
    with tempfile.TemporaryDirectory() as place:
        for name, data in FILES.items():
            path = Path(place, name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
            os.utime(path, (0, 0))
        options = {**READ, **{name: how for name, (how, _) in NOT_READ.items()}, "encrypted-header": "-psesame -mhe=on"}
        for name, how in options.items():
            target = FOLDER / f"{name}.7z"
            target.unlink(missing_ok=True)
            subprocess.run(["7zz", "a", "-bd", *how.split(), str(target), *FILES], cwd=place, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    make()
