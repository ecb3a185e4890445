"""Judging a value: is it a reference, a placeholder or a documented example? How random is it? And how it is shown: masked."""

from __future__ import annotations

import hashlib
import hmac
import math
import re
from collections import Counter

MASK = "****"
_SHOWN = re.compile(r"[A-Za-z0-9_.-]{0,4}")

_REFERENCE = re.compile(
    r"""^(?:
        \$[({A-Za-z_*@0-9] | \$$ | %[A-Za-z_][\w.]*% | %\{ | %\( | \{\{ | \#\{ | @\{? \w[\w.-]* \}? @ $ | \{[\w. :-]*\}$
      | <[^<>]*>?$ | \[[^\[\]]*\]$ | \(\( | !(?:vault|Ref|Sub|GetAtt|secret|env|ENV|encrypted) \b
      | (?:ENC|DEC|AES|PKCS7|KMS)[\[(] | \{(?:cipher|aes|xor|3des|noop|bcrypt|DESede)\} | \$ANSIBLE_VAULT
      | (?:vault|op|ssm|secretsmanager|awssm|awsps|gcpsm|azkv|akv|keyvault|env|file|ref|ref\+\w+|sops|keyring|doppler|bws):[^@]*$
      | \{[0-9A-Za-z+/]{8,}={0,2}\}$  # what Maven encrypted
      | arn:[a-z-]+: | projects/[^/]+/secrets/ | [\w.]+\((?:.*\))?;?$
      | (?:var|local|data|module|each|self|this|env|secrets|config|settings|params
        |props|process|os|vars|values|github|inputs|args|options|opts|request|req|ctx|context|event|state|data|user|app|Rails|ENV|System|Deno|Bun)
        (?:[.\[]|\?\.|->|::)
    )""",
    re.VERBOSE,
)
_HASH = re.compile(r"^\$(?:\w{1,8}|scram-sha-\d+)\$[\w./$=,+-]{8,}$")  # crypt(5): begins like a variable and is none
_INSIDE = re.compile(r"\$\{[^}]*\}|\$\([^)]*\)|\{\{.*\}\}|<%.*%>|#\{[^}]*\}|%\([\w]+\)s|\$[A-Za-z_]\w+|<[A-Za-z][\w .-]*>")
_WORDS = re.compile(
    r"""example|placeholder|change[_. -]?(?:me|it|this)|redacted|x{4,}|\*{3,}|\.{3}|your[_ -]
    |your(?:password|secret|token|api|access|key|own|pass)|yoursecret
    |insert[_ -]|replace[_ -]|replaceme|dummy|sample|(?:^|[_-])fake|foobar|not[_-]?(?:a[_-])?(?:real|secret|set|used)
    |my[_-]?(?:super[_-]?)?(?:password|secret|token|api|key|pass)
    |put[_-]|fill[_ -]?(?:in|me)|^to[_-]?do|fixme|enter[_ -]|<[a-z]|supersecret|top[_-]?secret|lorem|ipsum|undefined|unknown|hidden
    |secret_?goes|here$|some[_-]?(?:password|secret|token|key)
    |super[_-]secret|s3cr3t$|is[_-]?required|masked|obfuscated|sanitized|removed|censored|invalid|mock|testtest|test[_-](?:key|token|secret|pass)|^tbd$""",
    re.VERBOSE | re.IGNORECASE,
)
_WHOLE_WORDS = """
    access_key access_token accesskey accesstoken admin all any api-key api_key apikey ask auth authtoken auto bar basic baz
    bearer bool boolean bytes char config const cookie credential credentials dbpassword default demo disabled email empty enabled
    env environment false foo func function guest id_token int key keychain keyring let login mypassword mysecret mytoken name
    newpassword nil no no_password none nopass nopassword null number object off oldpassword on optional pass passw0rd1 passwd
    password plain plaintext private privatekey prompt public pwd qux refresh_token required return root secret secret_key
    secretkey self session str string temp test testing testing123 tests text thepassword this tmp token true undefined user username
    userpassword value var varchar variable yes
"""
_WHOLE = frozenset(_WHOLE_WORDS.split())
_VOCABULARY = re.compile(
    r"(?i)(?:(?:access|account|admin|api|app|auth|client|credential|database|db|id|key|my|pass|passwd|password|private|secret|the|token|user|username|your)s?"
    r"(?:[_ -]|$)){2,}"
)
_DOCUMENTED = frozenset(
    hashlib.sha256(example.encode()).hexdigest()
    for example in (
        "AKIAIOSFODNN7" + "EXAMPLE",  # AWS, IAM user guide, access keys
        "AKIAI44QH8DHB" + "EXAMPLE",
        "ASIAIOSFODNN7" + "EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY",
        "je7MtGbClwBF/2Zp9Utk/" + "h3yCo8nvbEXAMPLEKEY",
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/" + "K1SZFPTOtr/KBHBeksoGMGw==",  # Azure storage emulator
        "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==",  # Azure Cosmos DB emulator
        "sk_test_" + "4eC39HqLyjWDarjtT1zdp7dc",  # Stripe, API reference
        "sk_test_" + "BQokikJOvBiI2HlWgH4olfQ2",
        "xoxb-" + "not-a-real-token",
        "QWxhZGRpbjpvcGVu" + "IHNlc2FtZQ==",  # RFC 7617, section 2
        "YWxhZGRpbjpvcGVu" + "c2VzYW1l",  # MDN, HTTP Authorization
        "czZCaGRSa3F0Mzpn" + "WDFmQmF0M2JW",  # RFC 6749, section 2.3.1
        "00000000-0000-0000-0000-000000000000",
        "uXFGweU9" + "l35qcif",  # kubectl, help of `config set-credentials`
        "tiger^5" + "HHH",  # SQLAlchemy, documentation of the dialects
    )
)
_SEQUENCES = (
    "0123456789",
    "1234567890",
    "abcdefghij",
    "qwertyuiop",
    "9876543210",
    "deadbeefdeadbeef",
    "aaaaaaaa",
    "00000000",
    "11111111",
    "abcabcabc",
)
_PASSWORD_DEFAULTS = frozenset({"correct horse battery staple"})


def is_reference(value: str) -> bool:
    """Whether the value stands for another one: a variable, a template, a call, a path into a secret store."""
    if _HASH.match(value):
        return False
    return bool(_REFERENCE.match(value)) or not _INSIDE.sub("", value).strip("-_.:@/ ")


def is_placeholder(value: str) -> bool:
    """Whether the value is empty, a reference, or a word that documentation puts where a secret belongs."""
    bare = value.strip().strip("'\"`")
    if len(bare) < 3 or bare.lower() in _WHOLE or bare in _PASSWORD_DEFAULTS:
        return True
    return len(set(bare)) <= 2 or is_reference(bare) or bool(_VOCABULARY.fullmatch(bare)) or (not drawn(bare) and bool(_WORDS.search(bare)))


def drawn(value: str) -> bool:
    """Whether a value is so long and random that a word inside it says nothing."""
    return len(value) >= 30 and not re.search(r"[\s<>]", value) and entropy(value) >= 4.2


def is_example(value: str) -> bool:
    """Whether a vendor's documentation prints this very value, or it is counted up rather than drawn."""
    if hashlib.sha256(value.encode("utf-8", "surrogateescape")).hexdigest() in _DOCUMENTED:
        return True
    lowered = value.lower()
    return any(sequence in lowered for sequence in _SEQUENCES)


def entropy(value: str) -> float:
    """Shannon entropy in bits per character."""
    if not value:
        return 0.0
    size = len(value)
    return -sum(count / size * math.log2(count / size) for count in Counter(value).values())


def mask(value: str) -> str:
    """A form that may be shown: at most four leading characters, never more than a third of the value, then `****`.

    Only letters, digits, `_`, `.` and `-` are kept, so that a shell command or a document with the mask in it still parses."""
    shown = _SHOWN.match(value)
    return (shown.group()[: len(value) // 3] if shown else "") + MASK


def value_id(secret_key: bytes, value: str) -> str:
    """Keyed hash of the value: HMAC-SHA256, the first 32 hex digits."""
    return hmac.new(secret_key, value.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()[:32]
