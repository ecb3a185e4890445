"""Judging a value together with its name, as generic rules, structured files and image configurations do."""

from __future__ import annotations

import re

from analyzers.collectors.patterns.names import secret_kind
from analyzers.collectors.patterns.values import entropy, is_example, is_placeholder, is_reference

# One repetition each: nested ones would take exponential time on long values.
_PATH = re.compile(
    r"^(?:~|\.{1,2})?/[\w.@+/-]+$|^[A-Za-z]:\\|^[\w.-]+/[\w./-]*\.\w{1,5}$|^[\w/.-]+\.(?:key|pem|crt|txt|json|ya?ml|conf|ini|env|pub|der|p12|jks|sh|py|js|php)$"
)
_ALGORITHM = re.compile(
    r"^(?i:scram|hmac|sha|aes|rsa|ecdsa|ed25519|pbkdf2|bcrypt|argon2|md5|des|chacha20|x25519|tls|ssl|basic|bearer|oauth)[-_]?[\w.+-]{0,20}$"
)
_URL = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://[^@\s]*$")
_NUMBER = re.compile(r"^[-+]?\d+(?:\.\d+)?[a-z%]{0,2}$")
_VERSION = re.compile(r"v?\d+(?:[._-]\d+)+")
_DIGIT = re.compile(r"[0-9]")
_BOOLEAN = frozenset({"true", "false", "yes", "no", "on", "off", "0", "1", "none", "null", "nil", "always", "never", "on_create"})
_PUBLIC_VALUE = re.compile(
    r"^(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-|-----BEGIN (?:PUBLIC|CERT)|sha(?:1|256|384|512)[-:=]|[0-9a-f]{2}(?::[0-9a-f]{2}){5,}$"
    r"|0x[0-9A-Fa-f]{40}$"  # the address of an account or a contract on Ethereum: public; keys have 64 digits
    r"|eyJ(?:hbGciOi|0eXAiOi)[0-9A-Za-z_-]*$"  # the head of a web token without its claims
    r"|pk\.eyJ|pk_(?:live|test)_|phc_[0-9A-Za-z]{40}|sb_publishable_)"  # what browsers are given: Mapbox, Stripe, PostHog, Supabase
)
_SENTENCE = re.compile(r"\s")
_TRANSLATED = re.compile(r"\\u(?!00)[0-9A-Fa-f]{4}")  # a letter beyond Latin-1 as message catalogues write it (java.util.Properties)


def holds_secret(name: str, value: str) -> str:
    """Kind of the secret (`password`, `key`) when the value of this name is in effect one, else an empty string.

    For places where values count as they stand: environments, build arguments, configuration. A weak password is a secret, an
    empty one, a path, a switch, a number or a reference is none."""
    kind = secret_kind(name)
    text = value.strip().strip("'\"`")
    if (
        not kind
        or is_placeholder(text)
        or text.lower() in _BOOLEAN
        or _PATH.match(text)
        or _URL.match(text)
        or _PUBLIC_VALUE.match(text)
        or _ALGORITHM.match(text)
    ):
        return ""
    if kind == "password":
        return kind if len(text) >= 4 or not _NUMBER.match(text) else ""
    return kind if len(text) >= 8 and not _NUMBER.match(text) and not _SENTENCE.search(text) else ""


_SERVER_ACCOUNT = re.compile(
    r"(?:MYSQL|MARIADB)_(?:ROOT_)?PASSWORD|POSTGRES(?:QL)?_(?:POSTGRES_)?PASSWORD|MONGO_INITDB_ROOT_PASSWORD|MONGODB_(?:ROOT_)?PASSWORD"
    r"|(?:MSSQL_)?SA_PASSWORD|ORACLE_(?:PASSWORD|PWD)|(?:REDIS|VALKEY|CASSANDRA|COUCHDB|ELASTIC|ELASTICSEARCH|OPENSEARCH_INITIAL_ADMIN)_PASSWORD"
    r"|CLICKHOUSE_(?:ADMIN_)?PASSWORD|ARANGO_ROOT_PASSWORD|(?:DOCKER_INFLUXDB_INIT|INFLUXDB_ADMIN)_PASSWORD|RABBITMQ_(?:DEFAULT_PASS|PASSWORD)"
    r"|(?:ACTIVEMQ_ADMIN|ARTEMIS)_PASSWORD|GF_SECURITY_ADMIN_PASSWORD|(?:KEYCLOAK_(?:ADMIN_)?|KC_BOOTSTRAP_ADMIN_)PASSWORD"
    r"|PGADMIN_DEFAULT_PASSWORD|MINIO_(?:ROOT_PASSWORD|SECRET_KEY)|LDAP_(?:ADMIN|CONFIG)_PASSWORD|VNC_(?:PW|PASSWORD)|ROOT_PASSWORD"
    r"|requirepass|GITLAB_ROOT_PASSWORD|NEXTCLOUD_ADMIN_PASSWORD|WORDPRESS_PASSWORD|_AIRFLOW_WWW_USER_PASSWORD|DJANGO_SUPERUSER_PASSWORD"
)


def sets_password(name: str, value: str) -> bool:
    """Whether a variable is one from which the image of a server makes the password of an account: then a word that elsewhere stands for a
    password (`root`, `changeme`) is the password. A reference is none. Source: the pages of the images."""
    text = value.strip().strip("'\"`")
    return bool(text and _SERVER_ACCOUNT.fullmatch(name)) and not is_reference(text) and not _PATH.match(text)


_S3_KEY_ID = re.compile(r"[A-Z0-9]{20}")  # what S3 and its relatives call an access key is the name of the pair, not its secret


def random_enough(name: str, value: str) -> bool:
    """Whether a value found in some file is a generic secret: its name says so and it looks drawn, not written.

    Stricter than `holds_secret`: source code and documentation are full of names that hold nothing."""
    if len(value) < 8 or not _DIGIT.search(value):  # the most frequent reasons first
        return False
    kind = holds_secret(name, value)
    if _S3_KEY_ID.fullmatch(value) and re.search(r"(?i)access_?key$", name):
        return False
    if (
        not kind
        or is_example(value)
        or _TRANSLATED.search(value)
        or _SENTENCE.search(value)
        or not value.isascii()
        or not value.isprintable()
        or _VERSION.fullmatch(value)
        or (kind == "key" and _repeats(name, value))
    ):
        return False
    least, disorder = (8, 2.75) if kind == "password" else (16, 3.0)
    return len(value) >= least and not value.isdecimal() and entropy(value) >= disorder and not is_word_list(value)


def _repeats(name: str, value: str) -> bool:
    """Whether a value is written after its name, as `encryptionKey1024` under `encryptionKey`."""
    letters = re.sub(r"[^a-z]", "", name.lower())
    return len(letters) >= 6 and letters in re.sub(r"[^a-z]", "", value.lower())


def is_word_list(value: str) -> bool:
    """Whether a value is made of words: identifiers (`access_token_2`, `com.example.Token`), not something random."""
    parts = [part for part in re.split(r"[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])|(?<=\d)(?=[A-Z][a-z]{2})", value) if part]
    if not parts:
        return True
    plain = sum(len(part) for part in parts if re.fullmatch(r"[A-Z]?[a-z]{2,14}|[A-Z]{2,14}|[A-Za-z]?\d{0,2}|[a-z]{3,12}\d", part))
    return plain >= 0.8 * sum(map(len, parts)) and sum(map(len, parts)) / len(parts) >= 3
