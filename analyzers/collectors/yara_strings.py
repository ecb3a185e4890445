"""The strings of a YARA rule as expressions for hyperscan, and its condition as text.

An expression may match more than its string does, never less: long repetitions become endless ones, which keeps the database small, and
`fullword` is passed over. Source: YARA-X documentation, "Patterns"; Hyperscan developer's guide, "Pattern Support".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

MOST_REPEATS = 64
_RULE = re.compile(
    r"^(?:private |global )*rule[ ]+(?P<name>\w+).*?^[ ]*(?:strings:(?P<strings>.*?)^[ ]*)?condition:(?P<condition>.*?)^\}", re.M | re.S
)
_STRING = re.compile(
    r"^\s*(?P<name>\$\w+)\s*=\s*(?:\"(?P<text>(?:[^\"\\]|\\.)*)\"|/(?P<regex>(?:[^/\\]|\\.)+)/(?P<flags>[is]*)"
    r"|\{(?P<hex>[^}]*)\})(?P<modifiers>(?:[ ]+(?:nocase|ascii|wide|fullword|private|xor\(0x\w\w(?:-0x\w\w)?\)))*)\s*(?://[^\n]*)?$"
)
_COMMENT = re.compile(r"^\s*//.*$|(?<=\s)//[^\"/\n]*$", re.M)
_REPEATS = re.compile(r"\{(\d+)(,?)(\d*)\}")
_ATOM = re.compile(r"\[(?:[^\]\\]|\\.)*\]|\\x\w\w|\\.|[^()|]")
_HEX_WORD = re.compile(r"\[\d*(?:-\d*)?\]|[()|]|[0-9A-Fa-f?]{2}")
_ESCAPE = re.compile(r"\\(?:x(\w\w)|(.))")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}
_XOR = re.compile(r"xor\(0x(\w\w)(?:-0x(\w\w))?\)")


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule before it is compiled. `strings`: name with its `$` -> expressions any of which stands for it."""

    name: str
    strings: Mapping[str, tuple[str, ...]]
    condition: str


def rules_in(source: str) -> Iterator[RuleText]:
    """The rules of a file of ours. Raises ValueError for a string in a form that is not known here."""
    for rule in _RULE.finditer(source):
        lines = [line for line in (rule["strings"] or "").splitlines() if line.strip() and not line.lstrip().startswith("//")]
        yield RuleText(rule["name"], dict(map(_string, lines)), _COMMENT.sub("", rule["condition"]))


def _string(line: str) -> tuple[str, tuple[str, ...]]:
    found = _STRING.match(line)
    if found is None:
        raise ValueError(f"a string of YARA in an unknown form: {line.strip()}")
    modifiers = (found["modifiers"] or "").split()
    plain = "wide" not in modifiers or "ascii" in modifiers
    if found["hex"] is not None:
        return found["name"], ("(?s)" + _of_hex(found["hex"]),)
    if found["text"] is not None:
        expressions = _of_text(found["text"], modifiers, plain)
    else:
        expressions = _of_regex(found["regex"], "wide" in modifiers, plain)
    ignore_case = "i" if "nocase" in modifiers or "i" in (found["flags"] or "") else ""
    dots = "s" if "s" in (found["flags"] or "") else "-s"
    return found["name"], tuple(f"(?{ignore_case}{dots}){one}" for one in expressions)


def _of_text(text: str, modifiers: Iterable[str], plain: bool) -> Iterator[str]:
    raw = _ESCAPE.sub(lambda one: chr(int(one[1], 16)) if one[1] else _ESCAPED.get(one[2], one[2]), text).encode("latin-1")
    keys = [_XOR.fullmatch(one) for one in modifiers if one.startswith("xor")]
    for key in [key for one in keys if one for key in range(int(one[1], 16), int(one[2] or one[1], 16) + 1)] or [0]:
        if plain:
            yield _bytes(byte ^ key for byte in raw)
        if "wide" in modifiers:
            yield _bytes(byte ^ key for letter in raw for byte in (letter, 0))


def _bytes(values: Iterable[int]) -> str:
    return "".join(f"\\x{value:02x}" for value in values)


def _of_regex(regex: str, wide: bool, plain: bool) -> Iterator[str]:
    if not regex.isascii():
        raise ValueError(f"bytes beyond ASCII have to be written as \\x..: {regex}")
    if plain:
        yield _REPEATS.sub(_widened, regex)
    if wide:
        if re.search(r"[*+?{]", regex):
            raise ValueError(f"`wide` is known here only without repetitions: {regex}")
        yield _ATOM.sub(lambda atom: f"(?:{atom[0]}\\x00)", regex)


def _widened(repeats: re.Match[str]) -> str:
    least, most = int(repeats[1]), int(repeats[3] or repeats[1])
    return repeats[0] if most <= MOST_REPEATS and not (repeats[2] and not repeats[3]) else f"{{{min(least, MOST_REPEATS)},}}"


def _of_hex(text: str) -> str:
    """Bytes, `??` and half bytes, jumps `[2-4]` and alternatives."""
    return "".join(map(_of_hex_word, _HEX_WORD.findall(text)))


def _of_hex_word(word: str) -> str:
    if word[0] == "[":
        least, dash, most = word[1:-1].partition("-")
        return f".{{{least or 0},{most}}}" if dash else f".{{{least}}}"
    if word in "()|":
        return "(?:" if word == "(" else word
    if word == "??":
        return "."
    if word[1] == "?":
        return f"[\\x{word[0]}0-\\x{word[0]}f]"
    if word[0] == "?":
        return "[" + "".join(f"\\x{high:x}{word[1]}" for high in range(16)) + "]"
    return f"\\x{word}"
