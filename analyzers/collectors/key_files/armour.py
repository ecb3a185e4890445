"""Private keys in text: PEM (RFC 7468), OpenSSH, SSH2 (RFC 4716), PuTTY, OpenPGP armour (RFC 4880), off-the-record messaging."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.collectors.key_files import KeyFound
from analyzers.collectors.key_files.der import private_key
from analyzers.collectors.key_files.openpgp import secret_key_state
from analyzers.collectors.patterns.checksums import decode_base64
from analyzers.collectors.patterns.values import entropy

MAX_KEY = 32 * 1024
_BEGIN = re.compile(rb"-----BEGIN ([0-9A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?)-----|---- BEGIN SSH2 ((?:ENCRYPTED )?PRIVATE KEY) ----")
_END = re.compile(rb"-----END [0-9A-Z ]{0,30}(?:PRIVATE KEY(?: BLOCK)?|KEY)-----|---- END SSH2|-----BEGIN ")
_ESCAPES = re.compile(rb"\\+(?:[nrt]|\r?\n)|&#(?:10|13|x[aAdD]);|<br ?/?>|%0[aAdD]")
_JOINTS = re.compile(rb"[\"'`]\s*\+\s*[\"'`]")  # a sum of strings in source code; its sign is one of base64 too
_HEADER = re.compile(rb"(?m)^\s*[A-Za-z][\w-]{1,30}: ?[^\n]*(?:\\\n[^\n]*)*$")
_BODY = re.compile(rb"[A-Za-z0-9+/=\s\"'`,.;|>*#-]+")
_NOISE = re.compile(rb"[^A-Za-z0-9+/=]")
_PUTTY = re.compile(
    rb"PuTTY-User-Key-File-(\d): ?([\w-]+)\s+Encryption: ?([\w-]+)(?:(?!PuTTY-User)[\s\S]){0,16384}?"
    rb"Private-Lines: ?\d+\s+([A-Za-z0-9+/=\s]{32,16384}?)(?=\s+Private-MAC|\s*$)"
)
_OTR = re.compile(rb"\(privkeys[\s\S]{0,4096}?\(private-key[\s\S]{0,4096}?\(x #([0-9A-F]{16,512})#")
_SSH2_MAGIC = bytes.fromhex("3f6ff9eb")
_OPENSSH = b"openssh-key-v1\0"
_CIPHER = re.compile(rb"[0-9a-z@.-]{3,64}")
_LABELS = {
    "RSA PRIVATE KEY": "rsa_private_key",
    "DSA PRIVATE KEY": "dsa_private_key",
    "EC PRIVATE KEY": "ec_private_key",
    "SSH PRIVATE KEY": "ssh_private_key",
    "PRIVATE KEY": "pkcs_private_key",
    "ENCRYPTED PRIVATE KEY": "pkcs_private_key",
}


def text_keys(data: bytes, limit: int = 50) -> Iterator[KeyFound]:
    """Every complete private key in a text, wherever it stands: alone, in JSON or YAML with escaped line ends, in source code."""
    for count, begin in enumerate(_BEGIN.finditer(data)):
        if count >= limit:
            return
        chunk = data[begin.end() : begin.end() + MAX_KEY]
        end = _END.search(chunk)
        inside = chunk[: end.start()] if end else b""
        label = (begin[1] or b"").decode() or "SSH2 " + (begin[2] or b"").decode()
        found = _armoured(label, inside, begin.start(), begin.end() + len(inside))
        if found:
            yield found
    for match in _PUTTY.finditer(data):
        protected = match[3] != b"none"
        yield KeyFound(
            "puttygen_private_key", _NOISE.sub(b"", match[4]), match.start(), match.end(), protected, {"kind": match[2].decode()}
        )
    if b"(privkeys" in data:
        for match in _OTR.finditer(data):
            yield KeyFound("otr_private_key", match[1], match.start(), match.end(), False, {"kind": "DSA"})


def _armoured(label: str, inside: bytes, start: int, end: int) -> KeyFound | None:
    text = _JOINTS.sub(b"", _ESCAPES.sub(b"\n", inside))
    protected = b"ENCRYPTED" in text or "ENCRYPTED" in label
    text = _HEADER.sub(b"", text)
    if not _BODY.fullmatch(text):
        return None
    if label.startswith("PGP"):
        text = re.sub(rb"\s=[A-Za-z0-9+/]{4}\s*$", b"", text.rstrip())  # the armour's checksum
    body = _NOISE.sub(b"", text).rstrip(b"=")
    raw = decode_base64(body.decode())
    if raw is None or len(raw) < 40 or len(set(raw)) < 16:
        return None
    if label.startswith("PGP"):
        return _pgp(raw, body, start, end)
    if label == "OPENSSH PRIVATE KEY":
        return _openssh(raw, body, start, end)
    if label.startswith("SSH2"):
        return KeyFound("ssh_private_key", body, start, end, _ssh2_protected(raw, protected), {"kind": "SSH2"})
    key = None if protected and label != "PRIVATE KEY" and raw[:1] != b"\x30" else private_key(raw)
    if key is None and not protected:
        return KeyFound("pem", body, start, end) if len(raw) >= 64 and entropy(body.decode()) >= 4.0 else None
    rule = _LABELS.get(label, "common_private_key")
    details = {"kind": key.kind, **({"bits": str(key.bits)} if key.bits else {})} if key else {}
    return KeyFound(rule, body, start, end, protected or (key is not None and key.form == "pkcs8-encrypted"), details)


def _pgp(raw: bytes, body: bytes, start: int, end: int) -> KeyFound | None:
    state = secret_key_state(raw)
    return KeyFound("pgp_private_key", body, start, end, state == "protected", {"kind": "OpenPGP"}) if state else None


def _ssh2_protected(raw: bytes, labelled: bool) -> bool:
    """The label says ENCRYPTED even where the cipher is `none`. Source: PuTTY, import.c: magic, length, type, cipher."""
    if not raw.startswith(_SSH2_MAGIC):
        return labelled
    cipher_at = 12 + int.from_bytes(raw[8:12], "big")
    size = int.from_bytes(raw[cipher_at : cipher_at + 4], "big")
    return raw[cipher_at + 4 : cipher_at + 4 + size] != b"none"


def _openssh(raw: bytes, body: bytes, start: int, end: int) -> KeyFound | None:
    """Source: OpenSSH, PROTOCOL.key: cipher, kdf name and options, number of keys, public keys, private part. A key whose lengths do not
    fit is told all the same, as its secret may be there."""
    if not raw.startswith(_OPENSSH):
        return None
    kind = re.search(rb"ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp\d{3}|sk-[\w@.-]{1,60}", raw)
    details = {"kind": kind[0].decode()} if kind else {}
    parts, place = [], len(_OPENSSH)
    for number in range(5):
        place += 4 if number == 3 else 0  # the number of keys stands between; there never is more than one
        size = int.from_bytes(raw[place : place + 4], "big")
        parts.append(raw[place + 4 : place + 4 + size])
        place += 4 + size
    if place > len(raw):
        details["damaged"] = "its lengths do not fit"
    return KeyFound("openssh_private_key", body, start, end, bool(_CIPHER.fullmatch(parts[0])) and parts[0] != b"none", details)
