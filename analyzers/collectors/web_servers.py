"""nginx, Apache httpd, PHP and Tomcat. Configuration facts `nginx`, `apache`, `apache_htaccess`, `php`, `tomcat_server`, `tomcat_users`,
`tomcat_web`, `tomcat_manager_context`, with the settings that items ask for. Passwords of tomcat-users.xml are replaced by what they are
worth."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar

from analyzers.collectors.formats.blocks import apache, nginx
from analyzers.collectors.formats.bounded import up_to
from analyzers.collectors.formats.key_values import assignments
from analyzers.collectors.formats.markup import elements
from analyzers.collectors.passwords.guessing import candidates
from analyzers.collectors.service_files import worth
from analyzers.contract import BaseCollector, FileView, Wanted
from schemas.facts import Configuration, Directive, Fact

MAX_SETTINGS = 5_000
_NGINX = frozenset({"include", "autoindex", "alias", "ssl_protocols", "ssl_ciphers", "server_tokens", "listen", "ssl"})
_APACHE = frozenset({
    "include", "includeoptional", "options", "sethandler", "require", "allow", "deny", "traceenable", "serverroot", "loadmodule",
    "allowoverride",
})  # fmt: skip
_PHP = frozenset({"allow_url_include", "display_errors"})
_NGINX_PATH = re.compile(
    r"(?:.*/)?nginx\.conf|(?:etc/nginx|usr/local/(?:openresty/)?nginx(?:/conf)?|opt/(?:bitnami/)?nginx/conf)/.*|etc/openresty/.*"
)
_APACHE_PATH = re.compile(
    r"(?:.*/)?(?:httpd|apache2)\.conf|(?:etc/(?:apache2|httpd)|usr/local/apache2/conf|opt/(?:bitnami/)?apache[\w.-]*/conf)/.*"
)
_PHP_PATH = re.compile(
    r"(?:.*/)?php\.ini|(?:etc/php|usr/local/etc/php|opt/bitnami/php/etc/).*\.ini"
    r"|(?:etc/php.*/pool\.d|(?:usr/local/etc|etc(?:/php[^/]*)?|opt/bitnami/php/etc)/php-fpm\.d)/[^/]+\.conf"
)
_PHP_POOL = re.compile(r"php_(?:admin_)?(?:value|flag)\[(\w+)\]")
_DEFAULTS = frozenset({"nginx", "apache", "php", "tomcat_users"})
_IS_TOMCAT = re.compile(
    rb"<Server\b[^<>]*>\s*(?:<!--.*?-->\s*)*<(?:Listener|Service|GlobalNamingResources)\b|org\.apache\.catalina", re.DOTALL
)
_BINARY = re.compile(r".*\.(?:pem|key|crt|so|gz|png|jpe?g|html?|js|css|types|dat)")


class WebServers(BaseCollector):
    """One Configuration fact for each file that sets something of interest, or leaves it at its default; web.xml only where it is Tomcat's
    own."""

    name: ClassVar[str] = "web_servers"
    version: ClassVar[int] = 5
    tells: ClassVar[tuple[type[Fact], ...]] = (Configuration,)
    wanted: ClassVar[Wanted] = Wanted(
        names=frozenset({"nginx.conf", "httpd.conf", "apache2.conf", "php.ini", "tomcat-users.xml", "server.xml", "web.xml",
        "context.xml", ".htaccess"}),
        folders=(
            "etc/nginx/", "usr/local/nginx/conf/", "usr/local/openresty/nginx/conf/", "etc/openresty/", "opt/nginx/conf/", "etc/apache2/",
            "etc/httpd/", "usr/local/apache2/conf/", "etc/php", "usr/local/etc/php", "opt/bitnami/nginx/conf/", "opt/bitnami/apache/conf/",
            "opt/bitnami/apache2/conf/", "opt/bitnami/php/etc/",
        ),
        max_bytes=2 * 1024 * 1024,
    )  # fmt: skip

    def collect(self, file: FileView) -> Iterable[Fact]:
        reader = _reader(file.path)
        if reader is None:
            return
        software, parse = reader
        directives, more = up_to(MAX_SETTINGS, parse(file.data.decode("utf-8", "backslashreplace")), file.path, self.name)
        yield from more
        if directives or software in _DEFAULTS or (software == "tomcat_server" and _IS_TOMCAT.search(file.data)):
            yield Configuration(path=file.path, software=software, directives=directives)


def software_of(path: str) -> str:
    """Which software of SOFTWARES a file configures; empty for none."""
    reader = _reader(path)
    return reader[0] if reader else ""


def _reader(path: str) -> tuple[str, Callable[[str], Iterable[Directive]]] | None:
    name = path.rpartition("/")[2]
    if name in _TOMCAT:
        manager = name == "context.xml" and not path.endswith(("webapps/manager/META-INF/context.xml", "Catalina/localhost/manager.xml"))
        return None if manager else _TOMCAT[name]
    if name == ".htaccess":
        return "apache_htaccess", lambda text: (one for one in apache(text) if one.name == "options" and not one.context)
    if _BINARY.fullmatch(path):
        return None
    if _NGINX_PATH.fullmatch(path):
        return "nginx", lambda text: (one for one in nginx(text) if one.name in _NGINX)
    if _APACHE_PATH.fullmatch(path):
        return "apache", lambda text: (one for one in apache(text) if one.name in _APACHE)
    return ("php", _php) if _PHP_PATH.fullmatch(path) else None


def _php(text: str) -> Iterator[Directive]:
    """Settings of php.ini, and `php_admin_flag[NAME]` of a pool."""
    for one in assignments(text):
        pool = _PHP_POOL.fullmatch(one.name)
        name = pool[1] if pool else one.name.lower()
        if name in _PHP:
            yield one.model_copy(update={"name": name})


def _users(text: str) -> Iterator[Directive]:
    """name = user, value = what the password is worth, context = roles."""
    for one in elements(text):
        if one.name == "user":
            name = one.attributes.get("username", one.attributes.get("name", ""))
            value = _tomcat_worth(name, one.attributes.get("password", ""))
            yield Directive(line=one.line, name=name, value=value, context=one.attributes.get("roles", ""))


def _tomcat_worth(name: str, password: str) -> str:
    """A password may be a plain digest (Realm with a MessageDigestCredentialHandler and no salt)."""
    lengths = {32: "md5", 40: "sha1", 64: "sha256"}
    if re.fullmatch(r"[0-9a-fA-F]+", password) and len(password) in lengths:
        algorithm = lengths[len(password)]
        for word, how in candidates(name):
            if hashlib.new(algorithm, word.encode(), usedforsecurity=False).hexdigest() == password.lower():
                return f"(weak: {how})"
    return worth(name, password)


def _server(text: str) -> Iterator[Directive]:
    """AJP connectors: name = `ajp`, value = its attributes that matter; a secret is only said to be there."""
    for one in elements(text):
        kept: dict[str, str] = {name: one.attributes[name] for name in ("port", "address", "secretRequired") if name in one.attributes}
        if one.attributes.get("secret") or one.attributes.get("requiredSecret"):
            kept["secret"] = "(set)"  # noqa: S105 - a mark in place of the value
        if one.name == "Connector" and "AJP" in one.attributes.get("protocol", "").upper():
            yield Directive(line=one.line, name="ajp", value=" ".join(f"{name}={value}" for name, value in kept.items()))


def _web(text: str) -> Iterator[Directive]:
    """The parameter `listings` of the default servlet."""
    previous = ""
    for one in elements(text):
        if one.name == "param-value" and previous == "listings":
            yield Directive(line=one.line, name="listings", value=one.text.lower())
        previous = one.text if one.name == "param-name" else ""


def _context(text: str) -> Iterator[Directive]:
    for one in elements(text):
        if one.name == "Valve" and one.attributes.get("className", "").endswith(("RemoteAddrValve", "RemoteCIDRValve")):
            yield Directive(line=one.line, name="allow", value=one.attributes.get("allow", ""))


_TOMCAT: dict[str, tuple[str, Callable[[str], Iterable[Directive]]]] = {
    "tomcat-users.xml": ("tomcat_users", _users),
    "server.xml": ("tomcat_server", _server),
    "web.xml": ("tomcat_web", _web),
    "context.xml": ("tomcat_manager_context", _context),
}
SOFTWARES = frozenset({"nginx", "apache", "apache_htaccess", "php", *(software for software, _ in _TOMCAT.values())})
