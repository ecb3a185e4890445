"""What a token form can be checked for: checksums, encoded structures, fixed parts."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Callable
from typing import Any

from analyzers.collectors.patterns.named import is_word_list
from analyzers.collectors.patterns.names import secret_kind
from analyzers.collectors.patterns.values import is_placeholder

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def base62(number: int, width: int) -> str:
    """A number with digits 0-9A-Za-z, padded with zeros."""
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = _BASE62[rest] + digits
    return digits.rjust(width, "0")


def ends_with_crc32(value: str) -> bool:
    """`prefix_` + 30 characters + their CRC-32 as six base-62 digits. Source: GitHub, "Behind GitHub's new authentication token
    formats"; npm uses the same form."""
    body = value.rsplit("_", 1)[-1]
    return len(body) == 36 and base62(zlib.crc32(body[:30].encode()), 6) == body[30:]


def decode_base64(text: str) -> bytes | None:
    """Bytes of standard or URL-safe base64 with or without padding and line ends; None when it is neither."""
    compact = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def jwt_parts(value: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Header and claims of a JSON web token (RFC 7519), not verified; None when it is none."""
    pieces = value.split(".")
    if len(pieces) != 3 or len(value) > 16384:
        return None
    decoded: list[dict[str, Any]] = []
    for piece in pieces[:2]:
        raw = decode_base64(piece)
        try:
            part = json.loads(raw) if raw else None
        except (ValueError, RecursionError):
            return None
        if not isinstance(part, dict):
            return None
        decoded.append(part)
    return (decoded[0], decoded[1]) if isinstance(decoded[0].get("alg"), str) else None


def ends_with_crc16(value: str) -> bool:
    """A NATS key in base32 whose last two bytes are the CRC-16 of the others, least significant first. Source: nats-io/nkeys, README."""
    try:
        raw = base64.b32decode(value + "=" * (-len(value) % 8))
    except binascii.Error:
        return False
    return binascii.crc_hqx(raw[:-2], 0) == int.from_bytes(raw[-2:], "little")


def is_jwt(value: str) -> bool:
    """A signed or encrypted token: it decodes, and its signature is there."""
    parts = jwt_parts(value)
    if parts is not None and parts[1].get("sub") == "1234567890" and parts[1].get("name") == "John Doe":
        return False  # the example of jwt.io, copied into documents and tests with any algorithm
    if parts is not None and parts[1].get("role") == "anon" and "supabase" in str(parts[1].get("iss")):
        return False  # what Supabase gives to browsers ("API keys"); its rows are guarded otherwise
    return parts is not None and (str(parts[0]["alg"]).lower() == "none" or len(value.rsplit(".", 1)[1]) >= 16)


def is_upload_token(value: str) -> bool:
    """A package index's token is `pypi-` and a macaroon: version byte 2 and the location field. Source: libmacaroons v2 format."""
    raw = decode_base64(value.removeprefix("pypi-"))
    return raw is not None and raw[:2] == b"\x02\x01"


def is_basic_login(value: str) -> bool:
    """base64 of `user:password`, both printable and the password not empty. Source: RFC 7617."""
    raw = decode_base64(value)
    if raw is None or b":" not in raw:
        return False
    try:
        user, _, password = raw.decode().partition(":")
    except UnicodeDecodeError:
        return False
    return bool(password) and (user + password).isprintable()


def is_bot_token(value: str) -> bool:
    """The first part of a Discord token is the base64 of the bot's number. Source: Discord developer documentation, Reference."""
    raw = decode_base64(value.split(".")[0])
    return raw is not None and raw.isdigit()


_PLAIN_LOGIN = re.compile(
    r"(?:my|your|some|the|user|proxy|db|new|old|super|not)?[_-]?(?:pass|passwd|password|passphrase|pwd|pw|secret|token|key|test|user|username|name|word|admin|root|guest|postgres|mysql|mongo|redis|rabbitmq|anonymous|tiger|123\d*|here|pserver.*|p|port)s?\d{0,3}",
    re.IGNORECASE,
)


_PORT_IN_LIST = re.compile(r"\d{1,5},")


def is_url_password(value: str) -> bool:
    """Not one of the words that documentation writes as the password of a URL, and no port, port in a list of hosts, or path."""
    return (
        not _PLAIN_LOGIN.fullmatch(value)
        and not _PORT_IN_LIST.match(value)
        and not value.startswith(("$", "%s", "%(", "*", "...", "{"))
        and not value[:1].isspace()
    )


def is_written_login(value: str) -> bool:
    """base64 of `user:password` whose password is none of the words that documentation writes."""
    password = (decode_base64(value) or b"").partition(b":")[2].decode("latin-1")
    return is_basic_login(value) and is_url_password(password) and not is_placeholder(password)


def mixed(value: str) -> bool:
    """Letters and digits both: a drawn value of some length practically always has them."""
    return any(sign.isdigit() for sign in value) and any(sign.isalpha() for sign in value)


_OF_ITSELF = re.compile(r"(?i)passw|passphrase|pwd|secret|token|credential")
_OTHER_LANGUAGES = frozenset((
    "adgangskode", "contrasena", "geslo", "haslo", "heslo", "jelszo", "katasandi", "kennwort", "lozinka", "losenord", "losenordet",
    "motdepasse", "palavrapasse", "parola", "parole", "parool", "passord", "passwort", "salasana", "sandi", "senha", "sifre", "slaptazodis",
    "wachtwoord",
))  # fmt: skip


def spelt(value: str) -> bool:
    """A password that stands where only passwords stand, so that a plain word will do: no name of a variable, no expression, no label."""
    bare = value.strip(":@?&%*#~()[]{}.^$+\\/_-")
    if mixed(value):
        return True
    if re.fullmatch(r"[A-Z_]+", bare) or _OF_ITSELF.search(bare) or secret_kind(bare) or bare.lower() in _OTHER_LANGUAGES:
        return False
    return sum(map(str.isalnum, bare)) >= 4 and not is_placeholder(bare) and is_url_password(bare)


def no_words(value: str) -> bool:
    """No value that is made of words or says what it stands for (`secure1`, `MyNewPassword1`)."""
    return not _OF_ITSELF.search(value) and not is_word_list(value)


def mixed_case(value: str) -> bool:
    """Upper case, lower case and digits all occur."""
    return mixed(value) and any(sign.isupper() for sign in value) and any(sign.islower() for sign in value)


CHECKS: dict[str, Callable[[str], bool]] = {
    "crc16": ends_with_crc16, "crc32": ends_with_crc32,
    "jwt": is_jwt, "upload_token": is_upload_token, "basic_login": is_basic_login, "discord": is_bot_token,
    "url_password": is_url_password, "written_login": is_written_login,
    "mixed": mixed, "spelt": spelt, "no_words": no_words, "mixed_case": mixed_case,
}  # fmt: skip
