"""The fields of tar headers: numbers, checksums, names, PAX records.

Sources: POSIX.1-2017 pax ("pax Extended Header", "ustar Interchange Format"), GNU tar manual, "Basic Tar Format".
"""

from __future__ import annotations

import re
import zlib

BLOCK = 512
PADDING = b" " * 8
ADLER = 65521
NAME_LIMIT = 4096  # PATH_MAX of Linux
DEPTH_LIMIT = 512
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # all that str.splitlines takes for the end of a line is among them


class TarError(Exception):
    """The archive cannot be read on from here; the text says why."""


def text(raw: bytes) -> str:
    """A name as facts write it: UTF-8, other bytes and control characters with backslashes."""
    name = raw.decode("utf-8", "backslashreplace")
    return name if name.isprintable() else _CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode(), name)


def clean(name: str) -> str:
    """A member's path from the root: no leading or trailing slash, no empty, `.` or `..` parts (`..` never leaves the root)."""
    name = name.removeprefix("./").strip("/")
    if "//" not in name and "/." not in name and not name.startswith("."):  # true of most
        return name
    parts: list[str] = []
    for part in name.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def too_long(path: str) -> bool:
    """Whether no file system could hold this path."""
    return len(path) > NAME_LIMIT // 4 and (len(path.encode("utf-8", "surrogatepass")) > NAME_LIMIT or path.count("/") > DEPTH_LIMIT)


def until_nul(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def number(field: bytes) -> int:
    """A numeric field: octal digits with spaces and NULs around them, or GNU base-256. Raises TarError."""
    digits = field.strip(b" \0")
    if digits.isdigit():
        try:
            return int(digits, 8)
        except ValueError:
            raise TarError(f"no octal number: {digits!r}") from None
    if field[:1] in (b"\x80", b"\xff"):
        return int.from_bytes(field[1:], "big") - (256 ** (len(field) - 1) if field[0] == 0xFF else 0)
    digits = until_nul(field).strip(b" ")
    if not digits:
        return 0
    if digits.isdigit():
        return number(digits)
    raise TarError(f"no number: {field!r}")


def checksum_fits(header: bytes) -> bool:
    """Whether the header's checksum is the sum of its bytes with the field itself as spaces, signed or unsigned.

    The low half of adler32 is that sum modulo 65521, hundreds of times faster than adding up in Python."""
    try:
        stored = number(header[148:156])
    except TarError:
        return False
    sums = zlib.adler32(header[156:], zlib.adler32(PADDING, zlib.adler32(header[:148]))) & 0xFFFF
    if (stored + 1 - sums) % ADLER == 0:
        return True
    signed = sum(byte - 256 if byte > 127 else byte for byte in header[:148] + PADDING + header[156:])
    return stored == signed


def pax_records(payload: bytes) -> list[tuple[str, bytes]]:
    """The records `LENGTH KEY=VALUE\\n` in their order. Raises TarError."""
    records: list[tuple[str, bytes]] = []
    position, end = 0, len(payload)
    while position < end:
        if payload[position] == 0:
            break  # some writers fill up with NULs
        space = payload.find(b" ", position, position + 20)
        digits = payload[position:space] if space > 0 else b""
        length = int(digits) if digits.isdigit() else 0
        record = payload[space + 1 : position + length]
        if length < 5 or position + length > end or not record.endswith(b"\n") or b"=" not in record:
            raise TarError("malformed PAX record")
        key, _, value = record[:-1].partition(b"=")
        records.append((key.decode("utf-8", "backslashreplace"), value))
        position += length
    return records


def decimal(value: bytes) -> int:
    """A PAX number: decimal, a fraction is cut. Raises TarError."""
    whole = value.partition(b".")[0]
    if not whole.isdigit() or len(whole) > 20:
        raise TarError(f"no decimal number: {value[:40]!r}")
    return int(whole)
