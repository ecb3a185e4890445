"""Unauthorised access to databases. Sources: the manuals of the services, as named at each function."""

from __future__ import annotations

import ipaddress
import posixpath
import re
from collections.abc import Iterator

from analyzers.baseline.addresses import exposed_addresses, is_off, is_on
from analyzers.baseline.exposure import Settings, bitnami_open, exposed_item, in_order, settings_of, version_below
from analyzers.baseline.includes import Setting, expanded, files_of
from analyzers.baseline.item import Hit, Item
from analyzers.baseline.starts import starts_of
from analyzers.baseline.system import System
from schemas.facts import Directive

_SERVER_GROUP = re.compile(r"(?:mysqld|mariadbd?|server|mysqld_safe|mariadbd?-safe)(?:-[\d.]+)?\Z")
_SKIP_GRANTS = re.compile(r"--skip[-_]grant[-_]tables")
_PG_INCLUDES = ("include", "include_if_exists", "include_dir")
_MYSQL_MAINS = ("etc/my.cnf", "etc/mysql/my.cnf", "usr/etc/my.cnf", "usr/local/mysql/etc/my.cnf", "etc/mysql/mariadb.cnf")


def couchdb(system: System) -> Iterator[Hit]:
    """Source: CouchDB documentation, "admin party": without an administrator everybody is one; 3.0 refuses to start so. Files are read in
    the order default.ini, default.d, local.ini, local.d."""
    order = ("default.ini", "default.d", "local.ini", "local.d")

    def rank(path: str) -> int:
        folder, name = posixpath.basename(posixpath.dirname(path)), posixpath.basename(path)
        return next((place for place, one in enumerate(order) if one in (folder, name)), len(order))

    version = system.version_of("couchdb") or system.env.get("COUCHDB_VERSION", "")
    one = in_order(system, "couchdb", rank)
    if one is None or version_below(version, 3) is False or system.env.get("COUCHDB_PASSWORD"):
        return
    if any(line.name.startswith("admins.") for line in one.every()):
        return
    if any(is_on(one.value(f"{part}.require_valid_user")) for part in ("chttpd", "couch_httpd_auth", "httpd")):
        return
    bind = one.get("chttpd.bind_address", "httpd.bind_address")
    if bind and (bind.value == "any" or exposed_addresses(bind.value)):
        yield one.hit(bind)


def mongodb(system: System) -> Iterator[Hit]:
    """Source: MongoDB manual, configuration file options. Bound to loopback by default since 3.6; a key file switches authorization on. The
    start script of the official image binds to all addresses where nothing is said, and switches authorization on for a root account."""
    yield from bitnami_open(system, "mongodb", "ALLOW_EMPTY_PASSWORD", "MONGODB_ROOT_PASSWORD", "MONGODB_ROOT_PASSWORD_FILE")
    version = system.version_of("mongodb-server", "mongodb-org-server", "mongodb")
    files = settings_of(system, "mongodb")
    started = starts_of(system, "mongod")
    official = "docker-entrypoint.sh" in system.command_names and bool({"MONGO_PACKAGE", "MONGO_VERSION"} & system.env.keys())
    for start in () if official and any(name.startswith("MONGO_INITDB_ROOT_PASSWORD") for name in system.env) else started:
        everywhere, bind = start.has("--bind_ip_all"), start.value("--bind_ip")
        guarded = start.has("--auth", "--keyFile", "--clusterAuthMode")
        known = [one for one in files if one.path in start.configuration]
        if guarded or any(_authorised(one) for one in known) or (start.configuration and not known):
            continue
        if everywhere or (bind and exposed_addresses(bind)):
            yield start.hit("bind", "--bind_ip_all" if everywhere else f"--bind_ip {bind}")
        elif official and bind is None and not start.configuration:
            yield start.hit("bind", "no --bind_ip: the official image listens everywhere, and no root account is set")
    for one in files:
        options = [start for start in started if one.path in start.configuration]
        if _authorised(one) or any(start.has("--auth", "--keyFile", "--clusterAuthMode", "--bind_ip") for start in options):
            continue
        everywhere_line, line = one.get("net.bindIpAll", "bind_ip_all"), one.get("net.bindIp", "bind_ip")
        if everywhere_line and is_on(everywhere_line.value):
            yield one.hit(everywhere_line, "bind")
        elif line and exposed_addresses(line.value):
            yield one.hit(line, "bind")
        elif line is None and version_below(version, 3, 6):
            yield one.missing("bind", "bindIp is not set: this version listens everywhere")


def _authorised(one: Settings) -> bool:
    """Whether clients must prove who they are: by a user, or by a certificate that the server asks for."""
    if one.value("security.authorization") == "enabled" or is_on(one.value("auth")):
        return True
    certificates = one.value("net.tls.mode", "net.ssl.mode") in ("requireTLS", "requireSSL") and one.has("net.tls.CAFile", "net.ssl.CAFile")
    optional = is_on(one.value("net.tls.allowConnectionsWithoutCertificates", "net.ssl.allowConnectionsWithoutCertificates"))
    return one.has("security.keyFile", "keyFile", "security.clusterAuthMode") or (certificates and not optional)


def postgres(system: System) -> Iterator[Hit]:
    """Source: PostgreSQL manual, pg_hba.conf: the first line that fits a connection decides, `trust` asks for nothing. Lines for loopback
    addresses stay out, and all of them where the server listens on loopback (its default) only."""
    files = files_of(system, "postgres")
    mains = [path for path in files if posixpath.basename(path) == "pg_hba.conf"] or list(files)
    for main in mains:
        if not _listens(system, posixpath.dirname(main)):
            continue
        earlier: list[Directive] = []
        for (layer, fact), line in expanded(files, main, _PG_INCLUDES):
            parts = line.value.split()
            if len(parts) < 4:
                continue
            trusts = parts[3:] == ["trust"] and not _local_client(parts[2])
            if trusts and not any(_covers(one.value.split(), parts) for one in earlier):
                evidence = f"{line.name} {line.value}"
                yield Hit(evidence, fact.path, layer, line.line, evidence)
            if line.name == "host":
                earlier.append(line)
    if system.env.get("POSTGRES_HOST_AUTH_METHOD", "").lower() == "trust":
        yield Hit("POSTGRES_HOST_AUTH_METHOD", "config.Env[POSTGRES_HOST_AUTH_METHOD]", -1, 0, "POSTGRES_HOST_AUTH_METHOD=trust")


def _listens(system: System, folder: str) -> bool:
    """Whether the server beside a pg_hba.conf is reachable; True where nothing tells."""
    for start in starts_of(system, "postgres"):
        for value in start.every("-c"):
            name, _, address = value.partition("=")
            if name.strip() == "listen_addresses":
                return bool(exposed_addresses(address))
    files = files_of(system, "postgres_server")
    main = f"{folder}/postgresql.conf"
    if main not in files:
        return True
    lines = list(expanded(files, main, _PG_INCLUDES))
    automatic = f"{folder}/postgresql.auto.conf"
    lines += [(files[automatic], one) for one in files[automatic][1].directives] if automatic in files else []
    said = [one.value for _, one in lines if one.name == "listen_addresses"]
    return bool(exposed_addresses(said[-1])) if said else False


def _covers(earlier: list[str], later: list[str]) -> bool:
    """Whether every connection that a later line fits is decided by an earlier one."""
    database, user = earlier[0] in ("all", later[0]) and later[0] != "replication", earlier[1] in ("all", later[1])
    return (database or earlier[0] == later[0]) and user and _contains(earlier[2], later[2])


def _contains(wide: str, narrow: str) -> bool:
    if wide in ("all", narrow):
        return True
    try:
        one, other = ipaddress.ip_network(wide, strict=False), ipaddress.ip_network(narrow, strict=False)
    except ValueError:
        return False
    return one.version == other.version and one.prefixlen <= other.prefixlen and other.network_address in one


def _local_client(address: str) -> bool:
    return address.startswith("127.") or address.partition("/")[0] in ("::1", "localhost", "samehost")


def mysql(system: System) -> Iterator[Hit]:
    """Source: MySQL reference manual, option files and server options: the last setting counts; everybody who connects has all
    privileges. Files that no main file includes have no effect."""
    files = files_of(system, "mysql")
    mains = [path for path in _MYSQL_MAINS if path in files] or list(files)
    last: Setting | None = None
    yield from _empty_passwords(system)
    read = [setting for main in mains for setting in expanded(files, main, ("!include", "!includedir"))]
    read += [(located, one) for path, located in files.items() if path.endswith("/.my.cnf") for one in located[1].directives]
    for located, line in read:
        if line.name == "skip-grant-tables" and _SERVER_GROUP.match(line.context):
            last = located, line
    if last and not is_off(last[1].value):
        yield Settings([last]).hit(last[1], "skip-grant-tables")
    for start in starts_of(system, "mysqld", "mariadbd", "mysqld_safe"):
        for name, value in start.options:
            if _SKIP_GRANTS.fullmatch(name) and not is_off(value):
                yield start.hit("skip-grant-tables", name)
    if not starts_of(system, "mysqld", "mariadbd", "mysqld_safe"):
        words = [word for word in system.command if _SKIP_GRANTS.fullmatch(word)]
        if words:
            yield Hit("skip-grant-tables", "config.Cmd", -1, 0, words[0])


def _empty_passwords(system: System) -> Iterator[Hit]:
    """Root has no password: the image's start script is told so. Source: the pages of the images `mysql` and `mariadb`."""
    env = system.env
    given = any(env.get(f"{brand}_ROOT_PASSWORD{end}") for brand in ("MYSQL", "MARIADB") for end in ("", "_FILE", "_HASH"))
    for name in ("MYSQL_ALLOW_EMPTY_PASSWORD", "MARIADB_ALLOW_EMPTY_PASSWORD", "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD"):
        if env.get(name) and not given:
            yield Hit(name, f"config.Env[{name}]", -1, 0, f"{name}={env[name]}")
    for application in ("mysql", "mariadb", "mariadb-galera"):
        passwords = ("MYSQL_ROOT_PASSWORD", "MARIADB_ROOT_PASSWORD", "MYSQL_ROOT_PASSWORD_FILE", "MARIADB_ROOT_PASSWORD_FILE")
        yield from bitnami_open(system, application, "ALLOW_EMPTY_PASSWORD", *passwords)


ITEMS: tuple[Item, ...] = (
    exposed_item("couchdb", "CouchDB", couchdb, "Set an administrator in [admins], and `require_valid_user = true`."),
    exposed_item(
        "mongodb",
        "MongoDB",
        mongodb,
        "Set `security.authorization: enabled`.",
        programs=("mongod", "mongodb", "mongodb-org-server", "mongodb-server"),
    ),
    exposed_item(
        "postgres_trust",
        "PostgreSQL",
        postgres,
        "Use `scram-sha-256` in place of `trust`.",
        title="PostgreSQL trusts every client of a network",
        software=("postgres",),
        programs=("postgres", "postgresql", "postgresql-server"),
    ),
    exposed_item(
        "mysql_skip_grants",
        "MySQL",
        mysql,
        "Remove skip-grant-tables, and give root a password.",
        title="The MySQL server lets everybody in",
        software=("mysql",),
        programs=("mysqld", "mariadbd", "mariadb-server", "mysql-server", "mysqld_safe"),
    ),
)
