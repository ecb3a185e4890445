"""Weak passwords of services, and access keys of clouds in plain text. The collectors have guessed; here is only who and where."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from analyzers.baseline.item import Hit, Item, Need
from analyzers.baseline.needs import anything, configuration, service
from analyzers.baseline.starts import starts_of
from analyzers.baseline.system import System
from schemas.vocabulary import Level

GROUP = "weak_password"
PAIRS = frozenset({
    "aws_access_key", "aws_cli", "aws_s3cmd", "alibabacloud_ak", "tencentcloud_ak", "huaweicloud_ak", "azure_storage_key",
    "gcp_service_account",
})  # fmt: skip


def _weak(software: str, *names: str) -> Callable[[System], Iterator[Hit]]:
    def find(system: System) -> Iterator[Hit]:
        for (layer, fact), one in system.directives(software, *names):
            mark = one.value.find("(weak: ")
            if mark >= 0:
                yield Hit(one.name, fact.path, layer, one.line, f"the password of {one.name} is {one.value[mark + 7 :].partition(')')[0]}")

    return find


def redis(system: System) -> Iterator[Hit]:
    """In a file, on a command line, or in the variable from which an image of Bitnami writes its file."""
    yield from _weak("redis", "requirepass", "user")(system)
    for start in starts_of(system, "redis-server", "valkey-server"):
        how = (start.value("--requirepass") or "").removeprefix("(weak: ")
        if how != start.value("--requirepass"):
            yield start.hit("requirepass", f"the password of requirepass is {how.rstrip(')')}")
    names = {"config.Cmd": "requirepass", "config.Entrypoint": "requirepass"}
    if system.env.get("BITNAMI_APP_NAME") in ("redis", "valkey"):
        names |= {f"config.Env[{name}]": name for name in ("REDIS_PASSWORD", "VALKEY_PASSWORD")}
    for one in system.config_secrets:
        if names.get(one.place) == one.name and "weak" in one.details:
            yield Hit("requirepass", one.place, -1, 0, f"the password of {one.name} is {one.details['weak']}")


def ak_leak(system: System) -> Iterator[Hit]:
    """Complete key pairs only: an identifier alone opens nothing. One hit for each key of a file, whatever rules found it."""
    seen: set[tuple[str, str]] = set()
    for layer, secret in system.secrets:
        if secret.rule not in PAIRS or secret.details.get("pair") == "no":
            continue
        key_id = secret.details.get("key_id", "")
        if (secret.path, secret.value_id) in seen or (key_id and (secret.path, key_id) in seen):
            continue
        seen |= {(secret.path, secret.value_id), (secret.path, key_id)}
        shown = f"key id {key_id}" if key_id else secret.excerpt
        yield Hit(secret.value_id, secret.path, layer, secret.line, f"{secret.rule}: {shown}")


def _passwords(name: str, software: str) -> Need:
    absent = f"No password file of {name} was found."
    return Need(absent, lambda system: bool(system.configurations(software)), frozenset({"weak_credentials", software}))


def _item(key: str, level: Level, find: Callable[[System], Iterator[Hit]], title: str, need: Need) -> Item:
    return Item(
        f"{GROUP}.{key}",
        GROUP,
        level,
        f"{title} has a weak password",
        "Set a long random password when the container starts; keep it out of the image.",
        find,
        need,
        "The password was guessed from the user name or from a short list of common passwords.",
        version=3,
    )


ITEMS = (
    _item("redis", Level.HIGH, redis, "Redis", service("Redis", ("redis",), ("redis-server", "redis", "valkey-server", "valkey"))),
    _item("tomcat", Level.HIGH, _weak("tomcat_users"), "A user of Tomcat", configuration("tomcat-users.xml", "tomcat_users")),
    _item("rsync", Level.HIGH, _weak("rsync_secrets"), "A user of the rsync daemon", _passwords("rsync", "rsync_secrets")),
    _item("svn", Level.MEDIUM, _weak("svn"), "A user of Subversion", _passwords("Subversion", "svn")),
    _item("htpasswd", Level.MEDIUM, _weak("htpasswd"), "A user of a web site", _passwords("htpasswd", "htpasswd")),
    _item("vnc", Level.MEDIUM, _weak("vnc"), "VNC", _passwords("VNC", "vnc")),
    Item(
        "ak_leak",
        "ak_leak",
        Level.HIGH,
        "A complete access key of a cloud stands in plain text",
        "Withdraw the key, rebuild the image without it, and use roles or secrets that are given at run time.",
        ak_leak,
        anything("secrets"),
        "Whoever can pull the image can use the cloud account.",
        version=2,
    ),
)
