"""Unauthorised access to platforms, tools and file services. Sources: the manuals of the services, as named at each function."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.baseline.addresses import EVERYWHERE, exposed_addresses, is_loopback, is_off, is_on
from analyzers.baseline.exposure import exposed_item, settings_of
from analyzers.baseline.item import Hit, Item
from analyzers.baseline.system import System
from schemas.vocabulary import Level


def zookeeper(system: System) -> Iterator[Hit]:
    """Source: ZooKeeper administrator's guide: anybody may connect unless SASL or client certificates are required."""
    for one in settings_of(system, "zookeeper"):
        port = one.get("clientPort")
        required = is_on(one.value("enforce.auth.enabled")) or is_on(one.value("sessionRequireClientSASLAuth"))
        if port is None or required or one.value("requireClientAuthScheme") == "sasl":
            continue
        if not is_loopback(one.value("clientPortAddress")):
            yield one.hit(port)


def hadoop(system: System) -> Iterator[Hit]:
    """Source: Hadoop in secure mode: `simple` believes whatever user name a client sends."""
    files = settings_of(system, "hadoop")
    if any(one.value("hadoop.security.authentication") == "kerberos" for one in files):
        return
    for one in files:
        for line in one.located[1].directives:
            simple = line.name == "hadoop.security.authentication" and line.value == "simple"
            listens = line.name.endswith(("address", "bind-host", ".hostname")) and line.value.partition(":")[0] in EVERYWHERE
            if simple or listens:
                yield one.hit(line)


def kubelet(system: System) -> Iterator[Hit]:
    """Source: KubeletConfiguration v1beta1 and kubelet(8): anonymous requests, AlwaysAllow and the read-only port."""
    for one in settings_of(system, "kubelet"):
        for line in one.located[1].directives:
            name, value = line.name, line.value
            anonymous = name in ("authentication.anonymous.enabled", "--anonymous-auth") and is_on(value or "true")
            allowed = name in ("authorization.mode", "--authorization-mode") and "AlwaysAllow" in value
            open_port = name in ("readOnlyPort", "--read-only-port", "--insecure-port") and value not in ("0", "")
            if anonymous or allowed or open_port:
                yield one.hit(line)


def etcd(system: System) -> Iterator[Hit]:
    """Source: etcd operations guide: clients are checked by certificate only with client-cert-auth."""
    for one in settings_of(system, "etcd"):
        urls = one.get("listen-client-urls")
        checked = is_on(one.value("client-transport-security.client-cert-auth", "client-cert-auth"))
        if urls and not checked and exposed_addresses(urls.value):
            yield one.hit(urls)


def docker_api(system: System) -> Iterator[Hit]:
    """Source: dockerd reference, -H and --tlsverify: the API on TCP without client certificates is root on the host."""
    for one in settings_of(system, "docker_api"):
        verified = one.get("tlsverify", "--tlsverify")
        if verified and not is_off(verified.value):
            continue
        for line in one.every("hosts", "-H", "--host"):
            if line.value.startswith(("tcp://", ":", EVERYWHERE[0])) and not is_loopback(line.value):
                yield one.hit(line, line.value)
    command = " ".join(system.command)
    found = re.search(r"dockerd?\b.*?(?:-H|--host)[= ](tcp://\S+)", command)
    if found and "--tlsverify" not in command and not is_loopback(found[1]):
        yield Hit(found[1], "config.Cmd", -1, 0, f"dockerd listens on {found[1]} without --tlsverify")


def jenkins(system: System) -> Iterator[Hit]:
    """Source: Jenkins handbook, access control: `useSecurity` false or the strategy Unsecured makes everybody an administrator."""
    for one in settings_of(system, "jenkins"):
        switch, strategy = one.get("useSecurity"), one.get("authorizationStrategy")
        if switch and is_off(switch.value):
            yield one.hit(switch)
        elif strategy and strategy.value.endswith("$Unsecured"):
            yield one.hit(strategy)


def rsync(system: System) -> Iterator[Hit]:
    """Source: rsyncd.conf(5): a module without `auth users` and `hosts allow`, in it or above all modules, is open."""
    for one in settings_of(system, "rsync"):
        lines = one.located[1].directives
        general = {line.name for line in lines if not line.context and line.value}
        if is_loopback(next((line.value for line in lines if line.name == "address" and not line.context), "")):
            continue
        for line in lines:
            guarded = general | {other.name for other in lines if other.context == line.context and other.value}
            if line.name == "path" and line.context and not guarded & {"auth users", "hosts allow"}:
                yield one.hit(line, line.context)


def jupyter(system: System) -> Iterator[Hit]:
    """Source: Jupyter Server, security: an empty token without a password means no authentication; the kernel runs any code."""
    for one in settings_of(system, "jupyter"):
        lines = one.located[1].directives
        password = any(line.value == "(set)" for line in lines if line.name.endswith(("password", "hashed_password")))
        local = any(is_loopback(line.value) for line in lines if line.name.endswith(".ip"))
        for line in lines:
            if line.name.endswith(".token") and line.value == "(empty)" and not password and not local:
                yield one.hit(line, "token")
    for word in system.command:
        if re.search(r"--(?:NotebookApp|ServerApp|IdentityProvider)\.token=(?:''|\"\")?(?=\s|\Z)", word):
            yield Hit("token", "config.Cmd", -1, 0, "the start command sets an empty token")


def ftp_anonymous(system: System) -> Iterator[Hit]:
    """Sources: vsftpd.conf(5) (anonymous_enable is YES by default), ProFTPD directive Anonymous, pure-ftpd-wrapper(8)."""
    for one in settings_of(system, "vsftpd"):
        enabled = one.get("anonymous_enable")
        if enabled and is_on(enabled.value):
            yield one.hit(enabled)
        elif enabled is None and system.installed("vsftpd"):
            yield Hit("anonymous_enable", one.path, one.located[0], 0, "anonymous_enable is not set: the default is YES")
    for one in settings_of(system, "proftpd"):
        for line in one.every("anonymous"):
            yield one.hit(line)
    for one in settings_of(system, "pure_ftpd"):
        for line in one.every("noanonymous"):
            if is_off(line.value):
                yield one.hit(line)


def nfs_exports(system: System) -> Iterator[Hit]:
    """Source: exports(5): everybody as a client, or root of a client stays root."""
    for one in settings_of(system, "nfs"):
        for line in one.located[1].directives:
            everybody = line.value in ("*", "0.0.0.0/0", "::/0", "0.0.0.0/0.0.0.0")
            if everybody or "no_root_squash" in line.context:
                yield Hit(f"{line.name} {line.value}", one.path, one.located[0], line.line, f"{line.name} {line.value}({line.context})")


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
    exposed_item("rsync", "rsync", rsync, "Set `auth users` with a secrets file, or `hosts allow`."),
    exposed_item(
        "jupyter",
        "Jupyter",
        jupyter,
        "Leave the token alone, or set a hashed password.",
        programs=("jupyter", "jupyter-notebook", "jupyter-lab", "jupyter-server"),
    ),
    exposed_item(
        "ftp_anonymous",
        "FTP",
        ftp_anonymous,
        "Switch anonymous access off.",
        title="The FTP server lets anybody in",
        level=Level.MEDIUM,
        software=("vsftpd", "proftpd", "pure_ftpd"),
        programs=("vsftpd", "proftpd", "pure-ftpd", "proftpd-basic", "proftpd-core"),
    ),
    exposed_item(
        "nfs_exports",
        "NFS",
        nfs_exports,
        "Name the clients, and leave root squashing on.",
        title="Folders are exported to everybody, or with root's rights",
        level=Level.MEDIUM,
        software=("nfs",),
        programs=("nfs-kernel-server", "nfs-utils", "unfs3"),
    ),
)
