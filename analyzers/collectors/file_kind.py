"""What a file is, told from its first bytes: decides which rules are worth running on it.

Magic numbers are those of the formats' own documents (ELF gABI, PE/COFF, RFC 1952, APPNOTE.TXT, POSIX ustar ...).
"""

from __future__ import annotations

import re
from enum import StrEnum

from analyzers.archives.formats import HEAD as FORMAT_HEAD
from analyzers.archives.formats import archive_format


class Kind(StrEnum):
    """Kinds of content. `PROGRAM`: ELF, PE, Mach-O; `ARCHIVE`: something that holds files; `MEDIA`: pictures, fonts, sound, message
    catalogues and byte code caches, which hold nothing that runs by itself; `OTHER`: any other binary."""

    EMPTY = "empty"
    PROGRAM = "program"
    TEXT = "text"
    ARCHIVE = "archive"
    MEDIA = "media"
    OTHER = "other"


PROGRAMS = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\xfe\xed\xfa\xce")
MEDIA = (
    b"\x89PNG", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"RIFF", b"\0\0\1\0", b"\0\1\0\0\0", b"OTTO", b"wOFF", b"wOF2", b"ttcf", b"OggS",
    b"ID3", b"fLaC", b"\xde\x12\x04\x95", b"\x95\x04\x12\xde", b"TZif", b"\x1a\x45\xdf\xa3",
)  # fmt: skip
PYTHON_CACHE = re.compile(rb"[\x00-\xff][\x0c-\x0e]\r\n")
CONTROL = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")
WIDE = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
HEAD = 1024


def kind_of(head: bytes) -> Kind:
    """Kind of the file with these first bytes (the first KiB is enough)."""
    if not head:
        return Kind.EMPTY
    if head.startswith(PROGRAMS) or (head[:2] == b"MZ" and len(head) >= 64):
        return Kind.PROGRAM
    if archive_format(head[:FORMAT_HEAD]):
        return Kind.ARCHIVE
    if head.startswith(MEDIA) or head[4:8] == b"ftyp" or PYTHON_CACHE.match(head):
        return Kind.MEDIA
    if head[:2] in WIDE or not CONTROL.search(head, 0, HEAD):
        return Kind.TEXT
    return Kind.OTHER


def as_text(data: bytes) -> bytes:
    """Text as UTF-8: UTF-16 with a byte order mark is decoded, anything else stays as it is."""
    encoding = WIDE.get(data[:2])
    return data[2:].decode(encoding, "replace").encode() if encoding else data
