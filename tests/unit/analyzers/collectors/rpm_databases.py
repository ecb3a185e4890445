"""Rpm databases of any packages, made by SQLite itself and, for NDB and Berkeley DB, after rpm's and Berkeley DB's own formats."""

from __future__ import annotations

import sqlite3
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

SQLITE, NDB, BERKELEY = "var/lib/rpm/rpmdb.sqlite", "usr/lib/sysimage/rpm/Packages.db", "var/lib/rpm/Packages"


def header(name: str, padding: int = 0) -> bytes:
    """The header blob of a package with version 1-2; its name stands again and again in a licence of `padding` bytes."""
    texts = {1000: name, 1001: "1", 1002: "2", 1014: (f"<{name}>" * (padding // 4))[:padding]}
    store, index = b"", b""
    for tag, text in texts.items():
        index += struct.pack(">IIII", tag, 6, len(store), 1)
        store += text.encode() + b"\0"
    return struct.pack(">II", len(texts), len(store)) + index + store


def sqlite_database(blobs: Sequence[bytes], page_size: int = 1024, removed: int = 0) -> bytes:
    """`removed` packages were there before and have left free pages."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute(f"PRAGMA page_size={page_size}")
    connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    connection.execute("CREATE TABLE Name (key TEXT NOT NULL, hnum INTEGER NOT NULL, idx INTEGER NOT NULL)")
    connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(header(f"removed{number}", 900),) for number in range(removed)])
    connection.execute("DELETE FROM Packages")
    for number, blob in enumerate(blobs):
        connection.execute("INSERT INTO Packages (blob) VALUES (?)", (blob,))
        connection.execute("INSERT INTO Name VALUES (?, ?, 0)", (f"name{number}", number + 1))
    data = connection.serialize()
    connection.close()
    return data


def sqlite_in_its_log(folder: Path, blobs: Sequence[bytes]) -> tuple[bytes, bytes]:
    """(database, log): the first package in the database, the others committed in the log."""
    path = folder / "rpmdb.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("page_size=1024", "journal_mode=WAL", "wal_autocheckpoint=0"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    connection.execute("INSERT INTO Packages (blob) VALUES (?)", (blobs[0],))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for blob in blobs[1:]:
        connection.execute("INSERT INTO Packages (blob) VALUES (?)", (blob,))
    data, log = path.read_bytes(), (folder / "rpmdb.sqlite-wal").read_bytes()
    connection.close()
    return data, log


def ndb_database(blobs: Sequence[bytes], slot_pages: int = 1) -> bytes:
    slots, area = b"", b""
    for number, blob in enumerate(blobs, start=1):
        size = -(-(16 + len(blob) + 12) // 16) * 16
        framed = b"BlbS" + struct.pack("<III", number, 1, len(blob)) + blob
        framed = framed.ljust(size - 12, b"\0")
        slots += b"Slot" + struct.pack("<III", number, (slot_pages * 4096 + len(area)) // 16, size // 16)
        area += framed + struct.pack("<II4s", zlib.adler32(framed), len(blob), b"BlbE")
    slots += (b"Slot" + bytes(12)) * ((slot_pages * 4096 - 32 - len(slots)) // 16)
    return b"RpmP" + struct.pack("<IIII", 0, 1, slot_pages, len(blobs) + 1).ljust(28, b"\0") + slots + area


def berkeley_database(blobs: Sequence[bytes], order: str = "<", size: int = 512) -> bytes:
    """Key 0 and each package under its number, all values on overflow pages, as many pairs on a hash page as there is room for."""
    in_page = (size - 26) // (5 + 12 + 4)
    pairs = [(struct.pack(f"{order}I", 0), b"\1\0\0\0\0")]
    pages: list[bytes] = []
    first = 1 + -(-(len(blobs) + 1) // in_page)

    def page(number: int, before: int, following: int, entries: int, used: int, kind: int, rest: bytes) -> bytes:
        return (struct.pack(f"{order}8xIIIHHBB", number, before, following, entries, used, 0, kind) + rest).ljust(size, b"\0")

    for key, blob in enumerate(blobs, start=1):
        parts = [blob[at : at + size - 26] for at in range(0, len(blob), size - 26)]
        start = first + len(pages)
        for index, part in enumerate(parts):
            number = start + index
            before, following = number - 1 if index else 0, number + 1 if index + 1 < len(parts) else 0
            pages.append(page(number, before, following, 1, len(part), 7, part))
        pairs.append((struct.pack(f"{order}I", key), struct.pack(f"{order}B3xII", 3, start, len(blob))))
    hashes: list[bytes] = []
    for at in range(0, len(pairs), in_page):
        items = [item for key, value in pairs[at : at + in_page] for item in (b"\1" + key, value)]
        places, body = [], b""
        for item in items:
            body = item + body
            places.append(size - len(body))
        head = page(1 + len(hashes), 0, 0, len(items), 0, 13, struct.pack(f"{order}{len(places)}H", *places))
        hashes.append(head[: size - len(body)] + body)
    last = len(hashes) + len(pages)
    meta = struct.pack(f"{order}8xIIIIBBBBII", 0, 0x061561, 9, size, 0, 8, 0, 0, 0, last).ljust(88, b"\0") + struct.pack(
        f"{order}I", len(pairs)
    )
    return b"".join((meta.ljust(size, b"\0"), *hashes, *pages))
