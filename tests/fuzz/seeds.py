"""Whole files for each collector to begin with: what this machine holds of the kind, and a few lines of each common form."""

from __future__ import annotations

import gzip
import io
import os
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from analyzers.contract import Collector, PassContext
from analyzers.dispatch import HEAD, Dispatch
from tests.unit.analyzers.archive_makers import COMPRESSIONS, cpio, deb, rpm, sevenzipped, tarred, zipped
from tests.unit.analyzers.sevenzip.contents import FOLDER as SEVENZIPS

ENOUGH, SMALL = 12, 400_000
FILES_LOOKED_AT = 60_000
_ROOTS = ("/var/lib/dpkg", "/etc", "/usr/share/doc/base-files", "/usr/bin", "/usr/lib/python3", "/usr/share/perl5")


def forms() -> list[bytes]:
    """Small documents of the forms that many parsers read."""
    archive, packed = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(archive, "w") as jar:
        jar.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\nImplementation-Title: a\nImplementation-Version: 1.0\n")
        jar.writestr("META-INF/maven/a/b/pom.properties", "groupId=a\nartifactId=b\nversion=1.0\n")
        jar.writestr("inner.jar", b"PK\x05\x06" + bytes(18))
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        tar.addfile(tarfile.TarInfo("a"), io.BytesIO())
    return [
        b"", b"\n", b'{"name": "a", "version": "1.0", "packages": {"": {}, "node_modules/a": {"version": "1"}}, "components": []}',
        b"<project><groupId>a</groupId><artifactId>b</artifactId><version>1</version></project>", b"a: 1\nb: [x, y]\nc: {d: e}\n",
        b'[[package]]\nname = "a"\nversion = "1.0"\n', b"[section]\nkey = value\npassword=hunter22222\n", b"a==1.0\nb>=2\n-r other.txt\n",
        b"root:x:0:0:root:/root:/bin/sh\n", b"root:$6$salt$abc:19000:0:99999:7:::\n",
        b"Package: a\nVersion: 1\nStatus: install ok installed\n\n",
        b"C:Q1\nP:a\nV:1-r0\nA:x86_64\nF:usr\nR:b\n\n", b"ID=debian\nVERSION_ID=12\n", b"server { listen 80; location / { root /; } }\n",
        b"PermitRootLogin yes\nMatch User a\n", b"-----BEGIN RSA PRIVATE KEY-----\nMIIBOgIBAAJBAK\n-----END RSA PRIVATE KEY-----\n",
        b"#!/bin/sh\ncurl http://example.org/a | sh\n", archive.getvalue(), packed.getvalue(), gzip.compress(b"a" * 100_000),
        b"\x7fELF\x02\x01\x01" + bytes(57), b"MZ" + bytes(62), b"SQLite format 3\0" + bytes(84), bytes(4096), bytes(range(256)) * 8,
    ]  # fmt: skip


def archives_of_all_kinds() -> dict[str, bytes]:
    """One of each format that is opened, with members that are archives themselves."""
    inner = {"a.txt": b"alpha" * 200, "b.zip": zipped({"c": b"gamma"}), "d.gz": COMPRESSIONS["gz"](b"delta" * 900)}
    packed = {f"tar.{name}": pack(tarred(inner)) for name, pack in COMPRESSIONS.items()}
    return {
        "zip": zipped(inner),
        "tar": tarred(inner),
        "deb": deb(inner),
        "cpio": cpio(inner),
        "rpm": rpm(inner),
        **sevenzips(inner),
        **packed,
    }


def sevenzips(inner: dict[str, bytes]) -> dict[str, bytes]:
    """One of ours with a plain header, which damage reaches, and those that 7-Zip made."""
    real = {f"7z.{one.stem}": one.read_bytes() for one in sorted(SEVENZIPS.glob("*.7z"))}
    return {"7z": sevenzipped(inner), "7z.packed": sevenzipped(inner, packed_header=True), **real}


def files() -> Iterator[Path]:
    """Files of this machine, the project's own environment first."""
    roots = [Path(__file__).resolve().parents[2] / "console", Path(sys.prefix) / "lib", *map(Path, _ROOTS)]
    for root in roots:
        for folder, _, names in os.walk(root):
            for name in sorted(names):
                yield Path(folder) / name


def seeds_of(kinds: tuple[type[Collector], ...]) -> dict[str, list[tuple[str, bytes]]]:
    """Collector -> (path, content) of files that it wants. One of which nothing was found gets the common forms at a path that it wants."""
    collectors = [kind(PassContext(b"key")) for kind in kinds]
    dispatch = Dispatch(collectors)
    found: dict[str, list[tuple[str, bytes]]] = {kind.name: [] for kind in kinds}
    for count, path in enumerate(files()):
        if count > FILES_LOOKED_AT:
            break
        try:
            if path.is_symlink() or not path.is_file() or path.stat().st_size > SMALL:
                continue
            with path.open("rb") as file:
                wanting = dispatch.wanting(str(path).lstrip("/"), file.read(HEAD))
                missing = [one for one in wanting if len(found[one.name]) < ENOUGH]
                if missing:
                    file.seek(0)
                    data = file.read()
        except OSError:
            continue
        for one in missing:
            found[one.name].append((str(path).lstrip("/"), data))
    for kind in kinds:
        found[kind.name] += [(path, form) for path in _paths(kind) for form in forms()]
    return found


def _paths(kind: type[Collector]) -> list[str]:
    wanted = kind.wanted
    some = [*sorted(wanted.paths)[:4], *sorted(wanted.names)[:4], *(f"srv/a{suffix}" for suffix in sorted(wanted.suffixes)[:4]),
            *(f"{folder}a" for folder in wanted.folders[:3])]  # fmt: skip
    return some or ["srv/a"]
