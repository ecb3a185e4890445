"""Where advisories lie on disk: which files of a folder are which feed, and their records one by one, never all at once."""

from __future__ import annotations

import gzip
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["osv", "debian-tracker", "secdb", "csaf", "kev", "epss", "cvss"]
MAX_RECORD_BYTES = 32 << 20
_HEAD_BYTES = 4096
_TRACKER = re.compile(rb'"(?:CVE|TEMP)-[^"]+"\s*:\s*\{').search  # a flaw as a key
_IGNORED = frozenset({"manifest.json", "package.json", "index.json"})


class UnknownFeed(ValueError):
    """A path that holds no advisories that we can read; the text says why."""


@dataclass(frozen=True, slots=True)
class Feed:
    """One delivery. `source` is its lasting name: a later delivery under the same name replaces it. `complete` True: what is no longer
    in it was taken back; False: single records, added to what is there. `files`: what it is read from."""

    source: str
    kind: Kind
    complete: bool
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One document of a feed. `name` says where it lies, for messages; `problem` is set instead of `data` when it cannot be read."""

    name: str
    data: bytes
    problem: str = ""


def find_feeds(paths: list[Path]) -> list[Feed]:
    """The feeds below some paths, sorted by source; score lists last. Raises UnknownFeed for a path that is not there or holds none."""
    feeds: list[Feed] = []
    for path in paths:
        found = _below(path) if path.is_dir() else [feed for feed in [_of_file(path, alone=True)] if feed]
        if not found:
            raise UnknownFeed(
                f"{path}: no advisories here (OSV records or all.zip, kev.json, epss.csv, cvss.csv, Debian tracker, secdb, CSAF)"
            )
        feeds += found
    return sorted(_joined(feeds), key=lambda feed: (feed.kind in {"kev", "epss", "cvss"}, feed.source, feed.complete))


def _below(folder: Path) -> list[Feed]:
    loose: dict[Path, list[Path]] = {}
    found: list[Feed] = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name in _IGNORED or path.name.startswith("."):
            continue
        feed = _of_file(path, alone=False)
        if feed and feed.kind == "osv" and not feed.complete:
            loose.setdefault(path.parent, []).append(path)
        elif feed:
            found.append(feed)
    found += [Feed("records", "osv", False, tuple(files)) for _, files in sorted(loose.items())]
    return found


def _joined(feeds: list[Feed]) -> list[Feed]:
    """Feeds of the same name are one delivery, so that one part does not take back the other."""
    table: dict[tuple[str, Kind, bool], list[Path]] = {}
    for feed in feeds:
        files = table.setdefault((feed.source, feed.kind, feed.complete), [])
        files += [path for path in feed.files if path not in files]
    return [Feed(source, kind, complete, tuple(files)) for (source, kind, complete), files in table.items()]


def _of_file(path: Path, *, alone: bool) -> Feed | None:
    """What one file is. Of a file that was named itself, UnknownFeed says why it cannot be used; others are passed over."""
    try:
        if path.suffix == ".zip":
            source = path.resolve().parent.name if path.stem == "all" else path.stem
            return Feed(source, "osv", True, (path,))
        table = path.name.endswith((".csv", ".csv.gz"))
        with gzip.open(path) if path.suffix == ".gz" and table else path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        if alone:
            raise UnknownFeed(f"{path}: {getattr(error, 'strerror', '') or error}") from error
        return None
    if table:
        return _csv(path, head)
    if path.suffix not in {".json", ""} and not alone:
        return None
    return _json(path, head)


def _csv(path: Path, head: bytes) -> Feed | None:
    lines = [line for line in head.decode("utf-8", "replace").lower().splitlines() if line and not line.startswith("#")]
    if lines and lines[0].startswith("cve,epss"):
        return Feed("epss", "epss", True, (path,))
    if lines and lines[0].replace(" ", "").startswith("cve,type,vector"):
        return Feed("cvss", "cvss", True, (path,))
    return None


def _json(path: Path, head: bytes) -> Feed | None:
    if b'"catalogVersion"' in head or (path.stem.startswith(("kev", "known_exploited")) and b'"vulnerabilities"' in head):
        return Feed("kev", "kev", True, (path,))
    if b'"distroversion"' in head or b'"apkurl"' in head:
        return Feed(f"secdb {path.resolve().parent.name}/{path.stem}", "secdb", True, (path,))
    if b'"csaf_version"' in head or (b'"document"' in head and b'"csaf_' in head):
        return Feed("csaf", "csaf", False, (path,))
    if head.lstrip()[:1] == b"{" and b'"affected"' not in head and _TRACKER(head):
        return Feed("debian-tracker", "debian-tracker", True, (path,))
    if head.lstrip()[:1] in (b"{", b"["):
        return Feed("records", "osv", False, (path,))
    return None


def raw_records(feed: Feed) -> Iterator[RawRecord]:
    """The documents of an OSV feed. A broken archive or file is one record with a problem."""
    for path in feed.files:
        try:
            if zipfile.is_zipfile(path):
                yield from _members(path)
            elif path.suffix == ".zip":
                yield RawRecord(str(path), b"", "not a zip archive")
            elif path.stat().st_size > MAX_RECORD_BYTES:
                yield RawRecord(str(path), b"", f"larger than {MAX_RECORD_BYTES} bytes")
            else:
                yield RawRecord(path.name, path.read_bytes())
        except (OSError, zipfile.BadZipFile) as error:
            yield RawRecord(str(path), b"", f"unreadable: {error}")


def broken(feed: Feed) -> str:
    """Why a delivery cannot be trusted to be whole, empty if it can: then nothing is taken back."""
    for path in feed.files:
        if path.suffix == ".zip" and not zipfile.is_zipfile(path):
            return f"{path.name} is no zip archive"
    return ""


def _members(path: Path) -> Iterator[RawRecord]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            name = f"{path.parent.name}/{member.filename}"
            if member.filename.endswith(".zip"):
                yield RawRecord(name, b"", "an archive inside of an archive is not read")
            if member.is_dir() or not member.filename.endswith(".json"):
                continue
            if member.file_size > MAX_RECORD_BYTES:
                yield RawRecord(name, b"", f"larger than {MAX_RECORD_BYTES} bytes")
                continue
            try:
                yield RawRecord(name, archive.read(member))
            except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
                yield RawRecord(name, b"", f"unreadable: {error}")
            except Exception as error:  # zlib.error is no OSError
                yield RawRecord(name, b"", f"unreadable: {type(error).__name__}: {error}")
