"""Archives of every kind, made of names and contents."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Mapping

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


def encrypted(data: bytes) -> bytes:
    """A zip whose members say that they are encrypted."""
    changed = bytearray(data)
    for magic, shift in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = changed.find(magic)
        while place >= 0:
            changed[place + shift] |= 1
            place = changed.find(magic, place + 4)
    return bytes(changed)
