"""Whether a PHP page calls a function whose name it hides, or what a visitor sends as a function or a file.

No honest page spells `system` backwards. Names are put together as PHP would (literals, `.`, chr, strrev, str_rot13, base64_decode,
hex2bin, implode, one character of a known text); nothing is run.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from itertools import islice

from analyzers.collectors.patterns.checksums import decode_base64
from analyzers.collectors.sample_fetched import MAX_TEXT, Span

MAX_ASSIGNED = 400
MAX_DEPTH = 8
LONGEST = 4096  # of a text that is put together: a variable may be doubled again and again
SMALL = 8192
AHEAD = 1200
RUNNERS = frozenset({
    "assert", "eval", "system", "exec", "passthru", "shell_exec", "popen", "proc_open", "pcntl_exec", "create_function",
})  # fmt: skip
REQUEST = rb"(?:\$_(?:GET|POST|REQUEST|COOKIE|FILES)\b|\$_SERVER\s?\[\s?[\"']HTTP_|php://input|\bgetallheaders\s?\()"
ASSIGNED = re.compile(rb"(\$\w{1,30}(?:\[[\"'\w]{1,30}\])?)\s?=\s?(?![=>])([^;\n]{1,600});")
TOKEN = re.compile(
    r"\s*(?:('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")|([a-z_]\w*)\s?\(|(\$\w{1,30})|(0x[0-9a-f]{1,2}|\d{1,4})|([\[\](){}.,@]))",
    re.IGNORECASE,
)
ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{1,2})|([0-7]{1,3})|(.))", re.DOTALL)
NUMBER = re.compile(r"0[xX]([0-9A-Fa-f]{1,8})|0([0-7]{1,8})|([0-9]{1,8})")
CALLBACKS = rb"(?:array_(?:map|filter|walk|reduce)|call_user_func(?:_array)?|u[ak]?sort|register_shutdown_function|ReflectionFunction)"
INLINE = re.compile(rb"((?:\b(?:strrev|str_rot13|base64_decode|hex2bin)\s?\(\s?[\"'][\w+/=]{4,40}[\"']\s?\)"
                    rb"|\"(?:\\x[0-9a-f]{2}|\\[0-7]{3}){4,16}\")|"
                    rb"\(\s?(?:[\"'][a-z_]{1,8}[\"']\s?\.\s?){1,8}[\"'][a-z_]{1,8}[\"']\s?\))\s?\(\s?@?" + REQUEST)  # fmt: skip
CHOSEN = re.compile(rb"\bfunction_exists\b|\bin_array\b|\bmethod_exists\b|\bis_callable\b|\bisset\s?\(\s?\$\w{1,20}\[\$|\bclass\s+\w")
STORED = re.compile(rb"\bfile_put_contents\s?\(\s?(\$\w{1,30}),([^;]{1,400});|\bfwrite\s?\(\s?\$\w{1,30},([^;]{1,400});")


def page_hides_its_calls(data: bytes, _first: Span) -> Span | None:
    """The first call of a hidden function, or of what a visitor names, or the include of what a visitor sent; else None."""
    text = data[:MAX_TEXT]
    if not re.search(REQUEST, text):
        return None
    inline = INLINE.search(text)
    if inline and _text(inline[1].decode("latin-1"), {}).lower() in RUNNERS:
        return Span(inline.start(), len(inline[0]))
    return _hidden_name(text) or _stored_and_included(text) or (_visitor_names(text) if len(data) < SMALL else None)


def _hidden_name(text: bytes) -> Span | None:
    known: dict[str, str] = {}
    for assigned in islice(ASSIGNED.finditer(text), MAX_ASSIGNED):
        name, value = assigned[1], assigned[2].decode("latin-1")
        known[name.decode("latin-1")] = said = _text(value, known)
        if said.lower() not in RUNNERS:
            continue
        plain = value.strip("'\" @") == said
        called = _called(name, text[assigned.end() : assigned.end() + 20_000], plain)
        if called:
            return Span(assigned.end() + called.start(), len(called[0]))
    return None


def _called(name: bytes, behind: bytes, plain: bool) -> re.Match[bytes] | None:
    """The call of a name that holds a function; one that is written out counts only if it is given what a visitor sends."""
    given = rb"[^;\n]{0,60}" + REQUEST if plain else rb""
    escaped = re.escape(name)
    return re.search(rb"(?<![\w>])" + escaped + rb"\s?\(" + given + rb"|\b" + CALLBACKS + rb"\s?\(\s?" + escaped + rb"\b" + given, behind)


def _from_request(text: bytes) -> list[bytes]:
    """Variables that hold what a visitor sends, at first or second hand."""
    found = re.findall(rb"(\$\w{1,30})\s?=\s?[^;\n]{0,120}?" + REQUEST, text)[:40]
    for name in tuple(found):
        found += re.findall(rb"(\$\w{1,30})\s?=\s?[^;\n=]{0,80}?" + re.escape(name) + rb"\b", text)[:10]
    return [re.escape(one) for one in dict.fromkeys(found)]


def _stored_and_included(text: bytes) -> Span | None:
    for stored in islice(STORED.finditer(text), 20):
        content = stored[2] or stored[3]
        values = [REQUEST, *(rb"%b\b" % name for name in _from_request(text[: stored.end()]))]
        if not re.search(b"|".join(values), content):
            continue
        file = re.escape(stored[1]) if stored[1] else rb"\$\w{1,30}"
        included = re.search(rb"\b(?:include|require)(?:_once)?\s?\(?\s?" + file + rb"\b", text[stored.end() : stored.end() + AHEAD])
        if included:
            return Span(stored.start(), len(stored[0]))
    return None


def _visitor_names(text: bytes) -> Span | None:
    """A function and its arguments, both as the visitor sends them, where nothing says which functions may be called."""
    if CHOSEN.search(text):
        return None
    names = b"|".join(_from_request(text))
    value = rb"(?:" + names + rb")\b" if names else REQUEST
    found = re.search(
        rb"(?<![\w>:])@?(?:" + value + rb")(?:\[[^\]\n]{1,20}\])?\s?\(\s?@?(?:" + value + rb"|" + REQUEST + rb")"
        rb"|new\s+\\?ReflectionFunction\s?\(\s?(?:" + value + rb"|" + REQUEST + rb")[^;\n]{0,60}\)[\s\S]{0,200}->invoke",
        text,
    )  # fmt: skip
    return Span(found.start(), len(found[0])) if found else None


def _text(expression: str, known: Mapping[str, str]) -> str:
    """The text that an expression of constants gives; empty where it is anything else."""
    tokens = [match.groups("") for match in islice(TOKEN.finditer(expression), 400)]
    return _Expression(tokens, known).read() if TOKEN.sub("", expression).strip() == "" else ""


class _Expression:
    """Reads tokens (literal, function, variable, number, sign) from left to right."""

    def __init__(self, tokens: list[tuple[str, ...]], known: Mapping[str, str]) -> None:
        self._tokens, self._known, self._at = tokens, known, 0

    def read(self, depth: int = 0) -> str:
        parts: list[str] = []
        while self._at < len(self._tokens) and depth < MAX_DEPTH:
            literal, function, variable, number, sign = self._tokens[self._at]
            self._at += 1
            if literal:
                parts.append(self._indexed(ESCAPE.sub(_unescaped, literal[1:-1]) if literal[0] == '"' else literal[1:-1]))
            elif function:
                parts.append(_applied(function.lower(), self.read(depth + 1)))
            elif variable:
                parts.append(self._indexed(self._known.get(variable, "")))
            elif number:
                parts.append(number)
            elif sign in ("(", "["):
                parts.append(self.read(depth + 1))
            elif sign in (")", "]", "}"):
                break
        return "".join(parts)[:LONGEST]

    def _indexed(self, text: str) -> str:
        """The text, or its one character where `[number]` or `{number}` follows."""
        ahead = [token[3] or token[4] for token in self._tokens[self._at : self._at + 3]]
        if len(ahead) == 3 and ahead[0] in ("[", "{") and ahead[1].isdigit() and ahead[2] in ("]", "}"):
            self._at += 3
            return text[int(ahead[1]) : int(ahead[1]) + 1]
        return text


def _unescaped(one: re.Match[str]) -> str:
    return chr(int(one[1], 16)) if one[1] else chr(int(one[2], 8) & 0xFF) if one[2] else one[3]


def _applied(function: str, text: str) -> str:
    """What a function of PHP makes of a text; the text itself where it is none of these."""
    if function == "chr":
        number = NUMBER.fullmatch(text)
        return chr(int(number[1] or number[2] or number[3], 16 if number[1] else 8 if number[2] else 10) & 0xFF) if number else ""
    if function == "strrev":
        return text[::-1]
    if function == "str_rot13":
        return codecs.encode(text, "rot13")
    if function == "base64_decode":
        return (decode_base64(text) or b"").decode("latin-1") if text.isascii() else ""
    if function == "hex2bin":
        return bytes.fromhex(text).decode("latin-1") if re.fullmatch(r"(?:[0-9a-fA-F]{2})*", text) else ""
    return text if function in ("implode", "join", "trim", "strtolower", "array", "ucfirst", "lcfirst") else ""
