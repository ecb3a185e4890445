"""Zips in zips, for readers of packages: they want few members by name, whole, and no other archive."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from analyzers.archives.formats import HEAD, archive_format
from analyzers.archives.source import InMemory, Source
from analyzers.archives.walk import SEPARATOR, BadArchive, Exceeded, Walk
from analyzers.archives.zip import ZipMember, content, zip_members
from schemas.vocabulary import Reason

Want = Callable[[str], bool]


def nested_members(source: Source, name: str, walk: Walk, want: Want) -> Iterator[tuple[str, bytes]]:
    """(`name!/member`, content) of the members that `want` says, those of zips among them too, parents before children. Never raises for
    what the bytes are: see `Walk.notes`."""
    walk.packed = source.size
    try:
        yield from _members(source, name, walk, want, 1)
    except Exceeded as error:
        walk.note(name, Reason.EXPANSION_LIMIT, str(error))


def _members(source: Source, name: str, walk: Walk, want: Want, depth: int) -> Iterator[tuple[str, bytes]]:
    if depth > walk.bounds.depth:
        walk.note(name, Reason.EXPANSION_LIMIT, f"archives nested more than {walk.bounds.depth} deep")
        return
    try:
        for member in zip_members(source):
            walk.enter()
            inner = name + SEPARATOR + member.name
            data = _content(source, member, inner, walk) if want(inner) else None
            if data is None:
                continue
            yield inner, data
            if archive_format(data[:HEAD]) == "zip":
                yield from _members(InMemory(data), inner, walk, want, depth + 1)
    except BadArchive as error:
        walk.note(name, error.reason, str(error))


def _content(source: Source, member: ZipMember, name: str, walk: Walk) -> bytes | None:
    """The whole content, or None with a note. The size in the directory is not believed."""
    parts: list[bytes] = []
    size = 0
    try:
        for chunk in content(source, member):
            walk.count(len(chunk))
            size += len(chunk)
            if size > walk.bounds.member:
                walk.note(name, Reason.FILE_TOO_LARGE, f"more than {walk.bounds.member} bytes")
                return None
            parts.append(chunk)
    except BadArchive as error:
        walk.note(name, error.reason, str(error))
        return None
    return b"".join(parts)
