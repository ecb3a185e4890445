"""Notebooks: cells and what they printed are looked at as text, pictures are not, and the line is that of the file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from analyzers.collectors.secrets import Secrets
from analyzers.contract import Entry, FileView, PassContext
from console.demo.drawn import Drawn
from schemas.facts import Fact, Secret, Skipped


def look(text: str) -> list[Fact]:
    data = text.encode()
    return list(Secrets(PassContext(b"key")).collect(FileView(Entry("srv/a.ipynb", "file", 0o644, 0, 0, len(data)), data)))


def notebook(source: Any, outputs: list[dict[str, Any]] | None = None) -> str:
    cell = {"cell_type": "code", "execution_count": 1, "metadata": {}, "source": source, "outputs": outputs or []}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def drawn(template: str) -> str:
    return Drawn(3).fill(template).decode()


PASSWORD = drawn("{base62:16}")
KEY = drawn("{secret:40}")
FOUND: dict[str, tuple[str, str]] = {
    "a line of a cell": (notebook(["import os\n", f'db_password = "{PASSWORD}"\n', "connect()"]), PASSWORD),
    "a cell that is one string": (notebook(f"import os\n\ndb_password = '{PASSWORD}'\n"), PASSWORD),
    "quotes that JSON writes with a backslash": (notebook([f'conn = odbc.connect("SERVER=db;UID=a;PWD={PASSWORD};")\n']), PASSWORD),
    "what a cell printed": (notebook("%env", [{"output_type": "stream", "text": [f"DB_PASSWORD={PASSWORD}\n"]}]), PASSWORD),
    "a variable that a cell sets": (notebook("%env DB_PASSWORD=" + PASSWORD), PASSWORD),
    "a command of a cell": (notebook(["x = 1\n", f"!sshpass -p {PASSWORD} ssh a@b\n"]), PASSWORD),
    "a note": (notebook(f"user: ops\npassword: {PASSWORD}\n").replace('"code"', '"markdown"'), PASSWORD),
    "a result": (notebook("x", [{"output_type": "execute_result", "data": {"text/plain": [f"api_secret = '{KEY}'"]}}]), KEY),
    "a traceback": (notebook("x", [{"output_type": "error", "traceback": [f'line 3\npassword = "{PASSWORD}"']}]), PASSWORD),
    "a worksheet of version 3": (
        json.dumps({"worksheets": [{"cells": [{"cell_type": "code", "input": [f'password = "{PASSWORD}"\n'], "outputs": []}]}]}, indent=1),
        PASSWORD,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FOUND)
def test_found_where_it_stands(name: str) -> None:
    text, value = FOUND[name]
    (one,) = look(text)
    assert isinstance(one, Secret)
    assert value in text.splitlines()[one.line - 1]


def test_pictures_are_no_text() -> None:
    picture = drawn("{base64:3000}")
    shown = {"output_type": "display_data", "data": {"image/png": picture, "text/html": [f'<img src="token={KEY}">']}, "metadata": {}}
    assert look(notebook(["token = tokenizer(text)\n", "password = os.environ['PW']"], [shown])) == []


@pytest.mark.parametrize("text", ["", "[]", "{", '{"cells": 3}', '{"cells": [1, {"source": 5, "outputs": [2, {"data": 7, "text": [8]}]}]}'])
def test_what_is_no_notebook(text: str) -> None:
    assert look(text) == []


def test_a_notebook_in_windows_is_told() -> None:
    data = notebook(["x = 1\n"]).encode()
    facts = Secrets(PassContext(b"key")).collect(FileView(Entry("srv/a.ipynb", "file", 0o644, 0, 0, len(data) + 9), data, offset=9))
    assert [fact.reason for fact in facts if isinstance(fact, Skipped)] == [
        "expansion_limit: the cells of a notebook that is too large to be read as a whole"
    ]
