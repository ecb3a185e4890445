"""Named values anywhere in a text: `name = value`, `"name": "value"`, `<name>value</name>`, judged with the kind of file they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.collectors.patterns.engine import Found, compile_expression
from analyzers.collectors.patterns.named import holds_secret, random_enough
from analyzers.collectors.patterns.values import is_example
from analyzers.collectors.secret_rules import by_key
from analyzers.collectors.secret_rules.generic import ASSIGNMENT

MAX_MATCHES = 2000
_BY_KEY = by_key()
_QUOTED, _PLAIN, _ELEMENT = (compile_expression(pattern.confirm.encode()) for pattern in ASSIGNMENT)
_ENV_FILE = re.compile("|".join(_BY_KEY["env_file"].files))
_PLAIN_FILE = re.compile(
    r"(?:\.(?:env|ini|cfg|conf|cnf|config|properties|props|ya?ml|toml|service|txt|tfvars|sh|bash|profile|bashrc|zshrc|rc|local|secret|secrets|credentials|dist)"
    r"|(?:^|/)[^/.]+|(?:^|/)\.[^/.]+|Dockerfile[^/]*)$"
)
_DATABASE_FILE = re.compile(
    r"(?:^|/)\.?(?:my\.cnf|mylogin\.cnf|mysql/[^/]+\.cnf|debian\.cnf|odbc\.ini|tnsnames\.ora|freetds\.conf|redis\.conf|mongod\.conf|hibernate\.cfg\.xml|persistence\.xml|context\.xml)$"
)
_DATABASE_NAME = re.compile(
    r"(?i)(?:^|[._-])(?:db|database|datasource|jdbc|mysql|mariadb|postgres(?:ql)?|pg|mongo(?:db)?|redis|oracle|mssql|sqlserver|clickhouse|cassandra|elastic\w*|couchdb)(?:$|[._-])|^(?:pgpassword|requirepass|masterauth)$"
)
_CONFIGURATION = re.compile(r"\.(?:ini|cfg|conf|cnf|properties|ya?ml|toml|xml|json|env)$")


def named_values(data: bytes, path: str, start: int) -> Iterator[Found]:
    """Candidates of the rules env_file, common_database_cfg and generic_secret from `start` on; at most MAX_MATCHES are judged."""
    plain = bool(_PLAIN_FILE.search(path))
    for expression in (_QUOTED, _PLAIN, _ELEMENT) if plain else (_QUOTED, _ELEMENT):
        for count, match in enumerate(expression.finditer(data, start)):
            if count >= MAX_MATCHES:
                return
            name = match.group(1).decode("latin-1")
            value = match.group(2).decode("utf-8", "surrogateescape")
            if rule := _rule(name, value, path):
                yield Found(_BY_KEY[rule], value, *match.span(2))


def _rule(name: str, value: str, path: str) -> str:
    """Key of the rule that a named value falls under, or an empty string."""
    kind = holds_secret(name, value)
    if not kind or is_example(value):
        return ""
    if _ENV_FILE.search(path):
        return "env_file"
    if kind == "password" and (_DATABASE_FILE.search(path) or (_DATABASE_NAME.search(name) and _CONFIGURATION.search(path))):
        return "common_database_cfg"
    return "generic_secret" if random_enough(name, value) else ""
