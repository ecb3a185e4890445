"""Configuration files of services, by the table in service_files.py. One Configuration fact for each file that configures something."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar

from analyzers.collectors.formats.bounded import up_to
from analyzers.collectors.formats.structured import MAX_SETTINGS
from analyzers.collectors.service_files import SOURCES
from analyzers.contract import BaseCollector, FileView, Wanted
from schemas.facts import Configuration, Directive, Fact, Skipped

_NAMES = frozenset({
    "elasticsearch.yml", "opensearch.yml", "zoo.cfg", "core-site.xml", "hdfs-site.xml", "yarn-site.xml", "config.xml", "solr.in.sh",
    "security.json", "daemon.json", "kubelet.json", "kubelet-config.json", "kubelet.yaml", "kubelet.yml", "kubelet-config.yaml",
    "kubelet-config.yml", "etcd.yml", "etcd.yaml", "etcd.conf.yml", "etcd.conf.yaml", "etcd.env", "jupyter_notebook_config.py",
    "jupyter_notebook_config.json", "jupyter_server_config.py", "jupyter_server_config.json", "jupyter_lab_config.py", "my.cnf",
    "rabbitmq.config", "advanced.config", "jenkins.yaml", "jenkins.yml", "casc.yaml", "casc.yml",
    "NoAnonymous", "exports", "docker.service", "docker.socket",
})  # fmt: skip
_PATHS = frozenset({"var/lib/kubelet/config.yaml", "var/lib/kubelet/kubeadm-flags.env"})
_FOLDERS = (
    "etc/redis/", "etc/valkey/", "etc/mysql/", "etc/my.cnf.d/", "etc/default/", "etc/sysconfig/", "etc/conf.d/memcached", "etc/kubernetes/",
    "etc/exports.d/", "etc/systemd/system/docker.", "etc/systemd/system/kubelet.", "usr/lib/systemd/system/kubelet.", "etc/rsyncd.d/",
)  # fmt: skip


# Folders of other programs, whose files are called like the services that they are about.
_ELSEWHERE = re.compile(
    r"(?:.*/)?(?:(?:tmpfiles|sysusers|sysctl|limits|logrotate|modprobe|rsyslog|ld\.so\.conf|pam|cron|supervisor)(?:\.d)?|conf-available|init"
    r"|firewalld|dbus-1|fail2ban|apparmor\.d|collectd|telegraf|logstash|filebeat|munin)/.*"
)


class Services(BaseCollector):
    """Reads what the table names; a file that cannot be parsed is a skipped one."""

    name: ClassVar[str] = "services"
    version: ClassVar[int] = 6
    tells: ClassVar[tuple[type[Fact], ...]] = (Configuration,)
    wanted: ClassVar[Wanted] = Wanted(
        names=_NAMES, suffixes=frozenset({".conf", ".ini"}), paths=_PATHS, folders=_FOLDERS, max_bytes=2 * 1024 * 1024
    )

    def collect(self, file: FileView) -> Iterable[Fact]:
        for source in SOURCES if not _ELSEWHERE.fullmatch(file.path) else ():
            if not source.path.fullmatch(file.path):
                continue
            try:
                parsed, more = up_to(MAX_SETTINGS, source.parse(file.data.decode("utf-8", "backslashreplace")), file.path, self.name)
            except ValueError as error:
                yield Skipped(path=file.path, collector=self.name, reason=f"unreadable: {source.software}: {error}")
                continue
            yield from more
            kept = tuple(one for one in parsed if source.keep.fullmatch(one.name))
            if source.silent:
                kept = (Directive(line=1, name="(file)"), *kept)
            if kept:
                yield Configuration(path=file.path, software=source.software, directives=kept)
