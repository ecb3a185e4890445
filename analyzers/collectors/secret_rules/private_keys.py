"""Rules of the class `private_key`. A reader parses keys and key stores; the rules name what it found."""

from __future__ import annotations

from dataclasses import replace

from analyzers.collectors.patterns.rule import EXACT, Example, Pattern, Rule
from analyzers.collectors.secret_rules.build import HIGH, MEDIUM, advice_for, named
from schemas.vocabulary import Level

_KEY = "private_key"
_JWK_KIND, _JWK_PRIVATE = r"\"kty\"\s{0,8}:\s{0,8}\"(?:RSA|EC|OKP)\"", r"\"d\"\s{0,8}:\s{0,8}\"([0-9A-Za-z_-]{42,999})\""
_JWK = (rf"{_JWK_KIND}[^{{}}]*{_JWK_PRIVATE}", rf"{_JWK_PRIVATE}[^{{}}]*{_JWK_KIND}")  # RFC 7517, section 4.1; RFC 7518, section 6


def _key(key: str, what: str, hits: tuple[tuple[str, str], ...], level: Level = HIGH, rank: int = EXACT - 1) -> Rule:
    return Rule(
        key=key,
        group=_KEY,
        level=level,
        rank=rank,
        title=f"{what[:1].upper()}{what[1:]}",
        description=f"The file holds a private key: {what}. Whoever can pull the image can act as its owner.",
        advice=advice_for(_KEY),
        hits=tuple(Example(path, text) for path, text in hits),
        clean=(
            Example("srv/keys/server.key", "-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----\n"),
            Example("srv/keys/a.pub", "ssh-ed25519 {base64:51} dev@example.org\n"),
            Example("srv/a.pem", "-----BEGIN CERTIFICATE-----\n{base64:600}\n-----END CERTIFICATE-----\n"),
        ),
    )


RULES: tuple[Rule, ...] = (
    _key("rsa_private_key", "RSA key in PKCS#1 form", (("srv/a.key", "{pem:rsa}"), ("srv/a.txt", "key: {pem-escaped:rsa}\n"))),
    _key("dsa_private_key", "DSA key", (("srv/a.key", "{pem:dsa}"), ("srv/a.conf", "x\n{pem:dsa}"))),
    _key("ec_private_key", "elliptic curve key in SEC 1 form", (("srv/a.pem", "{pem:ec}"), ("srv/a.json", '{"k": "{pem-escaped:ec}"}'))),
    _key("openssh_private_key", "OpenSSH key", (("root/.ssh/id_ed25519", "{pem:openssh}"), ("srv/a", "{pem:openssh}"))),
    _key("ssh_private_key", "SSH2 key (RFC 4716 form)", (("srv/a", "{pem:ssh2}"), ("srv/b.key", "{pem:ssh2}"))),
    _key("pkcs_private_key", "key in PKCS#8 form", (("srv/a.key", "{pem:pkcs8}"), ("srv/a.env", "KEY={base64:pem}\n"))),
    _key("common_private_key", "private key", (("srv/a.der", "{der:pkcs8}"), ("srv/a.key", "{der:rsa}"))),
    _key("pgp_private_key", "OpenPGP secret key", (("srv/a.asc", "{pem:pgp}"), ("root/k.txt", "{pem:pgp}"))),
    _key("puttygen_private_key", "PuTTY key", (("srv/a.ppk", "{ppk}"), ("srv/b.ppk", "{ppk:3}"))),
    _key(
        "otr_private_key", "off-the-record messaging key", (("root/.purple/otr.private_key", "{otr}"), ("root/.irssi/otr/otr.key", "{otr}"))
    ),
    _key(
        "k8s_client_key",
        "client key of a Kubernetes user",
        (("root/.kube/config", "{kube-key}"), ("etc/kubernetes/admin.conf", "{kube-key}")),
        rank=EXACT + 1,
    ),
    _key(
        "github_ssh_key",
        "SSH key for GitHub",
        (("root/.ssh/github_rsa", "{pem:openssh}"), ("root/.ssh/id_rsa_github", "{pem:rsa}")),
        rank=EXACT,
    ),
    _key(
        "pem",
        "PEM file with a private part of unknown form",
        (("srv/a.pem", "{pem:unknown}"), ("srv/b.key", "{pem:unknown}")),
        level=MEDIUM,
    ),
    _key(
        "pgp",
        "OpenPGP key ring with secret keys",
        (("root/.gnupg/secring.gpg", "{gpg}"), ("root/.gnupg/private-keys-v1.d/{hex:40}.key", "{gpg-agent}")),
        level=MEDIUM,
    ),
    _key("pkcs_cred", "PKCS#12 key store", (("srv/a.p12", "{p12}"), ("srv/a.pfx", "{p12}")), level=MEDIUM),
    _key("java_keystore", "Java key store with a private key", (("srv/a.jks", "{jks}"), ("srv/keystore", "{jks}")), level=MEDIUM),
    _key(
        "macos_keychain", "macOS keychain", (("root/login.keychain", "{keychain}"), ("root/login.keychain-db", "{keychain}")), level=MEDIUM
    ),
    replace(
        _key(
            "common_private_key",
            "private key",
            (
                ("srv/jwk.json", '{"kty": "RSA", "n": "{base64url:342}", "e": "AQAB", "d": "{base64url:342}"}'),
                ("srv/app.env", 'JWK=\'{"crv":"P-256","d":"{base64url:43}","kty":"EC","x":"{base64url:43}"}\'\n'),
            ),
        ),
        patterns=tuple(Pattern(form, r"\"kty\"") for form in _JWK),
        entropy=4.0,
        clean=(
            Example("srv/jwks.json", '{"keys": [{"kty": "RSA", "n": "{base64url:342}", "e": "AQAB"}]}'),
            Example("srv/jwk.json", '{"kty": "EC", "crv": "P-256", "x": "{base64url:43}", "d": ""}'),
        ),
    ),
    named("asana_client_private_key", _KEY, "Asana client secret", "asana", r"[0-9a-z]{32}", "{lower:32}"),
)

HEADERS: tuple[Pattern, ...] = (
    Pattern(r"-----BEGIN [0-9A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----"),
    Pattern(r"---- BEGIN SSH2 (?:ENCRYPTED )?PRIVATE KEY ----"),
    Pattern(r"PuTTY-User-Key-File-[0-9]: "),
    Pattern(r"\(privkeys\s{0,10}\(account"),
    Pattern(r"\((?:protected-|shadowed-)?(?:11:)?private-key"),
)
"""Where a private key begins in a text."""
