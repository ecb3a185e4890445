"""Archives of every kind, made of names and contents."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence

from backports import zstd

Files = Mapping[str, bytes]
COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "gz": lambda data: gzip.compress(data, mtime=0), "bz2": bz2.compress, "xz": lzma.compress, "zst": zstd.compress,
}  # fmt: skip


def zipped(files: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)  # with a time of its own it would differ from second to second
    return buffer.getvalue()


def tarred(files: Files, form: int = tarfile.GNU_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def deb(files: Files) -> bytes:
    """As dpkg-deb writes it: deb(5)."""
    parts = {
        "debian-binary": b"2.0\n",
        "control.tar.xz": lzma.compress(tarred({"control": b"Package: a\n"})),
        "data.tar.xz": lzma.compress(tarred(files)),
    }
    whole = b"!<arch>\n"
    for name, data in parts.items():
        whole += f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode() + data + b"\n" * (len(data) % 2)
    return whole


def cpio(files: Files) -> bytes:
    """The new form without checksums: cpio(5)."""
    whole = b""
    for name, data in {**files, "TRAILER!!!": b""}.items():
        raw = name.encode() + b"\0"
        fields = (0, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(raw), 0)
        head = b"070701" + b"".join(b"%08x" % field for field in fields) + raw
        whole += head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)
    return whole


def rpm(files: Files) -> bytes:
    """Lead, signature and header without entries, and a payload: rpm's file format."""
    header = b"\x8e\xad\xe8\x01" + bytes(4) + (1).to_bytes(4) + (5).to_bytes(4) + bytes(16) + b"12345"
    return b"\xed\xab\xee\xdb" + bytes(92) + header + bytes(-len(header) % 8) + header + COMPRESSIONS["gz"](cpio(files))


def sevenzip_number(value: int) -> bytes:
    """UINT64 of 7zFormat.txt."""
    more = next(one for one in range(9) if one == 8 or value < 1 << 7 * (one + 1))
    first = 0xFF << 8 - more & 0xFF
    return bytes([first | (value >> 8 * more if more < 8 else 0)]) + (value & (1 << 8 * more) - 1).to_bytes(more, "little")


def sevenzip_start(packed: bytes, header: bytes) -> bytes:
    """Packed streams and a header, behind a signature header."""
    start = struct.pack("<QQL", len(packed), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\0\4" + zlib.crc32(start).to_bytes(4, "little") + start + packed + header


def sevenzip_streams(packed: int, coders: bytes, sizes: Sequence[int], many: Sequence[int], crcs: Sequence[int]) -> bytes:
    """Streams Info of one folder whose files have the sizes `many` and these checksums. `sizes`: what each coder makes."""
    number = sevenzip_number
    told = b"".join(map(number, many[:-1]))
    digests = b"\x0a\1" + b"".join(one.to_bytes(4, "little") for one in crcs)
    return (
        b"\6" + number(0) + number(1) + b"\x09" + number(packed) + b"\0" + b"\7\x0b\1\0" + coders + b"\x0c" + b"".join(map(number, sizes))
        + b"\0\x08\x0d" + number(len(many)) + b"\x09" + told + digests + b"\0\0"
    )  # fmt: skip


LZMA2_CODER = b"\1\x21\x21\1\x10"  # one coder with a property of one byte: a dictionary of 1 MiB


def lzma2(data: bytes) -> bytes:
    return lzma.compress(data, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 1, "dict_size": 1 << 20}])


def sevenzipped(files: Files, packed_header: bool = False) -> bytes:
    """All files in one folder of LZMA2, as 7-Zip does, with the names of empty ones: 7zFormat.txt."""
    full = [data for data in files.values() if data]
    whole = b"".join(full)
    packed = lzma2(whole)
    streams = sevenzip_streams(len(packed), LZMA2_CODER, [len(whole)], list(map(len, full)), list(map(zlib.crc32, full)))
    empty = sum((not data) << 7 - at % 8 + 8 * (len(files) // 8 - at // 8) for at, data in enumerate(files.values()))
    bits = empty.to_bytes(len(files) // 8 + 1)[: (len(files) + 7) // 8]
    names = b"\0" + "".join(name + "\0" for name in files).encode("utf-16-le")
    number = sevenzip_number
    told = b"\x0e" + number(len(bits)) + bits + b"\x19\2\0\0" + b"\x11" + number(len(names)) + names
    header = b"\1" + (b"\4" + streams if full else b"") + b"\5" + number(len(files)) + told + b"\0\0"
    if not packed_header:
        return sevenzip_start(packed, header)
    small = lzma2(header)
    place = b"\6" + number(len(packed)) + number(1) + b"\x09" + number(len(small)) + b"\0"
    coders = b"\7\x0b\1\0" + LZMA2_CODER + b"\x0c" + number(len(header)) + b"\x0a\1" + zlib.crc32(header).to_bytes(4, "little") + b"\0\0"
    return sevenzip_start(packed + small, b"\x17" + place + coders)


def encrypted(data: bytes) -> bytes:
    """A zip whose members say that they are encrypted."""
    changed = bytearray(data)
    for magic, shift in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = changed.find(magic)
        while place >= 0:
            changed[place + shift] |= 1
            place = changed.find(magic, place + 4)
    return bytes(changed)
