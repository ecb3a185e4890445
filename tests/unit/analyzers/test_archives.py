"""Everything inside a file: names, nesting, bounds, and content made to do harm."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from analyzers.archives.formats import HEAD, archive_format
from analyzers.archives.gate import idle, outermost_format
from analyzers.archives.inside import Inside
from analyzers.archives.nested_zips import nested_members
from analyzers.archives.source import IN_MEMORY, Gathered, InMemory
from analyzers.archives.walk import Bounds, Budget, Walk
from tests.unit.analyzers.archive_makers import COMPRESSIONS, cpio, deb, encrypted, rpm, sevenzipped, tarred, zipped

FILES = {"a.txt": b"alpha", "deep/b.sh": b"#!/bin/sh\necho b\n" * 50}
MAKERS: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "zip": zipped, "tar": tarred, "cpio": cpio, "rpm": rpm, "7z": sevenzipped,
    **{f"tar.{name}": lambda files, pack=pack: pack(tarred(files))  # type: ignore[misc]
    for name, pack in COMPRESSIONS.items()},
}  # fmt: skip
MIB = 1024 * 1024


class Taken:
    """A Sink that keeps what it is given; `end` is closed or cut."""

    def __init__(self, held: dict[str, Taken], name: str) -> None:
        self.data, self.end = b"", ""
        held[name] = self

    def feed(self, piece: bytes) -> None:
        self.data += piece

    def close(self) -> None:
        self.end = "closed"

    def cut(self) -> None:
        self.end = "cut"


def opened(
    data: bytes, name: str = "o", bounds: Bounds | None = None, step: int = 0, budget: Budget | None = None
) -> tuple[dict[str, Taken], Walk]:
    """Members by name, and the walk. `step`: fed in pieces of so many bytes, else whole."""
    walk = Walk(bounds or Bounds(), budget=budget or Budget())
    held: dict[str, Taken] = {}
    inside = Inside(name, archive_format(data[:HEAD]), lambda name, size, head, opened: Taken(held, name), walk)
    if step:
        for start in range(0, len(data), step):
            inside.feed(data[start : start + step])
        inside.close()
    else:
        inside.whole(data)
    assert all(one.end for one in held.values())
    return held, walk


def contents(data: bytes, name: str = "o", **options: int) -> dict[str, bytes]:
    """Members by name, of an archive that is read without a remark."""
    held, walk = opened(data, name, **options)  # type: ignore[arg-type]
    assert walk.notes == [] and {one.end for one in held.values()} == {"closed"}
    return {name: one.data for name, one in held.items()}


@pytest.mark.parametrize("form", MAKERS)
@pytest.mark.parametrize("step", [0, 1, 7, 100_000])
def test_every_format_whole_and_in_pieces(form: str, step: int) -> None:
    assert contents(MAKERS[form](FILES), "x", step=step) == {f"x!/{name}": data for name, data in FILES.items()}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zip_methods(method: int) -> None:
    large = {"large": bytes(range(256)) * 8192, "empty": b"", "odd/": b"", **FILES}
    found = contents(zipped(large, method), "x.zip")
    assert found == {f"x.zip!/{name}": data for name, data in large.items() if data}


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_tar_forms_and_tar_without_magic(form: int) -> None:
    data = tarred({"a" * 90 + "/" + "b" * 90: b"x"} if form != tarfile.USTAR_FORMAT else FILES, form)
    assert len(contents(data)) == (1 if form != tarfile.USTAR_FORMAT else 2)
    old = bytearray(tarred({"old": b"v7"}))
    old[257:265] = bytes(8)
    old[148:156] = b" " * 8
    old[148:156] = b"%06o\0 " % sum(old[:512])
    assert contents(bytes(old)) == {"o!/old": b"v7"}


def test_single_compressed_files_and_members_of_gzip() -> None:
    assert contents(gzip.compress(b"one") + gzip.compress(b"two"), "d/log.gz") == {"d/log.gz!/log": b"onetwo"}
    for name, pack in COMPRESSIONS.items():
        assert contents(pack(b"text" * 999), f"a.sql.{name}") == {f"a.sql.{name}!/a.sql": b"text" * 999}


def test_debian_package() -> None:
    found = contents(deb({"./usr/bin/x": b"program"}), "p.deb")
    assert found["p.deb!/data.tar.xz!/usr/bin/x"] == b"program"
    assert found["p.deb!/control.tar.xz!/control"] == b"Package: a\n"
    library = b"!<arch>\n" + f"{'/':<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{4:<10}`\n".encode() + b"\0\0\0\0"
    assert archive_format(library) == ""


def test_zip64_and_bytes_before_the_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "long.zip", "w") as archive:
        for name, data in FILES.items():
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(data)
    data = (tmp_path / "long.zip").read_bytes()
    end = data.rfind(b"PK\x05\x06")
    size, offset = int.from_bytes(data[end + 12 : end + 16], "little"), int.from_bytes(data[end + 16 : end + 20], "little")
    record = b"PK\x06\x06" + (44).to_bytes(8, "little") + bytes(4) + bytes(8)
    record += b"".join(number.to_bytes(8, "little") for number in (2, 2, size, offset))
    locator = b"PK\x06\x07" + bytes(4) + end.to_bytes(8, "little") + (1).to_bytes(4, "little")
    long = data[:end] + record + locator + b"PK\x05\x06" + bytes(4) + b"\xff" * 12 + bytes(2)
    assert contents(long) == {f"o!/{name}": content for name, content in FILES.items()}
    script = b"#!/bin/sh\nexec java -jar $0\n" + zipped(FILES)
    assert (outermost_format("a.jar", script), outermost_format("a.sh", script)) == ("zip", "")
    walk, held = Walk(), dict[str, Taken]()
    Inside("o", "zip", lambda name, size, head, opened: Taken(held, name), walk).whole(script)
    assert len(held) == 2 and walk.notes == []


def nested(levels: int, make: Callable[[dict[str, bytes]], bytes]) -> bytes:
    data = b"the kernel"
    for level in range(levels):
        data = make({f"{level}.bin": data})
    return data


@pytest.mark.parametrize("make", [zipped, tarred, sevenzipped, lambda files: gzip.compress(tarred(files))])
@pytest.mark.parametrize("levels", [8, 9, 50])
def test_nesting_up_to_the_bound(make: Callable[[dict[str, bytes]], bytes], levels: int) -> None:
    held, walk = opened(nested(levels, make))
    assert any(one.data == b"the kernel" for one in held.values()) == (levels == Bounds().depth)
    told = [] if levels == Bounds().depth else ["expansion_limit: archives nested more than 8 deep"]
    assert [reason for _, reason in walk.notes] == told
    assert max(name.count("!/") for name in held) == Bounds().depth


def test_a_tar_in_gzip_in_a_zip_and_others_beside_it() -> None:
    data = zipped({"a": b"first", "x.tgz": gzip.compress(tarred(FILES)), "z": b"last"})
    found = contents(data)
    assert found["o!/x.tgz!/a.txt"] == b"alpha" and (found["o!/a"], found["o!/z"]) == (b"first", b"last")


def quine() -> bytes:
    """A gzip file that unpacks to itself would end as this chain does: the same archive again and again, deeper than anybody goes."""
    return nested(200, lambda files: zipped(files, zipfile.ZIP_STORED))


def test_an_archive_that_holds_itself_for_ever() -> None:
    held, walk = opened(quine())
    assert len(held) == Bounds().depth and len(walk.notes) == 1


def test_many_copies_at_each_level() -> None:
    data = b"x" * 100
    for _ in range(7):
        data = zipped({f"{n}.zip": data for n in range(16)})
    held, walk = opened(data, bounds=Bounds(members=2000, ratio_from=MIB))
    assert len(held) <= 2000 and [reason.partition(":")[0] for _, reason in walk.notes] == ["expansion_limit"]


@pytest.mark.parametrize(
    "pack",
    [lambda data: zipped({"z": data}), lambda data: sevenzipped({"z": data}), gzip.compress, lzma.compress, zstd.compress, bz2.compress],
)
@pytest.mark.parametrize("step", [0, 1000])
def test_bombs_stop_at_the_bounds(pack: Callable[[bytes], bytes], step: int) -> None:
    bomb = pack(bytes(64 * MIB))
    held, walk = opened(bomb, bounds=Bounds(ratio_from=MIB), step=step)
    assert sum(len(one.data) for one in held.values()) <= max(200 * len(bomb), MIB) + MIB
    assert [reason for _, reason in walk.notes] == ["expansion_limit: unpacks to more than 200 times its size"]
    held, walk = opened(pack(bytes(8 * MIB)), bounds=Bounds(total=3 * MIB, ratio=10**9), step=step)
    assert sum(len(one.data) for one in held.values()) <= 4 * MIB and "bytes unpacked" in walk.notes[0][1]


def test_overlapping_members_are_counted_each_time() -> None:
    """A zip whose directory names one member many times (the better zip bomb)."""
    one = zipped({"z": b"x" * 100_000})
    place, end = one.rfind(b"PK\x01\x02"), one.rfind(b"PK\x05\x06")
    entry, many = one[place:end], 10_000
    tail = bytearray(one[end:])
    tail[8:12] = many.to_bytes(2, "little") * 2
    tail[12:16] = (len(entry) * many).to_bytes(4, "little")
    walk = opened(one[:place] + entry * many + bytes(tail))[1]
    assert walk.unpacked <= 200 * (len(one) + len(entry) * many) + MIB and "expansion_limit" in walk.notes[0][1]


def test_all_archives_of_a_layer_share_a_budget() -> None:
    budget = Budget(3 * MIB)
    text = gzip.compress(b"".join(b"%d\n" % n for n in range(200_000)))
    first, second, third = (opened(text, budget=budget)[1].notes for _ in range(3))
    assert first == second == [] and third[0][1].startswith("expansion_limit: the archives of this layer")


def test_sizes_that_lie() -> None:
    data = bytearray(zipped({"z": bytes(range(256)) * 40}))
    place = data.rfind(b"PK\x01\x02")
    for size in (5, 0xFFFFFFFE):
        data[place + 24 : place + 28] = size.to_bytes(4, "little")
        assert contents(bytes(data)) == {"o!/z": bytes(range(256)) * 40}
    data[place + 20 : place + 24] = (0xFFFFFFFE).to_bytes(4, "little")
    assert contents(bytes(data)) == {"o!/z": bytes(range(256)) * 40}
    far = bytearray(zipped(FILES))
    far[far.find(b"PK\x01\x02") + 42 :][:4] = b"\xff\xff\xff\x7f"
    far[far.find(b"PK\x01\x02") + 42 : far.find(b"PK\x01\x02") + 46] = b"\xff\xff\xff\x7f"
    held, walk = opened(bytes(far))
    assert list(held) == ["o!/deep/b.sh"] and walk.notes == [("o!/a.txt", "unreadable: no local header")]


def test_encrypted_members_are_named_and_others_are_read() -> None:
    held, walk = opened(encrypted(zipped({"z": b"secret"})))
    assert not held and walk.notes == [("o!/z", "unreadable: encrypted")]
    both = zipped({"inner.zip": encrypted(zipped({"z": b"secret"})), "plain": b"x"})
    held, walk = opened(both)
    assert "o!/plain" in held and walk.notes == [("o!/inner.zip!/z", "unreadable: encrypted")]


@pytest.mark.parametrize("magic", [b"Rar!\x1a\x07\x01\0", b"LZIP\x01", b"MSCF\0\0\0\0"])
def test_what_nobody_opens_is_named(magic: bytes) -> None:
    data = magic + bytes(100)
    assert opened(data)[1].notes[0][1].startswith("unsupported_archive: no reader for ")
    held, walk = opened(zipped({"a.rar": data, "b": b"x"}))
    assert set(held) == {"o!/a.rar", "o!/b"} and walk.notes[0][0] == "o!/a.rar"


def test_names_that_lead_elsewhere_stay_inside() -> None:
    assert set(contents(zipped({"../../etc/passwd": b"x", "/abs": b"y", "a\nb": b"z"}))) == {"o!/etc/passwd", "o!/abs", "o!/a\\nb"}


@pytest.mark.parametrize("form", MAKERS)
def test_a_cut_archive_is_told_and_its_beginning_is_read(form: str) -> None:
    noise = b"".join(bz2.compress(b"%d" % n) for n in range(9000))
    whole = MAKERS[form]({"first": b"the first", "noise": noise, "last": noise})
    held, walk = opened(whole[: len(whole) // 2])
    assert [reason.partition(":")[0] for _, reason in walk.notes] == ["unreadable"]
    if form not in ("zip", "7z", "tar.bz2"):  # zip and 7z have their directory at their end, bzip2 packs in large blocks
        assert held["o!/first"].data == b"the first" and held["o!/noise"].end in ("cut", "closed")


def test_a_defect_ends_one_archive_only() -> None:
    broken = gzip.compress(tarred(FILES))[:-40]
    held, walk = opened(zipped({"a.tgz": broken, "b.zip": b"PK\x03\x04" + bytes(100), "c": b"x"}))
    assert held["o!/c"].data == b"x"
    assert {(name, reason.partition(":")[0]) for name, reason in walk.notes} == {("o!/a.tgz", "unreadable"), ("o!/b.zip", "unreadable")}


@given(st.sampled_from(sorted(MAKERS)), st.data())
def test_damage_never_raises(form: str, data: st.DataObject) -> None:
    whole = MAKERS[form]({"i.zip": zipped(FILES), "j.gz": COMPRESSIONS["gz"](b"x" * 500), **FILES})
    place = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole[:place] + bytes([data.draw(st.integers(0, 255))]) + whole[place + 1 :]
    for content in (whole[:place], damaged, whole[:place] + whole[place + 1 :]):
        for step in (0, 500):
            held, walk = opened(content, step=step)
            assert all(name.startswith("o!/") for name in held) and all(name.startswith("o") for name, _ in walk.notes)


def test_what_is_idle_by_name_and_content() -> None:
    assert idle("a!/x.png", b"\x89PNG\r\n\x1a\n\0\0\0\r") and idle("a!/X.class", b"\xca\xfe\xba\xbe\0\0\0\x34")
    assert not idle("a!/x.png", b"<?php echo 1;") and not idle("a!/x.png", b"\x7fELF\2\1\1\0")
    assert not idle("a!/x.png", zipped(FILES)[:HEAD]) and not idle("a!/x.bin", bytes(20))


def test_gathered_bytes_go_to_disk_and_come_back() -> None:
    source = Gathered()
    for number in range(6):
        source.add(bytes([number]) * MIB)
    source.add(b"again", 10)
    assert source.size == 6 * MIB > IN_MEMORY
    assert (
        source.read(10, 5) == b"again"
        and source.read(5 * MIB - 1, 2) == b"\4\5"
        and source.read(6 * MIB, 9) == b"" == source.read(-1, 9) == source.read(1 << 63, 9)
    )


def test_zips_in_zips_for_readers_of_packages() -> None:
    data = zipped({"a.txt": b"x", "lib/b.jar": zipped({"META-INF/m": b"y", "other": b"z"}), "big": bytes(30)})
    walk = Walk(Bounds(member=400))
    found = dict(nested_members(InMemory(data), "s", walk, lambda name: name.endswith((".jar", "/m", "big"))))
    assert found["s!/lib/b.jar!/META-INF/m"] == b"y" and set(found) == {"s!/lib/b.jar", "s!/lib/b.jar!/META-INF/m", "s!/big"}
    walk = Walk(Bounds(member=20))
    assert list(nested_members(InMemory(zipped({"big": bytes(30)})), "s", walk, lambda name: True)) == []
    assert walk.notes == [("s!/big", "file_too_large: more than 20 bytes")]
    walk = Walk()
    assert list(nested_members(InMemory(b"PK\x03\x04"), "s", walk, lambda name: True)) == [] and walk.notes == [
        ("s", "unreadable: no central directory")
    ]
