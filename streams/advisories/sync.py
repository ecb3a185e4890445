"""Keeping feeds fresh: configured addresses are downloaded again when they changed, each by itself; a cut download goes on where it ended.

HTTP semantics: RFC 9110 (validators, ranges), If-Range so that a resumed download is of one version. Only https, or http on loopback.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import tarfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import aiohttp
from pydantic import BaseModel, ConfigDict, Field

from infra.document_file import DocumentFile

LIMIT_BYTES = 8 << 30
CHUNK_BYTES = 1 << 20
TRIES, PAUSE_S, IDLE_S = 5, 1.0, 60.0
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_MEMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}/[\w.+-]{1,128}", re.ASCII)


class SyncError(ValueError):
    """Sources that cannot be used, or a download that failed; the text says what to do."""


class FeedSource(BaseModel):
    """One address. `sha256_url`, if there is one, names a file whose first word is the digest of what `url` gives. `etag` and `modified`
    are the validators of what lies in the folder; `fetched_at` (ms) when it was last found to be fresh; `error` why it is not."""

    model_config = ConfigDict(extra="forbid")
    name: str
    url: str
    sha256_url: str = ""
    etag: str = ""
    modified: str = ""
    fetched_at: int = 0
    error: str = ""

    @property
    def file_name(self) -> str:
        """The last part of the address: it tells what kind of feed it is."""
        name = re.sub(r"[^\w.+-]", "_", unquote(PurePosixPath(urlsplit(self.url).path).name), flags=re.ASCII)
        return name[-128:] if name.strip("._") else "feed.json"


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")
    sources: dict[str, FeedSource] = Field(default_factory=dict)


class FeedSources:
    """The configured addresses, and the folder that their files lie in."""

    def __init__(self, home: Path) -> None:
        self.path, self.folder = home / "advisory-sources.json", home / "advisory-feeds"
        self._file = DocumentFile(self.path, _Document, lambda why: SyncError(f"the list of sources cannot be read: {why}"))

    @property
    def all(self) -> dict[str, FeedSource]:
        """Name -> source. Raises SyncError."""
        return self._file.read().sources

    def add(self, name: str, url: str, sha256_url: str = "") -> None:
        """Add a source or change its address. Raises SyncError."""
        if not _NAME.fullmatch(name):
            raise SyncError(f"{name!r} is no name: letters, digits, dots, dashes and underscores, at most 63")
        for address in (url, *([sha256_url] if sha256_url else [])):
            _check(address)
        with self._file.changing() as document:
            document.sources[name] = FeedSource(name=name, url=url, sha256_url=sha256_url)

    def remove(self, name: str) -> None:
        """Forget a source; what it gave stays in the store. Raises SyncError if there is none."""
        with self._file.changing() as document:
            if document.sources.pop(name, None) is None:
                raise SyncError(f"there is no source {name!r}: see `imagerisk advisories sources`")

    def keep(self, known: Sequence[FeedSource]) -> None:
        """Write down what is known of sources now, but for those that were removed or changed meanwhile."""
        with self._file.changing() as document:
            for one in known:
                if one.name in document.sources and document.sources[one.name].url == one.url:
                    document.sources[one.name] = one

    def file_of(self, source: FeedSource) -> Path:
        """Where its feed lies."""
        return self.folder / source.name / source.file_name


@dataclass(frozen=True)
class Fetched:
    """What became of one source: `changed` when there is a new file; `error` when it could not be had."""

    source: FeedSource
    path: Path
    changed: bool
    error: str = ""


async def fetch(sources: FeedSources, names: Sequence[str] = ()) -> list[Fetched]:
    """Download what changed, all sources beside each other; one that fails harms no other. Raises SyncError for an unknown name."""
    known = sources.all
    if unknown := set(names) - set(known):
        raise SyncError(f"there is no source {', '.join(sorted(unknown))}: see `imagerisk advisories sources`")
    timeout = aiohttp.ClientTimeout(total=None, connect=15, sock_read=IDLE_S)
    async with aiohttp.ClientSession(timeout=timeout, auto_decompress=False, headers={"User-Agent": "imagerisk/1"}) as session:
        found = await asyncio.gather(*(_fetch(session, sources, one) for name, one in known.items() if not names or name in names))
    sources.keep([one.source for one in found])
    return list(found)


async def _fetch(session: aiohttp.ClientSession, sources: FeedSources, source: FeedSource) -> Fetched:
    path, error = sources.file_of(source), ""
    path.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(TRIES):
        try:
            fresh = await _download(session, source, path)
            now = time.time_ns() // 1_000_000
            return Fetched((fresh or source).model_copy(update={"fetched_at": now, "error": ""}), path, fresh is not None)
        except _Final as refused:
            error = str(refused)
            break
        except (aiohttp.ClientError, TimeoutError, OSError) as broken:
            error = f"{type(broken).__name__}: {broken}"
            await asyncio.sleep(PAUSE_S * 2**attempt)
    return Fetched(source.model_copy(update={"error": error[:500]}), path, changed=False, error=error)


class _Final(Exception):
    """An answer that another try would not change."""


async def _download(session: aiohttp.ClientSession, source: FeedSource, path: Path) -> FeedSource | None:
    """The source with its new validators, None if it did not change."""
    part, mark = path.with_name(f"{path.name}.part"), path.with_name(f"{path.name}.part-of")
    validator = mark.read_text(encoding="utf-8") if part.exists() and mark.exists() else ""
    headers = {"Range": f"bytes={part.stat().st_size}-", "If-Range": validator} if validator else _conditions(source, path)
    async with session.get(source.url, headers=headers, max_redirects=5) as answer:
        for step in (*answer.history, answer):
            _check_final(str(step.url))
        if answer.status == 304:
            return None
        if answer.status == 416 and validator:  # nothing is left, or the part is of no use: begin anew
            part.unlink()
            raise aiohttp.ClientPayloadError("the rest of a cut download is not there")
        if answer.status in (408, 429, 500, 502, 503, 504):
            raise aiohttp.ClientPayloadError(f"the server answers {answer.status}")
        if answer.status not in (200, 206):
            raise _Final(f"the server answers {answer.status} {answer.reason or ''}".rstrip())
        etag, modified = answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", "")
        strong = etag if etag and not etag.startswith("W/") else modified
        mark.write_text(strong, encoding="utf-8")
        with part.open("ab" if answer.status == 206 else "wb") as file:
            async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
                if file.tell() + len(chunk) > LIMIT_BYTES:
                    raise _Final(f"more than {LIMIT_BYTES >> 30} GiB")
                file.write(chunk)
    problem = await _problem(session, source, part)
    if problem:
        part.unlink()
        raise _Final(problem)
    part.replace(path)
    mark.unlink(missing_ok=True)
    return source.model_copy(update={"etag": etag, "modified": modified})


def _conditions(source: FeedSource, path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    given = {"If-None-Match": source.etag, "If-Modified-Since": source.modified}
    return {name: value for name, value in given.items() if value}


async def _problem(session: aiohttp.ClientSession, source: FeedSource, part: Path) -> str:
    """Why the file is not what its checksum promises; empty if it is, or if nothing is promised."""
    if not source.sha256_url:
        return ""
    async with session.get(source.sha256_url, max_redirects=5) as answer:
        if answer.status != 200:
            return f"the checksum cannot be had: the server answers {answer.status}"
        words = (await answer.content.read(4096)).decode("ascii", "replace").split()
    found = await asyncio.to_thread(_digest, part)
    promised = words[0].lower()[:80] if words else "none"
    return "" if promised == found else f"the file has the digest {found}, promised is {promised}"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_bundle(sources: FeedSources, path: Path) -> int:
    """All downloaded feeds in one tar file, for a system without a network; returns their number."""
    files = [sources.file_of(one) for one in sources.all.values()]
    there = sorted(file for file in files if file.is_file())
    draft = path.with_name(f"{path.name}.draft")
    with tarfile.open(draft, "w") as archive:
        for file in there:
            archive.add(file, f"{file.parent.name}/{file.name}", recursive=False)
    draft.replace(path)
    return len(there)


def read_bundle(path: Path, folder: Path) -> list[Path]:
    """Unpack a bundle below a folder; returns its feeds. Raises SyncError for anything that is none: other names than a bundle has are
    refused, so that nothing lands elsewhere."""
    found = []
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                file = archive.extractfile(member) if member.isfile() else None
                if file is None or not _MEMBER.fullmatch(member.name) or member.size > LIMIT_BYTES:
                    raise SyncError(f"{path} is no bundle of feeds: it holds {member.name[:100]!r}")
                target = folder / member.name
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as out:
                    while chunk := file.read(CHUNK_BYTES):
                        out.write(chunk)
                found.append(target)
    except (tarfile.TarError, EOFError) as error:
        raise SyncError(f"{path} is no bundle of feeds: {error}") from error
    return found


def _check(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and parts.hostname in _LOOPBACK:
        return
    raise SyncError(f"{address!r}: an address begins with https:// (http:// only for this machine)")


def _check_final(address: str) -> None:
    try:
        _check(address)
    except SyncError as error:
        raise _Final(f"led to {error}") from error
