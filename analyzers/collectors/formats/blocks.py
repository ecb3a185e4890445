"""Configuration in blocks: nginx (`name value { ... }`) and Apache httpd (`<Name value> ... </Name>`).

`context` of a directive are the blocks around it, outermost first, joined by ` > `.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from schemas.facts import Directive

MAX_DEPTH = 50
_TOKEN = re.compile(
    r"\s+|#[^\n]*|([{};])|(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')|((?:\\.|\$\{[^}\s]{0,200}\}|[^\s{};\"'#\\$]|\$)(?:\\.|\$\{[^}\s]{0,200}\}|[^\s{};\\$]|\$)*)|.",
    re.DOTALL,
)
MAX_VALUE = 4_000


def nginx(text: str) -> Iterator[Directive]:
    """Simple directives of an nginx file. Source: nginx beginner's guide, configuration file's structure."""
    stack: list[str] = []
    words: list[str] = []
    line, start, place = 1, 1, 0
    for token in _TOKEN.finditer(text):
        line += text.count("\n", place, token.start())
        place = token.start()
        word = token[2][1:-1] if token[2] else token[3]
        if word is not None:
            start = start if words else line
            words.append(word)
        elif token[1] == ";":
            if words:
                yield Directive(line=start, name=words[0], value=" ".join(words[1:])[:MAX_VALUE], context=" > ".join(stack))
            words = []
        elif token[1] == "{":
            if len(stack) < MAX_DEPTH:
                stack.append(" ".join(words)[:200])
            words = []
        elif token[1] == "}":
            del stack[-1:]
            words = []


def apache(text: str) -> Iterator[Directive]:
    """Directives of an httpd file, names in lower case; IfModule and its relatives do not count as blocks. Source: httpd manual."""
    stack: list[tuple[str, str]] = []
    joined, start = "", 0
    for number, raw in enumerate(text.splitlines(), start=1):
        start = start or number
        joined += raw.rstrip("\\") if raw.endswith("\\") else raw
        if raw.endswith("\\"):
            continue
        line, first = joined.strip(), start
        joined, start = "", 0
        if not line or line.startswith("#"):
            continue
        if line.startswith("</"):
            del stack[-1:]
        elif line[0] == "<" and line[-1] == ">":
            block, arguments = _halves(line[1:-1].strip())
            block, arguments = block.lower(), arguments[:200]
            if len(stack) < MAX_DEPTH:
                stack.append((block, arguments))
            if block in ("directory", "location", "files", "directorymatch", "locationmatch", "virtualhost"):
                yield Directive(line=first, name=f"<{block}>", value=arguments, context=_around(stack[:-1]))
        else:
            name, value = _halves(line)
            yield Directive(line=first, name=name.lower(), value=value[:MAX_VALUE], context=_around(stack))


def _halves(line: str) -> tuple[str, str]:
    """A name and what follows it, whatever space is between."""
    parts = line.split(None, 1)
    return parts[0] if parts else "", parts[1].strip() if len(parts) > 1 else ""


def _around(stack: list[tuple[str, str]]) -> str:
    return " > ".join(f"{name} {value}".strip() for name, value in stack if not name.startswith("if"))
