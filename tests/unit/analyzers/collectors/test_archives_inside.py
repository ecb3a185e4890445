"""The walk through archives: names, nesting, bounds, and content made to do harm."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from analyzers.collectors.archive_walk import Bounds, Walk
from analyzers.collectors.archives_inside import members

FILES = {"a.txt": b"alpha", "deep/b.sh": b"#!/bin/sh\necho b\n" * 50}


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def deb(files: dict[str, bytes]) -> bytes:
    data = lzma.compress(tarred(files))
    head = f"{'data.tar.xz':<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode()
    return b"!<arch>\n" + head + data


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zip_methods(method: int) -> None:
    walk = Walk()
    assert dict(members(zipped(FILES, method), "x.zip", walk)) == {f"x.zip!/{name}": data for name, data in FILES.items()}
    assert walk.notes == []


@pytest.mark.parametrize("compress", [lambda data: data, gzip.compress, bz2.compress, lzma.compress, zstd.compress])
def test_tar_plain_and_compressed(compress) -> None:  # type: ignore[no-untyped-def]
    assert dict(members(compress(tarred(FILES)), "x.tar", Walk())) == {f"x.tar!/{name}": data for name, data in FILES.items()}


def test_single_compressed_file_and_members_of_gzip() -> None:
    assert list(members(gzip.compress(b"one") + gzip.compress(b"two"), "d/log.gz", Walk())) == [("d/log.gz!/log", b"onetwo")]


def test_debian_package() -> None:
    found = dict(members(deb({"./usr/bin/x": b"program"}), "p.deb", Walk()))
    assert found["p.deb!/data.tar.xz!/usr/bin/x"] == b"program"


def test_nesting_up_to_the_bound() -> None:
    data = b"EICAR-like"
    for level in range(4):
        data = zipped({f"{level}.zip": data})
    walk = Walk(bounds=Bounds(depth=3))
    names = [name for name, _ in members(data, "o", walk)]
    assert names[-1] == "o!/3.zip!/2.zip!/1.zip"
    assert [reason.partition(":")[0] for _, reason in walk.notes] == ["expansion_limit"]


@pytest.mark.parametrize(
    "make", [lambda zeros: zipped({"z": zeros}), gzip.compress, bz2.compress, lambda zeros: gzip.compress(tarred({"z": zeros}))]
)
def test_bomb_is_noted(make) -> None:  # type: ignore[no-untyped-def]
    walk = Walk(bounds=Bounds(ratio=50, ratio_from=1024 * 1024, member=8 * 1024 * 1024))
    assert sum(len(data) for _, data in members(make(bytes(4 * 1024 * 1024)), "bomb", walk)) <= 8 * 1024 * 1024
    assert any(reason.startswith("expansion_limit") for _, reason in walk.notes)


def test_large_member_is_noted_and_the_rest_is_read() -> None:
    walk = Walk(bounds=Bounds(member=10))
    found = dict(members(zipped({"big": b"x" * 11, "small": b"y"}), "a", walk))
    assert found == {"a!/small": b"y"}
    assert walk.notes[0][0] == "a!/big"


def test_size_that_lies() -> None:
    data = bytearray(zipped({"z": bytes(100_000)}))
    place = data.rfind(b"PK\x01\x02")
    data[place + 24 : place + 28] = (5).to_bytes(4, "little")
    walk = Walk(bounds=Bounds(member=1000))
    assert list(members(bytes(data), "a", walk)) == []
    assert walk.notes[0][1].startswith("file_too_large")


def test_encrypted_member_is_noted() -> None:
    data = bytearray(zipped({"z": b"secret"}))
    for magic, shift in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(magic) + shift] |= 1
    walk = Walk()
    assert list(members(bytes(data), "a", walk)) == []
    assert walk.notes == [("a!/z", "unreadable: encrypted")]


def test_unwanted_members_are_not_read() -> None:
    walk = Walk(want=lambda name, size: name.endswith(".sh"))
    assert [name for name, _ in members(tarred(FILES), "t", walk)] == ["t!/deep/b.sh"]


def test_too_many_members() -> None:
    walk = Walk(bounds=Bounds(members=3))
    assert len(list(members(zipped({str(i): b"x" for i in range(9)}), "m", walk))) == 3
    assert walk.notes


@given(st.integers(0, 3), st.data())
def test_damage_never_raises(which: int, data: st.DataObject) -> None:
    whole = [zipped(FILES), gzip.compress(tarred(FILES)), deb(FILES), lzma.compress(b"x" * 500)][which]
    cut = data.draw(st.integers(0, len(whole)))
    place = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole[:place] + bytes([data.draw(st.integers(0, 255))]) + whole[place + 1 :]
    for content in (whole[:cut], damaged):
        for name, member in members(content, "o", Walk()):
            assert name.startswith("o!/")
            assert len(member) <= Bounds().member


def test_a_cut_archive_is_told() -> None:
    walk = Walk()
    list(members(gzip.compress(tarred(FILES))[:-30], "cut.tgz", walk))
    assert [reason.partition(":")[0] for _, reason in walk.notes] == ["unreadable"]
