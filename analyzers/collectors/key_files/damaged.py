"""Files that are a private key by their first bytes or their name, and cannot be read as one: cut, or with lengths that do not fit.

What only mentions a key (source code, documentation, JSON) is not judged: the marks stand at the very beginning of a file that is one."""

from __future__ import annotations

import re

from analyzers.collectors.key_files.armour import MAX_KEY, text_keys
from analyzers.collectors.key_files.der import element
from analyzers.collectors.key_files.stores import MAX_STORE

_BEGIN = re.compile(rb"\s{0,64}(?:-----BEGIN [0-9A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----|---- BEGIN SSH2 (?:ENCRYPTED )?PRIVATE KEY ----)")
_END = re.compile(rb"-----END |---- END SSH2")
_PUTTY = b"PuTTY-User-Key-File-"
_DER = re.compile(r"(?i)\.(?:der|key|pk8|p8|p12|pfx|priv|rsa)$")
_LONG_SEQUENCE = re.compile(rb"\x30[\x80-\xff]")  # no text begins so, and no key is shorter


def damage(path: str, data: bytes) -> str:
    """Why no key can be read from this whole file, empty where there is one or where it does not claim to be one."""
    if begin := _BEGIN.match(data):
        if not _END.search(data, begin.end(), begin.end() + MAX_KEY):
            return "a private key without its end"
        keys = list(text_keys(data, 1))
        return "" if keys and "damaged" not in keys[0].details else "a private key that cannot be read"
    if data.startswith(_PUTTY):
        return "" if any(text_keys(data, 1)) else "a PuTTY key that is cut"
    if _LONG_SEQUENCE.match(data) and _DER.search(path) and len(data) <= MAX_STORE:
        return "" if element(data) else "a key or key store in DER whose lengths do not fit"
    return ""
