"""The language of a page: chosen on a page and kept in a cookie, else what the browser asks for, else the setting `language`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from analyzers.texts import LANGUAGES, read_texts, rule_texts
from console.translation import translated

NAMES = {"en": "English", "ja": "日本語", "zh": "中文"}
"""How speakers call their language."""
COOKIE = "language"
KEPT_S = 365 * 86_400
LANGUAGE: ContextVar[str] = ContextVar("language", default="en")
"""Of the request that is answered: each request has a context of its own, so templates need no argument for it."""


def language_of(request: Request, default: str) -> str:
    """The first language that we have: of the link that was followed, of the cookie, of the browser."""
    wishes = (request.query_params.get(COOKIE, ""), request.cookies.get(COOKIE, ""), *_accepted(request.headers.get("accept-language", "")))
    return next((one for one in wishes if one in LANGUAGES), default)


def keep_choice(request: Request, response: Response) -> None:
    """Remember the language of a link such as `?language=ja`."""
    chosen = request.query_params.get(COOKIE, "")
    if chosen in LANGUAGES:
        response.set_cookie(COOKIE, chosen, max_age=KEPT_S, httponly=True, samesite="lax")


def _accepted(header: str) -> Iterator[str]:
    """Primary subtags, the dearest first; refused ones (q=0) are left out. Source: RFC 9110, section 12.5.4."""
    ranked = []
    for one in header.split(","):
        tag, _, weight = one.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if quality > 0:
            ranked.append((quality, tag.strip().lower().partition("-")[0]))
    return (tag for _, tag in sorted(ranked, key=lambda pair: -pair[0]))


def say(english: str, **values: object) -> str:
    """A label in the language of the request, with `values` in its places."""
    text = _labels(LANGUAGE.get()).get(english, english)
    return text.format_map(values) if values else text


def told(risk: Mapping[str, Any]) -> dict[str, Any]:
    """A risk as rules tell it in the language of the request."""
    return translated(risk, rule_texts(LANGUAGE.get()))


def sentence(english: str) -> str:
    """A sentence of a rule in the language of the request."""
    return rule_texts(LANGUAGE.get())(english)


@cache
def _labels(language: str) -> dict[str, str]:
    return dict(read_texts([files("console.web")], language).entries)
