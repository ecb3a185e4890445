"""Package databases made to cost as much as their format allows, and a reading of one of them: `python -m ... KIND` prints how many
packages and skipped parts there are and how many megabytes it took."""

from __future__ import annotations

import os
import resource
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from analyzers.collectors.apk import Apk
from analyzers.collectors.dpkg import Dpkg
from analyzers.collectors.opkg import Opkg
from analyzers.collectors.rpm import MANIFEST, Rpm
from analyzers.contract import Collector
from schemas.facts import Package, Skipped
from tests.unit.analyzers.collectors.collecting import collected
from tests.unit.analyzers.collectors.rpm_databases import BERKELEY, NDB, SQLITE, berkeley_database, header, ndb_database, sqlite_database

SIZE = 12 << 20
GOOD = header("good", 2000)
OPKG = "usr/lib/opkg/status"


@dataclass(frozen=True)
class Kind:
    """`least`: how many packages are there to be read in spite of all."""

    collector: type[Collector]
    path: str
    make: Callable[[], bytes]
    least: int = 0


def berkeley_circles() -> bytes:
    """Each of many values claims the whole file, on overflow pages of one byte that go round."""
    pages = SIZE // 512
    data = bytearray(berkeley_database([GOOD], size=512).ljust(SIZE, b"\0"))
    struct.pack_into("<I", data, 32, pages - 1)
    for number in range(20, pages // 2):
        struct.pack_into("<8xIIIHHBB", data, number * 512, number, number - 1, 20 if number == pages // 2 - 1 else number + 1, 1, 1, 0, 7)
    for number in range(pages // 2, pages):
        places = [486 - 12 * index for index in range(20) for _ in range(2)]
        struct.pack_into("<8xIIIHHBB40H", data, number * 512, number, 0, 0, 40, 0, 0, 13, *places)
        for place in places:
            struct.pack_into("<B3xII", data, number * 512 + place, 3, 20 + number % 1000, SIZE)
    return bytes(data)


def ndb_overlaps() -> bytes:
    """Every slot leads somewhere into one blob as long as the file."""
    data = bytearray(ndb_database([GOOD, b"x" * (SIZE // 2)], slot_pages=SIZE // 4096 // 3))
    area = SIZE // 3 // 16
    for number, place in enumerate(range(64, SIZE // 3 - 4096, 16)):
        data[place : place + 16] = b"Slot" + struct.pack("<III", number % 3, area + number % 70_000, SIZE // 32)
    return bytes(data)


def sqlite_pages(page: bytes, size: int = 65536) -> bytes:
    """A database whose table leads to inner pages that lead to copies of one page, and a whole leaf."""
    data = bytearray(sqlite_database([GOOD], size))
    root = next(number for number in range(2, len(data) // size + 1) if b"good" in data[(number - 1) * size : number * size])
    count = SIZE // size
    leaf = bytes(data[(root - 1) * size : root * size])
    first = len(data) // size + 1
    children = [first, *range(first + 1, first + count)]
    inner = bytearray(size)
    struct.pack_into(">BHHHBI", inner, 0, 5, 0, len(children) - 1, size - 6 * len(children), 0, children[-1])
    for index, child in enumerate(children[:-1]):
        place = size - 6 * (index + 1)
        struct.pack_into(">H", inner, 12 + 2 * index, place)
        struct.pack_into(">IB", inner, place, child, index % 128)
    data[(root - 1) * size : root * size] = inner
    return bytes(data) + leaf + page * (count - 1)


def sqlite_fans() -> bytes:
    """Inner pages, each with 32,000 pointers to ever the same inner pages."""
    page = bytearray(65536)
    struct.pack_into(">BHHHBI", page, 0, 5, 0, 32_000, 65000, 0, 3)
    struct.pack_into(">32000H", page, 12, *(64100 + index % 1400 for index in range(32_000)))
    return sqlite_pages(bytes(page))


def sqlite_crumbs() -> bytes:
    """Leaves with as many cells as there is room for, each at another byte of the same few."""
    page = bytearray(65536)
    struct.pack_into(">BHHHB", page, 0, 13, 0, 32_000, 0, 0)
    struct.pack_into(">32000H", page, 8, *(8 + index for index in range(32_000)))
    return sqlite_pages(bytes(page))


def sqlite_circles() -> bytes:
    """Cells that claim megabytes, on overflow pages that go round."""
    page = bytearray(65536)
    struct.pack_into(">BHHHB", page, 0, 13, 0, 8, 1000, 0)
    for index in range(8):
        struct.pack_into(">H", page, 8 + 2 * index, 1000 + 8000 * index)
        page[1000 + 8000 * index : 1004 + 8000 * index] = b"\x84\x80\x80\x00"  # 8 MB
    return sqlite_pages(bytes(page))


def rpm_tags() -> bytes:
    """Headers with as many tags as there may be, none of which is known."""
    index = b"".join(struct.pack(">IIII", 2_000_000 + number, 6, 0, 1) for number in range(60_000))
    blob = struct.pack(">II", 60_000, 16) + index + bytes(16)
    return ndb_database([GOOD, *[blob] * (SIZE // len(blob))])


def rpm_capabilities() -> bytes:
    """Packages that provide all the words of four letters."""
    blobs = [GOOD]
    for number in range(6):
        store = b"p%d\0" % number + b"1\0" + b"".join(b"%06x\0" % (number * 300_000 + word) for word in range(300_000))
        tags = ((1000, 6, 0, 1), (1001, 6, 3, 1), (1047, 8, 5, 300_000))
        blobs.append(struct.pack(">II", 3, len(store)) + b"".join(struct.pack(">IIII", *one) for one in tags) + store)
    return ndb_database(blobs)


def rpm_files() -> bytes:
    """Packages with a million files of two letters each."""
    blobs = [GOOD]
    for number in range(3):
        names = b"".join(b"%c%c\0" % (65 + word % 50, 65 + word // 50 % 50) for word in range(900_000))
        store = struct.pack(">I", 0) * 900_000 + b"p%d\0" % number + b"1\0/\0" + names
        at = 3_600_000
        tags = ((1000, 6, at, 1), (1001, 6, at + 3, 1), (1116, 4, 0, 900_000), (1118, 8, at + 5, 1), (1117, 8, at + 7, 900_000))
        blobs.append(struct.pack(">II", 5, len(store)) + b"".join(struct.pack(">IIII", *one) for one in tags) + store)
    return ndb_database(blobs)


KINDS = {
    "berkeley circles": Kind(Rpm, BERKELEY, berkeley_circles, 1),
    "ndb overlaps": Kind(Rpm, NDB, ndb_overlaps, 1),
    "sqlite fans": Kind(Rpm, SQLITE, sqlite_fans, 1),
    "sqlite crumbs": Kind(Rpm, SQLITE, sqlite_crumbs, 1),
    "sqlite circles": Kind(Rpm, SQLITE, sqlite_circles, 1),
    "rpm tags": Kind(Rpm, NDB, rpm_tags, 1),
    "rpm capabilities": Kind(Rpm, NDB, rpm_capabilities, 7),
    "rpm files": Kind(Rpm, NDB, rpm_files, 4),
    "rpm manifest": Kind(Rpm, MANIFEST, lambda: b"a\n" * (SIZE // 2)),
    "apk records": Kind(Apk, "lib/apk/db/installed", lambda: b"P:good\nV:1-r0\n\n" + b"V:1\n\n" * (SIZE // 5), 1),
    "apk names": Kind(
        Apk, "lib/apk/db/installed", lambda: b"P:good\nV:1-r0\n" + b"".join(b"P:%d\n" % number for number in range(SIZE // 9)), 1
    ),
    "apk files": Kind(Apk, "lib/apk/db/installed", lambda: b"P:good\nV:1-r0\n" + b"R:ab\n" * (SIZE // 5), 1),
    "apk words": Kind(
        Apk, "lib/apk/db/installed", lambda: b"P:good\nV:1-r0\np:" + b" ".join(b"%x" % number for number in range(SIZE // 7)) + b"\n", 1
    ),
    "dpkg paragraphs": Kind(Dpkg, "var/lib/dpkg/status", lambda: b"Package: good\nVersion: 1\n\n" + b"Version: 1\n\n" * (SIZE // 12), 1),
    "dpkg fields": Kind(
        Dpkg, "var/lib/dpkg/status", lambda: b"Package: good\nVersion: 1\n" + b"".join(b"%x:\n" % number for number in range(SIZE // 8)), 1
    ),
    "dpkg lines": Kind(Dpkg, "var/lib/dpkg/status", lambda: b"Package: good\nVersion: 1\nDescription:\n" + b" x\n" * (SIZE // 3), 1),
    "opkg paragraphs": Kind(Opkg, OPKG, lambda: b"Package: good\nVersion: 1\n\n" + b"Version: 1\n\n" * (SIZE // 12), 1),
    "opkg packages": Kind(Opkg, OPKG, lambda: b"".join(b"Package: %x\nVersion: 1\n\n" % number for number in range(SIZE // 30)), 100_000),
    "opkg words": Kind(
        Opkg, OPKG, lambda: b"Package: good\nVersion: 1\nProvides: " + b",".join(b"%x" % number for number in range(SIZE // 7)) + b"\n", 1
    ),
    "opkg lists": Kind(Opkg, "usr/lib/opkg/info/a.list", lambda: b"/ab\n" * (4 << 20)),
    "dpkg lists": Kind(Dpkg, "var/lib/dpkg/info/a.list", lambda: b"/ab\n" * (5 << 20)),
}


def main(kind: str) -> None:
    """The file is made by a process of its own, whose memory is not counted."""
    one = KINDS[kind]
    with NamedTemporaryFile() as file:
        maker = os.fork()
        if not maker:
            Path(file.name).write_bytes(one.make())
            os._exit(0)
        assert os.waitpid(maker, 0)[1] == 0
        data = Path(file.name).read_bytes()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    facts = collected(one.collector, {one.path: data})
    counts = [sum(isinstance(fact, wanted) for fact in facts) for wanted in (Package, Skipped)]
    print(*counts, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)


if __name__ == "__main__":
    main(sys.argv[1])
