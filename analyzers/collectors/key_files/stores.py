"""Files that are keys or stores of keys as a whole, by name and first bytes: DER, PKCS#12, Java, macOS, GnuPG, KeePass."""

from __future__ import annotations

import re
from collections.abc import Callable

from analyzers.collectors.key_files import KeyFound
from analyzers.collectors.key_files.der import holds_key_bag, private_key
from analyzers.collectors.key_files.openpgp import secret_key_state

MAX_STORE = 4 * 1024 * 1024
_KEY_PROTECTOR = bytes.fromhex("060a2b060104012a02110101")  # 1.3.6.1.4.1.42.2.17.1.1, the cipher of Java's private keys
_JAVA_MAGIC = (b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce")


def store_key(path: str, data: bytes) -> KeyFound | None:
    """The key that the whole file is, if its name or its first bytes say so."""
    head = data[:4]
    if head in _JAVA_MAGIC:
        return _whole("java_keystore", data, protected=False, kind="JKS") if _java_private(data) else None
    if head == b"kych":
        return _whole("macos_keychain", data, kind="keychain")
    name = path[path.rfind("/") + 1 :].lower()
    read = _BY_SUFFIX.get(name[name.rfind(".") :]) or _BY_NAME.get(name)
    if name.endswith(".key") and path[: -len(name)].endswith(_AGENT_FOLDER):
        read = _agent
    return read(name, data[:MAX_STORE]) if read else None


def _whole(rule: str, data: bytes, protected: bool = False, **details: str) -> KeyFound:
    return KeyFound(rule, data, 0, min(len(data), 64), protected, details)


def _java_private(data: bytes) -> bool:
    """Whether a Java key store has an entry that is not a trusted certificate: (magic, version, count), then (tag, alias ...).
    Source: OpenJDK, sun.security.provider.JavaKeyStore."""
    return int.from_bytes(data[8:12], "big") > 0 and (int.from_bytes(data[12:16], "big") in (1, 3) or _KEY_PROTECTOR in data)


def _der(name: str, data: bytes) -> KeyFound | None:
    key = private_key(data) if data[:1] == b"\x30" else None
    if key is None:
        return None
    details = {"kind": key.kind, **({"bits": str(key.bits)} if key.bits else {})}
    return _whole("common_private_key", data, key.form == "pkcs8-encrypted", **details)


def _pkcs12(name: str, data: bytes) -> KeyFound | None:
    if not holds_key_bag(data):
        return None
    return _whole("java_keystore" if name.endswith((".jks", ".keystore", "keystore")) else "pkcs_cred", data, kind="PKCS#12")


def _key_ring(name: str, data: bytes) -> KeyFound | None:
    state = secret_key_state(data)
    return _whole("pgp", data, state == "protected", kind="OpenPGP") if state else None


def _agent(name: str, data: bytes) -> KeyFound | None:
    if re.search(rb"\((?:11:)?private-key|\((?:21:)?protected-private-key", data[:4096]):
        return _whole("pgp", data, b"protected-private-key" in data[:4096], kind="gpg-agent")
    return None


_AGENT_FOLDER = "private-keys-v1.d/"
_Read = Callable[[str, bytes], KeyFound | None]
_BY_SUFFIX: dict[str, _Read] = {
    **dict.fromkeys((".p12", ".pfx", ".jks", ".keystore", ".bks"), _pkcs12),
    **dict.fromkeys((".der", ".key", ".pk8", ".p8", ".priv", ".rsa"), _der),
    **dict.fromkeys((".gpg", ".pgp"), _key_ring),
}
_BY_NAME: dict[str, _Read] = {"keystore": _pkcs12}
