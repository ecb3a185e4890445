"""Service configuration, part web: nginx, Apache httpd, PHP. Sources: the manuals of the servers; RFC 8996 (TLS 1.0 and 1.1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from analyzers.baseline.addresses import is_on
from analyzers.baseline.item import Hit, Item, hit_directive, hit_fact
from analyzers.baseline.needs import configuration, service
from analyzers.baseline.system import System
from analyzers.baseline.web_files import Located, effective_files, settings
from schemas.facts import Directive
from schemas.vocabulary import Level

GROUP, PART = "service_config", "web"
_OLD_TLS = re.compile(r"\b(?:SSLv2|SSLv3|TLSv1(?:\.[01])?)(?![.\w])")
_WEAK_CIPHER = re.compile(r"(?:\A|:)\+?((?:[\w-]*-)?(?:RC4|DES|3DES|MD5|EXP\w*|EXPORT\w*|NULL|eNULL|aNULL|ADH|LOW)(?:-[\w-]*)?)(?=:|\Z)")


def _nginx(system: System) -> list[Located]:
    return effective_files(system, "nginx", ("nginx.conf",), ("include",))


def _apache(system: System) -> list[Located]:
    return effective_files(system, "apache", ("httpd.conf", "apache2.conf"), ("include", "includeoptional"))


def autoindex(system: System) -> Iterator[Hit]:
    for located, one in settings(_nginx(system), "autoindex"):
        if one.value == "on":
            yield hit_directive(located, one, f"autoindex {one.context}".strip())


def alias_traversal(system: System) -> Iterator[Hit]:
    """`location /files { alias /data/; }`: /files../x becomes /data/../x."""
    for located, one in settings(_nginx(system), "alias"):
        location = one.context.rpartition(" > ")[2]
        found = re.fullmatch(r"location\s+(?:\^~\s+)?(/\S*)", location)
        if found and not found[1].endswith("/") and one.value.endswith("/"):
            yield hit_directive(located, one, f"alias {location}")


def weak_tls(system: System) -> Iterator[Hit]:
    for located, one in settings(_nginx(system), "ssl_protocols"):
        if _OLD_TLS.search(one.value):
            yield hit_directive(located, one, f"ssl_protocols {one.context}".strip())
    for located, one in settings(_nginx(system), "ssl_ciphers"):
        if _WEAK_CIPHER.search(re.sub(r"(?:\A|:)[!-][^:]*", "", one.value)):
            yield hit_directive(located, one, f"ssl_ciphers {one.context}".strip())


def server_tokens(system: System) -> Iterator[Hit]:
    """On by default: counts where nginx is installed and no file says otherwise."""
    files = _nginx(system)
    found = list(settings(files, "server_tokens"))
    for located, one in found:
        if one.value == "on":
            yield hit_directive(located, one)
    main = next((located for located in files if located[1].path.endswith("nginx.conf")), None)
    if not found and main and system.installed("nginx"):
        yield hit_fact(main, "server_tokens", "server_tokens is not set: the default is on")


def indexes(system: System) -> Iterator[Hit]:
    for located, one in settings(_apache(system), "options"):
        words = [word.lower() for word in one.value.split()]
        if "indexes" in words or "+indexes" in words or "all" in words or "+all" in words:
            yield hit_directive(located, one, f"options {one.context}".strip())


def server_status(system: System) -> Iterator[Hit]:
    """A status page whose block is not limited to hosts, addresses or users."""
    for located, one in settings(_apache(system), "sethandler"):
        if one.value.strip("\"'").lower() not in ("server-status", "server-info"):
            continue
        limits = [other for other in located[1].directives if other.context == one.context and other.name in ("require", "allow", "deny")]
        if not any(_limits(other) for other in limits):
            yield hit_directive(located, one, f"{one.value} {one.context}".strip())


def _limits(one: Directive) -> bool:
    value = one.value.lower()
    return value != "all granted" if one.name == "require" else one.name == "deny" or value != "from all"


def trace(system: System) -> Iterator[Hit]:
    files = _apache(system)
    found = list(settings(files, "traceenable"))
    for located, one in found:
        if one.value.lower() in ("on", "extended"):
            yield hit_directive(located, one)
    main = next((located for located in files if located[1].path.endswith(("httpd.conf", "apache2.conf"))), None)
    if not found and main and system.installed("httpd", "apache2"):
        yield hit_fact(main, "traceenable", "TraceEnable is not set: the default is on")


def allow_url_include(system: System) -> Iterator[Hit]:
    for located, one in system.directives("php", "allow_url_include"):
        if is_on(one.value):
            yield hit_directive(located, one)


def display_errors(system: System) -> Iterator[Hit]:
    """On by default: counts where PHP is installed and no file says otherwise."""
    found = list(system.directives("php", "display_errors"))
    for located, one in found:
        if is_on(one.value) or one.value.lower() == "stdout":
            yield hit_directive(located, one)
    program = next((one for one in system.files("program") if re.search(r"/php(?:-fpm)?[0-9.]*\Z", "/" + one[1].path)), None)
    if not found and program:
        yield hit_fact(program, "display_errors", "no php.ini sets display_errors: the default is on")


_NAMES = {"nginx": "nginx", "apache": "Apache", "php": "PHP"}


def _item(rule: str, level: Level, title: str, advice: str, find: Callable[[System], Iterator[Hit]], software: str, why: str = "") -> Item:
    return Item(rule, GROUP, level, title, advice, find, configuration(_NAMES[software], software), why, PART)


ITEMS = (
    _item(
        "autoindex",
        Level.MEDIUM,
        "nginx lists the contents of folders",
        "Set `autoindex off`.",
        autoindex,
        "nginx",
        "Visitors see files that nothing links to.",
    ),
    _item(
        "alias_traversal",
        Level.MEDIUM,
        "An alias of nginx can be left through ..",
        "End the location with a slash as well: `location /files/`.",
        alias_traversal,
        "nginx",
        "A request for /files../name reads beside the folder of the alias.",
    ),
    _item(
        "weak_tls",
        Level.MEDIUM,
        "nginx allows outdated TLS",
        "Allow TLSv1.2 and TLSv1.3 only, without RC4, DES, MD5 and anonymous ciphers.",
        weak_tls,
        "nginx",
    ),
    _item("server_tokens", Level.LOW, "nginx tells its version", "Set `server_tokens off`.", server_tokens, "nginx"),
    _item(
        "indexes",
        Level.MEDIUM,
        "Apache lists the contents of folders",
        "Set `Options -Indexes`.",
        indexes,
        "apache",
        "Visitors see files that nothing links to.",
    ),
    _item(
        "server_status",
        Level.MEDIUM,
        "The status page of Apache is open",
        "Limit it with `Require local`.",
        server_status,
        "apache",
        "It shows addresses and requests of all visitors.",
    ),
    _item("trace", Level.LOW, "Apache answers TRACE", "Set `TraceEnable off`.", trace, "apache"),
    _item(
        "allow_url_include",
        Level.HIGH,
        "PHP includes code from other servers",
        "Set `allow_url_include = Off`.",
        allow_url_include,
        "php",
        "A file inclusion flaw becomes code execution.",
    ),
    Item(
        "display_errors",
        GROUP,
        Level.LOW,
        "PHP shows errors to visitors",
        "Set `display_errors = Off` and log them.",
        display_errors,
        service("PHP", ("php",), ("php", "php-fpm")),
        "",
        PART,
    ),
)
