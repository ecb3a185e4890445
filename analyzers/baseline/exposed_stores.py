"""Unauthorised access to data stores. Sources: the manuals of the services, as named at each function."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.baseline.addresses import exposed_addresses, is_loopback, is_off, is_on
from analyzers.baseline.exposure import Settings, exposed_item, settings_of, version_below
from analyzers.baseline.item import Hit, Item
from analyzers.baseline.system import System
from schemas.vocabulary import Level


def redis(system: System) -> Iterator[Hit]:
    """Source: redis.conf of 3.2 to 7.4. Up to 6.2 an explicit `bind` ends protected mode; from 7.0 only a password does."""
    for one in settings_of(system, "redis"):
        protected = one.get("protected-mode")
        if one.value("port") == "0" or _redis_password(one):
            continue
        bind = one.get("bind")
        outside = exposed_addresses(bind.value) if bind else ["all"]
        old = version_below(system.version_of("redis-server", "redis", "redis-tools"), 7)
        unprotected = protected is not None and is_off(protected.value)
        if outside and unprotected and protected:
            yield one.hit(protected, "protected-mode")
        elif outside and bind and old:
            yield one.hit(bind, "bind")
    command = " ".join(system.command)
    if "--protected-mode no" in command and "--requirepass" not in command:
        yield Hit("protected-mode", "config.Cmd", -1, 0, "--protected-mode no")


def _redis_password(one: Settings) -> bool:
    if one.value("requirepass") not in ("", "(empty)") or one.has("aclfile"):
        return True
    users = [line.value.split() for line in one.every("user")]
    return any(parts[:1] == ["default"] and "nopass" not in parts and ("off" in parts or len(parts) > 2) for parts in users)


def elasticsearch(system: System) -> Iterator[Hit]:
    """Source: Elasticsearch reference, security settings: on by default since 8.0; bound to loopback by default."""
    for one in settings_of(system, "elasticsearch"):
        host = one.get("http.bind_host", "http.host", "network.bind_host", "network.host")
        switched = one.get("xpack.security.enabled")
        disabled = one.get("plugins.security.disabled")
        outside = host is not None and bool(exposed_addresses(host.value))
        if switched and is_off(switched.value) and outside:
            yield one.hit(switched)
        elif disabled and is_on(disabled.value) and outside:
            yield one.hit(disabled)
        elif switched is None and host and outside and _old_elasticsearch(system):
            yield one.hit(host, "xpack.security.enabled")


def _old_elasticsearch(system: System) -> bool:
    versions = [system.version_of("elasticsearch")] + [fact.version for _, fact in system.language_packages.get("elasticsearch", [])]
    return any(version_below(version, 8) for version in versions)


def couchdb(system: System) -> Iterator[Hit]:
    """Source: CouchDB documentation, "admin party": without an administrator everybody is one; 3.0 refuses to start so."""
    files = settings_of(system, "couchdb")
    admins = any(line.name.startswith("admins.") for one in files for line in one.located[1].directives)
    required = any(is_on(line.value) for one in files for line in one.located[1].directives if line.name.endswith("require_valid_user"))
    if admins or required or version_below(system.version_of("couchdb"), 3) is False:
        return
    for one in files:
        bind = one.get("chttpd.bind_address", "httpd.bind_address")
        if bind and (bind.value == "any" or exposed_addresses(bind.value)):
            yield one.hit(bind)


def mongodb(system: System) -> Iterator[Hit]:
    """Source: MongoDB manual, configuration file options. Bound to loopback by default since 3.6."""
    for one in settings_of(system, "mongodb"):
        authorised = one.value("security.authorization") == "enabled" or is_on(one.value("auth"))
        if authorised or one.has("security.keyFile", "keyFile", "security.clusterAuthMode"):
            continue
        everywhere = one.get("net.bindIpAll", "bind_ip_all")
        bind = one.get("net.bindIp", "bind_ip")
        if everywhere and is_on(everywhere.value):
            yield one.hit(everywhere, "bind")
        elif bind and exposed_addresses(bind.value):
            yield one.hit(bind, "bind")
        elif bind is None and version_below(system.version_of("mongodb-server", "mongodb-org-server", "mongodb"), 3, 6):
            yield Hit("bind", one.path, one.located[0], 0, "bindIp is not set: this version listens everywhere")


def memcached(system: System) -> Iterator[Hit]:
    """Source: memcached(1): without -l all interfaces, without -S or -Y no authentication, -s replaces the network."""
    for one in settings_of(system, "memcached"):
        if one.has("-S", "--enable-sasl", "-s", "--unix-socket", "-Y", "--auth-file"):
            continue
        listen = list(one.every("-l", "--listen"))
        outside = [line for line in listen if exposed_addresses(line.value)]
        if outside:
            yield one.hit(outside[0], "listen")
        elif not listen and system.installed("memcached"):
            yield Hit("listen", one.path, one.located[0], 0, "no -l: memcached listens everywhere")


def influxdb(system: System) -> Iterator[Hit]:
    """Source: InfluxDB 1.x, configuration: auth-enabled is false by default."""
    if is_on(system.env.get("INFLUXDB_HTTP_AUTH_ENABLED", "")):
        return
    for one in settings_of(system, "influxdb"):
        switched = one.get("http.auth-enabled")
        if is_off(one.value("http.enabled")) or is_loopback(one.value("http.bind-address")) or (switched and is_on(switched.value)):
            continue
        if switched:
            yield one.hit(switched)
        elif version_below(system.version_of("influxdb"), 2):
            yield Hit("http.auth-enabled", one.path, one.located[0], 0, "auth-enabled is not set: the default is false")


def solr(system: System) -> Iterator[Hit]:
    """Source: Solr reference guide, securing Solr: no authentication without security.json, blockUnknown false lets anybody in."""
    files = settings_of(system, "solr")
    secured = [one for one in files if one.has("(security)")]
    for one in secured:
        known, block = one.get("authentication.class"), one.get("authentication.blockUnknown")
        if known is None:
            yield Hit("authentication", one.path, one.located[0], 1, "security.json has no authentication")
        elif block and is_off(block.value):
            yield one.hit(block)
    for one in files:
        host = one.get("SOLR_JETTY_HOST")
        if host and not secured and not one.has("SOLR_AUTH_TYPE") and exposed_addresses(host.value):
            yield one.hit(host)


def postgres(system: System) -> Iterator[Hit]:
    """Source: PostgreSQL manual, pg_hba.conf: `trust` asks for nothing. Lines for loopback addresses stay out."""
    for one in settings_of(system, "postgres"):
        for line in one.located[1].directives:
            parts = line.value.split()
            if len(parts) > 3 and parts[3].lower() == "trust" and not _local_client(parts[2]):
                yield one.hit(line, f"{line.name} {line.value}")
    if system.env.get("POSTGRES_HOST_AUTH_METHOD", "").lower() == "trust":
        yield Hit("POSTGRES_HOST_AUTH_METHOD", "config.Env[POSTGRES_HOST_AUTH_METHOD]", -1, 0, "POSTGRES_HOST_AUTH_METHOD=trust")


def _local_client(address: str) -> bool:
    return address.startswith("127.") or address.partition("/")[0] in ("::1", "localhost", "samehost")


def mysql(system: System) -> Iterator[Hit]:
    """Source: MySQL reference manual, server options: everybody who connects has all privileges."""
    for one in settings_of(system, "mysql"):
        for line in one.every("skip-grant-tables"):
            if not is_off(line.value) and re.match(r"(?:mysqld|mariadb|server|mysqld_safe)", line.context):
                yield one.hit(line, "skip-grant-tables")
    if any(re.match(r"--skip[-_]grant[-_]tables", word) for word in system.command):
        yield Hit("skip-grant-tables", "config.Cmd", -1, 0, "--skip-grant-tables")


def rabbitmq(system: System) -> Iterator[Hit]:
    """Source: RabbitMQ, access control: guest may connect from loopback only, unless loopback_users leaves it out."""
    files = settings_of(system, "rabbitmq")
    if any(one.value("default_user") not in ("", "guest", '<<"guest">>') or one.value("default_pass") == "(set)" for one in files):
        return
    for one in files:
        guest, every = one.get("loopback_users.guest"), one.get("loopback_users")
        if guest and is_off(guest.value):
            yield one.hit(guest)
        elif every and every.value.lower() in ("none", "[]"):
            yield one.hit(every)


ITEMS: tuple[Item, ...] = (
    exposed_item(
        "elasticsearch",
        "Elasticsearch",
        elasticsearch,
        "Set `xpack.security.enabled: true`, or bind to loopback.",
        programs=("elasticsearch", "opensearch"),
    ),
    exposed_item("couchdb", "CouchDB", couchdb, "Set an administrator in [admins], and `require_valid_user = true`."),
    exposed_item(
        "redis",
        "Redis",
        redis,
        "Set requirepass or ACL users, and `protected-mode yes`.",
        programs=("redis", "redis-server", "valkey-server", "valkey"),
    ),
    exposed_item(
        "mongodb",
        "MongoDB",
        mongodb,
        "Set `security.authorization: enabled`.",
        programs=("mongod", "mongodb", "mongodb-org-server", "mongodb-server"),
    ),
    exposed_item("memcached", "Memcached", memcached, "Listen on loopback (`-l 127.0.0.1`) or ask for authentication (`-S`, `-Y`)."),
    exposed_item("influxdb", "InfluxDB", influxdb, "Set `auth-enabled = true` in [http].", programs=("influxdb", "influxdb2", "influxd")),
    exposed_item("solr", "Solr", solr, "Add a security.json with authentication and `blockUnknown: true`."),
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
        "Remove skip-grant-tables.",
        title="The MySQL server checks no privileges",
        software=("mysql",),
        programs=("mysqld", "mariadbd", "mariadb-server", "mysql-server", "mysqld_safe"),
    ),
    exposed_item(
        "rabbitmq_guest",
        "RabbitMQ",
        rabbitmq,
        "Remove the user guest, or leave it in loopback_users.",
        title="RabbitMQ lets guest in from outside",
        level=Level.MEDIUM,
        software=("rabbitmq",),
        programs=("rabbitmq-server", "rabbitmq"),
    ),
)
