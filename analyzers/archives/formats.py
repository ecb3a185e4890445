"""Which archive or compression format a file has, told from its first bytes and never from its name.

Sources: RFC 1952, RFC 8878, APPNOTE.TXT 4.3, POSIX ustar, xz-file-format 1.1, bzip2, ar(5), cpio(5), rpm's file format, and the own
documents of the formats that are only named.
"""

from __future__ import annotations

from analyzers.tar_headers import BLOCK, checksum_fits

HEAD = BLOCK
"""First bytes that tell every format."""
COMPRESSED = frozenset({"gzip", "bzip2", "xz", "zstd"})
OPENED = COMPRESSED | {"zip", "7z", "tar", "ar", "cpio", "rpm"}
_MAGICS = (
    (b"PK\x03\x04", "zip"), (b"PK\x05\x06", "zip"), (b"\x1f\x8b\x08", "gzip"), (b"\xfd7zXZ\0", "xz"),
    *((b"BZh%d1AY&SY" % level, "bzip2") for level in range(1, 10)),
    (b"\x28\xb5\x2f\xfd", "zstd"), (b"!<arch>\n", "ar"), (b"070701", "cpio"), (b"070702", "cpio"), (b"\xed\xab\xee\xdb", "rpm"),
    (b"7z\xbc\xaf\x27\x1c", "7z"), (b"Rar!\x1a\x07", "rar"), (b"MSCF\0\0\0\0", "cab"), (b"LZIP\x01", "lzip"),
    (b"\x04\x22\x4d\x18", "lz4"), (b"\x1f\x9d\x90", "compress"), (b"\x1f\x9d\x8d", "compress"), (b"hsqs", "squashfs"),
)  # fmt: skip
_BY_FIRST: dict[int, tuple[tuple[bytes, str], ...]] = {
    first: tuple(one for one in _MAGICS if one[0][0] == first) for first in {magic[0] for magic, _ in _MAGICS}
}
_LIBRARY = (b"/ ", b"//", b"/SYM64/", b"__.SYMDEF", b"#1/")  # members that a static library begins with: symbols, or names for a linker


def archive_format(head: bytes) -> str:
    """Name of the format of a file that begins so (HEAD bytes, or all there are); empty for none. Static libraries are ar archives too,
    but what they hold is for a linker: they count as none."""
    if not head:
        return ""
    for magic, name in _BY_FIRST.get(head[0], ()):
        if head.startswith(magic):
            return "" if name == "ar" and head[8:].startswith(_LIBRARY) else name
    return "tar" if head[257:262] == b"ustar" or _old_tar(head) else ""


def _old_tar(head: bytes) -> bool:
    """A header from before POSIX has no magic, but its numbers are octal and its checksum fits."""
    return len(head) == BLOCK and head[148:154].strip(b" ").isdigit() and head[124:135].strip(b" ").isdigit() and checksum_fits(head)
