"""Paragraphs of Debian control files, as dpkg and opkg write them. Source: deb822(5), Debian Policy 5.1."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_BETWEEN = re.compile(r"\n[ \t\r]*\n")
_SOURCE = re.compile(r"([^\s(]+)\s*(?:\(\s*([^)\s]+)\s*\))?")
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9+.\-]*)")


def paragraphs(data: bytes) -> Iterator[dict[str, str]]:
    """Each paragraph as field name in lower case -> value; continuation lines follow after a newline, without their first blank; an empty
    first line counts for nothing.

    Bytes that are no UTF-8 become backslash escapes. Lines without a colon are left out; the last of two equal fields wins."""
    for block in _BETWEEN.split(data.decode("utf-8", "backslashreplace")):
        fields: dict[str, str] = {}
        name = ""
        extra: list[str] = []
        for line in block.split("\n"):
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
        if fields:
            yield fields


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
