"""Layers that lie, break off or explode: each ends with a state, a reason, and the facts that came before, in bounded memory."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import random
import shutil
import subprocess
import tarfile
import tracemalloc
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.contract import BaseCollector, FileView, PassContext, Wanted
from analyzers.layer import LayerResult, Limits, inspect_layer
from schemas.facts import Fact, File, Skipped

CONTEXT = PassContext(b"key")
MB = 1 << 20


class Seen(BaseCollector):
    """Every file that came through, with its size."""

    name: ClassVar[str] = "seen"
    version: ClassVar[int] = 1
    tells: ClassVar[tuple[type[Fact], ...]] = (File,)
    wanted: ClassVar[Wanted] = Wanted(everything=True, windows=True)

    def collect(self, file: FileView) -> Iterable[Fact]:
        if file.final:
            yield File(path=file.path, type="file", mode=0, size=file.offset + len(file.data))


def member(name: str, content: bytes = b"", size: int | None = None, **fields: object) -> bytes:
    """One member: header, content and padding; `size` may lie."""
    info = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(info, field, value)
    info.size = len(content) if size is None else size
    return info.tobuf(tarfile.GNU_FORMAT) + content + bytes(-len(content) % 512)


END = bytes(1024)
GOOD = member("etc/good", b"content")


def inspect(blob: bytes | Iterable[bytes], **more: object) -> LayerResult:
    return inspect_layer([blob] if isinstance(blob, bytes) else blob, [Seen], CONTEXT, **more)  # type: ignore[arg-type]


def paths(result: LayerResult) -> list[str]:
    return [fact.path for fact in result.facts if isinstance(fact, File)]


def fixed(header: bytes, position: int, value: bytes) -> bytes:
    """A header with other bytes and a checksum that fits again."""
    changed = bytearray(header)
    changed[position : position + len(value)] = value
    changed[148:156] = b" " * 8
    changed[148:156] = b"%06o\0 " % sum(changed[:512])
    return bytes(changed)


def pax(payload: bytes, size: int | None = None) -> bytes:
    return member("x", payload, size, type=tarfile.XHDTYPE)


CASES: dict[str, tuple[bytes, str, str, list[str]]] = {
    "nothing": (b"", "succeeded", "no end marker", []),
    "empty archive": (END, "succeeded", "", []),
    "empty gzip": (gzip.compress(b""), "succeeded", "no end marker", []),
    "gzip header only": (gzip.compress(b"")[:8], "failed", "truncated_layer", []),
    "no tar": (b"this is no tar archive\n" * 4000, "failed", "corrupt_layer: this is no tar archive", []),
    "short text": (b"hello", "failed", "truncated_layer", []),
    "packed text": (gzip.compress(b"this is no tar archive\n" * 4000), "failed", "corrupt_layer: this is no tar archive", []),
    "no end marker": (GOOD, "succeeded", "no end marker", ["etc/good"]),
    "no end marker, no padding": (GOOD[: 512 + 7], "succeeded", "no end marker", ["etc/good"]),
    "one block of zeros": (GOOD + bytes(512), "succeeded", "no end marker", ["etc/good"]),
    "block of zeros between": (GOOD + bytes(512) + GOOD, "partial", "corrupt_layer: a block of zeros", ["etc/good"]),
    "cut in a member": (GOOD + member("b", bytes(5000))[:3000], "partial", "truncated_layer", ["etc/good"]),
    "cut in a header": (GOOD + GOOD[:200], "partial", "truncated_layer", ["etc/good"]),
    "garbage after a member": (GOOD + random.Random(1).randbytes(4000), "partial", "corrupt_layer: bad header checksum", ["etc/good"]),
    "cut gzip": (gzip.compress(GOOD + member("b", os.urandom(90_000)))[:40_000], "partial", "truncated_layer", ["etc/good"]),
    "cut zstd": (zstd.compress(GOOD + member("b", os.urandom(900_000)))[:400_000], "partial", "truncated_layer", ["etc/good"]),
    "garbage after gzip": (gzip.compress(GOOD + END) + b"garbage that is no gzip member", "partial", "corrupt_layer: gzip", ["etc/good"]),
    "negative size": (GOOD + fixed(GOOD, 124, b"\xff" * 12), "partial", "corrupt_layer: negative size", ["etc/good"]),
    "size of exabytes": (GOOD + fixed(GOOD, 124, b"\x80" + b"\0" * 3 + b"\x7f" + b"\xff" * 7), "partial", "truncated_layer", ["etc/good"]),
    "size that is no number": (GOOD + fixed(GOOD, 124, b"0000_000_01\0"), "partial", "corrupt_layer: no number", ["etc/good"]),
    "giant PAX header": (GOOD + pax(b"", 2 * MB) + bytes(3 * MB), "partial", "corrupt_layer: extended header of", ["etc/good"]),
    "malformed PAX": (GOOD + pax(b"99 path=x\n"), "partial", "corrupt_layer: malformed PAX", ["etc/good"]),
    "PAX without member": (GOOD + pax(b"9 path=x\n"), "partial", "truncated_layer: cut after", ["etc/good"]),
    "PAX size that lies": (GOOD + pax(b"14 size=50000\n") + member("b", b"1"), "partial", "truncated_layer", ["etc/good"]),
    "sparse map out of order": (
        GOOD + fixed(member("s", b"x" * 20, type=b"S"), 386, b"00000000100\x0000000000012\x0000000000000\x0000000000012\0"),
        "partial", "corrupt_layer: sparse map", ["etc/good"],
    ),
    "sparse map without count": (
        GOOD + pax(b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n") + member("s", b"9" * 3000), "partial", "corrupt_layer", ["etc/good"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("step", [1 << 20, 333])
def test_damaged_layers(name: str, step: int) -> None:
    blob, state, reason, expected = CASES[name]
    result = inspect(blob[start : start + step] for start in range(0, len(blob), step))
    assert (result.state, result.reason[: len(reason)], paths(result)) == (state, reason, expected)
    assert result.digest == f"sha256:{hashlib.sha256(blob).hexdigest()}"
    assert result.size == len(blob)


def test_a_file_that_breaks_off_is_named() -> None:
    result = inspect(GOOD + member("b", bytes(5000))[:3000])
    assert [(one.path, one.reason[:15]) for one in result.facts if isinstance(one, Skipped)] == [("b", "truncated_layer")]


def test_promises_that_are_broken() -> None:
    blob = gzip.compress(GOOD + END)
    other = "sha256:" + "0" * 64
    wrong_digest, wrong_size = inspect(blob, digest=other), inspect(blob, size=len(blob) + 1)
    assert (wrong_digest.state, wrong_digest.reason[:15], wrong_digest.facts) == ("failed", "digest_mismatch", [])
    assert (wrong_size.state, wrong_size.reason[:13], wrong_size.facts) == ("failed", "size_mismatch", [])
    wrong_diff_id = inspect(blob, diff_id=other)
    assert (wrong_diff_id.state, wrong_diff_id.reason[:15]) == ("failed", "digest_mismatch")
    unknown = inspect(blob, media_type="application/vnd.oci.image.layer.v1.tar+gzip+encrypted")
    assert (unknown.state, unknown.reason.partition(":")[0], paths(unknown)) == ("failed", "unsupported_layer", [])


def test_data_behind_the_end_is_named() -> None:
    result = inspect(GOOD + END + bytes(4096) + GOOD)
    assert (result.state, paths(result)) == ("succeeded", ["etc/good"])
    assert any(isinstance(fact, Skipped) and "after the end" in fact.reason for fact in result.facts)
    assert not any(isinstance(fact, Skipped) for fact in inspect(GOOD + END + bytes(9216)).facts)


def zeros(megabytes: int, pack: Callable[[], object]) -> Iterator[bytes]:
    """A layer of one file of zeros, packed piece by piece."""
    packer = pack()
    header = GOOD + member("srv/zeros", size=megabytes * MB)
    yield packer.compress(header)  # type: ignore[attr-defined]
    for _ in range(megabytes):
        yield packer.compress(bytes(MB))  # type: ignore[attr-defined]
    yield packer.compress(END) + packer.flush()  # type: ignore[attr-defined]


@pytest.mark.parametrize("pack", [lambda: zlib.compressobj(9, zlib.DEFLATED, 31), zstd.ZstdCompressor], ids=["gzip", "zstd"])
def test_a_bomb_is_not_unpacked(pack: Callable[[], object]) -> None:
    result = inspect(b"".join(zeros(600, pack)))
    assert (result.state, result.reason.partition(":")[0]) == ("partial", "expansion_limit")
    assert paths(result) == ["etc/good"]
    assert result.tar_size < 200 * MB
    assert result.diff_id == ""


def test_holes_count_as_unpacked() -> None:
    """Sparse files of 16 MB that take two blocks each would keep collectors busy for ever."""
    sparse = fixed(member("s", b"x" * 512, type=b"S"), 386, b"00000000000\x0000000001000\0")
    sparse = fixed(sparse[:512], 483, b"%011o\0" % (16 * MB)) + sparse[512:]
    result = inspect(GOOD + sparse * 2000)
    assert (result.state, result.reason.partition(":")[0]) == ("partial", "expansion_limit")
    assert len(paths(result)) < 20


def test_limits() -> None:
    many = inspect(b"".join(member(f"f{number}") for number in range(100)), limits=Limits(members=50))
    assert (many.state, many.reason.partition(":")[0], len(paths(many))) == ("partial", "too_many_files", 50)
    facts = inspect(b"".join(member(f"f{number}") for number in range(100)), limits=Limits(facts=50))
    assert (facts.state, facts.reason.partition(":")[0]) == ("partial", "too_many_files")
    large = inspect(GOOD + member("big", bytes(5 * MB)), limits=Limits(tar_bytes=2 * MB))
    assert (large.state, large.reason.partition(":")[0], paths(large)) == ("partial", "layer_too_large", ["etc/good"])


@pytest.mark.parametrize("name", ["a/" * 700 + "x", "a" * 5000, "ü" * 3000])
def test_paths_that_no_file_system_holds(name: str) -> None:
    result = inspect(member(name, b"1") + GOOD + END)
    assert (result.state, paths(result), result.entries) == ("succeeded", ["etc/good"], "etc/good")
    assert [fact.reason for fact in result.facts if isinstance(fact, Skipped)] == ["unreadable: path too long or too deep"]


class Refusing(BaseCollector):
    name: ClassVar[str] = "refusing"
    version: ClassVar[int] = 1
    wanted: ClassVar[Wanted] = Wanted(everything=True, max_bytes=0)


def test_skips_are_counted_when_there_are_too_many() -> None:
    layer = b"".join(member(f"f{number}", b"1") for number in range(1500))
    skips = [fact.reason for fact in inspect_layer([layer], [Refusing], CONTEXT).facts if isinstance(fact, Skipped)]
    assert (len(skips), skips[-1]) == (1001, "file_too_large: 500 more")


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_any_change_of_a_layer_ends_with_a_state(data: st.DataObject) -> None:
    layer = bytearray(GOOD + pax(b"12 path=abc\n") + member("s", b"x" * 600, type=b"S") + member("l", type=b"2", linkname="t") + GOOD + END)
    for _ in range(data.draw(st.integers(1, 8))):
        layer[data.draw(st.integers(0, len(layer) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(layer)))
    result = inspect(bytes(layer[:cut]))
    assert result.state in ("succeeded", "partial", "failed")
    assert result.state == "succeeded" or result.reason


def test_memory_does_not_grow_with_the_layer() -> None:
    """A million members and a large file: what stays is the list of paths."""

    def layer() -> Iterator[bytes]:
        headers = b"".join(member(f"srv/{number:05}", b"1") for number in range(1000))
        for _ in range(100):
            yield headers
        yield member("big", size=200 * MB)
        for _ in range(200):
            yield bytes(MB)

    tracemalloc.start()
    result = inspect_layer(layer(), [], CONTEXT)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (result.state, result.members) == ("succeeded", 100_001)
    assert peak < 12 * MB


@pytest.mark.skipif(not shutil.which("umoci"), reason="umoci is not installed")
def test_layers_of_umoci_insert_are_read_to_their_end(tmp_path: Path) -> None:
    """umoci insert leaves out the end marker and the last padding."""
    source = tmp_path / "file"
    source.write_bytes(b"x" * 700)
    for command in (["init", "--layout", "oci"], ["new", "--image", "oci:app"], ["insert", "--image", "oci:app", str(source), "/srv/file"]):
        subprocess.run(["umoci", *command], check=True, capture_output=True, cwd=tmp_path)
    blobs = [path.read_bytes() for path in (tmp_path / "oci" / "blobs" / "sha256").iterdir()]
    layer = next(blob for blob in blobs if blob.startswith(b"\x1f\x8b"))
    with tarfile.open(fileobj=io.BytesIO(layer)) as archive, pytest.raises(tarfile.ReadError):
        archive.getmembers()
    result = inspect(layer)
    assert (result.state, result.reason, paths(result)) == ("succeeded", "no end marker", ["srv/file"])
