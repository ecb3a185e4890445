"""Whether a script sends something to a bare public address: no service of keys, backups or builds is reached that way."""

from __future__ import annotations

import re

import re2

from analyzers.collectors.sample_fetched import CONTINUED, MAX_TEXT, Span

ADDRESS = (
    rb"(?!127\.|0\.0\.0\.0|10\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)"
    rb"(?:\d{1,3}\.){3}\d{1,3}(?![\w.])"
)
ANY_ADDRESS = re2.compile(rb"\b(?:\d{1,3}\.){3}\d{1,3}\b")
ASSIGNED = re.compile(
    rb"(?m)(?:^|[;&{,\s])(?:(?:const|let|var|export|local)\s+)?(\w{1,40})\s?=\s?[\"'`]?((?:https?://)?" + ADDRESS + rb"[\w:/.?=-]{0,100})"
)
SENDS = (
    rb"\bcurl(?:\s[^\n|]{0,200}?)?\s(?:-F|--form|-T|--upload-file|-d|--data[\w-]{0,12}|-X\s?P(?:OS|U)T)[\s=@\"'][^\n|]{0,300}?(?<![\w.])(?:%b)"
    rb"|\bcurl\s[^\n|]{0,200}?(?<![\w.])(?:%b)[^\n|]{0,200}?\s(?:-F|--form|-T|--upload-file|-d|--data[\w-]{0,12}|-X\s?P(?:OS|U)T)[\s=@\"']"
    rb"|\bwget\s[^\n|]{0,200}?--post-(?:data|file)[^\n|]{0,300}?(?<![\w.])(?:%b)|\b(?:nc|ncat)\s[^\n|<]{0,60}(?<![\w.])(?:%b)\s+\d{1,5}\s?<"
    rb"|\b(?:post|put|request|urlopen|Request|fetch|send|connect|create_connection)\s?\([^\n]{0,200}?(?<![\w.])(?:%b)"
    rb"|\bhost(?:name)?[\"']?\s?:\s?[\"'](?:%b)"
)


def sends_to_an_address(data: bytes, _first: Span) -> Span | None:
    """Where something is sent to a bare public address, written there or kept in a variable; else None."""
    text = CONTINUED.sub(b"  ", data[:MAX_TEXT])
    if not ANY_ADDRESS.search(text):
        return None
    names = [rb"\$?\{?" + re.escape(name) + rb"\b" for name, _ in ASSIGNED.findall(text)[:20]]
    place = b"|".join((rb"(?:https?://)?" + ADDRESS, *names))
    found = re.search(SENDS % ((place,) * SENDS.count(b"%b")), text)
    return Span(found.start(), len(found[0])) if found else None
