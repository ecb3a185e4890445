"""Files inside files: walks zip, tar, ar and compressed content in memory, within bounds, and never runs or unpacks anything to disk.

Members are named `outer!/inner`. What a bound or a defect kept from being read is told in `Walk.notes`, so that it never looks clean.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator

from analyzers.collectors.archive_walk import SEPARATOR, BadArchive, Exceeded, Walk
from analyzers.collectors.decompression import Inflated, open_compressed
from analyzers.collectors.file_kind import archive_format
from analyzers.collectors.zip_members import Content, zip_members
from schemas.vocabulary import Reason

COMPRESSED = frozenset({"gzip", "bzip2", "xz", "zstd"})
AR_HEAD = 60


def members(data: Content, name: str = "", walk: Walk | None = None) -> Iterator[tuple[str, bytes]]:
    """(name, content) of every regular file inside an archive or compressed file, archives inside it too, parents before children.

    Nothing for content that is no archive. Never raises for bad content: see `Walk.notes`. Names of members begin with `name` and `!/`."""
    walk = walk or Walk()
    walk.packed = len(data)
    try:
        yield from _inside(data, name, walk, 1)
    except Exceeded as error:
        walk.note(name, Reason.EXPANSION_LIMIT, str(error))


def _inside(data: Content, name: str, walk: Walk, depth: int) -> Iterator[tuple[str, bytes]]:
    form = archive_format(data[:512])
    if not form:
        return
    if depth > walk.bounds.depth:
        walk.note(name, Reason.EXPANSION_LIMIT, f"archives nested more than {walk.bounds.depth} deep")
        return
    for inner, content in _opened(data, name, form, walk):
        yield inner, content
        yield from _inside(content, inner, walk, depth + 1)


def _opened(data: Content, name: str, form: str, walk: Walk) -> Iterator[tuple[str, bytes]]:
    """The members of one archive. A defect ends it with a note; what came before stands."""
    try:
        if form == "zip":
            yield from zip_members(data, name, walk)
        elif not isinstance(data, bytes):
            walk.note(name, Reason.FILE_TOO_LARGE, f"{form} of {len(data)} bytes")
        elif form == "tar":
            yield from _tar(io.BytesIO(data), name, walk, counted=False)
        elif form == "ar":
            yield from _ar(data, name, walk)
        elif form in COMPRESSED:
            yield from _compressed(data, name, form, walk)
        else:
            walk.note(name, Reason.UNREADABLE, f"no reader for {form}")
    except (BadArchive, tarfile.TarError, EOFError, OSError, ValueError, OverflowError) as error:
        walk.note(name, Reason.UNREADABLE, f"{form}: {' '.join(str(error).split())[:120]}")


def _compressed(data: bytes, name: str, form: str, walk: Walk) -> Iterator[tuple[str, bytes]]:
    """The members of a compressed tar, or the one file that was compressed."""
    stream = Inflated(open_compressed(form, data), walk.count)
    head = stream.peek(512)
    if archive_format(head) == "tar":
        yield from _tar(stream, name, walk, counted=True)
        return
    walk.enter()
    inner = name + SEPARATOR + _stem(name)
    content = stream.read(walk.bounds.member + 1)
    if len(content) > walk.bounds.member:
        walk.note(inner, Reason.FILE_TOO_LARGE, f"more than {walk.bounds.member} bytes, its beginning was read")
        content = content[: walk.bounds.member]
    yield inner, content


def _stem(name: str) -> str:
    base = name.rpartition("/")[2]
    return base.rpartition(".")[0] or base or "content"


def _tar(stream: io.BytesIO | Inflated, name: str, walk: Walk, counted: bool) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=stream, mode="r|", bufsize=10240, errorlevel=0) as archive:
        for member in archive:
            archive.members = []  # type: ignore[attr-defined] # else tarfile remembers every member
            if not member.isreg():
                continue
            walk.enter()
            inner = name + SEPARATOR + member.name.removeprefix("./")
            if member.size > walk.bounds.member:
                walk.note(inner, Reason.FILE_TOO_LARGE, f"{member.size} bytes")
                continue
            if not walk.want(inner, member.size):
                continue
            source = archive.extractfile(member)
            content = source.read() if source else b""
            if not counted:
                walk.count(len(content))
            yield inner, content


def _ar(data: bytes, name: str, walk: Walk) -> Iterator[tuple[str, bytes]]:
    """Members of an ar archive, as in Debian packages and static libraries (deb(5), ar(5)); long GNU names stay as written."""
    place = 8
    while place + AR_HEAD <= len(data):
        head = data[place : place + AR_HEAD]
        if head[58:60] != b"`\n":
            raise BadArchive("bad member header")
        size, inner = int(head[48:58].decode("ascii")), head[:16].decode("latin-1").strip().rstrip("/")
        start = place + AR_HEAD
        place = start + size + size % 2
        if size < 0 or inner in ("", "__.SYMDEF"):
            continue
        walk.enter()
        full = name + SEPARATOR + inner
        if size > walk.bounds.member:
            walk.note(full, Reason.FILE_TOO_LARGE, f"{size} bytes")
        elif walk.want(full, size):
            walk.count(size)
            yield full, data[start : start + size]
