"""Whether a password stands beside the name of its account: then a plain word is one, as configuration files hold them by the thousand."""

from __future__ import annotations

import re

from analyzers.collectors.patterns.values import is_placeholder

NEAR = 400
_BOUND = re.compile(rb"\n[ \t\r]*\n|[{}]|\n[ \t]*\[")  # a blank line, a block, a section
_ACCOUNT = re.compile(
    rb"(?i)(?<![0-9A-Za-z])[\w.-]{0,40}(?:user(?:[_.-]?(?:name|id))?|login|uid|principal|account|bind_?dn)[\"']?(?:\s{1,8}value)?\s{0,4}(?:=>|[:=>])\s{0,4}[\"']?"
    rb"([\w@.\\/=,+-]{1,64})"
)
_IDENTIFIER = re.compile(rb"[a-z]+(?:[A-Z][a-z]+)+")
_ADDRESS = re.compile(
    rb"(?i)(?:host(?:s|name)?|server|ur[li]|endpoint|address|brokers?|port|database|dbname|db|dialect|driver)[\"']?\s{0,4}[:=]\s{0,4}[\"']?[\w\[-]"
)
_SERVICE = re.compile(r"(?i)auth|basic|credential|smtp|mail|imap|ldap|sasl|proxy|ftp|registry|mqtt|kafka|amqp|influx|elastic")
_SETTINGS = (
    ".ini",
    ".cfg",
    ".conf",
    ".cnf",
    ".config",
    ".properties",
    ".xml",
    ".toml",
    ".tfvars",
    ".repo",
    ".ext",
    ".env",
    "config",
    "credentials",
)


def account_beside(data: bytes, first: int, last: int, name: str, path: str) -> bool:
    """Whether the block, section or paragraph around [first, last) names an account. Where anything may stand under any name (JSON, YAML,
    code), it has to speak of a server too, or `name`, the whole name with its parents, of a service."""
    if _IDENTIFIER.fullmatch(data, first, last):
        return False
    before = data[max(0, first - NEAR) : first]
    start = max((found.end() for found in _BOUND.finditer(before)), default=0)
    after = data[last : last + NEAR]
    end = _BOUND.search(after)
    around = before[start:] + b"\n" + after[: end.start() if end else NEAR]
    accounts = (found[1].decode("latin-1") for found in _ACCOUNT.finditer(around))
    named = any(len(one) < 3 or not is_placeholder(one) for one in accounts)
    return named and (path.endswith(_SETTINGS) or bool(_ADDRESS.search(around)) or bool(_SERVICE.search(name)))
