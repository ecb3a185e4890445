"""7z archives: those that 7-Zip made, and what their numbers may lie about."""

from __future__ import annotations

import random
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.archives.inside import Inside
from analyzers.archives.sevenzip_header import Fields
from analyzers.archives.walk import Bounds, Walk
from tests.unit.analyzers.archive_makers import (
    COMPRESSIONS,
    LZMA2_CODER,
    lzma2,
    sevenzip_number,
    sevenzip_start,
    sevenzip_streams,
    sevenzipped,
)
from tests.unit.analyzers.sevenzip.contents import FILES, FOLDER, NOT_READ, READ
from tests.unit.analyzers.test_archives import Taken, contents, opened

MIB = 1024 * 1024
HELD = {f"o!/{name}": data for name, data in FILES.items() if data}
TWO = {"one": b"first" * 200, "two": b"second" * 200}


def archive(name: str) -> bytes:
    return Path(FOLDER, f"{name}.7z").read_bytes()


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("step", [0, 100])
def test_archives_of_7zip(name: str, step: int) -> None:
    assert contents(archive(name), step=step) == HELD


@pytest.mark.parametrize("name", NOT_READ)
def test_each_file_that_is_not_read_is_named_with_its_coder(name: str) -> None:
    held, walk = opened(archive(name))
    assert not held and sorted(walk.notes) == sorted((member, NOT_READ[name][1]) for member in HELD)


def test_an_encrypted_header_is_told_of_the_archive() -> None:
    assert opened(archive("encrypted-header"))[1].notes == [("o", "unreadable: encrypted")]


@given(st.integers(0, (1 << 64) - 1))
def test_numbers(value: int) -> None:
    fields = Fields(sevenzip_number(value) + b"x", 0)
    assert fields.number() == value and fields.rest() == b"x"


@given(st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="/\\\0."), min_size=1, max_size=9).filter(str.isprintable),
                       st.binary(max_size=2000), max_size=20), st.booleans())  # fmt: skip
def test_any_files(files: dict[str, bytes], packed_header: bool) -> None:
    held, _ = opened(sevenzipped(files, packed_header))
    assert {name: one.data for name, one in held.items() if name.count("!/") == 1} == {
        f"o!/{name}": data for name, data in files.items() if data
    }


def test_no_files() -> None:
    for whole in (sevenzip_start(b"", b""), sevenzipped({"empty": b""})):
        held, walk = opened(whole)
        assert not held and walk.notes == []


@pytest.mark.parametrize("name", ["default", "plain-header", "bcj2"])
def test_wherever_it_ends(name: str) -> None:
    whole = archive(name)
    for end in range(32, len(whole), 7):
        held, walk = opened(whole[:end])
        assert not held and walk.notes == [("o", "unreadable: ends early")]


def test_checksums_of_the_headers() -> None:
    whole = archive("plain-header")
    for place in (10, 15, 29, len(whole) - 3):
        held, walk = opened(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert not held and walk.notes == [("o", "unreadable: checksum of the header differs")]


def test_a_checksum_that_differs_is_told_and_the_others_are_read() -> None:
    packed = lzma2(b"".join(TWO.values()))
    crcs = [1, zlib.crc32(TWO["two"])]
    held, walk = opened(made(packed, sevenzip_streams(len(packed), LZMA2_CODER, [2200], [1000, 1200], crcs)))
    assert walk.notes == [("o!/one", "unreadable: checksum differs")]
    assert {name: (one.data, one.end) for name, one in held.items()} == {
        "o!/one": (TWO["one"], "cut"), "o!/two": (TWO["two"], "closed"),
    }  # fmt: skip


def made(packed: bytes, streams: bytes, many: int = 2) -> bytes:
    """An archive whose header says this of streams, and names `many` files."""
    names = b"\0" + "".join(("one", "two", *map(str, range(many)))[at] + "\0" for at in range(many)).encode("utf-16-le")
    return sevenzip_start(
        packed, b"\1\4" + streams + b"\5" + sevenzip_number(many) + b"\x11" + sevenzip_number(len(names)) + names + b"\0\0"
    )


def test_a_defect_in_a_folder_is_told_of_what_comes_after() -> None:
    noise = random.Random(1).randbytes(900_000)
    packed = bytearray(lzma2(TWO["one"] + noise))
    packed[-200_000:] = bytes(200_000)
    sizes, crcs = [1000, 100_000, 700_000, 100_000], [zlib.crc32(TWO["one"]), zlib.crc32(noise[:100_000]), 0, 0]
    held, walk = opened(made(bytes(packed), sevenzip_streams(len(packed), LZMA2_CODER, [901_000], sizes, crcs), 4))
    assert held["o!/one"].data == TWO["one"] and held["o!/two"].data == noise[:100_000] and held["o!/0"].end == "cut"
    assert [name for name, _ in walk.notes] == ["o!/0", "o!/1"]
    short = lzma2(TWO["one"])
    held, walk = opened(made(short, sevenzip_streams(len(short), LZMA2_CODER, [2200], [1000, 600, 600], [zlib.crc32(TWO["one"]), 0, 0]), 3))
    assert held["o!/one"].end == "closed" and walk.notes == [(f"o!/{name}", "unreadable: ends early") for name in ("two", "0")]


def test_nobody_takes_a_file_and_the_next_is_whole() -> None:
    files = {"a": b"x" * 70_000, "b": b"y" * 100, "c": bytes(range(256)) * 4}
    held: dict[str, Taken] = {}
    inside = Inside("o", "7z", lambda name, size, head, opened: None if name != "o!/c" else Taken(held, name), Walk())
    inside.whole(sevenzipped(files))
    assert {name: one.data for name, one in held.items()} == {"o!/c": files["c"]}


HUGE = sevenzip_number(1 << 62)
PACKED = b"\6\0\1\x09\5\0"
ABSURD = {
    "files": b"\1\5" + HUGE + b"\0\0",
    "folders": b"\1\4" + PACKED + b"\7\x0b" + HUGE + b"\0\0",
    "packed streams": b"\1\4\6\0" + HUGE + b"\x09\5\0",
    "streams of a folder": b"\1\4" + PACKED + b"\7\x0b\1\0" + LZMA2_CODER + b"\x0c\5\0\x08\x0d" + HUGE + b"\0\0",
    "coders": b"\1\4" + PACKED + b"\7\x0b\1\0" + HUGE,
    "inputs": b"\1\4" + PACKED + b"\7\x0b\1\0\1\x11\0" + HUGE + b"\1",
    "properties": b"\1\4" + PACKED + b"\7\x0b\1\0\1\x21\x21" + HUGE + b"\0",
    "names": b"\1\5\1\x11" + HUGE + b"\0",
    "archive properties": b"\1\2\7" + HUGE,
}


@pytest.mark.parametrize("what", ABSURD)
def test_absurd_counts(what: str) -> None:
    held, walk = opened(sevenzip_start(b"12345", ABSURD[what]))
    assert not held and walk.notes[0][1] in (
        "unreadable: damaged header", "expansion_limit: its header tells of more than is read",
    )  # fmt: skip


def test_sizes_that_do_not_fit() -> None:
    packed = lzma2(b"x" * 100)
    for size in (1 << 40, 101):
        held, walk = opened(made(packed, sevenzip_streams(len(packed), LZMA2_CODER, [size], [size], [0]), 1))
        assert held["o!/one"].data == b"x" * 100 and walk.notes == [("o!/one", "unreadable: ends early")]
    assert opened(made(packed, sevenzip_streams(len(packed), LZMA2_CODER, [9], [10, 1], [0, 0])))[1].notes == [
        ("o", "unreadable: damaged header")
    ]
    far = sevenzip_streams(1 << 50, LZMA2_CODER, [100], [100], [zlib.crc32(b"x" * 100)])
    assert opened(made(packed, far, 1))[0]["o!/one"].data == b"x" * 100
    assert opened(made(packed, sevenzip_streams(len(packed), LZMA2_CODER, [100], [100], [0]), 2))[1].notes == [
        ("o", "unreadable: damaged header")
    ]


COPY, LZMA2, LZMA_64M = b"\1\0", LZMA2_CODER[1:], b"\x23\3\1\1\5\x5d" + (1 << 26).to_bytes(4, "little")


def chain(*coders: bytes) -> bytes:
    """A folder in which each coder reads what the next one makes."""
    return bytes([len(coders)]) + b"".join(coders) + b"".join(bytes([at, at + 1]) for at in range(len(coders) - 1))


@pytest.mark.parametrize("links", [b"\5\0", b"\0\5", b"\0\0\1\0", b"\0\1\0\1"])
def test_coders_that_lead_nowhere(links: bytes) -> None:
    coders = bytes([len(links) // 2 + 1]) + COPY * (len(links) // 2 + 1) + links
    streams = sevenzip_streams(5, coders, [5] * (len(links) // 2 + 1), [5], [0])
    assert opened(made(b"12345", streams, 1))[1].notes == [("o", "unreadable: damaged header")]


def test_coders_in_a_circle() -> None:
    """Nobody needs them: what the files stand in is the output that no other coder takes."""
    streams = sevenzip_streams(5, b"\3" + COPY * 3 + b"\0\1\1\0", [5] * 3, [5], [zlib.crc32(b"12345")])
    assert contents(made(b"12345", streams, 1)) == {"o!/one": b"12345"}


@pytest.mark.parametrize("method", [b"\4\xf7\x11\1", b"\4\1\x5d"])
def test_zstd_under_both_of_its_numbers(method: bytes) -> None:
    """7-Zip's own builds do not write it, others do."""
    data = b"the text of a file\n" * 9000
    packed = COMPRESSIONS["zst"](data)
    coder = b"\1" + bytes([len(method)]) + method
    streams = sevenzip_streams(len(packed), coder, [len(data)], [len(data)], [zlib.crc32(data)])
    assert contents(made(packed, streams, 1)) == {"o!/one": data}


def test_what_is_between_coders_counts() -> None:
    """What comes out is small, and what it is made from unpacks to much."""
    between = b"\1\0\0x" * 4 * MIB + b"\0"  # chunks of LZMA2 that are not packed, of one byte each
    packed = lzma2(between)
    streams = sevenzip_streams(len(packed), chain(LZMA2, LZMA2), [4 * MIB, len(between)], [4 * MIB], [0])
    walk = opened(made(packed, streams, 1))[1]
    assert walk.notes[0][1].startswith("expansion_limit") and walk.unpacked < 12 * MIB


@pytest.mark.parametrize("many", [1, 2])
def test_dictionaries_are_bounded_together(many: int) -> None:
    whole = made(b"12345", sevenzip_streams(5, chain(*[LZMA_64M] * many), [1 << 30] * many, [1 << 30], [0]), 1)
    told = opened(whole)[1].notes[0][1]
    assert told.startswith("unreadable") if many == 1 else told == "file_too_large: needs 134217728 bytes of dictionaries"
    deeper = opened(sevenzipped({"a": whole}))[1].notes
    assert deeper == [("o!/a!/one", f"file_too_large: needs {many << 26} bytes of dictionaries")]


def test_a_header_that_is_a_bomb() -> None:
    packed = lzma2(b"small")
    told = b"\x17\6\0\1\x09" + sevenzip_number(len(packed)) + b"\0\7\x0b\1\0" + LZMA2_CODER + b"\x0c" + sevenzip_number(64 * MIB) + b"\0\0"
    walk = opened(sevenzip_start(packed, told))[1]
    assert walk.notes == [("o", "expansion_limit: a header of more than 33554432 bytes")] and walk.unpacked == 0


def test_a_header_in_a_header_in_a_header() -> None:
    def packed_header(place: int, size: int) -> bytes:
        return b"\x17\6" + bytes([place, 1, 9, size]) + b"\0\7\x0b\1\0\1" + COPY + b"\x0c" + bytes([size]) + b"\0\0"

    size = len(packed_header(0, 0))
    for deep, told in ((3, []), (4, [("o", "unreadable: headers in headers")])):
        inner = b"\1\0" + bytes(size - 2)
        packed = inner + b"".join(packed_header(at * size, size) for at in range(deep - 1))
        assert opened(sevenzip_start(packed, packed_header((deep - 1) * size, size)))[1].notes == told


def test_branches_cost_more_than_bytes() -> None:
    """Nothing but branches: a second for each million."""
    main, guesses = lzma2(b"\xe8" * 300_000), bytes(100_000)
    folder = b"\2\x14\3\3\1\x1b\4\1" + LZMA2 + b"\0\1" + b"\4\1\2\3"
    packed = [main, b"", b"", guesses]
    streams = b"\6\0\4\x09" + b"".join(map(sevenzip_number, map(len, packed))) + b"\0\7\x0b\1\0" + folder
    streams += b"\x0c" + sevenzip_number(300_000) * 2 + b"\0\0"
    walk = opened(made(b"".join(packed), streams, 1), bounds=Bounds(total=MIB, ratio=1 << 30))[1]
    assert walk.notes == [("o", f"expansion_limit: more than {MIB} bytes unpacked")]
