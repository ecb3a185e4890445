"""Where the payload of an rpm package begins: behind its lead, its signature and its header. Source: rpm's file format, version 3."""

from __future__ import annotations

from analyzers.archives.walk import BadArchive

LEAD, PROLOGUE, MAGIC = 96, 16, b"\x8e\xad\xe8\x01"
MOST = 64 * 1024 * 1024


class RpmHeaders:
    """Pushed the package from its beginning; `feed` gives what of the payload is in a piece."""

    def __init__(self) -> None:
        self._skip, self._rest, self._headers = LEAD, b"", 0

    def feed(self, piece: bytes) -> bytes:
        """Raises BadArchive where the headers are none."""
        data = self._rest + piece
        self._rest = b""
        while data:
            taken = min(self._skip, len(data))
            self._skip, data = self._skip - taken, data[taken:]
            if self._skip or self._headers == 2:
                break
            if len(data) < PROLOGUE:
                self._rest, data = data, b""
                break
            self._skip = self._header(data)
            self._headers += 1
        return data

    def _header(self, data: bytes) -> int:
        """Length of the header that begins here; the signature is padded to a multiple of eight."""
        entries, size = int.from_bytes(data[8:12]), int.from_bytes(data[12:16])
        length = PROLOGUE + 16 * entries + size
        if not data.startswith(MAGIC) or length > MOST:
            raise BadArchive("bad header")
        return length + (-length % 8 if self._headers == 0 else 0)
