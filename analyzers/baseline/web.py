"""Service configuration, part web: nginx, Apache httpd, PHP. Sources: the manuals of the servers; RFC 8996 (TLS 1.0 and 1.1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from analyzers.baseline.addresses import is_on
from analyzers.baseline.exposure import version_below
from analyzers.baseline.includes import Setting
from analyzers.baseline.item import Hit, Item, hit_directive, hit_fact
from analyzers.baseline.needs import configuration, service
from analyzers.baseline.system import System
from analyzers.baseline.web_files import apache_settings, nginx_settings, php_settings
from analyzers.distributions import chosen
from schemas.facts import Directive
from schemas.vocabulary import Level

GROUP, PART = "service_config", "web"
_OVERRIDES = re.compile(r"(?i)(?:\A|\s)(?:all|options(?:=(?:\S*,)?indexes\S*)?)(?=\s|\Z)")
_OLD_TLS = re.compile(r"\b(?:SSLv2|SSLv3|TLSv1(?:\.[01])?)(?![.\w])")
_ALLOW_OLD_TLS = {"alpine": 4, "debian": 10, "ubuntu": 19, "centos": 8, "rhel": 8, "ol": 8, "amzn": 3}  # up to this release
_WEAK_CIPHER = re.compile(r"RC[24]|DES|3DES|MD5|EXP\w*|[ea]?NULL|ADH|AECDH|LOW|SSLv2")


def _named(settings: Sequence[Setting], *names: str) -> Iterator[Setting]:
    return (setting for setting in settings if setting[1].name in names)


def autoindex(system: System) -> Iterator[Hit]:
    for located, one in _named(nginx_settings(system), "autoindex"):
        if one.value == "on":
            yield hit_directive(located, one, f"autoindex {one.context}".strip())


def alias_traversal(system: System) -> Iterator[Hit]:
    """`location /files { alias /data/; }`: /files../x becomes /data/../x."""
    for located, one in _named(nginx_settings(system), "alias"):
        location = one.context.rpartition(" > ")[2]
        found = re.fullmatch(r"location\s+(?:\^~\s+)?(/\S*)", location)
        if found and not found[1].endswith("/") and one.value.endswith("/"):
            yield hit_directive(located, one, f"alias {location}")


def weak_tls(system: System) -> Iterator[Hit]:
    settings = nginx_settings(system)
    for located, one in _named(settings, "ssl_protocols"):
        if _OLD_TLS.search(one.value):
            yield hit_directive(located, one, f"ssl_protocols {one.context}".strip())
    for located, one in _named(settings, "ssl_ciphers"):
        if _weak_ciphers(one.value):
            yield hit_directive(located, one, f"ssl_ciphers {one.context}".strip())
    encrypted = next((setting for setting in _named(settings, "listen", "ssl") if _speaks_tls(setting[1])), None)
    if encrypted and not any(_named(settings, "ssl_protocols")) and _old_tls_by_default(system):
        yield Hit("ssl_protocols", encrypted[0][1].path, encrypted[0][0], encrypted[1].line, "ssl_protocols is not set: TLSv1 by default")


def _speaks_tls(one: Directive) -> bool:
    return "ssl" in one.value.split()[1:] if one.name == "listen" else one.value == "on"


def _old_tls_by_default(system: System) -> bool:
    """Whether this nginx offers TLSv1 where nothing is said: before 1.27.3 (CHANGES), with an OpenSSL before 3 (which refuses it by its
    own level of security, like that of the distributions left out here)."""
    nginx = system.version_of("nginx", "nginx-core", "nginx-full", "nginx-light", "nginx-extras") or system.env.get("NGINX_VERSION", "")
    openssl = system.version_of("libssl1.1", "libssl1.0.2", "libssl1.0.0", "libcrypto1.1", "libcrypto1.0", "openssl-libs")
    found = chosen(fact for _, fact in system.distributions)
    bound = _ALLOW_OLD_TLS.get(found.id) if found else None
    permissive = bound is not None and found is not None and bool(version_below(found.version, bound))
    return permissive and bool(version_below(nginx, 1, 27, 3)) and bool(version_below(openssl, 3))


def _weak_ciphers(value: str) -> list[str]:
    """The members of a list that let weak ciphers in: a sign before a name takes away (`!`, `-`) or only orders (`+`). Source:
    openssl-ciphers(1)."""
    names = [name for name in re.split(r"[:,\s]+", value.strip("\"'")) if name]
    removed = {name[1:] for name in names if name[0] in "!-"}
    added = [name for name in names if name[0] not in "!-+@"]
    parts = {name: set(re.split(r"[-+]", name.replace("DES-CBC3", "3DES"))) - removed for name in added}
    return [name for name in added if any(_WEAK_CIPHER.fullmatch(part) for part in parts[name])]


def server_tokens(system: System) -> Iterator[Hit]:
    """On by default: counts where nginx is installed and no file says otherwise. `build` tells the version too."""
    found = list(_named(nginx_settings(system), "server_tokens"))
    for located, one in found:
        if one.value in ("on", "build"):
            yield hit_directive(located, one)
    main = next((one for one in system.configurations("nginx") if one[1].path.endswith("nginx.conf")), None)
    if not found and main and system.installed("nginx"):
        yield hit_fact(main, "server_tokens", "server_tokens is not set: the default is on")


def indexes(system: System) -> Iterator[Hit]:
    """Lists come from mod_autoindex. Within one block a later line changes what an earlier one said; the server's own icons may be seen."""
    settings = apache_settings(system)
    if not _loaded(settings, "autoindex_module"):
        return
    listing: dict[str, Setting | None] = {}
    for located, one in _named(settings, "options"):
        listing[one.context] = _after_options(listing.get(one.context), (located, one))
    overriding = [one for _, one in _named(settings, "allowoverride") if _OVERRIDES.search(one.value)]
    for htaccess in system.configurations("apache_htaccess"):
        if any(_is_below(htaccess[1].path, one.context) for one in overriding):
            for one in htaccess[1].directives:
                listing[htaccess[1].path] = _after_options(listing.get(htaccess[1].path), (htaccess, one))
    for context, setting in listing.items():
        if setting and not re.search(r"/icons/?\"?(?: >|\Z)", context):
            yield hit_directive(*setting, f"options {setting[1].context}".strip())


def _after_options(before: Setting | None, setting: Setting) -> Setting | None:
    """The line that switches lists on, after one more line: words with signs change what was, others replace it. Source: core, Options."""
    words = setting[1].value.lower().replace("=", " ").split()
    if any(word[0] not in "+-" for word in words):
        return setting if {"indexes", "all"} & set(words) else None
    if {"-indexes", "-all"} & set(words):
        return None
    return setting if {"+indexes", "+all"} & set(words) else before


def _is_below(path: str, context: str) -> bool:
    found = re.search(r"directory \"?/?([^\">]*?)/?\"?(?: >|\Z)", context)
    return found is not None and (not found[1] or path.startswith(found[1] + "/"))


def _loaded(settings: Sequence[Setting], module: str) -> bool:
    """Whether a module takes part; yes where no line loads any, as it may be compiled in."""
    loads = [one.value for _, one in _named(settings, "loadmodule")]
    return not loads or any(value.split()[:1] == [module] for value in loads)


def server_status(system: System) -> Iterator[Hit]:
    """A status page whose block is not limited to hosts, addresses or users."""
    settings = apache_settings(system)
    for located, one in _named(settings, "sethandler"):
        handler = one.value.strip("\"'").lower()
        module = {"server-status": "status_module", "server-info": "info_module"}.get(handler)
        if module is None or not _loaded(settings, module):
            continue
        limits = [other for _, other in _named(settings, "require", "allow", "deny") if f"{other.context} >".startswith(f"{one.context} >")]
        if not any(_limits(other) for other in limits):
            yield hit_directive(located, one, f"{one.value} {one.context}".strip())


def _limits(one: Directive) -> bool:
    value = one.value.lower()
    return value != "all granted" if one.name == "require" else one.name == "deny" or value not in ("from all", "from env=")


def trace(system: System) -> Iterator[Hit]:
    """On by default: counts where the server is installed. The last line of a block counts."""
    last = {one.context: (located, one) for located, one in _named(apache_settings(system), "traceenable")}
    for located, one in last.values():
        if one.value.lower() in ("on", "extended"):
            yield hit_directive(located, one)
    main = next((one for one in system.configurations("apache") if one[1].path.endswith(("httpd.conf", "apache2.conf"))), None)
    if "" not in last and main and system.installed("httpd", "apache2"):
        yield hit_fact(main, "traceenable", "TraceEnable is not set: the default is on")


def _last(settings: Sequence[Setting], name: str) -> Setting | None:
    return next((setting for setting in reversed(settings) if setting[1].name == name), None)


def allow_url_include(system: System) -> Iterator[Hit]:
    for settings in php_settings(system).values():
        last = _last(settings, "allow_url_include")
        if last and is_on(last[1].value):
            yield hit_directive(*last)


def display_errors(system: System) -> Iterator[Hit]:
    """On by default: counts where PHP is installed and no file says otherwise. What the command line shows, no visitor sees."""
    ways = {base: settings for base, settings in php_settings(system).items() if not base.endswith("/cli")}
    said = False
    for settings in ways.values():
        last = _last(settings, "display_errors")
        said = said or last is not None
        if last and (is_on(last[1].value) or last[1].value.lower() == "stdout"):
            yield hit_directive(*last)
    program = next((one for one in system.files("program") if re.search(r"/php(?:-fpm)?[0-9.]*\Z", "/" + one[1].path)), None)
    if not said and program:
        yield hit_fact(program, "display_errors", "no php.ini sets display_errors: the default is on")


_NAMES = {"nginx": "nginx", "apache": "Apache", "php": "PHP"}


def _item(rule: str, level: Level, title: str, advice: str, find: Callable[[System], Iterator[Hit]], software: str, why: str = "") -> Item:
    return Item(rule, GROUP, level, title, advice, find, configuration(_NAMES[software], software), why, PART, version=3)


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
        version=3,
    ),
)
