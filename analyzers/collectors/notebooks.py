"""Notebooks of Jupyter: what their cells say and what these printed, read like files of their own.

Source: nbformat, "The notebook file format": sources and texts are strings or lists of lines, pictures stand in `data` in base64.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson

ENDING = ".ipynb"
_SHELL = re.compile(r"(?m)^[ \t]*(?:!|%(?:env|set_env|sx)\s|%%?(?:bash|sh)\s)[ \t]*(.*)$")  # IPython, "Built-in magic commands"
_PRINTED = ("text", "traceback")


def cell_texts(data: bytes) -> dict[str, bytes]:
    """What the cells say, by the ending of a file of that kind: code, what code gives to a shell, notes with what was printed. Pictures and
    other data of outputs are no text. Raises orjson.JSONDecodeError."""
    document = orjson.loads(data)
    cells = [cell for cell in _cells(document) if isinstance(cell, dict)]
    outputs = [one for cell in cells for one in _listed(cell.get("outputs")) if isinstance(one, dict)]
    code: list[str] = []
    notes = [text for one in outputs for text in _printed(one)]
    for cell in cells:
        text = _text(cell.get("source", cell.get("input")))
        (code if cell.get("cell_type", "code") == "code" else notes).append(text)
    said = "\n".join(code)
    shell = (found[1] for found in _SHELL.finditer(said))
    return {".py": said.encode(), ".sh": "\n".join(shell).encode(), ".txt": "\n".join(notes).encode()}


def place_in(data: bytes, text: bytes, start: int, value: bytes) -> int:
    """Where a value at `start` of a text of the cells stands in the notebook: within its line as JSON writes it."""
    line = text[text.rfind(b"\n", 0, start) + 1 :].split(b"\n", 1)[0]
    return max(0, data.find(_escaped(value), max(0, data.find(_escaped(line)))))


def _escaped(text: bytes) -> bytes:
    return orjson.dumps(text.decode("utf-8", "replace"))[1:-1]


def _cells(document: Any) -> Iterator[Any]:
    """The cells; up to version 3 of the format they stand in worksheets."""
    if isinstance(document, dict):
        yield from _listed(document.get("cells"))
        for sheet in _listed(document.get("worksheets")):
            yield from _listed(sheet.get("cells")) if isinstance(sheet, dict) else ()


def _printed(output: dict[str, Any]) -> Iterator[str]:
    yield from (_text(output.get(name)) for name in _PRINTED)
    shown = output.get("data")
    yield _text(shown.get("text/plain")) if isinstance(shown, dict) else ""


def _listed(node: Any) -> list[Any]:
    return node if isinstance(node, list) else []


def _text(node: Any) -> str:
    """A string, or lines that carry their own ends."""
    return node if isinstance(node, str) else "".join(one for one in _listed(node) if isinstance(one, str))
