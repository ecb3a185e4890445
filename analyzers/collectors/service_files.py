"""Which files configure which service, how they are read, and which settings are kept.

Only the named settings become facts, so nothing else of a file is stored; passwords are replaced by what they are worth.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from analyzers.collectors.formats.key_values import assignments, options, unquoted, words
from analyzers.collectors.formats.markup import elements
from analyzers.collectors.formats.structured import hadoop, tree
from analyzers.collectors.passwords.guessing import plain_weakness
from schemas.facts import Directive

Parser = Callable[[str], Iterable[Directive]]


@dataclass(frozen=True, slots=True)
class Source:
    """Files of one software. `path` must match the whole path; `keep` the whole name of a setting (`section.name` within a section).
    `silent`: a file that sets none of them counts too, as defaults then hold: it gets a directive `(file)`."""

    software: str
    path: re.Pattern[str]
    parse: Parser
    keep: re.Pattern[str]
    silent: bool = False


def softwares_of(path: str) -> frozenset[str]:
    """Which softwares of the table a file configures; all of them for no file in particular."""
    return frozenset(one.software for one in SOURCES if not path or one.path.fullmatch(path))


def worth(name: str, value: str) -> str:
    """What a fact says in place of a password."""
    if not value:
        return "(empty)"
    weakness = plain_weakness(name, value)
    return f"(weak: {weakness})" if weakness else "(set)"


def _redis(text: str) -> Iterator[Directive]:
    for one in words(text):
        name, value = one.name.lower(), one.value
        if name == "requirepass":
            value = worth("redis", value)
        elif name == "user":
            value = " ".join(_acl(value.split()))
        yield one.model_copy(update={"name": name, "value": value})


def _acl(parts: list[str]) -> Iterator[str]:
    """A user line of redis: name, on, off, nopass, and what its passwords are worth."""
    yield from parts[:1]
    for part in parts[1:]:
        if part in ("on", "off", "nopass", "reset", "resetpass"):
            yield part
        elif part.startswith(">"):
            yield worth(parts[0], part[1:])
        elif part.startswith("#"):
            yield "(hash)"


def _sections(text: str) -> Iterator[Directive]:
    """Names with their section before them: `http.auth-enabled`."""
    for one in assignments(text):
        name = f"{one.context}.{one.name}" if one.context else one.name
        secret = one.context == "admins"
        yield Directive(line=one.line, name=name.lower(), value="(set)" if secret else one.value)


def _rsyncd(text: str) -> Iterator[Directive]:
    """Signs other than letters in names do not count: rsyncd.conf(5)."""
    for one in assignments(text):
        name = "".join(one.name.lower().split())
        yield one.model_copy(
            update={"name": {"authusers": "auth users", "hostsallow": "hosts allow", "hostsdeny": "hosts deny"}.get(name, name)}
        )


def _mongod(text: str) -> Iterable[Directive]:
    if re.search(r"(?m)^[ \t]*\w+[ \t]*=", text):
        return assignments(text)
    return tree(text)


def _memcached(text: str) -> Iterator[Directive]:
    yield from options(re.sub(r"(?m)(^|[\s\"'=])(-[lsY])(?=[^\s-])", r"\1 \2 ", re.sub(r"(?m)^([ \t]*)(-)", r"\1 \2", text)))
    for one in assignments(text):
        if one.name == "LISTENON":
            yield Directive(line=one.line, name="-l", value=one.value)


def _etcd(text: str) -> Iterable[Directive]:
    if re.search(r"(?m)^[ \t]*(?:export[ \t]+)?ETCD_\w+[ \t]*=", text):
        return [one.model_copy(update={"name": one.name.removeprefix("ETCD_").lower().replace("_", "-")}) for one in assignments(text)]
    return _etcd_options(text) if "--listen-client-urls" in text else tree(text)


def _etcd_options(text: str) -> Iterator[Directive]:
    """Options in the manifest of a pod; a list of addresses has commas."""
    for number, line in enumerate(text.splitlines(), start=1):
        for found in re.finditer(r"(--listen-client-urls|--client-cert-auth)(?:[= ]+([^\s\"']+))?", line):
            yield Directive(line=number, name=found[1], value=found[2] or "")


def _docker(text: str) -> Iterable[Directive]:
    if text.lstrip().startswith("{"):
        return tree(text)
    return options(text)


def _kubelet(text: str) -> Iterable[Directive]:
    if re.search(r"(?m)^kind:[ \t]*KubeletConfiguration|\"kind\"\s*:\s*\"KubeletConfiguration\"", text):
        return tree(text)
    return options(text)


def _jenkins(text: str) -> Iterator[Directive]:
    """`config.xml`, and YAML of the plugin configuration-as-code under the names that the XML has."""
    if re.search(r"(?m)^jenkins:", text):
        for found in tree(text):
            name = found.name.removeprefix("jenkins.authorizationStrategy")
            if name != found.name:
                name = "permission" if name.endswith(".permissions") else name or "authorizationStrategy"
                yield found.model_copy(update={"name": name})
    if "<hudson" not in text[:2000]:
        return
    for one in elements(text):
        value = one.attributes.get("class", one.text)
        yield Directive(line=one.line, name=one.name, value=value)


def _solr(text: str) -> Iterable[Directive]:
    if text.lstrip().startswith("{"):
        found = [one for one in tree(text) if not one.name.startswith("authentication.credentials")]
        return [Directive(line=1, name="(security)"), *found]
    return assignments(text)


def _jupyter(text: str) -> Iterator[Directive]:
    """`c.ServerApp.token = ''` of Python files and `ServerApp.token` of JSON ones; only whether the value is empty is kept."""
    if text.lstrip().startswith("{"):
        found = [(one.line, one.name, one.value) for one in tree(text)]
    else:
        lines = (one for one in assignments(text) if one.name.startswith("c."))
        found = [(one.line, one.name[2:], one.value) for one in lines]
    for number, name, value in found:
        plain = unquoted(value.removeprefix("u"))
        secret = name.endswith((".token", ".password", ".hashed_password"))
        yield Directive(line=number, name=name, value=("(set)" if plain and plain != "None" else "(empty)") if secret else plain)


def _pg_hba(text: str) -> Iterator[Directive]:
    """One `host` line each: value = database, user, address, method, and of the options behind it the one that asks for a certificate."""
    for one in words(text):
        if one.name.startswith("include"):
            yield one
        parts = re.findall(r'"[^"]*"|[^\s#]+', one.value.split(" #")[0])
        if one.name.startswith("host") and len(parts) >= 4:
            masked = re.fullmatch(r"\d+\.\d+\.\d+\.\d+|[0-9a-fA-F:]*:[0-9a-fA-F:]*", parts[3]) is not None
            parts = [*parts[:2], f"{parts[2]}/{parts[3]}", *parts[4:]] if masked else parts
            asked = [one for one in parts[4:] if re.fullmatch(r"clientcert=(?:1|verify-\w+)", one)]
            parts = [*parts[:4], *asked]
            yield Directive(line=one.line, name=one.name, value=" ".join(parts))


def _postgresql(text: str) -> Iterator[Directive]:
    """`name = value` or `name value`, the equals sign is optional; an include has no equals sign."""
    for one in words(text):
        value = one.value.removeprefix("=").strip()
        yield one.model_copy(update={"name": one.name.rstrip("=").lower(), "value": unquoted(re.sub(r"\s+#.*", "", value))})


def _mysql(text: str) -> Iterator[Directive]:
    """Options with their group; a prefix `loose-` means that an unknown option is no error. `!include` names other files."""
    for one in assignments(text):
        if one.name.startswith("!include"):
            name, _, value = one.name.partition(" ")
            yield Directive(line=one.line, name=name, value=value.strip(), context=one.context)
            continue
        name = one.name.lower().replace("_", "-").removeprefix("loose-")
        yield Directive(line=one.line, name=name, value=one.value, context=one.context)


def _lower(text: str) -> Iterator[Directive]:
    for one in assignments(text, comments="#"):
        yield one.model_copy(update={"name": one.name.lower()})


def _proftpd(text: str) -> Iterator[Directive]:
    for one in words(text):
        if one.name.lower() in ("<anonymous", "<anonymous>"):
            yield Directive(line=one.line, name="anonymous", value=one.value.rstrip(">"))


def _pure_ftpd(text: str) -> Iterator[Directive]:
    """`NoAnonymous yes` in pure-ftpd.conf, or a file that holds the value alone."""
    named = [one for one in words(text) if one.name.lower() == "noanonymous"]
    if named:
        yield from (one.model_copy(update={"name": "noanonymous", "value": one.value.lower()}) for one in named)
        return
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    yield Directive(line=1, name="noanonymous", value=first.lower())


def _rabbitmq(text: str) -> Iterator[Directive]:
    if "{" in text and re.search(r"(?m)^[ \t]*\[", text):
        plain = re.sub(r"%.*", "", text)
        for found in re.finditer(r"\{\s*(loopback_users|default_user)\s*,\s*(\[[^\]]{0,500}\]|<<\"[^\"]{0,500}\">>)\s*\}", plain):
            yield Directive(line=plain.count("\n", 0, found.start()) + 1, name=found[1], value=found[2].replace(" ", ""))
        return
    for one in assignments(text):
        secret = one.name == "default_pass"
        yield one.model_copy(update={"value": worth("guest", one.value)}) if secret else one


def _exports(text: str) -> Iterator[Directive]:
    """One directive for each client of each folder: name = folder, value = client, context = options, those for all clients first."""
    joined = text.replace("\\\n", " ")
    for one in words(joined):
        clients = re.findall(r"([^\s(]*)(?:\(([^)]{0,500})\))?", one.value.split("#")[0])
        common = [client[1:] for client, chosen in clients if client.startswith("-") and not chosen]
        named = [(client, chosen) for client, chosen in clients if (client or chosen) and not client.startswith("-")]
        for client, chosen in named or [("*", "")]:
            yield Directive(line=one.line, name=unquoted(one.name), value=client or "*", context=",".join(filter(None, (*common, chosen))))


def _path(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _keep(*names: str) -> re.Pattern[str]:
    return re.compile("|".join(names))


SOURCES: tuple[Source, ...] = (
    Source("redis", _path(r"(?:.*/)?(?:redis|valkey)[\w.-]*\.conf|etc/(?:redis|valkey)/.*\.(?:conf|acl)"), _redis,
           _keep("bind", "protected-mode", "port", "requirepass", "user", "aclfile", "include"), True),
    Source("elasticsearch", _path(r"(?:.*/)?(?:elasticsearch|opensearch)\.yml"), tree,
           _keep(r"network\.(?:bind_)?host", r"http\.(?:bind_)?host", r"xpack\.security\.enabled",
                 r"(?:plugins\.security|opendistro_security)\.disabled"), True),
    Source("couchdb", _path(r"(?:.*/)?couchdb/(?:.*/)?[\w.-]+\.ini"), _sections,
           _keep(r"admins\..*", r"c?httpd\.bind_address", r"(?:c?httpd|couch_httpd_auth)\.require_valid_user")),
    Source("mongodb", _path(r"(?:.*/)?mongo(?:d|db)?\.conf"), _mongod,
           _keep(r"security\.(?:authorization|keyFile|clusterAuthMode)", r"net\.(?:bindIp|bindIpAll)", "bind_ip", "bind_ip_all", "auth",
                 "keyFile", r"net\.(?:tls|ssl)\.(?:mode|CAFile|allowConnectionsWithoutCertificates)"), True),
    Source("memcached", _path(r"etc/memcached[\w-]*\.conf|etc/(?:sysconfig|conf\.d)/memcached"), _memcached,
           _keep("-l", "--listen", "-S", "--enable-sasl", "-s", "--unix-socket", "-Y", "--auth-file"), True),
    Source("zookeeper", _path(r"(?:.*/)?zoo\.cfg"), assignments,
           _keep("clientPort", "clientPortAddress", "secureClientPort", r"authProvider\..*", "requireClientAuthScheme",
                 "sessionRequireClientSASLAuth", r"enforce\.auth\.enabled", r"server\.\d+")),
    Source("hadoop", _path(r"(?:.*/)?(?:core|hdfs|yarn)-site\.xml"), hadoop,
           _keep(r"hadoop\.security\.authentication", r"hadoop\.http\.authentication\.(?:type|simple\.anonymous\.allowed)",
                 r"dfs\.permissions(?:\.enabled)?", r".*\.(?:http-address|https-address|webapp\.address|bind-host)",
                 r"yarn\.resourcemanager\.\w+", r"yarn\.acl\.enable")),
    Source("kubelet", _path(r"(?:.*/)?kubelet(?:-config)?\.(?:ya?ml|json)|var/lib/kubelet/(?:config\.yaml|kubeadm-flags\.env)"
                            r"|etc/(?:default|sysconfig|kubernetes)/kubelet(?:/.*)?|etc/kubernetes/manifests/(?!etcd).*\.ya?ml"
                            r"|(?:.*/)?systemd/system/kubelet\.service(?:\.d/.*)?"), _kubelet,
           _keep(r"authentication\.anonymous\.enabled", r"authorization\.mode", "readOnlyPort", "--anonymous-auth", "--authorization-mode",
                 "--read-only-port", "--insecure-port", "--insecure-bind-address")),
    Source("etcd", _path(r"(?:.*/)?etcd(?:\.conf)?\.ya?ml|(?:.*/)?etcd\.(?:conf|env)|etc/(?:default|sysconfig)/etcd"), _etcd,
           _keep("(?:--)?listen-client-urls", "(?:--)?client-cert-auth", r"client-transport-security\.client-cert-auth")),
    Source("docker_api", _path(r"(?:.*/)?docker/daemon\.json|etc/(?:default|sysconfig)/docker"
                               r"|(?:.*/)?systemd/system/docker\.(?:service|socket)(?:\.d/.*)?"),
           _docker, _keep("hosts", "tlsverify", "-H", "--host", "--tlsverify")),
    Source("jenkins", _path(r"(?:.*/)?config\.xml|(?:.*/)?(?:jenkins|casc)\.ya?ml"), _jenkins,
           _keep("useSecurity", "authorizationStrategy", "permission")),
    Source("rsync", _path(r"(?:.*/)?rsyncd\.conf|etc/rsyncd\.d/.*\.(?:conf|inc)"), _rsyncd,
           _keep("path", "auth users", "hosts (?:allow|deny)", "address")),
    Source("influxdb", _path(r"(?:.*/)?influxdb\.conf"), _sections, _keep(r"http\.(?:auth-enabled|enabled|bind-address)"), True),
    Source("solr", _path(r"(?:.*/)?solr\.in\.sh|(?:.*/)?solr/(?:.*/)?security\.json"), _solr,
           _keep(r"\(security\)", "SOLR_JETTY_HOST", "SOLR_AUTH_TYPE", r"authentication\.(?:class|blockUnknown)"), True),
    Source("jupyter", _path(r"(?:.*/)?jupyter_(?:notebook|server|lab)_config\.(?:py|json)"), _jupyter,
           _keep(r"\w+\.(?:token|password|hashed_password|ip)")),
    Source("postgres", _path(r"(?:.*/)?pg_hba[\w.-]*\.conf|(?:.*/)?pg_hba\.d/.*"), _pg_hba, _keep("host.*", "include.*"), True),
    Source("postgres_server", _path(r"(?:.*/)?postgresql(?:\.auto)?\.conf|etc/postgresql/.*/conf\.d/.*\.conf"), _postgresql,
           _keep("listen_addresses", "include(?:_if_exists|_dir)?"), True),
    Source("mysql", _path(r"(?:.*/)?my\.cnf|etc/(?:mysql|my\.cnf\.d)/.*\.cnf"), _mysql, _keep("skip-grant-tables", "!include(?:dir)?"),
           True),
    Source("vsftpd", _path(r"(?:.*/)?vsftpd(?:/[\w.-]+)?\.conf"), _lower, _keep("anonymous_enable"), True),
    Source("proftpd", _path(r"(?:.*/)?proftpd\.conf|etc/proftpd/.*\.conf"), _proftpd, _keep("anonymous"), True),
    Source("pure_ftpd", _path(r"etc/pure-ftpd/conf/NoAnonymous|etc/(?:pure-ftpd/)?pure-ftpd\.conf"), _pure_ftpd, _keep("noanonymous")),
    Source("nfs", _path(r"etc/exports|etc/exports\.d/.*\.exports"), _exports, _keep("/.*")),
    Source("rabbitmq", _path(r"(?:.*/)?rabbitmq(?:/conf\.d/[\w.-]+\.conf|/advanced\.config|\.conf|\.config)"), _rabbitmq,
           _keep(r"loopback_users(?:\.\w+)?", "default_user", "default_pass")),
)  # fmt: skip
