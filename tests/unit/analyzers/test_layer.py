"""The layer pass: what it says of good layers, and which file reaches which collector, whole or in windows."""

from __future__ import annotations

import gzip
import hashlib
import io
import random
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

import pytest
from backports import zstd

from analyzers.contract import OVERLAP, WINDOW, BaseCollector, Collector, Entry, FileView, PassContext, Wanted
from analyzers.dispatch import executable
from analyzers.layer import LayerResult, inspect_layer
from schemas.facts import Fact, File, Skipped
from schemas.vocabulary import Reason

CONTEXT = PassContext(b"key")
FILES = ("etc/passwd", "x/passwd", "app/a.b.jar", "app/.jar", "app/jar", "etc/cron.d/deep/er")
Content = bytes | str | None  # a file, a symlink's target, a folder


def pack(members: Iterable[tuple[str, Content]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, content in members:
            info = tarfile.TarInfo(path)
            info.type = tarfile.DIRTYPE if content is None else tarfile.SYMTYPE if isinstance(content, str) else tarfile.REGTYPE
            info.linkname = content if isinstance(content, str) else ""
            info.size = len(content) if isinstance(content, bytes) else 0
            archive.addfile(info, io.BytesIO(content) if isinstance(content, bytes) else None)
    return buffer.getvalue()


def inspect(members: Iterable[tuple[str, Content]], *collectors: type[Collector]) -> LayerResult:
    return inspect_layer([gzip.compress(pack(members))], collectors, CONTEXT)


class Recorder(BaseCollector):
    """Tells as facts what it was shown."""

    name: ClassVar[str] = "recorder"
    version: ClassVar[int] = 1
    tells: ClassVar[tuple[type[Fact], ...]] = (File,)

    def collect(self, file: FileView) -> Iterable[Fact]:
        yield File(
            path=file.path, type="file", mode=0, size=len(file.data), sha256=file.sha256, md5=file.md5,
            details={"offset": str(file.offset), "final": str(file.final), "data": hashlib.sha256(file.data).hexdigest()},
        )  # fmt: skip


def recorder(wanted_: Wanted, name_: str = "recorder") -> type[Collector]:
    class One(Recorder):
        name = name_
        wanted = wanted_

    return One


def shown(result: LayerResult) -> list[str]:
    return [fact.path for fact in result.facts if isinstance(fact, File)]


def test_result_of_a_good_layer() -> None:
    tar = pack([("etc", None), ("etc/passwd", b"root"), ("bin", "usr/bin")])
    for blob, media_type in (
        (gzip.compress(tar), "application/vnd.oci.image.layer.v1.tar+gzip"),
        (gzip.compress(tar[:600]) + gzip.compress(tar[600:]), "application/vnd.docker.image.rootfs.diff.tar.gzip"),
        (zstd.compress(tar), "application/vnd.oci.image.layer.v1.tar+zstd"),
        (tar, "application/vnd.oci.image.layer.v1.tar"),
        (tar, ""),
    ):
        digest, diff_id = f"sha256:{hashlib.sha256(blob).hexdigest()}", f"sha256:{hashlib.sha256(tar).hexdigest()}"
        for step in (1, 1 << 20):
            chunks = [blob[start : start + step] for start in range(0, len(blob), step)]
            result = inspect_layer(chunks, [], CONTEXT, digest=digest, diff_id=diff_id, size=len(blob), media_type=media_type)
            assert result == LayerResult(digest, diff_id, len(blob), len(tar), 3, "succeeded", "", {"layer": []}, "etc/\netc/passwd\nbin")


def test_whiteouts_and_opaque_folders() -> None:
    result = inspect(
        [("a/.wh.gone", b""), (".wh.top", b""), ("b", None), ("b/.wh..wh..opq", b""), (".wh..wh..opq", b""), ("c/.wh.file.txt", b""),
         (".wh..wh.plnk", None), (".wh..wh.plnk/17.4", b"x"), (".wh..wh.aufs", b""), ("d/.wh.", b""), ("d/x.wh.y", b"kept")],
        recorder(Wanted(everything=True)),
    )  # fmt: skip
    assert result.whiteouts == {"a/gone", "top", "c/file.txt"}
    assert result.opaques == {"b", ""}
    assert result.entries == "b/\nd/x.wh.y"
    assert shown(result) == ["d/x.wh.y"]
    assert [(fact.path, fact.reason) for fact in result.facts if isinstance(fact, Skipped)] == [
        ("d/.wh.", f"{Reason.UNREADABLE}: a whiteout of nothing")
    ]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(names=frozenset({"passwd"})), ["etc/passwd", "x/passwd"]),
        (Wanted(suffixes=frozenset({".jar"})), ["app/a.b.jar", "app/.jar"]),
        (Wanted(paths=frozenset({"etc/passwd"})), ["etc/passwd"]),
        (Wanted(folders=("etc/cron.d/", "x/")), ["x/passwd", "etc/cron.d/deep/er"]),
        (Wanted(executables=True), ["elf"]),
        (Wanted(), []),
        (Wanted(everything=True), [*FILES, "elf", "empty"]),
        (Wanted(names=frozenset({"elf", "empty"}), suffixes=frozenset({".jar"}), executables=True),
         ["app/a.b.jar", "app/.jar", "elf", "empty"]),
    ],
)  # fmt: skip
def test_who_gets_which_file(wanted: Wanted, expected: list[str]) -> None:
    members: list[tuple[str, Content]] = [(path, b"content") for path in FILES]
    members += [("elf", b"\x7fELF" + bytes(5000)), ("empty", b""), ("passwd", "etc/passwd"), ("x.jar", None)]
    assert shown(inspect(members, recorder(wanted))) == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\x7fELF\x02\x01", True), (b"MZ\x90\0", True), (b"\xcf\xfa\xed\xfe\x07\0\0\1", True), (b"\xca\xfe\xba\xbe\0\0\0\2", True),
        (b"\xca\xfe\xba\xbe\0\0\0\x34", False), (b"\xca\xfe\xba\xbe\0\3\0\x2d", False), (b"#!/bin/sh", False),
        (b"", False), (b"\x7fEL", False),
    ],
)  # fmt: skip
def test_what_is_executable(head: bytes, expected: bool) -> None:
    assert executable(head) is expected


@pytest.mark.parametrize("size", [0, 1, 511, 512, 1000, WINDOW, WINDOW + 1, 2 * WINDOW - OVERLAP, 2 * WINDOW - OVERLAP + 1, 11_000_000])
@pytest.mark.parametrize("also_whole", [False, True])
def test_windows_cover_the_file(size: int, also_whole: bool) -> None:
    data = random.Random(size).randbytes(size)
    windows = recorder(Wanted(everything=True, windows=True, max_bytes=1000, digests=True), "windows")
    others = [recorder(Wanted(names=frozenset({"file"})), "whole")] if also_whole else []
    told = inspect([("file", data), ("small", b"1")], windows, *others).told
    facts = [fact for fact in told["windows"] if isinstance(fact, File)]
    whole = hashlib.sha256(data).hexdigest()
    assert facts.pop().path == "small"
    if also_whole:
        (complete,) = (fact for fact in told["whole"] if isinstance(fact, File))
        assert (complete.size, complete.sha256, complete.details["offset"]) == (size, whole, "0")
    position = 0
    for number, fact in enumerate(facts):
        offset = int(fact.details["offset"])
        assert offset == (0 if number == 0 else position - OVERLAP)
        assert fact.details["data"] == hashlib.sha256(data[offset : offset + fact.size]).hexdigest()
        final = number == len(facts) - 1
        assert (fact.details["final"], fact.sha256) == (str(final), whole if final else "")
        assert fact.size <= WINDOW
        position = offset + fact.size
    assert position == size
    assert facts[-1].md5 == hashlib.md5(data).hexdigest()


def test_large_files_without_windows_are_named() -> None:
    result = inspect([("big", bytes(2000)), ("small", b"1")], recorder(Wanted(everything=True, max_bytes=1000)))
    assert shown(result) == ["small"]
    assert Skipped(path="big", collector="recorder", reason=f"{Reason.FILE_TOO_LARGE}: 2000 bytes") in result.facts
    assert result.state == "succeeded"


class Crashing(Recorder):
    """Falls over some files, entries and at the end, after having told a fact of each."""

    name: ClassVar[str] = "crashing"
    wanted: ClassVar[Wanted] = Wanted(everything=True, entries=True, windows=True, max_bytes=10)

    def collect(self, file: FileView) -> Iterator[Fact]:
        yield from super().collect(file)
        if "bad" in file.path:
            raise RecursionError

    def entry(self, entry: Entry) -> Iterable[Fact]:
        return [][1] if entry.path == "odd" else ()

    def finish(self) -> Iterable[Fact]:
        raise KeyError("a text that must not be told")


class NeverStarting(Recorder):
    name: ClassVar[str] = "never-starting"

    def __init__(self, context: PassContext) -> None:
        raise ValueError


def test_a_crash_ends_one_collector_for_one_file() -> None:
    order: Sequence[type[Collector]] = (Crashing, NeverStarting, recorder(Wanted(everything=True)))
    result = inspect([("bad", bytes(3 * WINDOW)), ("odd", b"1"), ("good", b"2")], *order)
    assert shown(result).count("bad") == 2  # the first window of the one, the whole file of the other
    assert shown(result).count("odd") == shown(result).count("good") == 2
    assert [(one.path, one.collector, one.reason) for one in result.facts if isinstance(one, Skipped)] == [
        ("bad", "crashing", "detector_crashed: RecursionError"),
        ("odd", "crashing", "detector_crashed: IndexError"),
        ("", "crashing", "detector_crashed: KeyError"),
        ("", "never-starting", "detector_crashed: ValueError"),
    ]
    assert result.state == "succeeded"


class Secretive(Recorder):
    name: ClassVar[str] = "secretive"
    tells: ClassVar[tuple[type[Fact], ...]] = ()
    wanted: ClassVar[Wanted] = Wanted(everything=True)


def test_a_fact_of_a_kind_that_its_collector_does_not_declare_is_a_crash() -> None:
    result = inspect([("file", b"1")], Secretive)
    assert [one for one in result.facts if not isinstance(one, Skipped)] == []
    assert [one.reason for one in result.facts if isinstance(one, Skipped)] == ["detector_crashed: TypeError"]


class Entries(BaseCollector):
    """Tells every entry."""

    name: ClassVar[str] = "entries"
    version: ClassVar[int] = 1
    tells: ClassVar[tuple[type[Fact], ...]] = (File,)
    wanted: ClassVar[Wanted] = Wanted(entries=True)

    def entry(self, entry: Entry) -> Iterable[Fact]:
        yield File(path=entry.path, type=entry.type, mode=entry.mode, target=entry.target)


def test_entries_of_all_types() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for number, kind in enumerate(
            (tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE)
        ):
            info = tarfile.TarInfo(f"/./m{number}")
            info.type, info.mode, info.linkname = kind, 0o4755, "/etc/shadow" if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ""
            archive.addfile(info)
    result = inspect_layer([buffer.getvalue()], [Entries], CONTEXT)
    told = [(fact.path, fact.type, fact.mode, fact.target) for fact in result.facts if isinstance(fact, File)]
    kinds = ("file", "folder", "symlink", "hardlink", "character", "block")
    assert told == [(f"m{n}", kind, 0o4755, "/etc/shadow" if "link" in kind else "") for n, kind in enumerate(kinds)]
    assert result.entries == "m0\nm1/\nm2\nm3\nm4\nm5"
