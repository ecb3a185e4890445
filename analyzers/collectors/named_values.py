"""Named values anywhere in a text: `name = value`, `"name": "value"`, `<name>value</name>`, judged with the kind of file they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.collectors.accounts_beside import account_beside
from analyzers.collectors.patterns.checksums import decode_base64, is_url_password, mixed, spelt
from analyzers.collectors.patterns.engine import Found, Told, compile_expression, unheard
from analyzers.collectors.patterns.named import holds_secret, random_enough, sets_password
from analyzers.collectors.patterns.values import is_example, is_placeholder
from analyzers.collectors.secret_rules import by_key
from analyzers.collectors.secret_rules.generic import ASSIGNMENT
from analyzers.collectors.sections import names_around

MARKS = {f"named-{form}": (pattern,) for form, pattern in ASSIGNMENT.items()}
MAX_MATCHES = 2000
MAX_VALUE = 512
UNIT_LINE = 1024
_NAME_BYTES = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz.-:"
_LINE_START = re.compile(rb"(?:^|\n)[ \t\-]{0,40}(?:export |set |ENV |ARG |Environment=|-e |SET |env\[)?[\"']?[0-9A-Za-z_.:\-]{0,64}$")
_UNIT_START = re.compile(rb"(?:^|\n)[ \t]{0,8}Environment=[^\n]{0,1000}[\"'= \t][0-9A-Za-z_.\-]{0,64}$")
_LIST_START = re.compile(rb"[{,][ \t]{0,4}[\"']?[0-9A-Za-z_.\-]{0,64}$")
_VALUE_START = re.compile(rb"[:=]>?\s{0,60}[\"'][0-9A-Za-z_.\-]{0,64}$")
_COMMA = re.compile(rb"[0-9A-Za-z_.\-]{0,64}\\{0,2}[\"']?[ \t]*,")
_LISTED_START = re.compile(rb"(?i)(?:name|key)[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?[0-9A-Za-z_.:\-]{0,64}$")
_BY_KEY = by_key()
_FORMS = {f"named-{form}": compile_expression(pattern.confirm.encode()) for form, pattern in ASSIGNMENT.items()}
_ENV_FILE = re.compile("|".join(_BY_KEY["env_file"].files))
_PLAIN_FILE = re.compile(
    r"(?:\.(?:env|ini|cfg|conf|cnf|config|properties|props|ya?ml|toml|service|txt|tfvars|repo|ext|sls|sh|bash|bat|cmd|profile|bashrc|zshrc|rc|local|secret|secrets|credentials|dist)"
    r"|(?:^|/)[^/.]+|(?:^|/)\.[^/.]+|Dockerfile[^/]*)$"
)
_COPY = re.compile(
    r"(?:\.(?:j2|jinja2?|erb|tmpl|tpl|ctmpl|template|bak|backup|old|orig|save)|~)$"
)  # templates and copies read as their file
_DATABASE_FILE = re.compile(
    r"(?:^|/)\.?(?:my\.cnf|mylogin\.cnf|mysql/[^/]+\.cnf|debian\.cnf|odbc\.ini|tnsnames\.ora|freetds\.conf|redis\.conf|mongod\.conf|hibernate\.cfg\.xml|persistence\.xml|context\.xml)$"
)
_DATABASE_NAME = re.compile(
    r"(?i)(?:^|[.:_-])(?:db|database|datasource|jdbc|mysql|mariadb|postgres(?:ql)?|pg|mongo(?:db)?|redis|oracle|mssql|sqlserver|clickhouse|cassandra|elastic\w*|couchdb)s?(?:$|[.:_-])|^(?:pgpassword|requirepass|masterauth)$"
)
_PUBLIC_HALF = re.compile(r"(?i)(?<!secret)(?<!secret[_.-])access[_.-]?key$")
_SECRET_HALF = re.compile(rb"(?i)secret[_.-]?(?:access[_.-]?)?key|access[_.-]?(?:key[_.-]?)?secret|\bsk[\"']?\s{0,3}[:=]")
_CONFIGURATION = re.compile(
    r"\.(?:ini|cfg|conf|cnf|config|properties|ya?ml|toml|xml|json5?|env|tfvars|hcl|repo|ext|sls)$|(?:^|/)\.[\w-]{1,40}/(?:config|credentials)$|^etc/(?:default|sysconfig)/"
)
_CODE = re.compile(r"\.[cm]?[jt]s$")  # where settings are objects of the language
_SCRIPT = re.compile(r"\.(?:sh|bash|profile|service|bat|cmd|ps1)$")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_CATALOGUE = re.compile(
    r"(?:^|/)(?:locales?|i18n|l10n|langs?|languages|translations)/|(?:^|/)(?:messages|strings|labels|LocalStrings)\w*\.\w+$"
    r"|(?:^|/)(?:ar|bg|ca|cs|da|de|el|en|es|et|fa|fi|fr|he|hi|hr|hu|id|it|ja|ko|"
    r"lt|lv|nb|nl|no|pl|pt|ro|ru|sk|sl|sr|sv|th|tr|uk|vi|zh)(?:[-_][A-Za-z]{2,4})?\.\w+$"
)  # labels and messages by the name of a field
_LISTING = re.compile(r"\.(?:conf|config|hcl|json|tf|xml|ya?ml)$")
_FITS = {
    "named-plain": _PLAIN_FILE,
    "named-unit": re.compile(r"\.(?:service|socket|timer|conf)$"),
    "named-listed": _LISTING,
    "named-variable": re.compile(r"\.tf$"),
}


def named_values(data: bytes, path: str, marks: dict[str, int], told: Told = unheard) -> Iterator[Found]:
    """Candidates of the rules env_file, common_database_cfg, service_password and generic_secret; of each form at most MAX_MATCHES are
    judged, which `told` hears where there are more.

    `details["name"]` is the whole name with those of what it stands in; it is for the caller, not for a fact."""
    path = _COPY.sub("", path)
    for mark, expression in _FORMS.items():
        if mark not in marks or ((fits := _FITS.get(mark)) and not fits.search(path)):
            continue
        for count, match in enumerate(expression.finditer(data, marks[mark])):
            if count >= MAX_MATCHES:
                told(f"more than {MAX_MATCHES} named values in one file")
                break
            first, last = match.span(2)
            before = data[max(0, match.start() - (UNIT_LINE if mark == "named-unit" else 120)) : match.start()]
            if last - first > MAX_VALUE or not _begins(mark, before, match[0]):
                continue
            if mark == "named-plain" and data[last - 1 : last] == b"}" and b"{" not in data[first:last]:
                last -= 1  # the end of the list that the value is in
            begun = before[-64:]
            name = (begun[len(begun.rstrip(_NAME_BYTES)) :] + match.group(1)).decode("latin-1")
            value = data[first:last].decode("utf-8", "surrogateescape")
            kind = holds_secret(name, value)
            if not kind or is_example(value):
                continue
            rule = _rule(kind, name, value, path)
            if rule == "generic_secret" or (kind == "password" and not rule and _CONFIGURATION.search(path)):
                name = "_".join((*names_around(data, match.start(), path), name))
                rule = _rule(kind, name, value, path)
            if not rule and kind == "password" and spelt(value) and not _COMMA.match(match[0]):
                rule = _in_context(name, data, first, last, path)
            label = kind == "password" and rule != "env_file" and _CATALOGUE.search(path)
            if rule and not (label or _encodes_placeholder(value) or _names_a_pair(name, data, first, last)):
                yield Found(_BY_KEY[rule], value, first, last, details={"name": name})


def _in_context(name: str, data: bytes, first: int, last: int, path: str) -> str:
    """Key of the rule that a plain word falls under where its surroundings make it a password, or an empty string."""
    value, script = data[first:last].decode("latin-1"), _SCRIPT.search(path)
    if script and _of_database(name):
        return "common_database_cfg"
    told = _CONFIGURATION.search(path) or script
    if told and (sets_password(name, value) or (script and mixed(value) and is_url_password(value))):
        return "service_password"
    return "service_password" if (told or _CODE.search(path)) and account_beside(data, first, last, name, path) else ""


def _of_database(name: str) -> bool:
    return bool(_DATABASE_NAME.search(_CAMEL.sub("_", name)))


def _begins(mark: str, before: bytes, assignment: bytes) -> bool:
    """Whether a name begins where a name of this form begins: on a line of its own, or in a list, which goes on behind the value; one that
    a comma ends must not be a value itself."""
    if mark == "named-plain":
        return bool(_LIST_START.search(before)) or (assignment[-1:] not in b",}" and bool(_LINE_START.search(before)))
    if mark == "named-quoted":
        return not (_COMMA.match(assignment) and _VALUE_START.search(before))
    if mark == "named-unit":
        return bool(_UNIT_START.search(before))
    return mark != "named-listed" or bool(_LISTED_START.search(before))


def _names_a_pair(name: str, data: bytes, first: int, last: int) -> bool:
    """Whether the value is what a cloud calls its access key, with the secret key close by: the half that travels in clear."""
    return bool(_PUBLIC_HALF.search(name)) and bool(_SECRET_HALF.search(data, max(0, first - 240), last + 240))


def _encodes_placeholder(value: str) -> bool:
    """Whether this is base64 of a placeholder, as manifests of Secrets hold them until somebody fills them in."""
    text = (decode_base64(value) or b"").decode("latin-1")
    return text.isascii() and text.isprintable() and bool(text) and is_placeholder(text)


def _rule(kind: str, name: str, value: str, path: str) -> str:
    """Key of the rule that a named value of a kind falls under, or an empty string."""
    if _ENV_FILE.search(path):
        return "env_file"
    if kind == "password" and (_DATABASE_FILE.search(path) or (_of_database(name) and _CONFIGURATION.search(path))):
        return "common_database_cfg"
    return "generic_secret" if random_enough(name, value) else ""
