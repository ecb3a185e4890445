"""What a shell script says when its words are put together: escapes, empty quotes, fragments in variables, base64.

An honest script keeps addresses in variables, but spells `curl` and `sh` out. So variables that hold a whole such word stay as they are,
and what counts is a download into a shell, or a shell on a connection, that the script as it stands does not show.
"""

from __future__ import annotations

import re
from itertools import islice

import re2

from analyzers.collectors.patterns.checksums import decode_base64
from analyzers.collectors.sample_fetched import CONTINUED, MAX_TEXT, Span

MAX_VALUES = 400
MAX_REPLACED = 4000
MAX_ENCODED = 200
ROUNDS = 3
BYTE = rb"\\x[0-9a-fA-F]{1,2}|\\0?[0-7]{2,3}"
ESCAPE = re.compile(rb"\\x([0-9a-fA-F]{1,2})|\\0?([0-7]{2,3})")
ANSI = re.compile(rb"\$'((?:" + BYTE + rb"|[^'\\\n]){1,400})'")
PRINTED = re.compile(
    rb"(?:\$\(|`)\s?(?:printf|echo\s+-\w{0,2}e\w{0,2})\s+(?:[\"']?%[sb][\"']?\s+)?[\"']?((?:"
    + BYTE
    + rb"|[^\"'\\\n)`]){1,400})[\"']?\s?[)`]"
)
ENCODED = re.compile(rb"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/=]{20,8000}(?![A-Za-z0-9+/=])")
WHOLE = re2.compile(rb"\b(?:curl|wget|(?:ba|da|z|k)?sh)\b")
VALUE = re.compile(
    rb"(?m)(?:^|[;&({]|\b(?:export|local|readonly|declare)\s)[ \t]{0,40}(\w{1,40})="
    rb"(?:\(([^()\n]{1,200})\)|'([^'\n]{1,200})'|\"([^\"\n`]{1,200})\"|([^\s;&|\"'`()]{1,200}))"
)
REFERENCE = re.compile(rb"\$(?:\{(\w{1,40})(?:\[(\d{1,3})\])?\}|(\w{1,40}))")
EMPTY = re.compile(rb"(?<=[a-z])(?:\"\"|''|\\|\$[@*]|\$\{[a-z@*!_]{1,8}\})(?=[a-z])")
SPACE = re.compile(rb"\$\{IFS\}|\$IFS(?:\$\d)?")
QUOTED_WORD = re.compile(rb"[\"']([\w./-]{1,30})[\"']")
RUN = re2.compile(
    rb"\b(?:curl|wget)\s[^\n|]{1,300}\|\s{0,3}(?:sudo\s+)?(?:/(?:usr/)?bin/)?(?:ba|da|z|k)?sh\b"
    rb"|\b(?:(?:ba|da|z|k)?sh\s+(?:-c\s+)?|eval\s+|source\s+)[\"']?(?:<\(|\$\(|`)\s{0,3}(?:curl|wget)\s"
    rb"|\b(?:curl|wget)\s[^\n]{1,200}(?:;|&&)\s{0,3}chmod\s[^\n;&]{1,80}(?:;|&&)\s{0,3}[./\w]"
    rb"|\b(?:ba|da|z|k)?sh\b[^\n;|]{0,20}[<>]{1,2}&?\s{0,2}[\"']?/dev/(?:tcp|udp)/[^\s/]{1,80}/\w"
    rb"|\b(?:nc|ncat)\s[^\n|;]{0,80}-\w{0,4}[ec]\s{0,3}(?:/bin/)?(?:ba)?sh\b"
)
OPENED = re.compile(rb"\bexec\s+\{?(\w{1,12})\}?\s?<>\s?[\"']?/dev/(?:tcp|udp)/")


def hidden_words_run(data: bytes, first: Span) -> Span | None:
    """What was found, if the script put together runs what it fetches or connects a shell, and as it stands does not show that."""
    text = CONTINUED.sub(b"  ", data[:MAX_TEXT])
    if RUN.search(text):
        return None
    shown = _put_together(text)
    return first if RUN.search(shown) or _shell_on_descriptor(shown) else None


def _put_together(text: bytes) -> bytes:
    shown = PRINTED.sub(lambda one: _unescaped(one[1]), ANSI.sub(lambda one: _unescaped(one[1]), text, MAX_REPLACED), MAX_REPLACED)
    values = _values(shown)
    shown = EMPTY.sub(b"", SPACE.sub(b" ", shown))
    for _ in range(ROUNDS):
        shown = REFERENCE.sub(lambda one: _value(values, one), shown, MAX_REPLACED)[: 2 * MAX_TEXT]
    return b"\n".join((QUOTED_WORD.sub(rb"\1", shown), *_decoded(text)))


def _unescaped(text: bytes) -> bytes:
    return ESCAPE.sub(lambda one: bytes([int(one[1], 16) if one[1] else int(one[2], 8) & 0xFF]), text)


def _values(text: bytes) -> dict[bytes, list[bytes]]:
    """Variables and their one value, arrays and all of theirs, without those that hold a whole command."""
    values: dict[bytes, list[bytes]] = {}
    for name, array, *plain in islice((one.groups(b"") for one in VALUE.finditer(text)), MAX_VALUES):
        if not WHOLE.search(b"".join(plain)):
            values[name] = [part.strip(b"\"'") for part in array.split()] or [b"".join(plain)]
    return values


def _value(values: dict[bytes, list[bytes]], reference: re.Match[bytes]) -> bytes:
    known, place = values.get(reference[1] or reference[3], []), int(reference[2] or 0)
    return known[place] if place < len(known) else reference[0]


def _decoded(text: bytes) -> list[bytes]:
    """Texts that stand in base64, forwards or backwards."""
    if b"base64" not in text:
        return []
    found = [one.decode("ascii") for one in islice((one[0] for one in ENCODED.finditer(text)), MAX_ENCODED)]
    raw = [decode_base64(one.rstrip("=")) or b"" for pair in ((one, one[::-1].lstrip("=")) for one in found) for one in pair]
    return [one for one in raw if one.isascii() and one.decode("ascii").replace("\n", " ").isprintable()]


def _shell_on_descriptor(text: bytes) -> bool:
    for opened in islice(OPENED.finditer(text), 20):
        number = re.escape(opened[1])
        if re.search(
            rb"\b(?:eval|(?:ba|da|z|k)?sh)\b[^\n]{0,80}[<>]&\s?\$?\{?" + number + rb"\b", text[opened.end() : opened.end() + 2000]
        ):
            return True
    return False
