"""Unauthorised access to platforms and tools. Sources: the manuals of the services, as named at each function."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.baseline.addresses import EVERYWHERE, exposed_addresses, is_loopback, is_off, is_on
from analyzers.baseline.exposure import bitnami_open, exposed_item, settings_of
from analyzers.baseline.item import Hit, Item
from analyzers.baseline.starts import Start, starts_of
from analyzers.baseline.system import System

_EVERYBODY_RULES = re.compile(r"(?:(?:USER|EITHER):)?(?:hudson\.model\.Hudson\.|Overall/)Administer:anonymous")
_JUPYTER = ("jupyter", "jupyter-lab", "jupyter-notebook", "jupyter-server", "start-notebook.sh", "start-notebook.py")


def zookeeper(system: System) -> Iterator[Hit]:
    """Source: ZooKeeper administrator's guide: anybody may connect unless SASL or client certificates are required. The client's port may
    stand in the server's line, behind a semicolon."""
    yield from bitnami_open(system, "zookeeper", "ALLOW_ANONYMOUS_LOGIN", "ZOO_ENABLE_AUTH")
    for one in settings_of(system, "zookeeper"):
        required = is_on(one.value("enforce.auth.enabled")) or is_on(one.value("sessionRequireClientSASLAuth"))
        if required or one.value("requireClientAuthScheme") == "sasl":
            continue
        port = one.get("clientPort")
        if port and not is_loopback(one.value("clientPortAddress")):
            yield one.hit(port)
        for line in one.every():
            client = line.value.partition(";")[2].strip() if line.name.startswith("server.") and port is None else ""
            if client and not is_loopback(client if ":" in client else "0.0.0.0"):  # noqa: S104 - the default
                yield one.hit(line, "clientPort")
                break


def hadoop(system: System) -> Iterator[Hit]:
    """Source: Hadoop in secure mode: `simple` believes whatever user name a client sends."""
    files = settings_of(system, "hadoop")
    if any(one.value("hadoop.security.authentication") == "kerberos" for one in files):
        return
    for one in files:
        for line in one.every():
            simple = line.name == "hadoop.security.authentication" and line.value == "simple"
            listens = line.name.endswith(("address", "bind-host", ".hostname")) and line.value.partition(":")[0] in EVERYWHERE
            if simple or listens:
                yield one.hit(line)


def kubelet(system: System) -> Iterator[Hit]:
    """Source: KubeletConfiguration v1beta1 and kubelet(8): anonymous requests, AlwaysAllow and the read-only port."""
    for one in settings_of(system, "kubelet"):
        for line in one.every():
            if _opens_kubelet(line.name, line.value):
                yield one.hit(line)
    for start in starts_of(system, "kubelet"):
        for name, value in start.options:
            if _opens_kubelet(name, value):
                yield start.hit(name, f"{name} {value}".strip())


def _opens_kubelet(name: str, value: str) -> bool:
    anonymous = name in ("authentication.anonymous.enabled", "--anonymous-auth") and is_on(value or "true")
    allowed = name in ("authorization.mode", "--authorization-mode") and "AlwaysAllow" in value
    return anonymous or allowed or (name in ("readOnlyPort", "--read-only-port", "--insecure-port") and value not in ("0", ""))


def etcd(system: System) -> Iterator[Hit]:
    """Source: etcd operations guide: clients are checked by certificate only with client-cert-auth. Options win over the environment,
    which wins over defaults; a configuration file is used alone."""
    yield from bitnami_open(system, "etcd", "ALLOW_NONE_AUTHENTICATION", "ETCD_ROOT_PASSWORD")
    for one in settings_of(system, "etcd"):
        urls = one.get("listen-client-urls", "--listen-client-urls")
        flag = one.get("--client-cert-auth")
        checked = is_on(one.value("client-transport-security.client-cert-auth", "client-cert-auth")) or (flag and not is_off(flag.value))
        if urls and not checked and exposed_addresses(urls.value):
            yield one.hit(urls, "listen-client-urls")
    for start in starts_of(system, "etcd"):
        given = start.value("--listen-client-urls")
        checks = start.value("--client-cert-auth")
        said = system.env.get("ETCD_CLIENT_CERT_AUTH", "false") if checks is None else checks or "true"
        if given and not is_on(said) and exposed_addresses(given):
            yield start.hit("listen-client-urls", f"--listen-client-urls {given}")
    named = system.env.get("ETCD_LISTEN_CLIENT_URLS", "")
    if named and exposed_addresses(named) and not is_on(system.env.get("ETCD_CLIENT_CERT_AUTH", "")):
        yield Hit("listen-client-urls", "config.Env[ETCD_LISTEN_CLIENT_URLS]", -1, 0, f"ETCD_LISTEN_CLIENT_URLS={named}")


def docker_api(system: System) -> Iterator[Hit]:
    """Source: dockerd reference, -H and --tlsverify: the API on TCP without client certificates is root on the host. Without a host in
    the address it is loopback. The image docker:dind opens the port where DOCKER_TLS_CERTDIR is empty."""
    files, started = settings_of(system, "docker_api"), starts_of(system, "dockerd", "dockerd-entrypoint.sh")
    verified = [line.value for one in files for line in one.every("tlsverify", "--tlsverify")]
    verified += [value for start in started for value in start.every("--tlsverify")]
    if any(not is_off(value) for value in verified):
        return
    for one in files:
        for line in one.every("hosts", "-H", "--host"):
            if _tcp_outside(line.value):
                yield one.hit(line, line.value)
    for start in started:
        for value in start.every("-H", "--host"):
            if _tcp_outside(value):
                yield start.hit(value, f"{start.program} listens on {value} without --tlsverify")
    if system.env.get("DOCKER_TLS_CERTDIR") == "" and any(start.program == "dockerd-entrypoint.sh" for start in started):
        evidence = "DOCKER_TLS_CERTDIR is empty: port 2375 is open without TLS"
        yield Hit("DOCKER_TLS_CERTDIR", "config.Env[DOCKER_TLS_CERTDIR]", -1, 0, evidence)


def _tcp_outside(address: str) -> bool:
    if address.startswith(("unix:", "fd:", "npipe:", "/")):
        return False
    plain = address.removeprefix("tcp://")
    return bool(plain) and not plain.startswith(":") and not is_loopback(plain)


def jenkins(system: System) -> Iterator[Hit]:
    """Source: Jenkins handbook, access control: `useSecurity` false or the strategy Unsecured makes everybody an administrator, and so
    does a matrix that gives Administer to anonymous. The plugin configuration-as-code writes both from YAML."""
    for one in settings_of(system, "jenkins"):
        switch, strategy = one.get("useSecurity"), one.get("authorizationStrategy")
        if switch and is_off(switch.value):
            yield one.hit(switch)
        elif strategy and strategy.value.endswith(("$Unsecured", "unsecured")):
            yield one.hit(strategy)
        for line in one.every("permission"):
            if _EVERYBODY_RULES.fullmatch(line.value):
                yield one.hit(line, "permission")


def jupyter(system: System) -> Iterator[Hit]:
    """Source: Jupyter Server, security: an empty token without a password means no authentication; the kernel runs any code. It listens
    on loopback unless it is told otherwise."""
    for one in settings_of(system, "jupyter"):
        password = any(line.value == "(set)" for line in one.every() if line.name.endswith(("password", "hashed_password")))
        local = any(is_loopback(line.value) for line in one.every() if line.name.endswith(".ip"))
        for line in one.every():
            if line.name.endswith(".token") and line.value == "(empty)" and not password and not local:
                yield one.hit(line, "token")
    for start in starts_of(system, *_JUPYTER):
        if _empty_token(start):
            yield start.hit("token", "the start command sets an empty token")


def _empty_token(start: Start) -> bool:
    token = [value for name, value in start.options if name.endswith("token")]
    password = [value for name, value in start.options if name.endswith("password")]
    local = [value for name, value in start.options if name.endswith("ip") and is_loopback(value)]
    return token[-1:] == ["(empty)"] and "(set)" not in password and not local


ITEMS: tuple[Item, ...] = (
    exposed_item(
        "zookeeper",
        "ZooKeeper",
        zookeeper,
        "Require SASL or client certificates, or listen on loopback.",
        programs=("zookeeper", "zookeeperd", "zkServer.sh"),
    ),
    exposed_item("hadoop", "Hadoop", hadoop, "Set hadoop.security.authentication to kerberos; bind to inner addresses."),
    exposed_item("kubelet", "kubelet", kubelet, "Switch anonymous requests and the read-only port off; use Webhook authorization."),
    exposed_item("etcd", "etcd", etcd, "Set client-cert-auth with a trusted CA, or listen on loopback.", programs=("etcd", "etcd-server")),
    exposed_item(
        "docker_api",
        "Docker",
        docker_api,
        "Do not listen on TCP, or set tlsverify with certificates.",
        title="The Docker API can be used without authentication",
        programs=("dockerd", "docker.io", "docker-ce", "docker-engine", "moby-engine"),
    ),
    exposed_item("jenkins", "Jenkins", jenkins, "Switch security on and choose an authorization strategy."),
    exposed_item("jupyter", "Jupyter", jupyter, "Leave the token alone, or set a hashed password.", programs=_JUPYTER),
)
