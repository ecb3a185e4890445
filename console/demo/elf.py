"""A program in ELF form around given contents. Source: System V gABI, chapters 4 and 5; System V ABI for x86-64."""

from __future__ import annotations

import struct

_HEADER, _ENTRY = 64, 56
_X86_64, _LOAD = 62, 1
_KINDS = {"program": 2, "library": 3, "module": 1}
_EXIT = bytes.fromhex("b83c00000031ff0f05")  # exit(0)


def program(contents: bytes, kind: str = "program") -> bytes:
    """An x86-64 file of type `program`, `library` or `module` with two segments: code that ends at once, and the contents as data."""
    code_at = _HEADER + 2 * _ENTRY
    data_at = code_at + len(_EXIT)
    base = 0x400000
    ident = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    fields = (_KINDS[kind], _X86_64, 1, base + code_at, _HEADER, 0, 0, _HEADER, _ENTRY, 2, 0, 0, 0)
    header = ident + struct.pack("<HHIQQQIHHHHHH", *fields)
    segments = [(5, code_at, len(_EXIT)), (6, data_at, len(contents))]
    table = b"".join(
        struct.pack("<IIQQQQQQ", _LOAD, flags, offset, base + offset, base + offset, size, size, 0x1000) for flags, offset, size in segments
    )
    return header + table + _EXIT + contents
