"""Licences of Debian packages out of `usr/share/doc/PACKAGE/copyright`.

Sources: machine-readable debian/copyright file 1.0 (DEP-5); Debian Policy 12.5 for files of older form, which point to
`/usr/share/common-licenses` or quote the licence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar

from analyzers.collectors.control_file import paragraphs
from analyzers.contract import BaseCollector, FileView, Wanted
from schemas.facts import Fact, PackageLicences

_PLACE = re.compile(r"usr/share/doc/([a-z0-9][a-z0-9+.-]+)/copyright\Z")
_MACHINE_READABLE = re.compile(rb"\A\s*(?:Format|Format-Specification):", re.IGNORECASE)
_PACKAGING = re.compile(r"(?:debian/\S*\s*)+\Z")  # licences of these files are not those of what is installed
_POINTER = re.compile(r"common-licenses/(Apache-2\.0|Artistic|BSD|CC0-1\.0|MPL-[\d.]+|L?GPL|GFDL)(?:-(\d(?:\.\d)?))?")
_VERSION = re.compile(r"version\s+(\d(?:\.\d)?)|GPLv?\s?(\d(?:\.\d)?)", re.IGNORECASE)
_LATER = re.compile(r"(?:any|or)\s+(?:\(at\s+your\s+option\)\s+)?later|at\s+your\s+option\)?\s*any", re.IGNORECASE)
_AROUND = 700  # the sentence about versions stands before the pointer
# The first words of licences that are quoted in whole, as people write them about each other's software.
_QUOTED = (
    ("MIT", re.compile(r"Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated")),
    ("ISC", re.compile(r"Permission to use, copy, modify, and(?:/or)? distribute this software for any purpose with or without fee")),
    ("BSD-3-Clause", re.compile(r"Redistribution and use in source and binary forms.{0,1500}(?:Neither the name|may not be used to)")),
    ("BSD-2-Clause", re.compile(r"Redistribution and use in source and binary forms(?!.{0,1500}(?:Neither the name|may not be used to))")),
    ("Zlib", re.compile(r"This software is provided 'as-is', without any express or implied warranty\. In no event")),
)  # fmt: skip
_MAX_LICENCES = 40


class CopyrightFiles(BaseCollector):
    """Facts: PackageLicences per copyright file that names a licence, as it names it; what is quoted or pointed to, as SPDX calls it."""

    name: ClassVar[str] = "copyright-files"
    version: ClassVar[int] = 1
    tells: ClassVar[tuple[type[Fact], ...]] = (PackageLicences,)
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"copyright"}), max_bytes=1024 * 1024)

    def collect(self, file: FileView) -> Iterable[Fact]:
        place = _PLACE.match(file.path)
        if place is None:
            return ()
        found = _stated(file.data) if _MACHINE_READABLE.match(file.data) else _recognised(file.data)
        licences = tuple(dict.fromkeys(found))[:_MAX_LICENCES]
        return (PackageLicences(path=file.path, package=place[1], licences=licences),) if licences else ()


def _stated(data: bytes) -> Iterator[str]:
    """First lines of the License fields of the header and of each Files paragraph."""
    for number, fields in enumerate(paragraphs(data)):
        first = " ".join(fields.get("license", "").partition("\n")[0].split())
        if 0 < len(first) <= 200 and (number == 0 or ("files" in fields and not _PACKAGING.match(fields["files"]))):
            yield first


def _recognised(data: bytes) -> Iterator[str]:
    text = " ".join(data.decode("utf-8", "replace").replace("\n *", "\n").split())
    for pointer in _POINTER.finditer(text):
        before = text[max(0, pointer.start() - _AROUND) : pointer.start()]
        name, version = pointer[1], (pointer[2] or "").rstrip(".")
        if name.endswith(("GPL", "GFDL")):
            yield _gnu(name, version, before)
        elif name != "BSD":
            yield name.rstrip(".")
    for name, words in _QUOTED:
        if words.search(text):
            yield name


def _gnu(name: str, version: str, before: str) -> str:
    """`GPL-2+`: the version that the text says, which may be older than the licence that the pointer leads to."""
    versions = [first or second for first, second in _VERSION.findall(before)]
    stated = versions[-1] if versions else version
    return f"{name}-{stated}{'+' if _LATER.search(before) else ''}" if stated else name
