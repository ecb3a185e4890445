"""Line by line configuration: `name value`, `name = value`, `name: value`, with or without [sections]."""

from __future__ import annotations

import re
from collections.abc import Iterator

from schemas.facts import Directive


def unquoted(value: str) -> str:
    """Without the quotes around the whole value."""
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _uncommented(value: str) -> str:
    """Without a comment after the value, as long as no quote stands open before it."""
    if value[:1] in ("'", '"'):
        end = value.find(value[0], 1)
        return value[: end + 1] if end > 0 else value
    return re.split(r"\s[#;]", value, maxsplit=1)[0].rstrip()


def assignments(text: str, comments: str = "#;") -> Iterator[Directive]:
    """`name = value` lines (ini, properties, shell, TOML); a name alone has an empty value. `context` is the section in lower case."""
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped[0] in comments:
            continue
        name, equals, value = stripped.partition("=")
        if stripped[0] == "[" and "]" in stripped:
            section = stripped[: stripped.index("]")].strip("[ \t").lower()
        elif equals and name:
            yield Directive(
                line=number, name=name.removeprefix("export ").strip(), value=unquoted(_uncommented(value.strip())), context=section
            )
        else:
            yield Directive(line=number, name=_uncommented(stripped), context=section)


def words(text: str) -> Iterator[Directive]:
    """`name value ...` lines; a line that begins with # or ; is a comment."""
    for number, line in enumerate(text.splitlines(), start=1):
        parts = line.split(None, 1)
        if parts and parts[0][0] not in "#;":
            yield Directive(line=number, name=parts[0], value=unquoted(parts[1].strip() if len(parts) > 1 else ""))


def options(text: str) -> Iterator[Directive]:
    """Command line options anywhere in a text: `--name=value`, `--name value`, `-x value`, in lines that are no comments."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip()[:1] in ("#", ""):
            continue
        for found in re.finditer(
            r"(?:\A|[\s\"'=,\[])(--?[A-Za-z][\w.-]*)(?:=|[\s\"',]+)?((?<![\s])[^\s\"',-][^\s\"',]*|[^\s\"'-][^\s\"']*)?", line
        ):
            yield Directive(line=number, name=found[1], value=found[2] or "")
