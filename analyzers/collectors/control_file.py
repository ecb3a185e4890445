"""Paragraphs of Debian control files, as dpkg and opkg write them. Source: deb822(5), Debian Policy 5.1."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

CUT = "\n"
"""A field that no file has: the paragraph has fields that are left out, since it is longer than any honest one."""
_LONG, _MAX_FIELDS = 1 << 20, 4096
_BETWEEN = re.compile(rb"\n[ \t\r]*\n")
_FIELD = re.compile(rb"^[^ \t\n][^\n]*", re.MULTILINE)
_SOURCE = re.compile(r"([^\s(]+)\s*(?:\(\s*([^)\s]+)\s*\))?")
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9+._\-]*)")  # opkg's names have underscores


def paragraphs(data: bytes) -> Iterator[dict[str, str]]:
    """Each paragraph as field name in lower case -> value; continuation lines follow after a newline, without their first blank; an empty
    first line counts for nothing.

    Bytes that are no UTF-8 become backslash escapes. Lines without a colon are left out; the last of two equal fields wins. A paragraph
    above 1 MiB has `CUT`: the first lines of its fields count, as many as are no longer than that together."""
    start = 0
    for between in _BETWEEN.finditer(data):
        yield from _paragraph(data, start, between.start())
        start = between.end()
    yield from _paragraph(data, start, len(data))


def _paragraph(data: bytes, start: int, end: int) -> Iterator[dict[str, str]]:
    if end - start <= _LONG:
        fields = _fields(data[start:end].decode("utf-8", "backslashreplace").split("\n"))
    else:
        fields = {**_fields(_short_lines(data, start, end)), CUT: ""}
    if fields:
        yield fields


def _short_lines(data: bytes, start: int, end: int) -> Iterator[str]:
    """The first lines of the fields of a long paragraph, as many as there is room for; a long one is left out and those behind it count."""
    room = _LONG
    for found in _FIELD.finditer(data, start, end):
        length = found.end() - found.start() + _LONG // _MAX_FIELDS
        if length <= room:
            room -= length
            yield found[0].decode("utf-8", "backslashreplace")


def _fields(lines: Iterable[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    extra: list[str] = []
    for line in lines:
        if line[:1] in (" ", "\t"):
            if name:
                extra.append(line[1:].rstrip())
            continue
        if extra:
            fields[name] = "\n".join((fields[name], *extra)).lstrip("\n")
            extra = []
        key, colon, value = line.partition(":")
        if not colon or line.startswith("#"):
            name = ""
            continue
        name = key.strip().lower()
        fields[name] = value.strip()
    if extra and name:
        fields[name] = "\n".join((fields[name], *extra)).lstrip("\n")
    return fields


def source_of(fields: Mapping[str, str]) -> tuple[str, str]:
    """(source package, its version): `Source: name (version)`, where what is absent equals the binary package's (Policy 5.6.1)."""
    name, version = fields.get("package", ""), fields.get("version", "")
    match = _SOURCE.match(fields.get("source", ""))
    if match is None:
        return name, version
    return match[1], match[2] or version


def depended_names(*relations: str) -> list[list[str]]:
    """Names of `Depends`-like fields: one list per clause, its alternatives in order, without versions and architectures."""
    clauses = []
    for relation in relations:
        for clause in relation.replace("\n", " ").split(","):
            names = [match[1] for part in clause.split("|") if (match := _NAME.match(part))]
            if names:
                clauses.append(names)
    return clauses


def resolve(clauses: list[list[str]], provided: Mapping[str, str]) -> tuple[str, ...]:
    """The installed packages that fulfil the clauses: for each the first alternative that is there, by its own name or as a virtual one."""
    found: dict[str, None] = {}
    for names in clauses:
        for name in names:
            if name in provided:
                found[provided[name]] = None
                break
    return tuple(found)


def provided_names(packages: Mapping[str, str]) -> dict[str, str]:
    """Name -> the installed package that stands for it: the one of that name, else the first that provides it.

    packages: name -> its `Provides` field."""
    table = {name: name for name in packages}
    for name, provides in packages.items():
        for clause in depended_names(provides):
            table.setdefault(clause[0], name)
    return table
