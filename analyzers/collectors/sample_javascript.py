"""What obfuscated JavaScript is for: its text with escapes, joined pieces and encoded strings undone, asked for an intent.

Obfuscation alone is no sign: vendors obfuscate and pack too. It counts together with commands, keys, wallets or payment fields and a way
out, or where what runs is spelled in numbers or brackets only, which no tool of vendors does.
"""

from __future__ import annotations

import re

from analyzers.collectors.patterns.checksums import decode_base64
from analyzers.collectors.sample_fetched import Span

MAX_TEXT = 1024 * 1024
LITERALS = 4000
ESCAPED = re.compile(rb"\\x([0-9A-Fa-f]{2})|\\u00([0-9A-Fa-f]{2})")
JOINED = re.compile(rb"[\"']\s?\+\s?[\"']")
ENCODED = re.compile(rb"[\"']([A-Za-z0-9+/]{6,4000}={0,2})[\"']")
STANDARD = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SWAPPED = bytes.maketrans(STANDARD.swapcase(), STANDARD)  # javascript-obfuscator counts from the small letters
CODES = re.compile(
    rb"\b(?:eval|Function)\s*\(\s*String\s*(?:\.|\[[\"'])fromCharCode[\"'\]]*\s*(?:\.apply\s*\([^,]{1,12},\s*\[|\()(?:\s*(?:0x)?\w{1,3}\s*,){20}"
)
BRACKETS = re.compile(rb"\[\]\+\[\]\)\[")
BRACKETS_MANY = 40

RUNS = re.compile(rb"\bchild_process\b|\bexecSync\b|\bspawnSync\b")
OUT = re.compile(
    rb"(?m)^https?$|https?://|\bXMLHttpRequest\b|\bsendBeacon\b|\bWebSocket\b|\bfetch\b|\baxios\b|['\"|]https?['\"|]|\bnode-fetch\b"
)
KEYS = re.compile(
    rb"\.ssh\b|\bid_rsa\b|\.npmrc\b|\.aws/|\bLogin Data\b|Local Extension Settings|\bwallet\.dat\b|\.config/solana"
    rb"|\.electrum\b|\bexodus\.wallet\b|\blogins\.json\b|\bkey4\.db\b|\bmnemonic\b|\bleveldb\b|JSON\.stringify\(process\[?\.?['\"]?env"
)
SWAPS = re.compile(rb"\beth_sendTransaction\b|\btronWeb\b|\bsignTransaction\b")
HOOKS = re.compile(rb"\bprototype\b.{0,200}\bXMLHttpRequest\b|\bXMLHttpRequest\b.{0,200}\bprototype\b", re.DOTALL)
CARDS = re.compile(
    rb"(?i)card[_-]?num|cc[_-]?num|\bcvv2?\b|\bcvc\b|cc[_-]?cid|card[_-]?cvc|security[_-]?code|expir(?:y|ation)?[_-]?(?:date|month|year)|\bcc[_-]?exp"
)
PAGE = re.compile(rb"\bquerySelector|\bgetElement|\bcheckout\b|\baddEventListener\b")


def purpose_is_malicious(data: bytes, first: Span) -> Span | None:
    """Where the obfuscation begins, if what the script does with it is malicious."""
    text = data[:MAX_TEXT]
    codes = CODES.search(text)
    if codes:
        return Span(codes.start(), codes.end() - codes.start())
    if len(BRACKETS.findall(text)) > BRACKETS_MANY and len(text) < MAX_TEXT:
        return first
    return first if _intent(_unveiled(text)) else None


def _unveiled(text: bytes) -> bytes:
    plain = JOINED.sub(b"", ESCAPED.sub(lambda one: bytes.fromhex((one[1] or one[2]).decode()), text))
    decoded = [line for found in ENCODED.findall(plain)[:LITERALS] for line in (_base64(found), _base64(found.translate(SWAPPED)))]
    return b"\n".join((plain, *decoded))


def _base64(encoded: bytes) -> bytes:
    """The decoded text, or nothing where it is no printable text."""
    raw = decode_base64(encoded.decode("ascii")) or b""
    return raw if raw.isascii() and raw.decode("ascii").isprintable() else b""


def _intent(text: bytes) -> bool:
    if not OUT.search(text):
        return False
    cards = {found.lower() for found in CARDS.findall(text)}
    return bool(
        RUNS.search(text) or KEYS.search(text) or (SWAPS.search(text) and HOOKS.search(text)) or (len(cards) > 1 and PAGE.search(text))
    )
