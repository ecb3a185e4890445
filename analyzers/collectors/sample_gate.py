"""What is worth the rules' time: by kind of content first, then by size and place.

Scanning costs by the byte and by the file. Programs and texts run, so they are scanned; pictures, fonts, catalogues and byte code caches do
not run by themselves and are only looked into for script that hides in them.
"""

from __future__ import annotations

import re2

from analyzers.collectors.file_kind import Kind

BINARY_RULES, PAGE_RULES, TEXT_RULES, SCRIPT_RULES = "binary", "page", "text", "script"
MAX_TEXT = 1024 * 1024
MAX_SCRIPT = 16 * 1024 * 1024
MAX_POLYGLOT = 2 * 1024 * 1024
PROSE_SUFFIXES = frozenset({
    ".md", ".markdown", ".rst", ".txt", ".html", ".htm", ".xhtml", ".xml", ".svg", ".css", ".scss", ".less", ".tex", ".log", ".csv",
    ".tsv", ".po", ".pot", ".json", ".lock", ".map", ".adoc", ".asciidoc", ".texi", ".h", ".hpp", ".pyi", ".1", ".2", ".3", ".4", ".5",
    ".6", ".7", ".8", ".toml", ".changes", ".list", ".md5sums", ".symbols", ".shlibs", ".pem", ".crt", ".eml", ".ipynb", ".snap",
    ".diff", ".patch", ".orig", ".rej", ".yar", ".yara", ".sql", ".ts", ".tsx", ".xsl", ".dtd", ".xsd", ".bib", ".conf", ".cmake",
    ".properties", ".ini", ".vim", ".el", ".opt", ".info", ".gemspec", ".pc", ".la", ".jsonl", ".ndjson",
})  # fmt: skip
PROSE_NAMES = ("METADATA", "PKG-INFO", "README", "LICENSE", "LICENCE", "COPYING", "CHANGE", "NEWS", "AUTHORS", "HISTORY", "INSTALL", "TODO")
# Both begin with one certain byte: re2 then leaps from one to the next, which is eight times as fast as `in` for each mark. Most small
# texts have none.
PAGE = re2.compile(rb"<(?i:\?|%|script|cf)")  # without one of these nothing runs on a server that renders pages
HIDDEN_SCRIPT = re2.compile(rb"<(?i:\?php|%@ ?page|%eval)")


def is_script(path: str, head: bytes) -> bool:
    """Whether a text may be meant to be run: by its first line, or unless its name says that it is prose or data."""
    if head.startswith(b"#!"):
        return True
    name = path[path.rfind("/") + 1 :]
    dot = name.rfind(".")
    return name[dot:].lower() not in PROSE_SUFFIXES if dot > 0 else not name.startswith(PROSE_NAMES)


def rule_sets(kind: Kind, path: str, data: bytes, size: int, startup: bool = False) -> tuple[str, ...]:
    """Names of our rule sets that fit a file (or a window of it) with this kind, path and whole size. `data` of a text is UTF-8."""
    if kind is Kind.PROGRAM:
        return (BINARY_RULES,)
    if kind is Kind.TEXT:
        return _text_sets(path, data, size, startup)
    hides = kind in (Kind.MEDIA, Kind.OTHER) and len(data) <= MAX_POLYGLOT and HIDDEN_SCRIPT.search(data)
    return (SCRIPT_RULES, PAGE_RULES) if hides else ()


def _text_sets(path: str, data: bytes, size: int, startup: bool) -> tuple[str, ...]:
    if startup or is_script(path, data):
        named, fits = SCRIPT_RULES, size <= MAX_SCRIPT or data.startswith(b"#!")
    else:
        named, fits = TEXT_RULES, size <= MAX_TEXT
    if not fits:
        return ()
    return (named, PAGE_RULES) if b"<" in data and PAGE.search(data) else (named,)


def left_out(kind: Kind, path: str, data: bytes, size: int) -> bool:
    """Whether this text may be meant to be run, and no rule looks at it for its size."""
    return kind is Kind.TEXT and size > MAX_SCRIPT and is_script(path, data) and not data.startswith(b"#!")
