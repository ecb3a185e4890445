"""Unauthorised access to caches, indexes and queues. Sources: the manuals of the services, as named at each function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzers.baseline.addresses import exposed_addresses, is_loopback, is_off, is_on
from analyzers.baseline.exposure import Settings, bitnami_open, exposed_item, folder_of, in_order, names_absent, settings_of, version_below
from analyzers.baseline.item import Hit, Item
from analyzers.baseline.starts import Start, starts_of
from analyzers.baseline.system import System
from schemas.facts import Directive
from schemas.vocabulary import Level

_OFFICIAL = frozenset({"REDIS_DOWNLOAD_URL", "VALKEY_DOWNLOAD_URL"})  # set by the official images alone


def redis(system: System) -> Iterator[Hit]:
    """Source: redis.conf of 2.8 to 7.4. Protected mode is there since 3.2; up to 6.2 an explicit `bind` ends it, from 7.0 only a password
    or `protected-mode no` does. Options of the command line come after the file. The official image is built without protected mode."""
    yield from bitnami_open(system, "redis", "ALLOW_EMPTY_PASSWORD", "REDIS_PASSWORD", "REDIS_PASSWORD_FILE")
    yield from bitnami_open(system, "valkey", "ALLOW_EMPTY_PASSWORD", "VALKEY_PASSWORD", "VALKEY_PASSWORD_FILE")
    version = system.version_of("redis-server", "redis", "redis-tools") or system.env.get("REDIS_VERSION", "")
    files = [one for one in settings_of(system, "redis") if "sentinel" not in one.path]
    started = starts_of(system, "redis-server", "valkey-server")
    for one in files:
        if not any(one.path in start.configuration for start in started):
            yield from _redis(system, one, None, version)
    for start in started:
        given = [one for one in files if one.path in start.configuration]
        yield from _redis(system, given[0] if given else None, start, version)


def _redis(system: System, file: Settings | None, start: Start | None, version: str) -> Iterator[Hit]:
    def effective(name: str) -> str | None:
        said = start.value(f"--{name}") if start else None
        line = file.get(name) if file and said is None else None
        return line.value if line else said

    password = effective("requirepass")
    guarded = password not in (None, "", "(empty)", '""') and not (file and _default_is_open(file))
    if effective("port") == "0" or guarded or (start and start.has("--aclfile")):
        return
    if file and (_has_redis_users(system, file) or names_absent(system, file, "redis")):
        return
    bind, mode = effective("bind"), effective("protected-mode")
    outside = bool(exposed_addresses(bind)) if bind is not None else True
    if not outside:
        return
    if mode is not None and is_off(mode):
        yield _redis_hit(file, start, "protected-mode", mode)
    elif mode is None and bind is not None and version_below(version, 7):
        yield _redis_hit(file, start, "bind", bind)
    elif mode is None and start and _OFFICIAL & system.env.keys() and (file or not start.configuration):
        yield start.hit("protected-mode", "protected-mode is not set: the default of the official image is no")
    elif version_below(version, 3, 2):
        yield start.hit("bind", "no bind: this version listens everywhere") if start else _missing(file, "bind")


def _missing(file: Settings | None, name: str) -> Hit:
    assert file is not None
    return file.missing(name, f"{name} is not set: this version listens everywhere")


def _redis_hit(file: Settings | None, start: Start | None, name: str, value: str) -> Hit:
    if start and start.has(f"--{name}"):
        return start.hit(name, f"--{name} {value}")
    line = file.get(name) if file else None
    assert file and line
    return file.hit(line, name)


def _has_redis_users(system: System, one: Settings) -> bool:
    """Whether the default user needs a password or is off, in the file or in its `aclfile`. An ACL file that is not here may say so."""
    users = list(one.every("user"))
    acl = one.value("aclfile").strip("\"'").lstrip("/")
    if acl:
        found = [fact for _, fact in system.configurations("redis") if fact.path == acl or fact.path.endswith(f"/{acl}")]
        if not found:
            return True
        users = [line for fact in found for line in fact.directives if line.name == "user"]
    return _default_is_guarded(users)


def _default_is_open(file: Settings) -> bool:
    """Whether a line for the default user takes the password of requirepass away."""
    lines = [line.value.split() for line in file.every("user")]
    return any(parts[:1] == ["default"] and {"nopass", "on"} <= set(parts) for parts in lines)


def _default_is_guarded(users: Sequence[Directive]) -> bool:
    lines = [line.value.split() for line in users]
    return any(parts[:1] == ["default"] and "nopass" not in parts and ("off" in parts or len(parts) > 2) for parts in lines)


def elasticsearch(system: System) -> Iterator[Hit]:
    """Source: Elasticsearch reference, security settings: on by default since 8.0; bound to loopback by default. OpenSearch: its security
    plugin is on unless it is disabled. Docker images take settings from the environment."""
    settings = {name.lower(): (value, f"config.Env[{name}]") for name, value in system.env.items()}
    given = {**settings, **{name: (value, "config.Cmd") for name, value in _e_options(system)}}
    old = version_below(_elastic_version(system), 8)
    for one in settings_of(system, "elasticsearch"):
        host = one.get("http.bind_host", "http.host", "network.bind_host", "network.host")
        listed = ",".join(line.value for line in one.every(host.name)) if host else ""
        bound = given.get("http.host", given.get("network.host", (listed, "")))[0]
        if not exposed_addresses(bound):
            continue
        switched = one.get("xpack.security.enabled")
        disabled = one.get("plugins.security.disabled", "opendistro_security.disabled")
        said = given.get("xpack.security.enabled")
        plugin = given.get("disable_security_plugin")
        if said:
            if is_off(said[0]):
                yield Hit("xpack.security.enabled", said[1], -1, 0, f"xpack.security.enabled={said[0]}")
        elif plugin and is_on(plugin[0]):
            yield Hit("plugins.security.disabled", plugin[1], -1, 0, f"DISABLE_SECURITY_PLUGIN={plugin[0]}")
        elif switched and is_off(switched.value):
            yield one.hit(switched)
        elif disabled and is_on(disabled.value):
            yield one.hit(disabled)
        elif switched is None and host and old and "elasticsearch" in one.path:
            yield one.hit(host, "xpack.security.enabled")


def _e_options(system: System) -> Iterator[tuple[str, str]]:
    for start in starts_of(system, "elasticsearch"):
        for value in start.every("-E"):
            name, _, text = value.partition("=")
            yield name.lower(), text


def _elastic_version(system: System) -> str:
    return system.version_of("elasticsearch", "elasticsearch-oss") or system.language_version("elasticsearch")


def memcached(system: System) -> Iterator[Hit]:
    """Source: memcached(1): without -l all interfaces, without -S or -Y no authentication, -s replaces the network."""
    guards, listening = ("-S", "--enable-sasl", "-s", "--unix-socket", "-Y", "--auth-file"), ("-l", "--listen")
    for one in settings_of(system, "memcached"):
        if one.has(*guards):
            continue
        listen = list(one.every(*listening))
        outside = [line for line in listen if exposed_addresses(line.value)]
        if outside:
            yield one.hit(outside[0], "listen")
        elif not listen and system.installed("memcached"):
            yield one.missing("listen", "no -l: memcached listens everywhere")
    for start in starts_of(system, "memcached"):
        addresses = list(start.every(*listening))
        if start.has(*guards) or (not addresses and not start.complete):
            continue
        if not addresses or any(exposed_addresses(value) for value in addresses):
            shown = f"-l {' '.join(addresses)}" if addresses else "no -l: memcached listens everywhere"
            yield start.hit("listen", shown)


def influxdb(system: System) -> Iterator[Hit]:
    """Source: InfluxDB 1.x, configuration: auth-enabled is false by default. 2.x always asks for a token."""
    version = system.version_of("influxdb", "influxdb2") or system.env.get("INFLUXDB_VERSION", "")
    if is_on(system.env.get("INFLUXDB_HTTP_AUTH_ENABLED", "")) or version_below(version, 2) is False:
        return
    for one in settings_of(system, "influxdb"):
        switched = one.get("http.auth-enabled")
        if is_off(one.value("http.enabled")) or is_loopback(one.value("http.bind-address")) or (switched and is_on(switched.value)):
            continue
        if switched:
            yield one.hit(switched)
        elif version_below(version, 2):
            yield one.missing("http.auth-enabled", "auth-enabled is not set: the default is false")


def solr(system: System) -> Iterator[Hit]:
    """Source: Solr reference guide, securing Solr: no authentication without security.json, blockUnknown false lets anybody in. Up to 8
    the server listens everywhere, from 9 on loopback unless SOLR_JETTY_HOST says otherwise."""
    files = settings_of(system, "solr")
    secured = [one for one in files if one.has("(security)")]
    for one in secured:
        known, block = one.get("authentication.class"), one.get("authentication.blockUnknown")
        if known is None:
            yield Hit("authentication", one.path, one.place[0], 1, "security.json has no authentication")
        elif block and is_off(block.value):
            yield one.hit(block)
    if secured or "SOLR_AUTH_TYPE" in system.env or any(one.has("SOLR_AUTH_TYPE") for one in files):
        return
    hosts = [(one, host) for one in files if (host := one.get("SOLR_JETTY_HOST"))]
    for one, host in hosts:
        if exposed_addresses(host.value):
            yield one.hit(host)
    said = system.env.get("SOLR_JETTY_HOST", "")
    if said and not hosts and exposed_addresses(said):
        yield Hit("SOLR_JETTY_HOST", "config.Env[SOLR_JETTY_HOST]", -1, 0, f"SOLR_JETTY_HOST={said}, and there is no security.json")
    version = system.language_version("solr-core") or system.env.get("SOLR_VERSION", "")
    if not hosts and not said and version_below(version, 9):
        for one in files[:1]:
            yield one.missing("SOLR_JETTY_HOST", f"Solr {version} listens everywhere, and there is no security.json")


def rabbitmq(system: System) -> Iterator[Hit]:
    """Source: RabbitMQ, access control: guest may connect from loopback only, unless loopback_users leaves it out. The main file is read
    first, then conf.d by name; a default user that is another one takes guest's place."""
    if any(system.env.get(name, "guest") != "guest" for name in ("RABBITMQ_DEFAULT_USER", "RABBITMQ_DEFAULT_PASS")):
        return
    one = in_order(system, "rabbitmq", lambda path: folder_of(path).endswith("conf.d"))
    if one is None or one.value("default_user") not in ("", "guest", '<<"guest">>') or one.value("default_pass") == "(set)":
        return
    last = next((line for _, line in reversed(one.lines) if line.name in ("loopback_users", "loopback_users.guest")), None)
    if last is None:
        return
    empty = last.name == "loopback_users" and last.value.lower() in ("none", "[]")
    if empty or (last.name == "loopback_users.guest" and is_off(last.value)):
        yield one.hit(last)


ITEMS: tuple[Item, ...] = (
    exposed_item(
        "elasticsearch",
        "Elasticsearch",
        elasticsearch,
        "Set `xpack.security.enabled: true`, or bind to loopback.",
        programs=("elasticsearch", "opensearch"),
    ),
    exposed_item(
        "redis",
        "Redis",
        redis,
        "Set requirepass or ACL users, and `protected-mode yes`.",
        programs=("redis", "redis-server", "valkey-server", "valkey"),
    ),
    exposed_item("memcached", "Memcached", memcached, "Listen on loopback (`-l 127.0.0.1`) or ask for authentication (`-S`, `-Y`)."),
    exposed_item("influxdb", "InfluxDB", influxdb, "Set `auth-enabled = true` in [http].", programs=("influxdb", "influxdb2", "influxd")),
    exposed_item("solr", "Solr", solr, "Add a security.json with authentication and `blockUnknown: true`."),
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
