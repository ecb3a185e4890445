"""What obfuscated JavaScript is for: its text with escapes, joined pieces, string arrays and encoded strings undone, asked for an intent.

Obfuscation alone is no sign: vendors obfuscate and pack too, and their licence checks run commands and speak to a server. It counts where
the script runs what it fetched, hands out a shell, or takes keys, wallets or payment data and has a way out; and where what runs is
spelled in numbers or brackets only, which no tool of vendors does. Commands and a way out alone are worth a note.
"""

from __future__ import annotations

import re
from itertools import islice

from analyzers.collectors.file_kind import CONTROL
from analyzers.collectors.patterns.checksums import decode_base64
from analyzers.collectors.sample_fetched import NOTICE, Span, node_runs_what_it_fetched
from analyzers.collectors.sample_string_arrays import TO_STANDARD, strings_put_back

MAX_TEXT = 1024 * 1024
LITERALS = 4000
TAKINGS = 20_000
ESCAPED = re.compile(rb"\\x([0-9A-Fa-f]{2})|\\u00([0-9A-Fa-f]{2})")
JOINED = re.compile(rb"[\"']\s?\+\s?[\"']")
LIST = re.compile(rb"\[(\s?(?:[\"'][\w:/.@ -]{0,12}[\"']\s?,\s?){2,40}[\"'][\w:/.@ -]{0,12}[\"']\s?)\]\s?\.join\(\s?(?:''|\"\")\s?\)")
QUOTED = re.compile(rb"'((?:[^'\\\n]|\\.)*+)'?|\"((?:[^\"\\\n]|\\.)*+)\"?")  # one that is not closed goes to the end of its line
STORED = re.compile(rb"[\"'](\w{5})[\"']\s?:\s?('(?:[^'\\\n]|\\.){1,400}'|\"(?:[^\"\\\n]|\\.){1,400}\")(?=\s?[,}])")
TAKEN = re.compile(rb"\b_?\w{1,12}\.(\w{5})\b")
BRACKETED = re.compile(rb"\[\s?[\"']([A-Za-z_$][\w$]*)[\"']\s?\]")
NUMBERS = re.compile(rb"\[((?:\s*(?:0x[0-9a-f]{1,2}|\d{1,3})\s*,){16,}\s*(?:0x[0-9a-f]{1,2}|\d{1,3})\s*)\]")
MASK = re.compile(rb"\^\s*(0x[0-9a-f]{1,2}|\d{1,3})\b")
ENCODED = re.compile(rb"[\"']([A-Za-z0-9+/]{6,4000}={0,2})[\"']")
CONSTANT = re.compile(rb"[\"'`]([A-Za-z0-9+/_-]{40,20000}={0,2})[\"'`]")
HEX = re.compile(r"(?:[0-9a-f]{2})+")
CODES = re.compile(
    rb"\b(?:eval|Function)\s*\(\s*String\s*(?:\.|\[[\"'])fromCharCode[\"'\]]*\s*(?:\.apply\s*\([^,]{1,12},\s*\[|\()(?:\s*(?:0x)?\w{1,3}\s*,){20}"
)
BRACKETS = re.compile(rb"\[\]\+\[\]\)\[")
BRACKETS_MANY = 40

RUNS = re.compile(rb"\bchild_process\b|\bexecSync\b|\bspawnSync\b")
OUT = re.compile(
    rb"(?m)^https?$|https?://|\bXMLHttpRequest\b|\bsendBeacon\b|\bWebSocket\b|\bfetch\b|\baxios\b|['\"|]https?['\"|]|\bnode-fetch\b|\bhttps?\.(?:get|request)\b"
)
STAGES = re.compile(
    rb"\btmpdir\b|\bwindowsHide\b|\bdetached\b|\bcreateWriteStream\b"
    rb"|\b(?:curl|wget) -?\w|[Pp]owershell|\bcertutil\b|\bchmod\b|/dev/shm/|[\"'/]/?tmp/|\.(?:exe|ps1|scr)\b"
    rb"|https?://(?!127\.)(?:\d{1,3}\.){3}\d"
)
SHELL = re.compile(rb"spawn[\"'(,\s\w.\[\]]{1,40}[\"'](?:/bin/(?:ba|z)?sh|(?:ba|z)?sh|cmd(?:\.exe)?|powershell(?:\.exe)?)[\"']")
SOCKET = re.compile(rb"[\"'](?:node:)?net[\"']|\bnet\.(?:Socket|connect|createConnection)\b")
ANSWERED = re.compile(
    rb"\b(?:eval|Function)\s*\(\s*(?:[\"']\w*[\"']\s*,\s*){0,4}[\w.]{1,60}\.(?:data|body|text|responseText|cookie)\b[\w.]{0,30}\s*[,)]"
)
KEYS = re.compile(
    rb"\b(id_rsa|id_ed25519|Login Data|Local Extension Settings|wallet\.dat"
    rb"|exodus\.wallet|logins\.json|key4\.db|nkbihfbeogaeaoehlefnkodbefgpgknn)\b"
    rb"|(\.config/solana|\.electrum\b|JSON\.stringify\(process\.env\))"
)
LOGINS = re.compile(
    rb"\.(?:ssh|npmrc|netrc|pypirc|git-credentials)\b|\.aws/|\.docker/config|\.config/g(?:h|cloud)\b|\.kube/config|\bleveldb\b|_authToken\b"
)
SWAPS = re.compile(rb"\beth_sendTransaction\b|\btronWeb\b|\bsignTransaction\b")
ADDRESSES = re.compile(rb"0x\[a-fA-F0-9\]\{40\}|\[13\]\[a-km-zA-HJ-NP-Z1-9\]\{2\d")
HOOKS = re.compile(rb"\bprototype\b.{0,200}\bXMLHttpRequest\b|\bXMLHttpRequest\b.{0,200}\bprototype\b", re.DOTALL)
HOOKED = re.compile(
    rb"\b(?:XMLHttpRequest\.prototype\.\w{1,20}|window\.fetch|ethereum\.request|clipboard\.writeText)\s?=[^=]|[\"'](?:copy|paste)[\"']"
)
CARDS = re.compile(
    rb"(?i)card[_-]?num|cc[_-]?num|\bcvv2?\b|\bcvc\b|cc[_-]?cid|card[_-]?cvc|security[_-]?code|expir(?:y|ation)?[_-]?(?:date|month|year)|\bcc[_-]?exp"
)
PAGE = re.compile(rb"\bquerySelector|\bgetElement|\bcheckout\b|\baddEventListener\b")
LEAKS = re.compile(rb"\bnew Image\b|\bsendBeacon\b|\bbtoa\b|\bWebSocket\b|https?://")


def purpose_is_malicious(data: bytes, first: Span) -> Span | None:
    """Where the obfuscation begins, if what the script does with it is malicious, or is worth a note."""
    text = data[:MAX_TEXT]
    codes = CODES.search(text)
    if codes:
        return Span(codes.start(), codes.end() - codes.start())
    if len(BRACKETS.findall(text)) > BRACKETS_MANY and len(text) < MAX_TEXT:
        return first
    shown = _unveiled(text)
    if _intent(shown):
        return first
    return first._replace(most=NOTICE) if RUNS.search(shown) and OUT.search(shown) else None


def encoded_text_runs(data: bytes, _first: Span) -> Span | None:
    """The first constant in base64 or hex that is a script with a malicious purpose or one that runs commands, or None."""
    for constant in islice(CONSTANT.finditer(data[:MAX_TEXT]), LITERALS):
        encoded = constant[1].decode("ascii")
        raw = bytes.fromhex(encoded) if HEX.fullmatch(encoded) else decode_base64(encoded) or b""
        if raw.isascii() and not CONTROL.search(raw) and (RUNS.search(raw) or _intent(raw)):
            return Span(constant.start(), min(len(constant[0]), 80))
    return None


def _unveiled(text: bytes) -> bytes:
    plain = ESCAPED.sub(lambda one: bytes.fromhex((one[1] or one[2]).decode()), text)
    plain = strings_put_back(plain.decode("utf-8", "replace")).encode("utf-8", "replace")
    plain = LIST.sub(lambda one: b"'" + _in_order(one[1]) + b"'", JOINED.sub(b"", plain))
    plain = BRACKETED.sub(rb".\1", plain)
    stored = dict(STORED.findall(plain))  # objects of the obfuscator's control flow flattening
    for _ in range(2):
        plain = TAKEN.sub(lambda one: stored.get(one[1], one[0]), plain, count=TAKINGS)
    encoded = [found.decode("ascii") for found in ENCODED.findall(plain)[:LITERALS]]
    decoded = [line for one in encoded for line in (_base64(one), _base64(one.translate(TO_STANDARD)))]
    return b"\n".join((plain, _in_order(plain), *decoded, *_masked(plain)))


def _in_order(text: bytes) -> bytes:
    """All strings, one behind the other: so stand the pieces that functions of the obfuscator join."""
    return b"".join(one or other for one, other in QUOTED.findall(text))


def _masked(text: bytes) -> list[bytes]:
    """Texts that stand as lists of numbers, each under the same byte."""
    masks = {_byte(one) for one in MASK.findall(text)[:20]} | {0}
    lists = [bytes(map(_byte, found.split(b","))) for found in NUMBERS.findall(text)[:20]]
    return [bytes(one ^ mask for one in numbers) for numbers in lists for mask in masks]


def _byte(number: bytes) -> int:
    """Of a number in decimal, with zeros before it or without, or in hexadecimal."""
    return int(number, 16 if b"x" in number else 10) & 0xFF


def _base64(encoded: str) -> bytes:
    """The decoded text, or nothing where it is no printable text."""
    raw = decode_base64(encoded) or b""
    return raw if raw.isascii() and raw.decode("ascii").isprintable() else b""


def _intent(text: bytes) -> bool:
    if SHELL.search(text) and SOCKET.search(text) and b".pipe(" in text:
        return True
    if not OUT.search(text):
        return False
    if (RUNS.search(text) and STAGES.search(text)) or ANSWERED.search(text) or node_runs_what_it_fetched(text):
        return True
    if KEYS.search(text) or len(set(LOGINS.findall(text))) > 1:
        return True
    hooked = HOOKED.search(text) or HOOKS.search(text)
    if hooked and (SWAPS.search(text) or ADDRESSES.search(text)):
        return True
    cards = {found.lower() for found in CARDS.findall(text)}
    return len(cards) > 1 and bool(PAGE.search(text) and LEAKS.search(text))
