"""The tar reader against Python's tarfile, GNU tar's sparse files, and headers that other writers make."""

from __future__ import annotations

import hashlib
import io
import subprocess
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.contract import Entry
from analyzers.tar import Take, TarReader
from analyzers.tar_headers import TarError, clean, number, pax_records

KINDS = {
    tarfile.REGTYPE: "file", tarfile.DIRTYPE: "folder", tarfile.SYMTYPE: "symlink", tarfile.LNKTYPE: "hardlink",
    tarfile.CHRTYPE: "character", tarfile.BLKTYPE: "block", tarfile.FIFOTYPE: "fifo",
}  # fmt: skip


class Gathered:
    """Keeps everything that the reader hands out."""

    def __init__(self, take: Take = "whole") -> None:
        self.take = take
        self.entries: list[Entry] = []
        self.heads: list[bytes] = []
        self.contents: list[bytes] = []
        self.refusals: list[str] = []

    def begin(self, entry: Entry, head: bytes, sparse: bool) -> Take:
        self.entries.append(entry)
        self.heads.append(head)
        self.contents.append(b"")
        return self.take if entry.type == "file" else "skip"

    def content(self, piece: bytes) -> None:
        self.contents[-1] += piece

    def end(self) -> None:
        self.contents[-1] += b"|"

    def refused(self, entry: Entry, reason: str) -> None:
        self.refusals.append(reason)


def read(archive: bytes, step: int = 1 << 20, take: Take = "whole") -> tuple[Gathered, str]:
    gathered = Gathered(take)
    reader = TarReader(gathered)
    for start in range(0, len(archive), step):
        reader.feed(archive[start : start + step])
    return gathered, reader.close()


name_part = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="/\\"), min_size=1, max_size=90).filter(
    lambda part: part not in (".", "..") and part.isprintable()
)
names = st.lists(name_part, min_size=1, max_size=4).map("/".join)
members = st.tuples(names, st.sampled_from(sorted(KINDS)), st.binary(max_size=2000), st.integers(0, 0o7777), st.integers(0, 2**40))


def written(members: list[tuple[str, bytes, bytes, int, int]], form: int) -> tuple[bytes, list[tarfile.TarInfo]]:
    buffer = io.BytesIO()
    infos = []
    with tarfile.open(fileobj=buffer, mode="w", format=form, encoding="utf-8") as archive:
        for name, kind, content, mode, uid in members:
            info = tarfile.TarInfo(name)
            info.type, info.mode, info.uid, info.gid = kind, mode, uid if form != tarfile.USTAR_FORMAT else uid % 0o7777777, 7
            info.linkname = "target of the link" if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ""
            info.size = len(content) if kind == tarfile.REGTYPE else 0
            try:
                archive.addfile(info, io.BytesIO(content))
            except ValueError:  # a name too long for ustar
                continue
            infos.append(info)
    return buffer.getvalue(), infos


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
@settings(deadline=None, max_examples=60)
@given(chosen=st.lists(members, max_size=6), step=st.sampled_from([1, 300, 512, 1000, 5000, 1 << 20]), wanted=st.booleans())
def test_reads_what_tarfile_wrote(form: int, chosen: list[tuple[str, bytes, bytes, int, int]], step: int, wanted: bool) -> None:
    archive, infos = written(chosen, form)
    gathered, remark = read(archive, step, "whole" if wanted else "skip")
    assert remark == ""
    assert [(one.path, one.type, one.mode, one.uid, one.gid, one.size, one.target) for one in gathered.entries] == [
        (one.name, KINDS[one.type], one.mode, one.uid, one.gid, one.size, one.linkname) for one in infos
    ]
    with tarfile.open(fileobj=io.BytesIO(archive)) as oracle:
        expected = [(file.read() if (file := oracle.extractfile(one)) else b"") if one.isreg() else b"" for one in oracle.getmembers()]
    assert gathered.heads == [content[:512] for content in expected]
    files = [one.type == "file" and wanted for one in gathered.entries]
    assert gathered.contents == [content + b"|" if file else b"" for content, file in zip(expected, files, strict=True)]


@pytest.mark.parametrize(
    "options",
    [["--format=gnu"], ["--format=oldgnu"], *(["--format=pax", f"--sparse-version={version}"] for version in ("0.0", "0.1", "1.0"))],
    ids=" ".join,
)
@pytest.mark.parametrize("extents", [0, 1, 3, 30])
def test_sparse_files_of_gnu_tar(tmp_path: Path, options: list[str], extents: int) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    with (tree / "sparse").open("wb") as file:
        for number_ in range(extents):
            file.seek(number_ * 70_000 + 40_000)
            file.write(b"data %d" % number_)
        file.truncate(3_000_000)
    (tree / "z-after").write_bytes(b"after")
    archive = subprocess.run(
        ["tar", "-C", tree, "--sparse", *options, "--sort=name", "-cf", "-", "."], check=True, capture_output=True
    ).stdout
    assert len(archive) < 1_000_000
    for step in (1 << 20, 700):
        gathered, _ = read(archive, step)
        contents = dict(zip([one.path for one in gathered.entries], gathered.contents, strict=True))
        expected = (tree / "sparse").read_bytes()
        assert hashlib.sha256(contents["sparse"][:-1]).digest() == hashlib.sha256(expected).digest()
        assert contents["z-after"] == b"after|"
        assert next(one.size for one in gathered.entries if one.path == "sparse") == 3_000_000


def test_v7_archives_and_their_folders(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(b"x" * 700)
    archive = subprocess.run(["tar", "-C", tmp_path, "--format=v7", "-cf", "-", "folder"], check=True, capture_output=True).stdout
    gathered, _ = read(archive)
    assert [(one.path, one.type) for one in gathered.entries] == [("folder", "folder"), ("folder/file", "file")]
    old = bytearray(archive)
    old[156] = 0  # the very first tars had no type for folders
    old[148:156] = b" " * 8
    old[148:156] = b"%06o\0 " % sum(old[:512])
    assert [(one.path, one.type) for one in read(bytes(old))[0].entries] == [("folder", "folder"), ("folder/file", "file")]


def test_extended_attributes_and_global_headers() -> None:
    capability = b"\x01\x00\x00\x02\x00\x20\xff\x00"
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"uid": "77"}) as archive:
        info = tarfile.TarInfo("usr/bin/ping")
        info.pax_headers = {"SCHILY.xattr.security.capability": capability.decode("utf-8", "surrogateescape")}
        archive.addfile(info)
        archive.addfile(tarfile.TarInfo("usr/bin/other"))
    first, second = read(buffer.getvalue())[0].entries
    assert dict(first.xattrs) == {"security.capability": capability}
    assert (first.uid, second.uid, dict(second.xattrs)) == (77, 77, {})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("/", ""), ("./", ""), (".", ""), ("a", "a"), ("./a/b", "a/b"), ("/etc//passwd", "etc/passwd"), ("a/./b/", "a/b"),
        ("../../etc/shadow", "etc/shadow"), ("a/../b", "b"), ("a/..", ""), (".wh.x", ".wh.x"), ("a/.b/..c", "a/.b/..c"), ("a/...", "a/..."),
    ],
)  # fmt: skip
def test_paths_from_the_root(name: str, expected: str) -> None:
    assert clean(name) == expected


@given(st.text(alphabet="./ab", max_size=12))
def test_paths_never_leave_the_root(name: str) -> None:
    path = clean(name)
    assert path == "" or all(part not in ("", ".", "..") for part in path.split("/"))
    assert clean(path) == path


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (b"0000644\0", 0o644), (b"   644 \0", 0o644), (b"\0" * 8, 0), (b"644\0junk", 0o644), (b"\x80" + (5).to_bytes(11, "big"), 5),
        (b"\xff" * 12, -1), (b"77777777777\0", 0o77777777777),
    ],
)  # fmt: skip
def test_numbers(field: bytes, expected: int) -> None:
    assert number(field) == expected


@pytest.mark.parametrize("field", [b"0000699\0", b"abc\0\0\0\0\0", b"-1\0\0\0\0\0\0", b"1_0\0\0\0\0\0", b"+7\0\0\0\0\0\0"])
def test_numbers_that_are_none(field: bytes) -> None:
    with pytest.raises(TarError):
        number(field)


def test_pax_records_hold_any_bytes() -> None:
    assert pax_records(b"11 path=a=\n15 path=\xff\nnew=\n") == [("path", b"a="), ("path", b"\xff\nnew=")]


@pytest.mark.parametrize("payload", [b"9 path=a\n\n", b"99 path=a\n", b"0 path=a\n", b"path=a\n", b"-5 path=a\n", b"8 patha\n\n"])
def test_malformed_pax_records(payload: bytes) -> None:
    with pytest.raises(TarError):
        pax_records(payload)


def test_names_that_are_no_text() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        archive.addfile(tarfile.TarInfo(b"a/\xff\xfe\n".decode("utf-8", "surrogateescape")))
        archive.addfile(tarfile.TarInfo("b\u2028c\x85d"))
    assert [one.path for one in read(buffer.getvalue())[0].entries] == ["a/\\xff\\xfe\\n", "b\\u2028c\\x85d"]


def test_signed_checksums_are_accepted() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        archive.addfile(tarfile.TarInfo("ümläut"))
    header = bytearray(buffer.getvalue())
    header[148:156] = b" " * 8
    signed = sum(byte - 256 if byte > 127 else byte for byte in header[:512])
    header[148:156] = b"%06o\0 " % signed
    assert read(bytes(header))[0].entries[0].path == "ümläut"
    header[148:156] = b"%06o\0 " % (signed + 1)
    with pytest.raises(TarError):
        read(bytes(header))
