"""Packages of the rpm database in all its forms, and of the text manifests that distroless CBL-Mariner and Azure Linux images have.

The database is read when the layer ends, since its write-ahead log may come before or after it in the tar.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar

from analyzers.collectors.package_details import kib, named, told_once
from analyzers.collectors.rpmdb import berkeley, ndb, sqlite
from analyzers.collectors.rpmdb import header as tags
from analyzers.collectors.rpmdb.corrupt import Corrupt
from analyzers.collectors.rpmdb.header import Header
from analyzers.contract import BaseCollector, FileView, PassContext, Wanted
from schemas.facts import Fact, OwnedFiles, Package, Skipped
from schemas.vocabulary import Reason

FOLDERS = ("var/lib/rpm/", "usr/lib/sysimage/rpm/", "usr/share/rpm/")
DATABASES = ("rpmdb.sqlite", "Packages.db", "Packages")
LOG = "rpmdb.sqlite-wal"
MANIFEST = "var/lib/rpmmanifest/container-manifest-2"
MAX_OWNED_CHARACTERS = 64 * 1024 * 1024  # of all paths of one database, 32 more for each; a large installation has some 20 million
MAX_PACKAGES = 100_000
MAX_CAPABILITIES = 1_000_000  # an installation has some ten for each package
_MD5, _MD5_HEX = 1, 32
_LINE = re.compile(rb"[^\r\n]+")


class Rpm(BaseCollector):
    """Facts: Package and OwnedFiles per header; Skipped for a damaged database, beside what could be read of it."""

    name: ClassVar[str] = "rpm"
    version: ClassVar[int] = 5
    tells: ClassVar[tuple[type[Fact], ...]] = (OwnedFiles, Package)
    wanted: ClassVar[Wanted] = Wanted(
        paths=frozenset({MANIFEST, *(folder + name for folder in FOLDERS for name in (*DATABASES, LOG))}), max_bytes=128 * 1024 * 1024
    )

    def __init__(self, context: PassContext) -> None:
        super().__init__(context)
        self._databases: dict[str, bytes] = {}
        self._logs: dict[str, bytes] = {}

    def collect(self, file: FileView) -> Iterable[Fact]:
        if file.path == MANIFEST:
            return tuple(_manifest(file.path, file.data))
        table = self._logs if file.path.endswith(LOG) else self._databases
        table[file.path] = file.data
        return ()

    def finish(self) -> Iterable[Fact]:
        for path, data in self._databases.items():
            log = self._logs.pop(f"{path}-wal", b"")
            yield from told_once(self._database(path, data, log), path, self.name)
        for path, log in self._logs.items():
            if len(log) > 32:  # longer than a head without frames
                yield self._skipped(path, "a write-ahead log whose database lies in another layer")

    def _database(self, path: str, data: bytes, log: bytes) -> Iterator[Fact]:
        found: list[Header] = []
        problems: list[str] = []
        try:
            for number, blob in enumerate(_blobs(data, log)):
                if number == MAX_PACKAGES:
                    raise Corrupt(f"more than {MAX_PACKAGES} packages")
                try:
                    found.append(Header(blob))
                except Corrupt as error:
                    problems.append(str(error))
        except Corrupt as error:
            problems.append(str(error))
        yield from self._facts(path, found)
        for problem in dict.fromkeys(problems):
            yield self._skipped(path, f"{problem}; {len(found)} packages were read")

    def _facts(self, path: str, headers: list[Header]) -> Iterator[Fact]:
        providers = _providers(headers)
        if len(providers) > MAX_CAPABILITIES:
            yield self._skipped(path, f"more than {MAX_CAPABILITIES} capabilities: what needs what is told in part")
        room = MAX_OWNED_CHARACTERS
        for one in headers:
            name, version, release = one.text(tags.NAME), one.text(tags.VERSION), one.text(tags.RELEASE)
            if not name or not version:
                yield self._skipped(path, f"{name or 'a package'} has no {'version' if name else 'name'}")
                continue
            epoch = one.numbers(tags.EPOCH)
            licence, vendor = one.text(tags.LICENSE), one.text(tags.VENDOR)
            depends = dict.fromkeys(providers[need] for need in one.texts(tags.REQUIRENAME) if need in providers)
            yield Package(
                path=path,
                type="rpm",
                name=name,
                version=(f"{epoch[0]}:" if epoch else "") + version + (f"-{release}" if release else ""),
                arch=one.text(tags.ARCH),
                source=_present(one.text(tags.SOURCERPM)),
                licences=(licence,) if licence and name != "gpg-pubkey" else (),
                depends=tuple(other for other in depends if other != name),
                module=_present(one.text(tags.MODULARITYLABEL)),
                details=named(maintainer=_present(vendor), installed_kib=kib(str(next(iter(one.numbers(tags.SIZE)), "")), 1024)),
            )
            files = _files(one, room)
            room -= sum(map(len, files)) + 32 * len(files)
            if not files and one.texts(tags.BASENAMES):
                yield self._skipped(path, f"the file list of {name} is damaged or too long")
            if files:
                yield OwnedFiles(path=path, package=name, arch=one.text(tags.ARCH), files=files, md5=_md5(one, len(files)))

    def _skipped(self, path: str, why: str) -> Skipped:
        return Skipped(path=path, collector=self.name, reason=f"{Reason.UNREADABLE}: {why}")


def _blobs(data: bytes, log: bytes) -> Iterator[bytes]:
    """The header blobs of whichever form the bytes are. Raises Corrupt."""
    if not data and not log:
        raise Corrupt("an empty file")
    if data[:16] == sqlite.MAGIC or log:
        yield from sqlite.headers(data, log)
    elif data[:4] == ndb.MAGIC:
        yield from ndb.headers(data)
    elif berkeley.is_berkeley(data):
        yield from berkeley.headers(data)
    else:
        raise Corrupt("neither SQLite, NDB nor a Berkeley DB hash")


def _present(text: str) -> str:
    return "" if text == "(none)" else text


def _files(one: Header, room: int) -> tuple[str, ...]:
    """Paths from folder index and base name; very old headers have them whole. None when they have more than `room` characters."""
    folders, indexes, names = one.texts(tags.DIRNAMES), one.numbers(tags.DIRINDEXES), one.texts(tags.BASENAMES)
    if not names:
        return tuple(path.lstrip("/") for path in one.texts(tags.OLDFILENAMES))
    if len(indexes) != len(names) or max(indexes) >= len(folders):
        return ()
    short = [folder.lstrip("/") for folder in folders]
    if sum(map(len, names)) + sum(len(short[index]) for index in indexes) + 32 * len(names) > room:
        return ()
    return tuple([short[index] + name for index, name in zip(indexes, names, strict=True)])


def _md5(one: Header, count: int) -> tuple[str, ...]:
    """MD5 of each file, empty for folders and links; an empty tuple where the package uses another algorithm."""
    algorithm = one.numbers(tags.FILEDIGESTALGO)
    digests = one.texts(tags.FILEDIGESTS)
    if (algorithm and algorithm[0] != _MD5) or len(digests) != count or not any(len(digest) == _MD5_HEX for digest in digests):
        return ()
    return tuple(digests)


def _providers(headers: list[Header]) -> dict[str, str]:
    """Capability -> the first package that provides it; file requirements (`/bin/sh`) are left out."""
    table: dict[str, str] = {}
    for one in headers:
        name = one.text(tags.NAME)
        for capability in (name, *one.texts(tags.PROVIDENAME)):
            table.setdefault(capability, name)
        if len(table) > MAX_CAPABILITIES:
            break
    return table


def _manifest(path: str, data: bytes) -> Iterator[Fact]:
    """Lines of tab-separated NAME, VERSION-RELEASE, INSTALLTIME, BUILDTIME, VENDOR, EPOCH, SIZE, ARCH, EPOCHNUM, SOURCERPM: what
    `rpm -qa --qf` wrote when the image was made (CBL-Mariner toolkit, container manifests)."""
    bad = 0
    for number, found in enumerate(_LINE.finditer(data)):
        fields = found[0].decode("utf-8", "backslashreplace").split("\t", 10)
        if number == MAX_PACKAGES:
            bad += 1
            break
        if len(fields) < 10:
            bad += bool(found[0].strip())
            continue
        epoch = fields[8] if fields[8].isdigit() and fields[8] != "0" else ""
        yield Package(
            path=path,
            type="rpm",
            name=fields[0],
            version=(f"{epoch}:" if epoch else "") + fields[1],
            arch=_present(fields[7]),
            source=_present(fields[9].strip()),
            details={"maintainer": fields[4]} if _present(fields[4]) else {},
        )
    if bad:
        reason = f"{Reason.UNREADABLE}: lines without ten fields, or more than {MAX_PACKAGES}: {bad}"
        yield Skipped(path=path, collector=Rpm.name, reason=reason)
