"""What a value stands in: the names of the sections, blocks or parents around a place in a configuration file or in code."""

from __future__ import annotations

import re

LOOK_BACK = 8192
MAX_DEPTH = 4
_INDENTED = re.compile(r"\.(?:ya?ml|sls)$")
_BRACED = re.compile(r"\.(?:json5?|jsonc|[cm]?[jt]sx?|tf|tfvars|hcl|py|rb|php|go|java|kt|groovy|gradle|conf)$")
_SECTIONED = re.compile(r"\.(?:ini|cfg|cnf|conf|toml|properties)$|(?:^|/)\.?[a-z]{2,16}(?:rc|config|cfg)$")
_PARENT = re.compile(rb"^([ \t]*)(?:- +)?[\"']?([A-Za-z][\w.-]{0,63})[\"']?:[ \t]*(?:[&|>#][^\n]*)?$")
_SECTION = re.compile(rb"(?m)^[ \t]{0,8}\[{1,2}[ \t]{0,4}([^\]\n]{1,120}?)[ \t]{0,4}\]{1,2}[ \t\r]{0,8}$")
_BRACE = re.compile(rb"[{}]")
_HEAD = re.compile(rb"([A-Za-z][\w.-]{0,63}(?:[\"'\s]{1,3}[A-Za-z][\w.-]{0,63})?)[\"']?\s{0,4}(?:=>|[:=(])?\s{0,4}$")


def names_around(data: bytes, place: int, path: str) -> tuple[str, ...]:
    """Names from the outermost to the innermost, at most MAX_DEPTH, of what holds the line at `place`: parents by indentation in YAML,
    blocks by braces in JSON, HCL and code, the `[section]` above in INI and TOML. Empty in other files."""
    before = data[max(0, place - LOOK_BACK) : place]
    if _INDENTED.search(path):
        return _by_indentation(before)
    if _BRACED.search(path) and (found := _by_braces(before)):
        return found
    return _by_section(before) if _SECTIONED.search(path) else ()


def _by_indentation(before: bytes) -> tuple[str, ...]:
    *above, line = before.split(b"\n")
    indent = len(line) - len(line.lstrip(b" \t"))
    names: list[str] = []
    for one in reversed(above):
        found = _PARENT.match(one.rstrip())
        if found and len(found[1]) < indent:
            names.append(found[2].decode("latin-1"))
            indent = len(found[1])
            if len(names) == MAX_DEPTH or not indent:
                break
    return tuple(reversed(names))


def _by_braces(before: bytes) -> tuple[str, ...]:
    names: list[str] = []
    closed = 0
    for brace in reversed(list(_BRACE.finditer(before))):
        place = brace.start()
        if brace[0] == b"}":
            closed += 1
        elif closed:
            closed -= 1
        elif found := _HEAD.search(before, max(0, place - 140), place):
            names.append(re.sub(r"[^\w.-]+", "_", found[1].decode("latin-1")))
            if len(names) == MAX_DEPTH:
                break
    return tuple(reversed(names))


def _by_section(before: bytes) -> tuple[str, ...]:
    found = [match[1] for match in _SECTION.finditer(before)]
    return (re.sub(r"[^\w.-]+", "_", found[-1].decode("latin-1")).strip("_"),) if found else ()
