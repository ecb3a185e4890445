"""Draws the values that the templates of examples ask for (`{hex:32}`, `{pem:rsa}` ...), from a seeded generator: nobody's credentials."""

from __future__ import annotations

import base64
import binascii
import json
import random
import re
import string
import uuid
import zlib
from datetime import date, timedelta

from analyzers.collectors.patterns.checksums import base62

ALNUM = string.ascii_letters + string.digits
_PLACE = re.compile(r"\{([A-Za-z][\w-]*)(?::([\w.-]*))?\}")
_ALPHABETS = {
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "base62": ALNUM,
    "base64url": ALNUM + "_-",
    "lower": string.ascii_lowercase + string.digits,
    "upper": string.ascii_uppercase + string.digits,
    "digits": string.digits,
    "letters": string.ascii_letters,
    "base32": string.ascii_uppercase + "234567",
    "bech32": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
    "secret": ALNUM + "+/",
    "punct": ALNUM + "!@#%^&*(-_=+)",
}
_OIDS = {"rsa": "06092a864886f70d010101", "ed25519": "06032b6570", "p256": "06082a8648ce3d030107"}


class Drawn:
    """Fills templates; `made` remembers every secret value, so that a test can look for leaks."""

    def __init__(self, seed: int = 1, today: date = date(2026, 1, 1)) -> None:
        self.rng = random.Random(seed)  # noqa: S311 (the same values every time are what is wanted)
        self.today = today
        self.made: list[str] = []

    def fill(self, template: str) -> bytes:
        """The template with its places filled. Unknown names in braces stay as they are."""
        pieces: list[bytes] = []
        last = 0
        for match in _PLACE.finditer(template):
            value = self._value(match[1], match[2] or "")
            if value is None:
                continue
            pieces += [template[last : match.start()].encode(), value]
            last = match.end()
        return b"".join([*pieces, template[last:].encode()])

    def _value(self, name: str, argument: str) -> bytes | None:
        if name in _ALPHABETS and argument.isdigit():
            text = self.some(int(argument), _ALPHABETS[name])
        elif name == "base64" and argument.isdigit():
            text = base64.b64encode(self.rng.randbytes(int(argument))).decode()
        elif (method := getattr(self, f"_make_{name.replace('-', '_')}", None)) is not None:
            made = method(argument)
            if isinstance(made, bytes):
                return made
            text = made
        else:
            return None
        longest = max(text.split("\n"), key=len, default="")
        if len(longest) >= 8:
            self.made.append(longest)
        return text.encode()

    def some(self, length: int, alphabet: str = ALNUM) -> str:
        while True:
            text = "".join(self.rng.choice(alphabet) for _ in range(length))
            mixed = (
                length < 12
                or len(alphabet) < 20
                or alphabet == string.ascii_letters
                or (re.search(r"\d", text) and re.search("[A-Za-z]", text))
            )
            if mixed:
                return text

    def _make_uuid(self, _: str) -> str:
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def _make_crc(self, prefix: str) -> str:
        body = self.some(30)
        return prefix + body + base62(zlib.crc32(body.encode()), 6)

    def _make_nkey(self, _: str) -> str:
        raw = bytes((149, 0)) + self.rng.randbytes(32)  # a user's seed
        return base64.b32encode(raw + binascii.crc_hqx(raw, 0).to_bytes(2, "little")).decode().rstrip("=")

    def _make_login(self, _: str) -> str:
        return base64.b64encode(f"ci:{self.some(18)}".encode()).decode()

    def _make_pypi(self, _: str) -> str:
        raw = b"\x02\x01\x08index.example\x00" + self.rng.randbytes(90)
        return "pypi-" + base64.urlsafe_b64encode(raw).decode().rstrip("=")

    def _make_bedrock(self, _: str) -> str:
        return base64.b64encode(f"bedrock.amazonaws.com/?Action=CallWithBearerToken&Signature={self.some(64)}".encode()).decode()

    def _make_discord(self, _: str) -> str:
        return base64.b64encode(b"1" + self.some(17, string.digits).encode()).decode()

    def _make_jwt(self, _: str) -> str:
        parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": self.some(12), "iat": 1767225600, "exp": 4102444800})
        return ".".join([*(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), self.some(43)])

    def _make_tunnel(self, _: str) -> str:
        part = {"a": self.some(32, _ALPHABETS["hex"]), "t": self._make_uuid(""), "s": base64.b64encode(self.rng.randbytes(32)).decode()}
        return base64.b64encode(json.dumps(part, separators=(",", ":")).encode()).decode()

    # private keys

    def number(self, size: int) -> bytes:
        return der(2, bytes([0x7F]) + self.rng.randbytes(size - 1))

    def key(self, kind: str) -> bytes:
        """DER of a key with random numbers."""
        if kind == "rsa":
            return der(0x30, der(2, b"\0"), *(self.number(size) for size in (256, 3, 256, 128, 128, 128, 128, 128)))
        if kind == "dsa":
            return der(0x30, der(2, b"\0"), *(self.number(size) for size in (256, 32, 256, 256, 32)))
        if kind == "ec":
            return der(0x30, der(2, b"\1"), der(4, self.rng.randbytes(32)), der(0xA0, bytes.fromhex(_OIDS["p256"])))
        return der(0x30, der(2, b"\0"), der(0x30, bytes.fromhex(_OIDS["rsa"]), b"\5\0"), der(4, self.key("rsa")))

    def _make_pem(self, kind: str) -> str:
        labels = {"rsa": "RSA PRIVATE KEY", "dsa": "DSA PRIVATE KEY", "ec": "EC PRIVATE KEY", "pkcs8": "PRIVATE KEY", "": "PRIVATE KEY"}
        if kind in labels:
            return pem(labels[kind], self.key(kind))
        if kind == "openssh":
            return pem("OPENSSH PRIVATE KEY", self.openssh(b"none"))
        if kind == "unknown":
            return pem("RSA PRIVATE KEY", b"\x01" + self.rng.randbytes(400))
        if kind == "pgp":
            return pem("PGP PRIVATE KEY BLOCK", self.openpgp(b"\0"))
        return (
            pem("PRIVATE KEY", self.ssh2(b"none"))
            .replace("-----BEGIN", "---- BEGIN SSH2 ENCRYPTED")
            .replace("-----END", "---- END SSH2 ENCRYPTED")
            .replace("KEY-----", "KEY ----")
        )

    def _make_pem_escaped(self, kind: str) -> str:
        return self._make_pem(kind).replace("\n", "\\n")

    def openssh(self, cipher: bytes) -> bytes:
        public = string_of(b"ssh-ed25519") + string_of(self.rng.randbytes(32))
        head = b"openssh-key-v1\0" + string_of(cipher) + string_of(b"none") + string_of(b"") + (1).to_bytes(4, "big")
        return head + string_of(public) + string_of(self.rng.randbytes(160))

    def ssh2(self, cipher: bytes) -> bytes:
        """Source: PuTTY, import.c: magic, whole length, type of the key, cipher, the numbers."""
        rest = (
            string_of(b"if-modn{sign{rsa-pkcs1-sha1},encrypt{rsa-pkcs1v2-oaep}}") + string_of(cipher) + string_of(self.rng.randbytes(300))
        )
        return b"\x3f\x6f\xf9\xeb" + (8 + len(rest)).to_bytes(4, "big") + rest

    def openpgp(self, usage: bytes) -> bytes:
        numbers = (2048).to_bytes(2, "big") + self.rng.randbytes(256) + (17).to_bytes(2, "big") + b"\1\0\1"
        body = b"\x04" + (1_700_000_000).to_bytes(4, "big") + b"\x01" + numbers + usage + self.rng.randbytes(600)
        return b"\x95" + len(body).to_bytes(2, "big") + body

    def _make_gpg(self, _: str) -> bytes:
        return self.openpgp(b"\0")

    def _make_gpg_agent(self, _: str) -> bytes:
        return b"(11:private-key(3:rsa(1:n257:" + self.rng.randbytes(257) + b")))"

    def _make_der(self, kind: str) -> bytes:
        return self.key(kind)

    def _make_ppk(self, _: str) -> str:
        lines = base64.b64encode(self.rng.randbytes(120)).decode()
        head = "PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nComment: a\nPublic-Lines: 1\nAAAA\n"
        return f"{head}Private-Lines: 1\n{lines}\nPrivate-MAC: 00\n"

    def _make_otr(self, _: str) -> str:
        prime, private = self.some(256, "0123456789ABCDEF"), self.some(40, "0123456789ABCDEF")
        return f"(privkeys\n (account\n(name a)\n(protocol prpl-jabber)\n(private-key \n (dsa \n  (p #{prime}#)\n  (x #{private}#)\n)))\n"

    def _make_kube_key(self, _: str) -> str:
        encoded = base64.b64encode(self._make_pem("rsa").encode()).decode()
        return f"apiVersion: v1\nkind: Config\nusers:\n- name: admin\n  user:\n    client-key-data: {encoded}\n"

    def _make_p12(self, _: str) -> bytes:
        bag = bytes.fromhex("060b2a864886f70d010c0a0102")
        return der(
            0x30, der(2, b"\3"), der(0x30, bytes.fromhex("06092a864886f70d010701"), der(0xA0, der(4, bag + self.rng.randbytes(900))))
        )

    def _make_jks(self, _: str) -> bytes:
        return bytes.fromhex("feedfeed0000000200000001" + "00000001") + string_of(b"alias")[2:] + self.rng.randbytes(900)

    def _make_keychain(self, _: str) -> bytes:
        return b"kych\0\1\0\0" + self.rng.randbytes(500)

    def _make_base64(self, kind: str) -> str:
        if kind == "pem":
            return base64.b64encode(self._make_pem("pkcs8").encode()).decode()
        if kind == "jwt":
            return base64.b64encode(self._make_jwt("").encode()).decode()
        account = {
            "type": "service_account",
            "private_key_id": self.some(40, _ALPHABETS["hex"]),
            "private_key": self._make_pem("pkcs8"),
            "client_email": "a@b.example.org",
        }
        return base64.b64encode(json.dumps(account).encode()).decode()

    # databases

    def _make_sqlite(self, _: str) -> bytes:
        return b"SQLite format 3\0" + self.rng.randbytes(500)

    def _make_mdf(self, _: str) -> bytes:
        return b"\x01\x0f\0\0" + self.rng.randbytes(500)

    def _make_sdf(self, _: str) -> bytes:
        return bytes(16) + (0x003D0900).to_bytes(4, "little") + self.rng.randbytes(500)

    def _make_kdbx(self, _: str) -> bytes:
        return b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5" + self.rng.randbytes(500)

    def _make_pgdump(self, _: str) -> bytes:
        return b"PGDMP\1\x0e\0" + self.rng.randbytes(40).replace(b"\0", b"a") + b"\nCOPY users\n"

    def _make_bin(self, size: str) -> bytes:
        return self.rng.randbytes(int(size))

    def _make_day(self, ahead: str) -> bytes:
        return (self.today + timedelta(days=int(ahead))).isoformat().encode()

    def _make_bytes(self, digits: str) -> bytes:
        return bytes.fromhex(digits)


def der(tag: int, *parts: bytes) -> bytes:
    """An element of DER."""
    content = b"".join(parts)
    size = len(content)
    length = (
        bytes([size]) if size < 128 else (lambda raw: bytes([128 + len(raw)]) + raw)(size.to_bytes((size.bit_length() + 7) // 8, "big"))
    )
    return bytes([tag]) + length + content


def string_of(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def pem(label: str, raw: bytes) -> str:
    body = base64.b64encode(raw).decode()
    lines = [body[place : place + 64] for place in range(0, len(body), 64)]
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""))
