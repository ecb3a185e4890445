"""Judging a name: does a variable, key or option of this name hold a secret?"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

Kind = Literal["", "password", "key"]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SPLIT = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PASSWORD_WORDS = frozenset(
    _words(
        """
    dbpass pass passcode passphrase passwd password passwort pgpassword pw pwd sshpass userpass
    """
    )
)
_PASSWORD_ENDINGS = _words(
    """
    password passwd passphrase dbpass userpass rootpass dbpwd userpwd passwordhash
    """
)
_KEY_WORDS = frozenset(
    _words(
        """
    apikey cred credential credentials creds secret secrets token
    """
    )
)
_KEY_ENDINGS = _words(
    """
    secret token apikey apisecret accesskey secretkey secretaccesskey privatekey authkey masterkey encryptionkey signingkey
    accountkey sharedkey sharedaccesskey storagekey licensekey sessionkey appkey applicationkey consumerkey servicekey credential
    credentials secretkeybase hmackey jwtkey deploykey webhookkey basicauth redisauth requirepass rediscliauth cookiekey
    authorization apptoken connectionstring keybase adminkey integrationkey ingestionkey subscriptionkey primarykey writekey
    secretid fernetkey cipherkey decryptionkey validationkey
    """
)
# The last word of a name that speaks about a secret without holding it.
_ABOUT = frozenset(
    _words(
        """
    address again age alg algo algorithm allow allowed arn at attribute audience auth authentication authenticator backend bits
    cache callback change changes charset check checker class cmd color column command confirm confirmation count created date
    description digest dir directory disable disabled docs duration element email enable enabled encoder encoding endpoint
    endpointurl env error errors exists exp expiration expire expired expires expiry factory fd field fields file filename folder
    form format function generator handler hash_algorithm header help helper hint host hostname i18n icon id ids image incorrect
    index info input issuer keyref kind label lang len length lifetime limit link locale location login manager max message method
    min missing mode model name names optional page parser path pattern placeholder plugin policy port prefix prompt property
    provider reader ref reference regex regexp repeat required reset rotation route rule rules salt schema scope scopes script
    secretname secretref selector separator service size source state status storage store stream strength style subject suffix
    symbols table template text time timeout title toggle tokens ttl type types update updated uri url usage user username users
    validation validator var variable vault verification verify version view visibility visible wrong
    """
    )
)
_NEVER = frozenset(
    _words(
        """
    bypass compass gpg_key keypath oldpwd pass_max_days pass_min_days pass_warn_age passthrough publickey pwd ssh_auth_sock
    """
    )
)
_ENCRYPTED = frozenset(_words("ciphertext encrypted sealed"))
_PUBLIC = _words(
    """
    publickey pubkey publishablekey publictoken publickeytoken primarykey csrftoken xsrftoken nexttoken pagetoken continuationtoken
    synctoken nextpagetoken canceltoken cancellationtoken
    """
)
# Marks in texts and streams: whole words only, as SPLUNK_TOKEN and BACKEND_TOKEN end like them.
_MARKS = frozenset(
    _words(
        """
    starttoken endtoken eostoken bostoken padtoken unktoken septoken clstoken masktoken
    """
    )
)


@lru_cache(maxsize=4096)
def secret_kind(name: str) -> Kind:
    """What a name promises: `password` (any value counts, even a weak one), `key` (a long random value), or nothing.

    The last words of the name decide: DB_PASSWORD holds one, PASSWORD_FILE and TOKEN_TTL do not."""
    bare = name.strip("'\"` $-_./[]:@!")[-120:]
    if not bare or bare.lower() in _NEVER:
        return ""
    words = [word.lower() for word in _SPLIT.split(bare) if word]
    while words and words[-1].isdigit():
        words.pop()
    if not words or words[-1] in _ABOUT or not _ENCRYPTED.isdisjoint(words):
        return ""
    joined = "".join(words[-4:]).rstrip("0123456789")
    if joined.endswith(_PUBLIC) and not joined.endswith("accountprimarykey"):
        return ""
    if words[-1] in _MARKS or "".join(words[-2:]) in _MARKS:
        return ""
    if words[-1] in _PASSWORD_WORDS or joined.endswith(_PASSWORD_ENDINGS):
        return "password"
    return "key" if words[-1] in _KEY_WORDS or joined.endswith(_KEY_ENDINGS) else ""
