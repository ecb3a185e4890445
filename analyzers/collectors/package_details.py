"""What package databases say besides name and version."""

from __future__ import annotations


def named(**values: str) -> dict[str, str]:
    """The values that are there."""
    return {name: value for name, value in values.items() if value}


def kib(size: str, unit: int) -> str:
    """A size in KiB, rounded up, from a decimal number of `unit` = 1 KiB or 1024 parts of one; empty for anything else."""
    return str(-(-int(size) // unit)) if size.isascii() and size.isdecimal() and len(size) < 16 and int(size) else ""
