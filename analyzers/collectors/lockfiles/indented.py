"""The small part of YAML that lock files are written in: mappings by indentation, plain and quoted scalars.

A line at a time and without recursion, so that no document costs more than its size; flow collections stay text, lists are left out.
Source: YAML 1.2, chapters 6 and 8 (block mappings); the forms are those that pnpm, Yarn, pub and CocoaPods write.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from analyzers.collectors.application_files import Unreadable

_TEXT = re.compile(r": [|>][+-]?\d?[+-]?\Z")
MAX_DEPTH = 16
MAX_LINES = 500_000  # the largest real lock files have about 50,000; each line of 16 MB may cost 300 bytes of memory


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """(indentation, content) of every line that is neither empty nor a comment nor part of a text over several lines. A long key that has
    a line of its own (`? key`, then `: value`) comes as `key:`, what stands beside its colon as a line below. Raises Unreadable after
    MAX_LINES lines."""
    inside: int | None = None  # how deep the line stands whose text goes on
    for number, line in enumerate(io.StringIO(text)):
        if number >= MAX_LINES:
            raise Unreadable(f"more than {MAX_LINES:,} lines")
        content = line.strip()
        indentation = len(line) - len(line.lstrip(" "))
        if not content or (inside is not None and indentation > inside):
            continue
        inside = indentation if _TEXT.search(content) else None
        if content.startswith("? "):
            content = content[2:] + ":"
        elif content.startswith(": "):
            indentation, content = indentation + 2, content[2:]
        if not content.startswith("#") and content != "---":
            yield indentation, content


def key_and_value(content: str) -> tuple[str, str]:
    """`'a': "b"` -> (`a`, `b`); a quoted key may hold colons. Without a colon the key is empty."""
    quote = content[0]
    if quote in "'\"":
        end = content.find(quote, 1)
        if end < 0 or content[end + 1 : end + 2] != ":":
            return "", content
        return content[1:end], scalar(content[end + 2 :])
    key, colon, value = content.partition(": ")
    if colon:
        return key, scalar(value)
    return (content[:-1], "") if content.endswith(":") else ("", content)


def scalar(text: str) -> str:
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return text


def mapping(text: str) -> dict[str, Any]:
    """Nested tables of texts. What lies deeper than MAX_DEPTH is left out."""
    root: dict[str, Any] = {}
    stack: list[tuple[int, dict[str, Any]]] = [(-1, root)]
    for indentation, content in lines_of(text):
        while len(stack) > 1 and stack[-1][0] >= indentation:
            stack.pop()
        key, value = key_and_value(content)
        if not key or content.startswith("- ") or len(stack) > MAX_DEPTH:
            continue
        if value:
            stack[-1][1][key] = value
        else:
            table: dict[str, Any] = {}
            stack[-1][1][key] = table
            stack.append((indentation, table))
    return root
