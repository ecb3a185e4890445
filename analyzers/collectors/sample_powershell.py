"""Commands that PowerShell takes as base64 of UTF-16 (about_Powershell_exe, -EncodedCommand)."""

from __future__ import annotations

import re
from base64 import b64decode

from analyzers.collectors.sample_fetched import MAX_TEXT, Span

ENCODED = re.compile(rb"(?i)-e(?:nc|c|ncodedcommand)?\s+[\"']?([A-Za-z0-9+/]{56,}={0,2})")
RUNS = re.compile(
    r"(?i)\bi[e]x\b|invoke-expr[e]ssion|downloads[t]ring|downloadf[i]le|downloadd[a]ta|net\.webcl[i]ent|invoke-(?:webreq|restm)[e]\w+|\bi[wr][rm]\s"
    r"|frombase64str[i]ng|start-bitstr[a]nsfer|virtualall[o]c|tcpcl[i]ent|amsiut[i]ls|reflection\.assembly|-w(?:indowstyle)?\s+hidd[e]n|add-mppref[e]rence"
)


def encoded_command(data: bytes, _first: Span) -> Span | None:
    """The first encoded command that fetches code, runs text as code or hides, or None."""
    for found in ENCODED.finditer(data[:MAX_TEXT]):
        encoded = found[1].rstrip(b"=")
        command = b64decode(encoded[: len(encoded) // 4 * 4]).decode("utf-16-le", "replace")
        if RUNS.search(command):
            return Span(found.start(), len(found[0]))
    return None
