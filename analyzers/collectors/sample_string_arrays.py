"""Strings that javascript-obfuscator (obfuscator.io) keeps in one array, put back where they are used.

The array is turned by a number of places that only a sum over some of its strings tells; a call gives an index, often through functions
that only move it, and a key where the strings are under RC4 (its README, options `stringArray*`; source: string-array templates).
Nothing is run: the few forms are read as text, and what does not fit stays as it is.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from analyzers.collectors.patterns.checksums import decode_base64

MAX_STEPS = 60_000  # calls followed, through a function that hands on or to a string; half of them may go into finding the turn
DECODING = 3  # steps that decoding a string costs the first time
MAX_SUMS = 20
MAX_SUM = 3000
MAX_DECODERS = 40
MAX_TURNS = 4_000
MAX_DEPTH = 12
MAX_BODY = 12_000
MAX_OPERATORS = 400  # they may nest
ID = r"[A-Za-z_$][\w$]{0,60}"
LITERAL = r"'(?:[^'\\\n]|\\.)*+'|\"(?:[^\"\\\n]|\\.)*+\""
OPEN = r"'(?:[^'\\\n]|\\.)*+'?|\"(?:[^\"\\\n]|\\.)*+\"?"  # or to the end of its line, so that no quote is looked at twice
ARRAY = re.compile(
    rf"(?:function ({ID})\(\)\s?\{{\s*)?(?:const|var|let)\s+({ID})\s?=\s?\[\s?((?:{LITERAL})(?:\s?,\s?(?:{LITERAL}))+)\s?,?\]"
)
LITERALS = re.compile(LITERAL)
BRACES = re.compile(rf"{OPEN}|[{{}}]")
ARGUMENTS = re.compile(rf"((?:[^()'\"{{}};]|{LITERAL}|\((?:[^()'\"{{}};]|{LITERAL}){{0,80}}\)){{0,300}})\)")
CALL = re.compile(rf"(?<![\w$.])({ID})\((?!\))")
DECODER = rf"(?:function ({ID})|(?:const|var|let)\s+({ID})\s?=\s?function)\s?\({ID}(?:,\s?{ID})?\)\s?\{{[^}}]{{0,300}}?\b%s\b\s?[(\[]"
OFFSET = re.compile(rf"(?<![\w$.])({ID})\s?=\s?\1\s?-\s?([^;,{{}}]{{1,120}})[;,]")
ALIAS = re.compile(rf"(?<![\w$.])({ID})\s?=\s?({ID})(?=\s?[,;)])")
WRAPPER = re.compile(
    rf"(?:function ({ID})|(?<![\w$.])({ID})\s?=\s?function)\s?\(([\w$,\s]{{1,200}})\)\s?\{{"
    rf"\s?return ({ID})\(([^(){{}};]{{1,300}}(?:\([^()]{{0,80}}\)[^(){{}};]{{0,80}}){{0,4}})\);?\s?\}}"
)
SUM = re.compile(rf"try\s?\{{\s?(?:const|var|let)\s+{ID}\s?=(?=[\s(-]{{0,12}}parseInt\()")
PARSED = re.compile(rf"parseInt\(({ID})\({ARGUMENTS.pattern}\)")
AIM = r"\}\s?\(\s?%s\s?,\s?([0-9a-fx+*()\s-]{1,120}?)\)\s?[);,]"
NUMERIC = re.compile(r"[0-9a-fx+*/()\s.p-]+")
OPERATORS = re.compile(r"[-+*/(]")
SMALL_FIRST = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/"
TO_STANDARD = str.maketrans(SMALL_FIRST, SMALL_FIRST.swapcase())  # javascript-obfuscator counts from the small letters
DIGITS = re.compile(r"\s*([-+]?\d+)")
ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|(.))", re.DOTALL)

Value = float | str | None


class Decoder(NamedTuple):
    """A function that gives strings of the array: what it takes off the index, and how the strings are encoded."""

    offset: int
    encoded: bool
    keyed: bool


class Redirection(NamedTuple):
    """A name that stands for a decoder from `position` on; a function with `parameters` hands `arguments` on, a plain alias what it got."""

    position: int
    target: str
    parameters: tuple[str, ...] | None
    arguments: tuple[str, ...]


def strings_put_back(text: str) -> str:
    """The script with every string that can be told in place of the call that gives it; unchanged where there is no such array."""
    for array in sorted(ARRAY.finditer(text), key=lambda one: -len(one[3]))[:2]:
        name = array[1] or array[2]
        decoders = dict(_decoders(text, name))
        if decoders:
            return _StringArray(text, name, [_plain(one[0]) for one in LITERALS.finditer(array[3])], decoders).put_back()
    return text


def _decoders(text: str, array: str) -> Iterator[tuple[str, Decoder]]:
    for found in islice(re.finditer(DECODER % re.escape(array), text), MAX_DECODERS):
        body = _block(text[found.start() : found.start() + MAX_BODY])
        offset = OFFSET.search(body)
        number = _number(offset[2]) if offset else 0.0
        if number is not None:
            encoded = SMALL_FIRST in body
            yield found[1] or found[2], Decoder(int(number), encoded, encoded and body.count("charCodeAt") > 2)


def _block(text: str) -> str:
    """The text up to the brace that closes its first one."""
    depth = 0
    for brace in BRACES.finditer(text):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if not depth and brace[0] == "}":
            return text[: brace.end()]
    return text


class _StringArray:
    def __init__(self, text: str, name: str, strings: list[str], decoders: Mapping[str, Decoder]) -> None:
        self._text, self._strings, self._decoders = text, strings, decoders
        self._names = _redirections(text)
        self._decoded: dict[tuple[str, str], str] = {}
        self._steps = MAX_STEPS // 2
        self._turn = self._turned_by(name)
        self._steps = MAX_STEPS // 2

    def put_back(self) -> str:
        pieces: list[str] = []
        done = 0
        for call in CALL.finditer(self._text):
            if call.start() < done or (call[1] not in self._decoders and call[1] not in self._names):
                continue
            arguments = ARGUMENTS.match(self._text, call.end())
            string = self._string(call[1], arguments[1], call.start(), self._turn) if arguments else None
            if arguments and string is not None:
                pieces += (self._text[done : call.start()], "'", string.replace("\\", "\\\\").replace("'", "\\'"), "'")
                done = arguments.end()
            if self._steps <= 0:
                break
        return "".join((*pieces, self._text[done:]))

    def _turned_by(self, name: str) -> int:
        """How many places the array is turned before it is used."""
        aim = re.search(AIM % re.escape(name), self._text)
        wanted = _number(aim[1]) if aim else None
        begin, total = _sum(self._text)
        if wanted is None or not total:
            return int(wanted or 0) % len(self._strings)  # early versions turn it by this number
        calls = [(one[1], one[2]) for one in PARSED.finditer(total)]
        numbers = iter(range(len(calls)))
        tree = _tree(PARSED.sub(lambda _: f"p{next(numbers)}", total))
        for turn in range(min(len(self._strings), MAX_TURNS)) if tree else ():
            values: dict[str, float | None] = {}
            for number, call in enumerate(calls):
                value = values[f"p{number}"] = _parse_int(self._string(*call, begin, turn))
                if value is None:
                    break
            else:
                if _evaluate(tree, values) == wanted:
                    return turn
            if self._steps <= 0:
                break
        return 0

    def _string(self, name: str, arguments: str, position: int, turn: int) -> str | None:
        found = self._followed(name, [_argument(one) for one in _split(arguments)], position)
        if not found:
            return None
        decoder, index, key = found
        place = int(index) - decoder.offset
        if not 0 <= place < len(self._strings):
            return None
        raw = self._strings[(place + turn) % len(self._strings)]
        if not decoder.encoded:
            return raw
        pair = (raw, key if decoder.keyed else "")
        if pair not in self._decoded:
            self._steps -= DECODING
            self._decoded[pair] = _decoded(*pair)
        return self._decoded[pair]

    def _followed(self, name: str, values: list[Value], position: int) -> tuple[Decoder, float, str] | None:
        """The decoder that a call ends at, with index and key."""
        for _ in range(MAX_DEPTH):
            self._steps -= 1
            decoder = self._decoders.get(name)
            if decoder:
                index, key = values[0] if values else None, values[1] if len(values) > 1 else ""
                return (decoder, index, key if isinstance(key, str) else "") if isinstance(index, float) else None
            known = self._names.get(name)
            if not known:
                return None
            step = known[max(bisect_right(known, position, key=lambda one: one.position) - 1, 0)]
            if step.parameters is not None:
                given = dict(zip(step.parameters, values, strict=False))
                values = [_argument(one, given) for one in step.arguments]
            name, position = step.target, step.position
        return None


def _sum(text: str) -> tuple[int, str]:
    """Where the sum that tells the turn begins, and the sum; empty where there is none."""
    for begin in islice(SUM.finditer(text), MAX_SUMS):
        end = text.find(";", begin.end(), begin.end() + MAX_SUM)
        if end > begin.end():
            return begin.end(), text[begin.end() : end]
    return 0, ""


def _redirections(text: str) -> dict[str, list[Redirection]]:
    names: dict[str, list[Redirection]] = {}
    for alias in ALIAS.finditer(text):
        if alias[1] != alias[2]:
            names.setdefault(alias[1], []).append(Redirection(alias.start(), alias[2], None, ()))
    for one in WRAPPER.finditer(text):
        parameters = tuple(part.strip() for part in one[3].split(","))
        names.setdefault(one[1] or one[2], []).append(Redirection(one.start(), one[4], parameters, tuple(_split(one[5]))))
    for known in names.values():
        known.sort(key=lambda one: one.position)
    return names


def _split(arguments: str) -> list[str]:
    """Arguments of a call, cut at commas outside of strings."""
    kept = LITERALS.sub(lambda one: one[0].replace(",", "\\x2c"), arguments)
    return [one.strip() for one in kept.split(",")]


def _argument(text: str, given: Mapping[str, Value] | None = None) -> Value:
    """A string, a number, or None where it is neither. `given`: values of the parameters that it may name."""
    if given and text in given:
        return given[text]
    if text[:1] in {"'", '"'} and LITERALS.fullmatch(text):
        return _plain(text)
    if given:
        text = re.sub(ID, lambda one: repr(given.get(one[0], one[0])) if one[0] in given else one[0], text)
    return _number(text)


def _plain(literal: str) -> str:
    return ESCAPE.sub(lambda one: chr(int(one[1] or one[2], 16)) if one[1] or one[2] else one[3], literal[1:-1])


@lru_cache(maxsize=4096)
def _number(text: str) -> float | None:
    tree = _tree(text)
    return _evaluate(tree, {}) if tree else None


def _tree(text: str) -> ast.expr | None:
    """Sums and products of numbers and of names p0, p1 ..., which read the same in both languages."""
    if not NUMERIC.fullmatch(text) or "**" in text or "//" in text or len(OPERATORS.findall(text)) > MAX_OPERATORS:
        return None
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


OPERATIONS: Mapping[type, Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b, ast.Sub: lambda a, b: a - b, ast.Mult: lambda a, b: a * b, ast.Div: lambda a, b: a / b,
}  # fmt: skip


def _evaluate(node: ast.expr | None, names: Mapping[str, float | None]) -> float | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value) if abs(node.value) < 1e15 else None
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = _evaluate(node.operand, names)
        return -value if value is not None and isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATIONS:
        left, right = _evaluate(node.left, names), _evaluate(node.right, names)
        if left is not None and right is not None and (right or not isinstance(node.op, ast.Div)):
            return OPERATIONS[type(node.op)](left, right)
    return None


def _parse_int(text: str | None) -> float | None:
    found = DIGITS.match(text or "")
    return float(found[1][:20]) if found else None


def _decoded(raw: str, key: str) -> str:
    """Base64 that counts from the small letters, holding UTF-8; with a key, RC4 over its characters."""
    data = (decode_base64(raw.translate(TO_STANDARD)) if raw.isascii() else None) or b""
    text = data.decode("utf-8", "replace")
    return "".join(chr(ord(one) ^ mask) for one, mask in zip(text, _key_stream(key, len(text)), strict=True)) if key else text


def _key_stream(key: str, length: int) -> bytes:
    made = _rc4(key, 64)
    return made[:length] if length <= len(made) else _rc4(key, length)


@lru_cache(maxsize=512)
def _rc4(key: str, length: int) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + ord(key[i % len(key)])) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    stream = bytearray()
    for _ in range(length):
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        stream.append(state[(state[i] + state[j]) % 256])
    return bytes(stream)
