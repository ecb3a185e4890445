"""Judging a name: does a variable, key or option of this name hold a secret?"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

Kind = Literal["", "password", "key"]

_SPLIT = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PASSWORD_WORDS = frozenset(
    {"password", "passwd", "pwd", "pass", "passphrase", "passwort", "passcode", "pw", "sshpass", "pgpassword", "userpass", "dbpass"}
)
_PASSWORD_ENDINGS = ("password", "passwd", "passphrase", "dbpass", "userpass", "rootpass", "dbpwd", "userpwd", "passwordhash")
_KEY_WORDS = frozenset({"secret", "secrets", "token", "credential", "credentials", "apikey", "cred", "creds"})
_KEY_ENDINGS = (
    "secret", "token", "apikey", "apisecret", "accesskey", "secretkey", "secretaccesskey", "privatekey", "authkey", "masterkey", "encryptionkey", "signingkey",
    "accountkey", "sharedkey", "sharedaccesskey", "storagekey", "licensekey", "sessionkey", "appkey", "applicationkey", "consumerkey", "servicekey",
    "credential", "credentials", "secretkeybase", "hmackey", "jwtkey", "deploykey", "webhookkey", "basicauth", "redisauth", "requirepass", "rediscliauth", "cookiekey",
    "authorization", "apptoken", "connectionstring", "keybase", "adminkey", "integrationkey", "ingestionkey", "subscriptionkey", "primarykey", "writekey", "secretid",
)  # fmt: skip
# The last word of a name that speaks about a secret without holding it.
_ABOUT = frozenset(
    ["file", "filename", "path", "dir", "directory", "folder", "location", "url", "uri", "host", "hostname", "port", "address", "endpoint", "name", "names", "id", "ids", "ttl", "timeout", "expires", "expiry", "expire", "expiration", "exp", "expired", "age", "lifetime", "duration", "length", "len", "min", "max", "size", "count", "limit", "policy", "rule", "rules", "type", "types", "kind", "algorithm", "algo", "alg", "method", "mode", "format", "pattern", "regex", "validator", "validation", "enabled", "disabled", "enable", "disable", "required", "optional", "allowed", "allow", "prompt", "hint", "label", "title", "text", "message", "error", "errors", "field", "fields", "header", "prefix", "suffix", "separator", "version", "provider", "store", "storage", "manager", "service", "class", "function", "callback", "handler", "command", "cmd", "script", "helper", "reset", "change", "update", "created", "updated", "at", "date", "time", "index", "rotation", "strength", "bits", "salt", "template", "placeholder", "description", "help", "usage", "info", "status", "state", "env", "var", "variable", "ref", "reference", "arn", "source", "scope", "scopes", "audience", "issuer", "subject", "form", "input", "element", "selector", "attribute", "property", "column", "table", "schema", "model", "view", "page", "route", "link", "icon", "image", "color", "style", "lang", "locale", "i18n", "hash_algorithm", "digest", "encoding", "encoder", "authentication", "login", "username", "user", "users", "email", "visible", "visibility", "toggle", "confirm", "confirmation", "again", "repeat", "verify", "verification", "check", "checker", "cache", "factory", "generator", "parser", "stream", "reader", "endpointurl", "keyref", "secretref", "secretname", "tokens", "symbols", "vault", "exists", "missing", "incorrect", "wrong", "auth", "authenticator", "plugin", "changes", "count", "backend", "fd", "docs", "regexp", "fields", "charset"]
)
_NEVER = frozenset(
    {
        "pwd",
        "oldpwd",
        "gpg_key",
        "ssh_auth_sock",
        "pass_max_days",
        "pass_min_days",
        "pass_warn_age",
        "keypath",
        "publickey",
        "bypass",
        "compass",
        "passthrough",
    }
)
_PUBLIC = ("publickey", "pubkey", "publishablekey", "publictoken", "primarykey", "csrftoken", "xsrftoken", "nexttoken", "pagetoken", "continuationtoken", "synctoken",
           "nextpagetoken", "canceltoken", "cancellationtoken", "starttoken", "endtoken", "eostoken", "bostoken", "padtoken", "unktoken", "septoken", "clstoken", "masktoken")  # fmt: skip


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
    if not words or words[-1] in _ABOUT:
        return ""
    joined = "".join(words[-4:]).rstrip("0123456789")
    if joined.endswith(_PUBLIC) and not joined.endswith("accountprimarykey"):
        return ""
    if words[-1] in _PASSWORD_WORDS or joined.endswith(_PASSWORD_ENDINGS):
        return "password"
    return "key" if words[-1] in _KEY_WORDS or joined.endswith(_KEY_ENDINGS) else ""
