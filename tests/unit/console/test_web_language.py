"""The pages speak the language that was chosen, or that the browser asks for; every label of every page is translated."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, MutableMapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, nodes

from analyzers.texts import LANGUAGES, read_texts
from console.web.app import create_app
from console.web.language import LANGUAGE, say, told
from console.web.rendering import CATEGORY_NAMES, make_templates
from console.web.users import Users
from infra.local.ports import free_ports
from schemas.vocabulary import Cause, ItemState, Level, ScanState, Status
from sinks.decisions import SCOPES, STATUS_OF
from sinks.store import Store

ENGLISH, JAPANESE, CHINESE = "The store does not answer", "ストアが応答しません", "存储没有响应"

DETAILS = (
    "class title",
    "subject",
    "references",
    "impact",
    "ecosystem",
    "arch",
    "confidence",
    "disclosed",
    "fixed on",
    "size",
    "source package",
)
"""Names of details of findings that are translated."""


def labels_of(templates: Environment, name: str) -> Iterator[str]:
    """Every label that a template asks to be translated, and the labels of its literal lists."""
    source, _, _ = templates.loader.get_source(templates, name)  # type: ignore[union-attr]
    tree = templates.parse(source)
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "t":
            yield from (one.value for one in _said(call.args[0]) if isinstance(one.value, str))
    for loop in tree.find_all(nodes.For):
        for pair in loop.iter.items if isinstance(loop.iter, nodes.List) else ():
            label = pair.items[1] if isinstance(pair, nodes.Tuple) else pair
            yield from (one.value for one in (label,) if isinstance(one, nodes.Const) and one.value)


def _said(part: nodes.Node) -> Iterator[nodes.Const]:
    """The constants that an expression may come to: not those that it only compares with."""
    if isinstance(part, nodes.CondExpr):
        yield from _said(part.expr1)
        if part.expr2:
            yield from _said(part.expr2)
    elif isinstance(part, nodes.Or):
        yield from _said(part.right)
    elif isinstance(part, nodes.Const):
        yield part


def words() -> set[str]:
    """What pages show out of the store."""
    statuses = {one.label.replace("_", " ") for one in Status}
    listed = {*map(str, Level), *map(str, ScanState), *map(str, Cause), *map(str, ItemState), *STATUS_OF, *SCOPES, *CATEGORY_NAMES.values()}
    return statuses | listed | {"none", "never scanned", "queued", "cancelling", "cancelled"}


@pytest.mark.parametrize(("language", "characters"), [("ja", "shift_jis"), ("zh", "gb2312")])
def test_every_label_of_every_page_is_translated(language: str, characters: str) -> None:
    templates = make_templates()
    labels = words().union(*(labels_of(templates, name) for name in templates.list_templates()))
    assert len(labels) > 150
    known = read_texts([files("console.web")], language).entries
    assert sorted(labels - known.keys()) == []
    elsewhere = "".join(file.read_text("utf-8") for file in Path(str(files("console.web"))).glob("*.py")) + " ".join(DETAILS)
    assert [one for one in known if one not in labels and one not in elsewhere] == [], "labels that no page has"
    for english, translation in known.items():
        assert translation and sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", translation)), english
        translation.encode(characters)


async def answer(tmp_path: Path, query: str = "", **headers: str) -> tuple[dict[bytes, bytes], str]:
    """Headers and text of the page that says that the store is down."""
    [closed] = free_ports(1)
    store = Store(f"clickhouse://127.0.0.1:{closed}/default")
    app = create_app(store, "127.0.0.1:1", tmp_path, Users(tmp_path), language="zh")
    store.patience = 0.05
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "path": "/", "raw_path": b"/",
             "query_string": query.encode(), "headers": given, "scheme": "http", "server": ("127.0.0.1", 80), "root_path": ""}  # fmt: skip
    await app(scope, receive, send)
    return dict(sent[0]["headers"]), b"".join(one.get("body", b"") for one in sent).decode()


@pytest.mark.parametrize(
    ("query", "headers", "text", "code"),
    [
        ("", {"accept_language": "ja,en-US;q=0.7"}, JAPANESE, "ja"),
        ("", {"accept_language": "fr-FR, en;q=0.4, zh-CN;q=0.8"}, CHINESE, "zh"),
        ("", {"accept_language": "ja;q=0, en-GB"}, ENGLISH, "en"),
        ("", {"accept_language": "fr;q=high, *, ,;;"}, CHINESE, "zh"),
        ("", {}, CHINESE, "zh"),
        ("", {"accept_language": "ja", "cookie": "language=en"}, ENGLISH, "en"),
        ("", {"accept_language": "ja", "cookie": "language=xx"}, JAPANESE, "ja"),
        ("language=ja", {"cookie": "language=en"}, JAPANESE, "ja"),
        ("language=../ja", {"cookie": "language=en"}, ENGLISH, "en"),
    ],
)
def test_the_language_of_a_page(tmp_path: Path, query: str, headers: dict[str, str], text: str, code: str) -> None:
    sent, page = asyncio.run(answer(tmp_path, query, **headers))
    assert text in page and f'<html lang="{code}">' in page
    assert (b"set-cookie" in sent) == (query == "language=ja")


def test_a_choice_is_kept(tmp_path: Path) -> None:
    sent, _ = asyncio.run(answer(tmp_path, "language=ja"))
    kept = sent[b"set-cookie"].decode()
    assert kept.startswith("language=ja;") and "HttpOnly" in kept and "samesite=lax" in kept.lower()


def test_labels_and_rules_follow_the_request() -> None:
    kept = LANGUAGE.set("ja")
    try:
        assert say("{count} layers", count=3) == "レイヤー 3 個"
        assert say("a label that nobody translated {count}", count=3) == "a label that nobody translated 3"
        assert told({"rule": "sudo", "title": "The image holds sudo"}) == {"rule": "sudo", "title": "イメージに sudo が含まれている"}
    finally:
        LANGUAGE.reset(kept)
    assert told({"title": "The image holds sudo"}) == {"title": "The image holds sudo"}


def test_values_are_escaped_in_every_language() -> None:
    page = make_templates().from_string('{{ t("select {rule}", rule="<b>{x}") }}')
    for language in LANGUAGES:
        kept = LANGUAGE.set(language)
        assert "&lt;b&gt;{x}" in page.render()
        LANGUAGE.reset(kept)
